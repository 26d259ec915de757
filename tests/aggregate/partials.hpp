// SPDX-License-Identifier: Apache-2.0
// Shared by the aggregate tests: events with positions in any order, events taken back, partials as bytes.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <fstream>
#include <random>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <oriel/aggregate/aggregate.hpp>
#include <oriel/state/codec.hpp>

namespace oriel::testing {

template <typename Event>
struct placed_event {
  Event event;
  event_position at;
};

/// Events with times that repeat and do not ascend; the arrival is the index.
template <typename Event>
std::vector<placed_event<Event>> placed(const std::vector<Event>& events, std::mt19937& random) {
  std::vector<placed_event<Event>> all;
  for (std::size_t i = 0; i < events.size(); ++i) {
    all.push_back({events[i], {static_cast<std::int64_t>(random() % (events.size() + 1)) - 5, i}});
  }
  return all;
}

template <aggregate A, typename Event>
typename A::partial fold_placed(const A& a, const std::vector<placed_event<Event>>& events) {
  auto p = a.identity();
  for (const auto& e : events) add_to(a, p, e.event, e.at);
  return p;
}

/// Deals the events out to some partials, in any order, and combines these in any order and grouping.
template <aggregate A, typename Event>
typename A::partial fold_anyhow(const A& a, std::vector<placed_event<Event>> events, std::mt19937& random) {
  std::shuffle(events.begin(), events.end(), random);
  std::vector<typename A::partial> partials(1 + random() % 6, a.identity());
  for (const auto& e : events) add_to(a, partials[random() % partials.size()], e.event, e.at);
  while (partials.size() > 1) {
    const std::size_t i = random() % (partials.size() - 1);
    partials[i] = a.combine(partials[i], partials[i + 1]);
    partials.erase(partials.begin() + static_cast<std::ptrdiff_t>(i) + 1);
  }
  return partials[0];
}

/// Adds and takes back at random; the answer must always be that of `a` over the events that are left. With two parts,
/// events are taken from another partial than they were added to.
template <aggregate A, typename Event>
void check_taking_back(const A& a, const std::vector<placed_event<Event>>& events, std::mt19937& random,
                       std::size_t part_count = positioned_aggregate<A> ? 1 : 2) {
  const auto undo = retracting(a);
  std::vector<placed_event<Event>> left;
  std::size_t next = 0;
  std::vector<typename retracting_form<A>::partial> parts(part_count, undo.identity());
  while (next < events.size()) {
    if (left.empty() || random() % 100 < 55) {
      left.push_back(events[next++]);
      add_to(undo, parts[random() % part_count], left.back().event, left.back().at);
    } else {
      const std::size_t i = random() % left.size();
      take_from(undo, parts[random() % part_count], left[i].event, left[i].at);
      left.erase(left.begin() + static_cast<std::ptrdiff_t>(i));
    }
    if (next % 7 == 0) {
      const auto expected = fold_placed(a, left);
      const auto found = undo.combine(parts.front(), part_count == 2 ? parts.back() : undo.identity());
      REQUIRE((undo.lower(found) == a.lower(expected)));
    }
  }
}

/// A partial comes back from its bytes; cut off or changed, the bytes are malformed or make some other partial.
template <aggregate A>
void check_bytes(const A& a, const typename A::partial& p, std::mt19937& random) {
  using partial = typename A::partial;
  const std::string bytes = encode(p);
  const auto back = decode<partial>(bytes);
  REQUIRE(back.has_value());
  REQUIRE((a.lower(*back) == a.lower(p)));
  const auto twice = a.combine(*back, p);
  const auto expected = a.combine(p, p);
  REQUIRE((a.lower(twice) == a.lower(expected)));
  for (int i = 0; i < 60; ++i) {
    REQUIRE(!decode<partial>(std::string_view(bytes).substr(0, bytes.empty() ? 0 : random() % bytes.size())).has_value());
    std::string changed = bytes;
    changed[random() % changed.size()] = static_cast<char>(random());
    const auto other = decode<partial>(changed);
    if (other) (void)a.combine(*other, p);
  }
  REQUIRE(!decode<partial>(bytes + 'x').has_value());
}

/// Whether these bytes are those of tests/aggregate/NAME.golden, written there in hexadecimal.
inline bool is_golden(const std::string& name, const std::string& bytes) {
  std::string hex;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    constexpr const char* digits = "0123456789abcdef";
    const auto byte = static_cast<unsigned char>(bytes[i]);
    hex += digits[byte >> 4];
    hex += digits[byte & 15];
    if (i % 32 == 31 || i + 1 == bytes.size()) hex += '\n';
  }
  std::ifstream file("tests/aggregate/" + std::string(name) + ".golden");
  std::ostringstream text;
  text << file.rdbuf();
  if (text.str() == hex) return true;
  MESSAGE(name << " is now\n" << hex);
  return false;
}

}  // namespace oriel::testing
