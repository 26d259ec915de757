// SPDX-License-Identifier: Apache-2.0
// benchmarks/nexmark/queries.hpp - Nexmark's queries in Oriel's words.
//
// Each takes the stream of all events, as the standard's queries do, and tells `out` its rows: `add` for rows that
// stay, `put(key, row)` where a later row of the key replaces an earlier one. Events are up to 4 s late, as the
// standard's tables declare.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string_view>
#include <tuple>
#include <variant>
#include <vector>

#include <oriel/oriel.hpp>

#include "events.hpp"

namespace nexmark {

using namespace oriel::literals;
using namespace std::chrono_literals;

template <typename Build>
void run(std::span<const event> events, const Build& build) {
  oriel::catalog tables;
  oriel::pipeline p{tables};
  auto in = p.input<event>("events");
  build(p.from(in).event_time(&event::ts, {.out_of_orderness = 4s}));
  in.push(events);
  in.finish();
}

const auto bids_of = [](const auto& events) {
  return events.filter([](const event& e) { return std::holds_alternative<bid>(e.what); })
      .map([](const event& e) { return *std::get_if<bid>(&e.what); });
};

inline std::int64_t ms(oriel::timestamp t) { return oriel::to_ms(t); }
inline std::int64_t day_of(const bid& b) { return ms(b.ts) / 86'400'000; }
inline std::int64_t minute_of(const bid& b) { return ms(b.ts) / 60'000 % 1'440; }
inline bool is_low(const bid& b) { return b.price < 10'000; }
inline bool is_middle(const bid& b) { return b.price >= 10'000 && b.price < 1'000'000; }
inline bool is_high(const bid& b) { return b.price >= 1'000'000; }

/// q0: every bid.
template <typename Out>
void q0(std::span<const event> events, Out& out) {
  run(events, [&](const auto& all) {
    bids_of(all).to([&](const bid& b) { out.add(b.auction, b.bidder, b.price, ms(b.ts)); });
  });
}

/// q1: every bid, its price in another currency.
template <typename Out>
void q1(std::span<const event> events, Out& out) {
  run(events, [&](const auto& all) {
    bids_of(all)
        .map([](bid b) {
          b.price = static_cast<std::int64_t>(0.908 * static_cast<double>(b.price));
          return b;
        })
        .to([&](const bid& b) { out.add(b.auction, b.bidder, b.price, ms(b.ts)); });
  });
}

/// q2: bids for some auctions.
template <typename Out>
void q2(std::span<const event> events, Out& out) {
  run(events, [&](const auto& all) {
    bids_of(all).filter([](const bid& b) { return b.auction % 123 == 0; }).to([&](const bid& b) {
      out.add(b.auction, b.price);
    });
  });
}

struct bid_count {
  std::int64_t auction, bids;
};

/// The auctions with most bids: all of them when there are several.
struct busiest {
  using input = bid_count;
  struct partial {
    std::int64_t bids = 0;
    std::vector<std::int64_t> auctions;
  };
  using output = partial;

  partial identity() const { return {}; }
  partial lift(const bid_count& c) const { return {c.bids, {c.auction}}; }
  partial combine(const partial& earlier, const partial& later) const {
    if (earlier.bids != later.bids) return earlier.bids > later.bids ? earlier : later;
    partial both = earlier;
    both.auctions.insert(both.auctions.end(), later.auctions.begin(), later.auctions.end());
    return both;
  }
  output lower(const partial& p) const { return p; }
};

/// q5: the auctions with most bids in the last 10 s, every 2 s. A pane's time is the last of its window, so the panes
/// of one window are those of one tumbling window of 2 s.
template <typename Out>
void q5(std::span<const event> events, Out& out) {
  run(events, [&](const auto& all) {
    bids_of(all)
        .key_by(&bid::auction)
        .window(oriel::hopping{.size = 10s, .hop = 2s})
        .aggregate("bids"_col = oriel::count())
        .map([](const auto& pane) { return bid_count{pane.key, pane.row["bids"_col]}; })
        .key_by()
        .window(oriel::tumbling{.size = 2s})
        .aggregate("busiest"_col = busiest{})
        .to([&](const auto& pane) {
          const auto& most = pane.row["busiest"_col];
          for (const std::int64_t auction : most.auctions) out.add(auction, most.bids, ms(pane.window.end));
        });
  });
}

struct highest {
  std::int64_t price = 0;
};
BOOST_DESCRIBE_STRUCT(highest, (), (price))

/// q7: the highest bids of every 10 s, found by joining bids with the highest price. The standard's bounds include the
/// end of the window.
template <typename Out>
void q7(std::span<const event> events, Out& out) {
  run(events, [&](const auto& all) {
    const auto bids = bids_of(all);
    const auto prices = bids.key_by()
                            .window(oriel::tumbling{.size = 10s})
                            .aggregate("price"_col = oriel::max(&bid::price))
                            .map([](const auto& pane) { return highest{*pane.row["price"_col]}; });
    oriel::interval_join(prices, bids, oriel::on(&highest::price, &bid::price), {.lower = -9'999ms, .upper = 1ms})
        .to([&](const auto& pair) {
          const bid& b = *pair.right;
          out.add(b.auction, b.bidder, b.price, ms(b.ts));
        });
  });
}

/// A person who came, or one who offers something.
struct arrival {
  std::int64_t id = 0;
  std::string_view name;  // empty: an auction of theirs
};
BOOST_DESCRIBE_STRUCT(arrival, (), (id, name))

/// q8: people who came and opened an auction in the same 10 s: both kinds of events grouped together, and those kept
/// of whom there are both.
template <typename Out>
void q8(std::span<const event> events, Out& out) {
  const auto is_person = [](const arrival& a) { return !a.name.empty(); };
  const auto is_auction = [](const arrival& a) { return a.name.empty(); };
  run(events, [&](const auto& all) {
    all.filter([](const event& e) { return !std::holds_alternative<bid>(e.what); })
        .map([](const event& e) {
          if (const person* p = std::get_if<person>(&e.what)) return arrival{p->id, p->name};
          return arrival{std::get_if<auction>(&e.what)->seller, {}};
        })
        .key_by(&arrival::id)
        .window(oriel::tumbling{.size = 10s})
        .aggregate("came"_col = oriel::count_if(is_person), "opened"_col = oriel::count_if(is_auction),
                   "name"_col = oriel::max(&arrival::name).where(is_person))
        .to([&](const auto& pane) {
          if (pane.row["came"_col] == 0 || pane.row["opened"_col] == 0) return;
          out.add(pane.key, out.text(*pane.row["name"_col]), ms(pane.window.start));
        });
  });
}

/// q11: bids of a bidder in one visit, which ends after 10 s without.
template <typename Out>
void q11(std::span<const event> events, Out& out) {
  run(events, [&](const auto& all) {
    bids_of(all)
        .key_by(&bid::bidder)
        .window(oriel::session{.gap = 10s})
        .aggregate("bids"_col = oriel::count())
        .to([&](const auto& pane) {
          if (pane.kind != oriel::change_kind::erase) {
            out.add(pane.key, pane.row["bids"_col], ms(pane.window.start), ms(pane.window.end));
          }
        });
  });
}

constexpr std::size_t arrival_batch = 1'000;  // events that come at one moment of processing time

/// q12: bids of a bidder in 10 s of processing time, which is the clock that the pipeline was given.
template <typename Out>
void q12(std::span<const event> events, Out& out) {
  oriel::manual_clock clock;
  oriel::catalog tables;
  oriel::pipeline p{tables, {.clock = &clock}};
  auto in = p.input<event>("events");
  bids_of(p.from(in).event_time([&p](const event&) { return p.clock().now(); }))
      .key_by(&bid::bidder)
      .window(oriel::tumbling{.size = 10s})
      .aggregate("bids"_col = oriel::count())
      .to([&](const auto& pane) { out.add(pane.key, pane.row["bids"_col], ms(pane.window.start)); });
  for (std::size_t i = 0; i < events.size(); i += arrival_batch) {
    clock.set(events[i].ts);
    in.push(events.subspan(i, std::min(arrival_batch, events.size() - i)));
  }
  in.finish();
}

/// Bids, bidders and auctions, of all prices and of three levels of price.
template <typename Row, typename Put>
void put_levels(const Row& row, const Put& put) {
  put(row["bids"_col], row["low"_col], row["middle"_col], row["high"_col], row["bidders"_col], row["low_bidders"_col],
      row["middle_bidders"_col], row["high_bidders"_col], row["auctions"_col], row["low_auctions"_col],
      row["middle_auctions"_col], row["high_auctions"_col]);
}
template <typename Keyed, typename... More>
auto levels_of(const Keyed& keyed, const More&... more) {
  using oriel::count_distinct;
  return keyed.aggregate(
      more..., "bids"_col = oriel::count(), "low"_col = oriel::count_if(is_low),
      "middle"_col = oriel::count_if(is_middle), "high"_col = oriel::count_if(is_high),
      "bidders"_col = count_distinct(&bid::bidder), "low_bidders"_col = count_distinct(&bid::bidder).where(is_low),
      "middle_bidders"_col = count_distinct(&bid::bidder).where(is_middle),
      "high_bidders"_col = count_distinct(&bid::bidder).where(is_high), "auctions"_col = count_distinct(&bid::auction),
      "low_auctions"_col = count_distinct(&bid::auction).where(is_low),
      "middle_auctions"_col = count_distinct(&bid::auction).where(is_middle),
      "high_auctions"_col = count_distinct(&bid::auction).where(is_high));
}

/// q15: the bids of a day.
template <typename Out>
void q15(std::span<const event> events, Out& out) {
  run(events, [&](const auto& all) {
    levels_of(bids_of(all).key_by("day"_col = day_of).unbounded()).to([&](const auto& r) {
      put_levels(r.row, [&](auto... cells) { out.put(std::tuple(r.key), cells...); });
    });
  });
}

/// q16: the bids of a channel and a day, and the minute of the last.
template <typename Out>
void q16(std::span<const event> events, Out& out) {
  run(events, [&](const auto& all) {
    levels_of(bids_of(all).key_by(&bid::channel, "day"_col = day_of).unbounded(), "minute"_col = oriel::max(minute_of))
        .to([&](const auto& r) {
          const auto key = std::tuple(out.text(std::get<0>(r.key)), std::get<1>(r.key));
          put_levels(r.row, [&](auto... cells) { out.put(key, *r.row["minute"_col], cells...); });
        });
  });
}

/// q17: the bids for an auction on a day, and their prices.
template <typename Out>
void q17(std::span<const event> events, Out& out) {
  run(events, [&](const auto& all) {
    bids_of(all)
        .key_by(&bid::auction, "day"_col = day_of)
        .unbounded()
        .aggregate("bids"_col = oriel::count(), "low"_col = oriel::count_if(is_low),
                   "middle"_col = oriel::count_if(is_middle), "high"_col = oriel::count_if(is_high),
                   "least"_col = oriel::min(&bid::price), "most"_col = oriel::max(&bid::price),
                   "mean"_col = oriel::mean(&bid::price), "sum"_col = oriel::sum(&bid::price))
        .to([&](const auto& r) {
          out.put(std::tuple(std::get<0>(r.key), std::get<1>(r.key)), r.row["bids"_col], r.row["low"_col],
                  r.row["middle"_col], r.row["high"_col], *r.row["least"_col], *r.row["most"_col],
                  static_cast<std::int64_t>(*r.row["mean"_col]), r.row["sum"_col]);
        });
  });
}

}  // namespace nexmark
