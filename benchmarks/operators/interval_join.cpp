// SPDX-License-Identifier: Apache-2.0
// benchmarks/operators/interval_join.cpp - what does joining ad impressions with their clicks cost?
//
// Two million impressions, 1 000 per second of event time, up to 5 s out of order; one in ten is clicked, half a second to
// ten seconds later. Joined by impression id (text, 12 to 20 bytes) when the click is at most 10 min after it, pushed
// in turns of a thousand impressions and the clicks of their time; rows handed to a function. The
// baseline is the hash join one would write by hand: one map from id to impression, one from id to
// the clicks that came first, strings owned by the entries, expiry by two queues in order of arrival, the same
// watermark and late rule. Target T9: 2.
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

const std::size_t impression_count = paired::scaled(2'000'000);
constexpr std::size_t turn = 1'000;
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

/// By hand.
class hash_join {
 public:
  hash_join(bool unmatched, row_sink& rows) : unmatched_(unmatched), rows_(rows) {}

  void push(std::span<const impression> impressions) {
    for (const impression& i : impressions) {
      if (to_ms(i.ts) < std::min(watermark(latest_impression_), click_watermark_)) continue;  // late
      const auto waiting = clicks_.find(i.id);
      if (waiting != clicks_.end()) {
        for (kept_click& c : waiting->second) {
          const std::int64_t after = c.ts - to_ms(i.ts);
          if (after < 0 || after > bound) continue;
          c.matched = true;
          rows_.pair(i, {c.id, waiting->first, at_ms(c.ts)});
        }
      }
      const auto [entry, fresh] = impressions_.try_emplace(std::string(i.id));
      entry->second.push_back({std::string(i.campaign), to_ms(i.ts), i.cost});
      impression_queue_.push_back({to_ms(i.ts), entry->first});
      latest_impression_ = std::max(latest_impression_, to_ms(i.ts));
    }
    impression_watermark_ = watermark(latest_impression_);
    expire();
  }

  void push(std::span<const click> clicks) {
    for (const click& c : clicks) {
      if (to_ms(c.ts) < std::min(watermark(latest_click_), impression_watermark_)) continue;
      bool matched = false;
      const auto found = impressions_.find(c.impression_id);
      if (found != impressions_.end()) {
        for (const kept_impression& i : found->second) {
          const std::int64_t after = to_ms(c.ts) - i.ts;
          if (after < 0 || after > bound) continue;
          matched = true;
          rows_.pair({found->first, i.campaign, at_ms(i.ts), i.cost}, c);
        }
      }
      clicks_[std::string(c.impression_id)].push_back({std::string(c.id), to_ms(c.ts), matched});
      click_queue_.push_back({to_ms(c.ts), std::string(c.impression_id)});
      latest_click_ = std::max(latest_click_, to_ms(c.ts));
    }
    click_watermark_ = watermark(latest_click_);
    expire();
  }

  void finish() {
    impression_watermark_ = click_watermark_ = std::numeric_limits<std::int64_t>::max();
    expire();
  }

 private:
  struct kept_impression {
    std::string campaign;
    std::int64_t ts;
    double cost;
  };
  struct kept_click {
    std::string id;
    std::int64_t ts;
    bool matched;
  };
  struct text_hash {
    using is_transparent = void;
    using is_avalanching = void;
    std::size_t operator()(std::string_view text) const { return hash_of(text); }
  };
  template <typename Row>
  using by_id = boost::unordered_flat_map<std::string, std::vector<Row>, text_hash, std::equal_to<>>;
  struct queued {
    std::int64_t ts;
    std::string id;
  };

  static std::int64_t watermark(std::int64_t latest) {
    constexpr auto least = std::numeric_limits<std::int64_t>::min();
    return latest == least ? least : latest - out_of_orderness;
  }

  /// Forgets rows no partner can come for. The queues are in order of arrival, so a row may stay a little longer.
  void expire() {
    const std::int64_t w = std::min(impression_watermark_, click_watermark_);
    if (w == std::numeric_limits<std::int64_t>::min()) return;  // a side has not begun
    while (!impression_queue_.empty() && impression_queue_.front().ts < w - bound) {
      drop(impressions_, impression_queue_.front(), [](const kept_impression&) {});
      impression_queue_.pop_front();
    }
    while (!click_queue_.empty() && click_queue_.front().ts < w) {
      const queued& q = click_queue_.front();
      drop(clicks_, q, [&](const kept_click& c) {
        if (unmatched_ && !c.matched) rows_.alone({c.id, q.id, at_ms(c.ts)});
      });
      click_queue_.pop_front();
    }
  }

  template <typename Row, typename F>
  static void drop(by_id<Row>& rows, const queued& which, F&& f) {
    const auto found = rows.find(which.id);
    for (auto row = found->second.begin(); row != found->second.end(); ++row) {
      if (row->ts != which.ts) continue;
      f(*row);
      found->second.erase(row);
      break;
    }
    if (found->second.empty()) rows.erase(found);
  }

  bool unmatched_;
  row_sink& rows_;
  by_id<kept_impression> impressions_;
  by_id<kept_click> clicks_;
  std::deque<queued> impression_queue_;
  std::deque<queued> click_queue_;
  std::int64_t latest_impression_ = std::numeric_limits<std::int64_t>::min();
  std::int64_t latest_click_ = std::numeric_limits<std::int64_t>::min();
  std::int64_t impression_watermark_ = std::numeric_limits<std::int64_t>::min();
  std::int64_t click_watermark_ = std::numeric_limits<std::int64_t>::min();
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
