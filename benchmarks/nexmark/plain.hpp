// SPDX-License-Identifier: Apache-2.0
// benchmarks/nexmark/plain.hpp - the same queries over a list of all events, as plainly as they can be put.
//
// No streams, no order of arrival, no speed: what the queries' answers are, to compare with.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string_view>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include "answer.hpp"
#include "events.hpp"

namespace nexmark::plain {

template <typename T>
std::vector<T> all_of(std::span<const event> events) {
  std::vector<T> found;
  for (const event& e : events) {
    if (const T* t = std::get_if<T>(&e.what)) found.push_back(*t);
  }
  return found;
}
inline std::int64_t ms(oriel::timestamp t) { return oriel::to_ms(t); }
inline std::int64_t start_of(oriel::timestamp t, std::int64_t size) { return ms(t) / size * size; }  // after 1970

inline answer q0(std::span<const event> events) {
  answer out;
  for (const bid& b : all_of<bid>(events)) out.add(b.auction, b.bidder, b.price, ms(b.ts));
  return out;
}

inline answer q1(std::span<const event> events) {
  answer out;
  for (const bid& b : all_of<bid>(events)) {
    out.add(b.auction, b.bidder, static_cast<std::int64_t>(0.908 * static_cast<double>(b.price)), ms(b.ts));
  }
  return out;
}

inline answer q2(std::span<const event> events) {
  answer out;
  for (const bid& b : all_of<bid>(events)) {
    if (b.auction % 123 == 0) out.add(b.auction, b.price);
  }
  return out;
}

inline answer q5(std::span<const event> events) {
  std::map<std::int64_t, std::map<std::int64_t, std::int64_t>> windows;  // by end: bids by auction
  for (const bid& b : all_of<bid>(events)) {
    for (std::int64_t end = start_of(b.ts, 2'000) + 2'000; end <= start_of(b.ts, 2'000) + 10'000; end += 2'000) {
      ++windows[end][b.auction];
    }
  }
  answer out;
  for (const auto& [end, counts] : windows) {
    std::int64_t most = 0;
    for (const auto& [auction, count] : counts) most = std::max(most, count);
    for (const auto& [auction, count] : counts) {
      if (count == most) out.add(auction, count, end);
    }
  }
  return out;
}

inline answer q7(std::span<const event> events) {
  const std::vector<bid> bids = all_of<bid>(events);
  std::map<std::int64_t, std::int64_t> highest;  // by start
  for (const bid& b : bids) {
    std::int64_t& price = highest[start_of(b.ts, 10'000)];
    price = std::max(price, b.price);
  }
  answer out;
  for (const auto& [start, price] : highest) {
    for (const bid& b : bids) {
      const bool within = ms(b.ts) >= start && ms(b.ts) <= start + 10'000;
      if (within && b.price == price) out.add(b.auction, b.bidder, b.price, ms(b.ts));
    }
  }
  return out;
}

inline answer q8(std::span<const event> events) {
  std::set<std::pair<std::int64_t, std::int64_t>> sellers;  // and starts
  for (const auction& a : all_of<auction>(events)) sellers.insert({a.seller, start_of(a.ts, 10'000)});
  answer out;
  for (const person& p : all_of<person>(events)) {
    const std::int64_t start = start_of(p.ts, 10'000);
    if (sellers.contains({p.id, start})) out.add(p.id, answer::text(p.name), start);
  }
  return out;
}

inline answer q11(std::span<const event> events) {
  std::map<std::int64_t, std::vector<std::int64_t>> times;
  for (const bid& b : all_of<bid>(events)) times[b.bidder].push_back(ms(b.ts));
  answer out;
  for (auto& [bidder, t] : times) {
    std::sort(t.begin(), t.end());
    std::size_t first = 0;
    for (std::size_t i = 1; i <= t.size(); ++i) {
      if (i < t.size() && t[i] - t[i - 1] <= 10'000) continue;
      out.add(bidder, i - first, t[first], t[i - 1] + 10'000);
      first = i;
    }
  }
  return out;
}

inline answer q12(std::span<const event> events, std::size_t arrival_batch) {
  std::map<std::pair<std::int64_t, std::int64_t>, std::int64_t> counts;
  for (std::size_t i = 0; i < events.size(); ++i) {
    const bid* b = std::get_if<bid>(&events[i].what);
    if (b != nullptr) ++counts[{b->bidder, start_of(events[i / arrival_batch * arrival_batch].ts, 10'000)}];
  }
  answer out;
  for (const auto& [key, count] : counts) out.add(key.first, count, key.second);
  return out;
}

/// The bids of a level of price, as q15 and q16 count them.
struct level {
  std::int64_t bids = 0;
  std::set<std::int64_t> bidders, auctions;
};
struct levels {
  level of[4];  // all, low, middle, high
  std::int64_t last_minute = 0;

  void add(const bid& b) {
    for (const std::size_t i : {std::size_t{0}, std::size_t{b.price < 10'000 ? 1u : b.price < 1'000'000 ? 2u : 3u}}) {
      ++of[i].bids;
      of[i].bidders.insert(b.bidder);
      of[i].auctions.insert(b.auction);
    }
    last_minute = std::max(last_minute, ms(b.ts) / 60'000 % 1'440);
  }
  void tell(const auto& put) const {
    put(of[0].bids, of[1].bids, of[2].bids, of[3].bids,                                              //
        of[0].bidders.size(), of[1].bidders.size(), of[2].bidders.size(), of[3].bidders.size(),      //
        of[0].auctions.size(), of[1].auctions.size(), of[2].auctions.size(), of[3].auctions.size());
  }
};

inline answer q15(std::span<const event> events) {
  std::map<std::int64_t, levels> days;
  for (const bid& b : all_of<bid>(events)) days[ms(b.ts) / 86'400'000].add(b);
  answer out;
  for (const auto& [day, l] : days) l.tell([&, day = day](auto... cells) { out.put(std::tuple(day), cells...); });
  return out;
}

inline answer q16(std::span<const event> events) {
  std::map<std::pair<std::string_view, std::int64_t>, levels> channels;
  for (const bid& b : all_of<bid>(events)) channels[{b.channel, ms(b.ts) / 86'400'000}].add(b);
  answer out;
  for (const auto& [key, l] : channels) {
    l.tell([&, k = std::tuple(answer::text(key.first), key.second), minute = l.last_minute](auto... cells) {
      out.put(k, minute, cells...);
    });
  }
  return out;
}

inline answer q17(std::span<const event> events) {
  std::map<std::pair<std::int64_t, std::int64_t>, std::vector<std::int64_t>> prices;
  for (const bid& b : all_of<bid>(events)) prices[{b.auction, ms(b.ts) / 86'400'000}].push_back(b.price);
  answer out;
  for (auto& [key, p] : prices) {
    std::sort(p.begin(), p.end());
    const auto low = std::lower_bound(p.begin(), p.end(), 10'000) - p.begin();
    const auto high = p.end() - std::lower_bound(p.begin(), p.end(), 1'000'000);
    const auto count = static_cast<std::int64_t>(p.size());
    std::int64_t sum = 0;
    for (const std::int64_t price : p) sum += price;
    out.put(std::tuple(key.first, key.second), count, low, count - low - high, high, p.front(), p.back(), sum / count,
            sum);
  }
  return out;
}

}  // namespace nexmark::plain
