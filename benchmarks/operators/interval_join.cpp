// SPDX-License-Identifier: Apache-2.0
// benchmarks/operators/interval_join.cpp - what does joining ad impressions with their clicks cost?
//
// Two million impressions, 1 000 per second of event time, up to 5 s out of order; one in ten is clicked, half a second to
// ten seconds later. Joined by impression id (text, 12 to 20 bytes) when the click is at most 10 min after it, pushed
// in turns of a thousand impressions and the clicks of their time; rows handed to a function. The
// baseline is the hash join one would write by hand: each side's rows in a queue in order of arrival,
// strings owned by them, a map from id to the newest, the same watermark and late rule. Target T9: 2.
//
//   inner      pairs
//   unmatched  pairs, and clicks that never found an impression (right join)
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <benchmark/benchmark.h>
#include <boost/unordered/unordered_flat_map.hpp>
#include <xxhash.h>

#include <oriel/oriel.hpp>

#include "paired.hpp"

namespace {

using namespace oriel;
using namespace std::chrono_literals;

struct impression {
  std::string_view id, campaign;
  timestamp ts;
  double cost;
};
BOOST_DESCRIBE_STRUCT(impression, (), (id, campaign, ts, cost))

struct click {
  std::string_view id, impression_id;
  timestamp ts;
};
BOOST_DESCRIBE_STRUCT(click, (), (id, impression_id, ts))

constexpr std::size_t turn = 1'000;
const std::size_t impression_count = paired::scaled(2'000) * turn;
constexpr std::int64_t bound = 600'000;
constexpr std::int64_t out_of_orderness = 5'000;

struct workload {
  arena bytes;
  std::vector<impression> impressions;
  std::vector<click> clicks;
  std::vector<std::size_t> clicks_until;  // by turn: how many clicks have come
};

const workload& events() {
  static const workload made = [] {
    workload w;
    std::mt19937_64 random(42);
    std::vector<std::pair<std::int64_t, std::size_t>> clicked;  // when it arrives, of which impression
    for (std::size_t i = 0; i < impression_count; ++i) {
      const auto now = static_cast<std::int64_t>(i);
      const std::string id = "imp-" + std::to_string(10'000'000 + i * 7919 % impression_count) +
                             std::string(random() % 9, 'x');
      w.impressions.push_back({w.bytes.store(id), w.bytes.store("camp-" + std::to_string(random() % 10)),
                               at_ms(now - static_cast<std::int64_t>(random() % out_of_orderness)),
                               static_cast<double>(random() % 50) / 1000});
      if (random() % 10 == 0) clicked.push_back({now + 500 + static_cast<std::int64_t>(random() % 9'500), i});
    }
    std::sort(clicked.begin(), clicked.end());
    for (std::size_t i = 0; i < impression_count; i += turn) {
      while (w.clicks.size() < clicked.size() && clicked[w.clicks.size()].first < static_cast<std::int64_t>(i + turn)) {
        const auto [when, of] = clicked[w.clicks.size()];
        const std::string lost = "lost-" + std::to_string(of);
        w.clicks.push_back({w.bytes.store("click-" + std::to_string(of)),
                            random() % 500 == 0 ? w.bytes.store(lost) : w.impressions[of].id,
                            at_ms(when - static_cast<std::int64_t>(random() % 1'000))});
      }
      w.clicks_until.push_back(w.clicks.size());
    }
    return w;
  }();
  return made;
}

std::uint64_t hash_of(std::string_view text) { return XXH3_64bits(text.data(), text.size()); }

/// Receives rows and adds up what they say, so that two sets can be compared whatever their order.
struct row_sink {
  std::uint64_t total = 0;

  void pair(const impression& i, const click& c) {
    total += 1 + hash_of(c.id) * 3 + hash_of(i.campaign) + static_cast<std::uint64_t>(to_ms(i.ts));
  }
  void alone(const click& c) { total += 7 + hash_of(c.id) * 5; }
};

/// By hand: one side's rows in order of arrival, each a link in the chain of its id, and a map to the newest of each.
template <typename Row>
class kept_rows {
 public:
  /// Calls `f(row)` for the rows of an id.
  template <typename F>
  void for_each_of(std::string_view id, F&& f) {
    const auto found = newest_.find(id);
    if (found == newest_.end()) return;
    for (std::size_t at = found->second; at != none && at >= first_; at = rows_[at - first_].earlier) f(rows_[at - first_]);
  }

  void add(Row row) {
    const std::size_t number = first_ + rows_.size();
    rows_.push_back(std::move(row));
    Row& kept = rows_.back();
    const auto [entry, fresh] = newest_.try_emplace(kept.id, number);
    if (fresh) return;
    kept.earlier = entry->second;
    newest_.erase(entry);  // its text goes with the earlier row
    newest_.emplace(kept.id, number);
  }

  /// Drops rows before `t`, in order of arrival: a row may stay a little longer.
  template <typename F>
  void drop_before(std::int64_t t, F&& f) {
    while (!rows_.empty() && rows_.front().ts < t) {
      f(rows_.front());
      const auto found = newest_.find(rows_.front().id);
      if (found->second == first_) newest_.erase(found);
      rows_.pop_front();
      ++first_;
    }
  }

  static constexpr std::size_t none = ~std::size_t{0};

 private:
  struct text_hash {
    using is_avalanching = void;
    std::size_t operator()(std::string_view text) const { return hash_of(text); }
  };
  std::deque<Row> rows_;
  std::size_t first_ = 0;
  boost::unordered_flat_map<std::string_view, std::size_t, text_hash> newest_;
};

struct kept_impression {
  std::string id, campaign;
  std::int64_t ts;
  double cost;
  std::size_t earlier = ~std::size_t{0};
};
struct kept_click {
  std::string id;  // of its impression
  std::string click_id;
  std::int64_t ts;
  bool matched;
  std::size_t earlier = ~std::size_t{0};
};

class hash_join {
 public:
  hash_join(bool unmatched, row_sink& rows) : unmatched_(unmatched), rows_(rows) {}

  void push(std::span<const impression> impressions) {
    for (const impression& i : impressions) {
      const std::int64_t ts = to_ms(i.ts);
      if (ts < std::min(watermark(latest_impression_), click_watermark_)) continue;  // late
      clicks_.for_each_of(i.id, [&](kept_click& c) {
        if (c.ts < ts || c.ts - ts > bound) return;
        c.matched = true;
        rows_.pair(i, {c.click_id, c.id, at_ms(c.ts)});
      });
      impressions_.add({std::string(i.id), std::string(i.campaign), ts, i.cost});
      latest_impression_ = std::max(latest_impression_, ts);
    }
    impression_watermark_ = watermark(latest_impression_);
    expire();
  }

  void push(std::span<const click> clicks) {
    for (const click& c : clicks) {
      const std::int64_t ts = to_ms(c.ts);
      if (ts < std::min(watermark(latest_click_), impression_watermark_)) continue;
      bool matched = false;
      impressions_.for_each_of(c.impression_id, [&](const kept_impression& i) {
        if (ts < i.ts || ts - i.ts > bound) return;
        matched = true;
        rows_.pair({i.id, i.campaign, at_ms(i.ts), i.cost}, c);
      });
      clicks_.add({std::string(c.impression_id), std::string(c.id), ts, matched});
      latest_click_ = std::max(latest_click_, ts);
    }
    click_watermark_ = watermark(latest_click_);
    expire();
  }

  void finish() {
    impression_watermark_ = click_watermark_ = std::numeric_limits<std::int64_t>::max();
    expire();
  }

 private:
  static constexpr std::int64_t beginning = std::numeric_limits<std::int64_t>::min();

  static std::int64_t watermark(std::int64_t latest) {
    return latest == beginning ? beginning : latest - out_of_orderness;
  }

  void expire() {
    const std::int64_t w = std::min(impression_watermark_, click_watermark_);
    if (w == beginning) return;
    impressions_.drop_before(w - bound, [](const kept_impression&) {});
    clicks_.drop_before(w, [&](const kept_click& c) {
      if (unmatched_ && !c.matched) rows_.alone({c.click_id, c.id, at_ms(c.ts)});
    });
  }

  bool unmatched_;
  row_sink& rows_;
  kept_rows<kept_impression> impressions_;
  kept_rows<kept_click> clicks_;
  std::int64_t latest_impression_ = beginning;
  std::int64_t latest_click_ = beginning;
  std::int64_t impression_watermark_ = beginning;
  std::int64_t click_watermark_ = beginning;
};

/// Hands the events over in turns.
template <typename PushImpressions, typename PushClicks>
void in_turns(PushImpressions push_impressions, PushClicks push_clicks) {
  const workload& w = events();
  std::size_t clicks = 0;
  for (std::size_t i = 0; i < impression_count; i += turn) {
    push_impressions(std::span(w.impressions).subspan(i, turn));
    const std::size_t until = w.clicks_until[i / turn];
    push_clicks(std::span(w.clicks).subspan(clicks, until - clicks));
    clicks = until;
  }
}

std::uint64_t by_hand(bool unmatched) {
  row_sink rows;
  hash_join join(unmatched, rows);
  in_turns([&](auto impressions) { join.push(impressions); }, [&](auto clicks) { join.push(clicks); });
  join.finish();
  return rows.total;
}

std::uint64_t by_oriel(bool unmatched) {
  row_sink rows;
  catalog tables;
  pipeline p{tables};
  auto impressions = p.input<impression>("impressions");
  auto clicks = p.input<click>("clicks");
  interval_join(p.from(impressions).event_time(&impression::ts, {.out_of_orderness = duration{out_of_orderness}}),
                p.from(clicks).event_time(&click::ts, {.out_of_orderness = duration{out_of_orderness}}),
                on(&impression::id, &click::impression_id),
                {.lower = 0ms, .upper = duration{bound}, .kind = unmatched ? join_kind::right : join_kind::inner})
      .to([&](const joined<impression, click>& j) {
        if (j.left) {
          rows.pair(*j.left, *j.right);
        } else {
          rows.alone(*j.right);
        }
      });
  in_turns([&](auto some) { impressions.push(some); }, [&](auto some) { clicks.push(some); });
  impressions.finish();
  clicks.finish();
  return rows.total;
}

void join(benchmark::State& state, bool unmatched) {
  const std::size_t items = events().impressions.size() + events().clicks.size();
  paired::run(
      state, items, [&] { return by_oriel(unmatched); }, [&] { return by_hand(unmatched); });
}

BENCHMARK_CAPTURE(join, inner, false)->UseManualTime()->Iterations(paired::rounds(5))->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(join, unmatched, true)->UseManualTime()->Iterations(paired::rounds(5))->Unit(benchmark::kMillisecond);

}  // namespace
