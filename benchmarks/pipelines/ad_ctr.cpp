// SPDX-License-Identifier: Apache-2.0
// benchmarks/pipelines/ad_ctr.cpp - what does a whole application cost beside a program written for it alone?
//
// The pipeline of examples/apps/ad_ctr as it is: two streams merged by event time, copies dropped, clicks joined with
// their impressions, clicks and reach and cost by campaign and minute, engagement by device, anomalies, clicks that
// belong to nothing; its tables show the current minute after every batch. The baseline is one class that gives
// the same rows in the end: hash maps from id to impression and from id to clicks that wait, forgotten in order
// of arrival after an hour as deduplicate does, counters per minute. It shows nothing meanwhile. Rows
// are compared before any time is told.
//
//   memory   events lie in memory on both sides
//   json     both sides read the same two files, by hand with simdjson in blocks of 1 MB
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <deque>
#include <filesystem>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <benchmark/benchmark.h>
#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>
#include <fmt/format.h>
#include <simdjson.h>
#include <unistd.h>
#include <xxhash.h>

#include <oriel/oriel.hpp>

#include "ad_ctr/ad_ctr.hpp"
#include "paired.hpp"

namespace {

using ad_ctr::click;
using ad_ctr::impression;

constexpr std::int64_t minute = 60'000;
constexpr std::int64_t bound = 600'000;
constexpr std::int64_t hour = 3'600'000;

/// The events of both streams, each in order of arrival.
struct workload {
  oriel::arena bytes;
  std::vector<impression> impressions;
  std::vector<click> clicks;
  std::filesystem::path folder;

  workload();
  ~workload() { std::filesystem::remove_all(folder); }
  std::string path(const char* stream) const { return folder / (std::string(stream) + ".jsonl"); }
  void write() const;
};

/// Twenty impressions a second of ten campaigns, one in ten clicked, one event in a hundred out of order by up to
/// 4 s, one in two hundred twice, one click in five hundred of no impression.
workload::workload() : folder(std::filesystem::temp_directory_path() / fmt::format("oriel-ad-ctr-{}", getpid())) {
  std::mt19937_64 random(42);
  const auto one_in = [&](std::uint64_t n) { return random() % n == 0; };
  const auto text = [&](const char* prefix, std::uint64_t n) { return bytes.store(fmt::format("{}-{:08}", prefix, n)); };
  std::vector<std::pair<std::int64_t, impression>> shown;
  std::vector<std::pair<std::int64_t, click>> clicked;
  const auto arrive = [&](auto& events, const auto& e) {
    const std::int64_t ts = e.event_timestamp;
    events.push_back({ts + (one_in(100) ? static_cast<std::int64_t>(random() % 4'000) : 0), e});
    if (one_in(200)) events.push_back({ts + static_cast<std::int64_t>(random() % 4'000), e});
  };
  constexpr std::string_view devices[] = {"mobile", "desktop", "tablet"};
  for (std::uint64_t i = 0, n = paired::scaled(400'000); i < n; ++i) {
    const std::int64_t ts = 1'760'000'400'000 + static_cast<std::int64_t>(i) * 50;
    const auto campaign = random() % 10;
    arrive(shown, impression{text("imp", i), text("user", random() % 10'000),
                             bytes.store(fmt::format("camp-{}", campaign + 1)), text("ad", campaign * 5 + random() % 5),
                             devices[random() % 3], "Firefox", ts, static_cast<double>(1 + random() % 50) / 1000});
    const std::uint64_t boost = i / 12'000 % 10 == campaign ? 4 : 1;  // one campaign of ten, ten minutes each
    if (random() % 10 >= boost) continue;
    arrive(clicked, click{text("click", i), one_in(500) ? text("lost", i) : shown.back().second.impression_id,
                          text("user", random() % 10'000),
                          ts + 500 + static_cast<std::int64_t>(random() % 9'500)});
  }
  const auto by_arrival = [](const auto& a, const auto& b) { return a.first < b.first; };
  std::stable_sort(shown.begin(), shown.end(), by_arrival);
  std::stable_sort(clicked.begin(), clicked.end(), by_arrival);
  for (const auto& [when, e] : shown) impressions.push_back(e);
  for (const auto& [when, e] : clicked) clicks.push_back(e);
  write();
}

void workload::write() const {
  std::filesystem::create_directory(folder);
  std::FILE* out = std::fopen(path("ad-impressions").c_str(), "w");
  for (const impression& i : impressions) {
    fmt::print(out,
               R"({{"impression_id":"{}","user_id":"{}","campaign_id":"{}","ad_id":"{}","device_type":"{}","browser":"{}",)"
               "\"event_timestamp\":{},\"cost\":{}}}\n",
               i.impression_id, i.user_id, i.campaign_id, i.ad_id, i.device_type, i.browser, i.event_timestamp, i.cost);
  }
  std::fclose(out);
  out = std::fopen(path("ad-clicks").c_str(), "w");
  for (const click& c : clicks) {
    fmt::print(out, R"({{"click_id":"{}","impression_id":"{}","user_id":"{}",)" "\"event_timestamp\":{}}}\n", c.click_id,
               c.impression_id, c.user_id, c.event_timestamp);
  }
  std::fclose(out);
}

const workload& events() {
  static const workload made;
  return made;
}

/// A row of any of the tables, in whatever order they come.
std::uint64_t row_sum(const std::string& row) { return XXH3_64bits(row.data(), row.size()) | 1; }

// ---- by hand

class by_hand {
 public:
  void add(const impression& i) {
    const std::int64_t ts = i.event_timestamp;
    forget(ts);
    const auto [at, fresh] = shown_.try_emplace(std::string(i.impression_id));
    if (!fresh) return;
    order_.push_back({ts, at->first});
    const std::int64_t start = ts - ts % minute;
    at->second = {ts, &campaigns_[{std::string(i.campaign_id), start}], &devices_[{std::string(i.device_type), start}]};
    ++at->second.campaign->impressions;
    at->second.campaign->users.emplace(i.user_id);
    at->second.campaign->cost += i.cost;
    ++at->second.device->impressions;
    const auto waiting = waiting_.find(i.impression_id);
    if (waiting == waiting_.end()) return;
    std::erase_if(waiting->second, [&, &shown = at->second](const waiting_click& c) { return attribute(shown, c.ts); });
  }

  void add(const click& c) {
    const std::int64_t ts = c.event_timestamp;
    forget(ts);
    if (!seen_.emplace(c.click_id).second) return;
    seen_order_.push_back({ts, std::string(c.click_id)});
    const auto found = shown_.find(c.impression_id);
    if (found != shown_.end() && attribute(found->second, ts)) return;
    waiting_[std::string(c.impression_id)].push_back({std::string(c.click_id), ts});
  }

  /// The rows of all tables, added up.
  std::uint64_t finish() const {
    std::uint64_t sum = 0;
    for (const auto& [key, c] : campaigns_) {
      sum += row_sum(fmt::format("c {} {} {} {} {:.9f} {} {:.6f}", key.first, key.second, c.impressions, c.clicks,
                                 rate(c.clicks, c.impressions), c.users.size(), c.cost));
      sum += anomaly(key, c);
    }
    for (const auto& [key, d] : devices_) {
      sum += row_sum(fmt::format("d {} {} {} {}", key.first, key.second, d.impressions, d.clicks));
    }
    for (const auto& [id, clicks] : waiting_) {
      for (const waiting_click& c : clicks) sum += row_sum(fmt::format("u {} {} {}", c.id, id, c.ts));
    }
    return sum;
  }

 private:
  struct text_hash {
    using is_transparent = void;
    using is_avalanching = void;
    std::size_t operator()(std::string_view text) const { return XXH3_64bits(text.data(), text.size()); }
  };
  using text_set = boost::unordered_flat_set<std::string, text_hash, std::equal_to<>>;
  template <typename V>
  using by_text = boost::unordered_flat_map<std::string, V, text_hash, std::equal_to<>>;

  struct campaign_minute {
    std::int64_t impressions = 0, clicks = 0;
    text_set users;
    double cost = 0;
  };
  struct device_minute {
    std::int64_t impressions = 0, clicks = 0;
  };
  struct shown_ad {
    std::int64_t ts = 0;
    campaign_minute* campaign = nullptr;
    device_minute* device = nullptr;
  };
  struct waiting_click {
    std::string id;
    std::int64_t ts;
  };
  using minute_key = std::pair<std::string, std::int64_t>;

  static double rate(std::int64_t clicks, std::int64_t impressions) {
    return static_cast<double>(clicks) / static_cast<double>(impressions);
  }

  static bool attribute(const shown_ad& ad, std::int64_t ts) {
    if (ts < ad.ts || ts - ad.ts > bound) return false;
    ++ad.campaign->clicks;
    ++ad.device->clicks;
    return true;
  }

  void forget(std::int64_t now) {
    for (; !order_.empty() && order_.front().first < now - hour; order_.pop_front()) shown_.erase(order_.front().second);
    for (; !seen_order_.empty() && seen_order_.front().first < now - hour; seen_order_.pop_front()) {
      seen_.erase(seen_order_.front().second);
    }
  }

  std::uint64_t anomaly(const minute_key& key, const campaign_minute& now) const {
    std::int64_t minutes = 0, clicks = 0, impressions = 0;
    for (auto at = campaigns_.lower_bound({key.first, key.second - bound}); at->first < key; ++at) {
      ++minutes;
      clicks += at->second.clicks;
      impressions += at->second.impressions;
    }
    if (minutes < 5 || clicks == 0 || clicks == impressions) return 0;
    const double p = rate(clicks, impressions), ctr = rate(now.clicks, now.impressions);
    const double z = (ctr - p) / std::sqrt(p * (1 - p) / static_cast<double>(now.impressions));
    return std::abs(z) > 3 ? row_sum(fmt::format("a {} {} {:.9f} {:.9f} {:.6f}", key.first, key.second, ctr, p, z)) : 0;
  }

  by_text<shown_ad> shown_;
  std::deque<std::pair<std::int64_t, std::string>> order_;
  text_set seen_;
  std::deque<std::pair<std::int64_t, std::string>> seen_order_;
  by_text<std::vector<waiting_click>> waiting_;
  std::map<minute_key, campaign_minute> campaigns_;
  std::map<minute_key, device_minute> devices_;
};

/// Both streams by event time, impressions first among equals.
template <typename Impressions, typename Clicks>
std::uint64_t merged(Impressions&& impressions, Clicks&& clicks) {
  by_hand program;
  const impression* i = impressions();
  const click* c = clicks();
  while (i != nullptr || c != nullptr) {
    if (c == nullptr || (i != nullptr && i->event_timestamp <= c->event_timestamp)) {
      program.add(*i);
      i = impressions();
    } else {
      program.add(*c);
      c = clicks();
    }
  }
  return program.finish();
}

std::uint64_t by_hand_from_memory() {
  const workload& w = events();
  const auto each = [](const auto& of) { return [&of, n = std::size_t{0}]() mutable { return n < of.size() ? &of[n++] : nullptr; }; };
  return merged(each(w.impressions), each(w.clicks));
}

std::string_view text_of(simdjson::ondemand::object& line, const char* field) {
  return line.find_field(field).get_string().value();
}
void read(simdjson::ondemand::object line, impression& i) {
  i.impression_id = text_of(line, "impression_id");
  i.user_id = text_of(line, "user_id");
  i.campaign_id = text_of(line, "campaign_id");
  i.device_type = text_of(line, "device_type");
  i.event_timestamp = line.find_field("event_timestamp").get_int64().value();
  i.cost = line.find_field("cost").get_double().value();
}
void read(simdjson::ondemand::object line, click& c) {
  c.click_id = text_of(line, "click_id");
  c.impression_id = text_of(line, "impression_id");
  c.event_timestamp = line.find_field("event_timestamp").get_int64().value();
}

/// The lines of a file, one event at a time.
template <typename Event>
class lines {
 public:
  explicit lines(const std::string& path) : json_(simdjson::padded_string::load(path).value()) {
    stream_ = parser_.iterate_many(json_, 1 << 20).value();
    at_ = stream_.begin();
  }
  const Event* operator()() {
    if (begun_) ++at_;
    begun_ = true;
    if (!(at_ != stream_.end())) return nullptr;
    simdjson::ondemand::document_reference line = (*at_).value();
    read(line.get_object().value(), event_);
    return &event_;
  }

 private:
  simdjson::padded_string json_;
  simdjson::ondemand::parser parser_;
  simdjson::ondemand::document_stream stream_;
  simdjson::ondemand::document_stream::iterator at_;
  Event event_;
  bool begun_ = false;
};

std::uint64_t by_hand_from_json() {
  lines<impression> impressions(events().path("ad-impressions"));
  lines<click> clicks(events().path("ad-clicks"));
  return merged([&] { return impressions(); }, [&] { return clicks(); });
}

// ---- by the application

/// `Source` makes a source of one of the two streams.
template <typename Source>
std::uint64_t by_application(Source&& source) {
  oriel::catalog tables;
  oriel::pipeline p{tables};
  ad_ctr::build(p.from(source(events().impressions, "ad-impressions")), p.from(source(events().clicks, "ad-clicks")));
  p.run();
  std::uint64_t sum = 0;
  const auto each = [&](const char* query, auto&& format) {
    const oriel::result_set rows = oriel::sql(tables, query);
    for (std::size_t r = 0; r < rows.row_count(); ++r) sum += row_sum(format(rows, r));
  };
  each("SELECT campaign_id, CAST(window_start AS LONG), impressions, clicks, ctr, reach, cost FROM ctr_by_campaign",
       [](const auto& rows, std::size_t r) {
         return fmt::format("c {} {} {} {} {:.9f} {} {:.6f}", rows.as_string(r, 0), rows.as_int64(r, 1), rows.as_int64(r, 2),
                            rows.as_int64(r, 3), rows.as_float64(r, 4), rows.as_int64(r, 5), rows.as_float64(r, 6));
       });
  each("SELECT device_type, CAST(window_start AS LONG), impressions, clicks FROM engagement_by_device",
       [](const auto& rows, std::size_t r) {
         return fmt::format("d {} {} {} {}", rows.as_string(r, 0), rows.as_int64(r, 1), rows.as_int64(r, 2), rows.as_int64(r, 3));
       });
  each("SELECT campaign_id, CAST(window_start AS LONG), ctr, expected_ctr, z FROM ctr_anomalies",
       [](const auto& rows, std::size_t r) {
         return fmt::format("a {} {} {:.9f} {:.9f} {:.6f}", rows.as_string(r, 0), rows.as_int64(r, 1), rows.as_float64(r, 2),
                            rows.as_float64(r, 3), rows.as_float64(r, 4));
       });
  each("SELECT click_id, impression_id, CAST(ts AS LONG) FROM unattributed_clicks", [](const auto& rows, std::size_t r) {
    return fmt::format("u {} {} {}", rows.as_string(r, 0), rows.as_string(r, 1), rows.as_int64(r, 2));
  });
  return sum;
}

std::uint64_t by_application_from_memory() {
  return by_application([]<typename Event>(const std::vector<Event>& rows, const char*) {
    return oriel::memory<Event>{.rows = rows};
  });
}
std::uint64_t by_application_from_json() {
  return by_application([]<typename Event>(const std::vector<Event>&, const char* stream) {
    return oriel::json_lines<Event>{.path = events().path(stream)};
  });
}

void memory(benchmark::State& state) {
  paired::run(state, events().impressions.size() + events().clicks.size(), by_application_from_memory, by_hand_from_memory);
}
void json(benchmark::State& state) {
  paired::run(state, events().impressions.size() + events().clicks.size(), by_application_from_json, by_hand_from_json);
}

BENCHMARK(memory)->UseManualTime()->Iterations(paired::rounds(5))->Unit(benchmark::kMillisecond);
BENCHMARK(json)->UseManualTime()->Iterations(paired::rounds(5))->Unit(benchmark::kMillisecond);

}  // namespace
