// SPDX-License-Identifier: Apache-2.0
// tests/operators/join_cases.hpp - two streams to be joined, drawn from a seed, and pushed in any interleaving.
#pragma once

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <random>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <boost/describe/class.hpp>

#include <oriel/core/time.hpp>
#include <oriel/stream/input.hpp>
#include <oriel/testing/disorder.hpp>

namespace join_cases {

struct order {
  std::optional<std::string_view> id;
  oriel::timestamp ts;
  int n = 0;

  friend bool operator==(const order&, const order&) = default;
};
BOOST_DESCRIBE_STRUCT(order, (), (id, ts, n))

struct payment {
  std::optional<std::string_view> order_id;
  oriel::timestamp ts;
  int n = 0;

  friend bool operator==(const payment&, const payment&) = default;
};
BOOST_DESCRIBE_STRUCT(payment, (), (order_id, ts, n))

using strings = std::vector<std::string>;

inline oriel::timestamp at(oriel::duration d) { return oriel::timestamp{d}; }

/// "1+2": left row 1 with right row 2; "-" where there is none.
template <typename Pair>
std::string shown(const Pair& p) {
  return (p.left ? std::to_string(p.left->n) : "-") + "+" + (p.right ? std::to_string(p.right->n) : "-");
}
template <typename Pair>
strings shown(const std::vector<Pair>& pairs) {
  strings out;
  for (const Pair& p : pairs) out.push_back(shown(p));
  return out;
}

inline bool partners(const order& l, const payment& r) { return l.id && r.order_id && *l.id == *r.order_id; }

inline std::int64_t pick(std::mt19937_64& random, std::initializer_list<std::int64_t> from) {
  return from.begin()[random() % from.size()];
}

/// Both streams in order of arrival.
struct two_streams {
  strings names{"order-0", "order-1", "order-2", "order-3"};
  std::vector<order> orders;
  std::vector<payment> payments;
};

/// Up to 60 rows a side with times from before 1970 on, ties and gaps among them, each up to `disorder` late; one side may
/// be empty, one in twelve has no key.
inline two_streams draw(std::mt19937_64& random, oriel::duration disorder) {
  two_streams s;
  const auto keys = static_cast<std::size_t>(pick(random, {1, 4}));
  const auto times = [&](std::int64_t count) {
    return oriel::testing::ascending_times(
        static_cast<std::size_t>(count),
        {.start = oriel::at_ms(-50), .step = oriel::duration{3}, .ties = 0.3, .gaps = 0.01}, random);
  };
  const auto key = [&]() -> std::optional<std::string_view> {
    if (random() % 12 == 0) return std::nullopt;
    return s.names[random() % keys];
  };
  int n = 0;
  const auto left = times(pick(random, {0, 3, 60}));
  for (const std::size_t i : oriel::testing::disturb(left, disorder, random)) s.orders.push_back({key(), left[i], n++});
  const auto right = times(pick(random, {0, 60, 60}));
  for (const std::size_t i : oriel::testing::disturb(right, disorder, random)) s.payments.push_back({key(), right[i], n++});
  return s;
}

/// Pushes both streams in some interleaving, in pieces of up to 1, 7 or 100 rows, or one stream long before the other.
inline void push(const two_streams& s, oriel::input<order>& orders, oriel::input<payment>& payments,
                 std::mt19937_64& random) {
  const auto most = static_cast<std::size_t>(pick(random, {1, 7, 100}));
  const std::uint64_t left_share = static_cast<std::uint64_t>(pick(random, {0, 5, 5, 10}));  // of ten
  bool orders_end = false, payments_end = false;
  std::size_t l = 0, r = 0;
  while (l < s.orders.size() || r < s.payments.size()) {
    const std::size_t step = 1 + random() % most;
    if (r == s.payments.size() || (l < s.orders.size() && random() % 10 < left_share)) {
      const std::size_t count = std::min(step, s.orders.size() - l);
      orders.push(std::span(s.orders).subspan(l, count));
      l += count;
      if (l == s.orders.size() && (orders_end = random() % 2 == 0)) orders.finish();
    } else {
      const std::size_t count = std::min(step, s.payments.size() - r);
      payments.push(std::span(s.payments).subspan(r, count));
      r += count;
      if (r == s.payments.size() && (payments_end = random() % 2 == 0)) payments.finish();
    }
  }
  if (!orders_end) orders.finish();
  if (!payments_end) payments.finish();
}

/// Calls `f` with every way to take turns: true for a row of the first of two streams of `left` and `right` rows.
template <typename F>
void for_each_interleaving(std::size_t left, std::size_t right, F&& f) {
  std::vector<bool> turns(left + right, false);
  std::fill(turns.begin(), turns.begin() + static_cast<std::ptrdiff_t>(left), true);
  do {
    f(turns);
  } while (std::prev_permutation(turns.begin(), turns.end()));
}

/// Pushes row by row, taking turns.
inline void push(const two_streams& s, const std::vector<bool>& turns, oriel::input<order>& orders,
                 oriel::input<payment>& payments) {
  std::size_t l = 0, r = 0;
  for (const bool left : turns) {
    if (left) {
      orders.push(s.orders[l++]);
    } else {
      payments.push(s.payments[r++]);
    }
  }
  orders.finish();
  payments.finish();
}

}  // namespace join_cases
