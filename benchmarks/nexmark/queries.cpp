// SPDX-License-Identifier: Apache-2.0
// benchmarks/nexmark/queries.cpp - how many events per second and core do Nexmark's queries take?
//
// Two million events of the standard's proportions (events.hpp), 10 000 per second of event time, pushed as one span.
// `M/s` counts all of them, as the standard does, though most queries look at bids only. Before a query is timed, its
// answer to 50 000 events is compared with a plain one (plain.hpp), row by row. Where a loop by hand is natural,
// `ratio` is against it: it does the same in order and without a late rule.
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <tuple>
#include <variant>
#include <vector>

#include <benchmark/benchmark.h>
#include <boost/unordered/unordered_flat_map.hpp>

#include "answer.hpp"
#include "events.hpp"
#include "paired.hpp"
#include "plain.hpp"
#include "queries.hpp"

namespace {

using namespace nexmark;

// Events that go on past midnight, for what is counted by day.
constexpr oriel::timestamp evening = oriel::at_ms(20'000 * std::int64_t{86'400'000} - 20'000);

const event_log& few_events() {
  static const event_log log(50'000, 1'000, evening);
  return log;
}
const event_log& many_events() {
  static const event_log log(paired::scaled(2'000'000), 10'000, evening);
  return log;
}

// By hand.

template <typename F>
void for_each_bid(std::span<const event> events, const F& f) {
  for (const event& e : events) {
    if (const bid* b = std::get_if<bid>(&e.what)) f(*b);
  }
}
void q0_by_hand(std::span<const event> events, auto& out) {
  for_each_bid(events, [&](const bid& b) { out.add(b.auction, b.bidder, b.price, ms(b.ts)); });
}
void q1_by_hand(std::span<const event> events, auto& out) {
  for_each_bid(events, [&](const bid& b) {
    out.add(b.auction, b.bidder, static_cast<std::int64_t>(0.908 * static_cast<double>(b.price)), ms(b.ts));
  });
}
void q2_by_hand(std::span<const event> events, auto& out) {
  for_each_bid(events, [&](const bid& b) {
    if (b.auction % 123 == 0) out.add(b.auction, b.price);
  });
}
void q7_by_hand(std::span<const event> events, auto& out) {
  std::vector<bid> open;  // of the present window, and before them those that end the last one
  std::int64_t start = 0, highest = 0;
  const auto close = [&](std::int64_t end) {
    for (const bid& b : open) {
      if (b.price == highest && ms(b.ts) >= start && ms(b.ts) <= end) out.add(b.auction, b.bidder, b.price, ms(b.ts));
    }
  };
  for_each_bid(events, [&](const bid& b) {
    if (start + 10'000 < ms(b.ts)) {
      close(start + 10'000);
      std::vector<bid> kept;
      for (const bid& o : open) {
        if (ms(o.ts) >= start + 10'000) kept.push_back(o);
      }
      open = std::move(kept);
      start = ms(b.ts) / 10'000 * 10'000;
      highest = 0;
      for (const bid& o : open) highest = std::max(highest, o.price);
    }
    if (ms(b.ts) < start + 10'000) highest = std::max(highest, b.price);
    open.push_back(b);
  });
  close(start + 10'000);
  if (!open.empty() && ms(open.back().ts) == start + 10'000) {  // a window of only its first moment
    start += 10'000;
    highest = 0;
    for (const bid& o : open) {
      if (ms(o.ts) >= start) highest = std::max(highest, o.price);
    }
    close(start + 10'000);
  }
}
void q12_by_hand(std::span<const event> events, auto& out) {
  boost::unordered_flat_map<std::int64_t, std::int64_t> counts;
  std::int64_t start = 0;
  const auto close = [&] {
    for (const auto& [bidder, count] : counts) out.add(bidder, count, start);
    counts.clear();
  };
  for (std::size_t i = 0; i < events.size(); i += arrival_batch) {
    const std::int64_t now = ms(events[i].ts) / 10'000 * 10'000;
    if (now != start) close();
    start = now;
    const auto arrived = events.subspan(i, std::min(arrival_batch, events.size() - i));
    for_each_bid(arrived, [&](const bid& b) { ++counts[b.bidder]; });
  }
  close();
}
void q17_by_hand(std::span<const event> events, auto& out) {
  struct numbers {
    std::int64_t count = 0, low = 0, middle = 0, high = 0, least = INT64_MAX, most = INT64_MIN, sum = 0;
  };
  std::map<std::int64_t, boost::unordered_flat_map<std::int64_t, numbers>> days;
  for_each_bid(events, [&](const bid& b) {
    numbers& n = days[day_of(b)][b.auction];
    ++n.count;
    ++(is_low(b) ? n.low : is_middle(b) ? n.middle : n.high);
    n.least = std::min(n.least, b.price);
    n.most = std::max(n.most, b.price);
    n.sum += b.price;
  });
  for (const auto& [day, auctions] : days) {
    for (const auto& [id, n] : auctions) {
      out.put(std::tuple(id, day), n.count, n.low, n.middle, n.high, n.least, n.most, n.sum / n.count, n.sum);
    }
  }
}

/// A query: how Oriel answers it, what the answer is.
template <typename Query, typename Plain>
bool is_right(benchmark::State& state, const Query& query, const Plain& plain, const char* who) {
  const std::span<const event> events = few_events().events;
  answer found;
  query(events, found);
  const answer expected = plain(events);
  if (found == expected && (!expected.rows.empty() || !expected.newest.empty())) return true;
  state.SkipWithError(who);
  return false;
}

template <typename Query, typename Plain>
void alone(benchmark::State& state, const Query& query, const Plain& plain) {
  if (!is_right(state, query, plain, "Oriel's answer is not the plain one")) return;
  const std::span<const event> events = many_events().events;
  std::vector<double> times;
  for (auto _ : state) {
    tally out;
    times.push_back(paired::seconds([&] { query(events, out); }));
    benchmark::DoNotOptimize(out.total);
    state.SetIterationTime(times.back());
  }
  state.counters["oriel_ns"] = paired::median(times) / static_cast<double>(events.size()) * 1e9;
  state.counters["M/s"] = static_cast<double>(events.size()) / paired::median(times) / 1e6;
}

template <typename Query, typename ByHand, typename Plain>
void beside(benchmark::State& state, const Query& query, const ByHand& by_hand, const Plain& plain) {
  if (!is_right(state, query, plain, "Oriel's answer is not the plain one") ||
      !is_right(state, by_hand, plain, "the answer by hand is not the plain one")) {
    return;
  }
  const std::span<const event> events = many_events().events;
  const auto side = [&](const auto& how) {
    return [&] {
      tally out;
      how(events, out);
      benchmark::DoNotOptimize(out.total);
      return std::uint64_t{0};  // compared above; a running query tells keys more often than the loop
    };
  };
  paired::run(state, events.size(), side(query), side(by_hand));
  state.counters["M/s"] = 1e3 / state.counters["oriel_ns"];
}

#define ORIEL_QUERY(q) [](std::span<const event> events, auto& out) { q(events, out); }
#define ORIEL_ALONE(q) \
  BENCHMARK_CAPTURE(alone, q, ORIEL_QUERY(q), plain::q)->Name(#q)->UseManualTime()->Iterations(paired::rounds(5))
#define ORIEL_BESIDE(q, plainly)                                                  \
  BENCHMARK_CAPTURE(beside, q, ORIEL_QUERY(q), ORIEL_QUERY(q##_by_hand), plainly) \
      ->Name(#q)                                                                  \
      ->UseManualTime()                                                           \
      ->Iterations(paired::rounds(5))

const auto plain_q12 = [](std::span<const event> events) { return plain::q12(events, arrival_batch); };

ORIEL_BESIDE(q0, plain::q0);
ORIEL_BESIDE(q1, plain::q1);
ORIEL_BESIDE(q2, plain::q2);
ORIEL_ALONE(q5);
ORIEL_BESIDE(q7, plain::q7);
ORIEL_ALONE(q8);
ORIEL_ALONE(q11);
ORIEL_BESIDE(q12, plain_q12);
ORIEL_ALONE(q15);
ORIEL_ALONE(q16);
ORIEL_BESIDE(q17, plain::q17);

}  // namespace
