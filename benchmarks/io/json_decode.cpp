// SPDX-License-Identifier: Apache-2.0
// How fast are events read from JSON Lines through the public source, next to what one would write with simdjson?
//
// 7 members of an event of some 212 bytes (target T10). Both sides read the same file, which the operating system has in
// memory, in blocks of 256 KiB, and add up the same checksum of all members. The hand-written loop walks each block
// with simdjson's `iterate_many`, asking for the fields in the order they come in (`find_field`), or, where their
// order changes, by name (`find_field_unordered`); it does not check the rest of the line, count it or keep strings
// beyond the line, all of which the source does.
//
// One iteration is one round: the whole file by hand, then by the source. Counters are medians over the rounds; `ratio`
// is the source's speed in terms of the hand-written loop's.
#include <benchmark/benchmark.h>
#include <simdjson.h>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/describe/class.hpp>

#include <oriel/io/generator.hpp>
#include <oriel/io/json_lines.hpp>
#include <oriel/io/json_lines_sink.hpp>

#include "paired.hpp"
#include "temporary_file.hpp"

namespace {

using namespace oriel;

struct ad_event {
  std::string_view event_id;
  std::string_view user_id;
  std::string_view campaign_id;
  std::string_view device_type;
  std::string_view page_url;
  timestamp event_timestamp{};
  double cost = 0;
};
BOOST_DESCRIBE_STRUCT(ad_event, (), (event_id, user_id, campaign_id, device_type, page_url, event_timestamp, cost))

const std::uint64_t event_count = paired::scaled(300'000);
constexpr std::size_t block_size = std::size_t{1} << 18;  // the source's default

std::uint64_t checksum(const ad_event& e) {
  return e.event_id.size() + static_cast<unsigned char>(e.event_id.back()) + 3 * e.user_id.size() +
         5 * e.campaign_id.size() + 7 * e.device_type.size() + 11 * e.page_url.size() +
         static_cast<std::uint64_t>(to_ms(e.event_timestamp)) + static_cast<std::uint64_t>(e.cost * 10'000);
}

/// A file of generated events, their keys in one order or in any.
class event_file {
 public:
  explicit event_file(bool shuffled) {
    std::ofstream out(file_.path(), std::ios::binary);
    random_engine random{20240102};
    std::string line;
    for (std::uint64_t i = 0; i < event_count; ++i) {
      line.clear();
      append_event(i, random, shuffled, line);
      out << line << '\n';
      bytes_ += line.size() + 1;
    }
  }

  const std::string& path() const { return file_.path(); }
  double line_size() const { return static_cast<double>(bytes_) / static_cast<double>(event_count); }

 private:
  static std::string hex(random_engine& random, int digits) {
    std::string text;
    for (int i = 0; i < digits; ++i) text += "0123456789abcdef"[random.below(16)];
    return text;
  }

  static void append_event(std::uint64_t index, random_engine& random, bool shuffled, std::string& line) {
    static constexpr std::array devices = {"mobile", "desktop", "tablet"};
    const auto quoted = [](const std::string& text) { return '"' + text + '"'; };
    std::vector<std::pair<std::string, std::string>> fields;
    fields.emplace_back("event_id", quoted(hex(random, 8) + "-" + "4a1b-" + hex(random, 12)));
    fields.emplace_back("user_id", quoted("user-" + hex(random, 12)));
    fields.emplace_back("campaign_id", quoted("camp-" + std::to_string(random.below(100))));
    fields.emplace_back("device_type", quoted(devices[random.pick({5, 3, 2})]));
    fields.emplace_back("page_url", quoted("https://shop.example/p/" + hex(random, 10)));
    fields.emplace_back("event_timestamp", std::to_string(1'700'000'000'000 + index * 7));
    fields.emplace_back("cost", std::to_string(random.below(10)) + "." + std::to_string(1000 + random.below(9000)));
    if (shuffled) {
      for (std::size_t i = fields.size(); i > 1; --i) std::swap(fields[i - 1], fields[random.below(i)]);
    }
    for (const auto& [key, value] : fields) {
      line.append(line.empty() ? "{\"" : ",\"").append(key).append("\":").append(value);
    }
    line += '}';
  }

  temporary_file file_;
  std::size_t bytes_ = 0;
};

template <bool Shuffled>
std::uint64_t sum_documents(simdjson::ondemand::parser& parser, const char* text, std::size_t size) {
  std::uint64_t sum = 0;
  simdjson::ondemand::document_stream documents;
  if (parser.iterate_many(text, size, 2 * block_size).get(documents)) std::abort();
  for (auto document : documents) {
    simdjson::ondemand::object object;
    if (document.get_object().get(object)) std::abort();
    ad_event e;
    const auto find = [&](std::string_view key) {
      if constexpr (Shuffled)
        return object.find_field_unordered(key);
      else
        return object.find_field(key);
    };
    std::int64_t ms = 0;
    const bool failed = find("event_id").get_string().get(e.event_id) || find("user_id").get_string().get(e.user_id) ||
                        find("campaign_id").get_string().get(e.campaign_id) ||
                        find("device_type").get_string().get(e.device_type) ||
                        find("page_url").get_string().get(e.page_url) || find("event_timestamp").get_int64().get(ms) ||
                        find("cost").get_double().get(e.cost);
    if (failed) std::abort();
    e.event_timestamp = at_ms(ms);
    sum += checksum(e);
  }
  return sum;
}

template <bool Shuffled>
std::uint64_t sum_by_hand(const std::string& path) {
  simdjson::ondemand::parser parser;
  const std::unique_ptr<char[]> block(new char[2 * block_size + simdjson::SIMDJSON_PADDING]());
  const int file = ::open(path.c_str(), O_RDONLY);
  std::uint64_t sum = 0;
  std::size_t kept = 0;  // of a line cut off
  for (;;) {
    const ssize_t count = ::read(file, block.get() + kept, block_size);
    if (count <= 0) break;
    const std::size_t size = kept + static_cast<std::size_t>(count);
    std::size_t whole = size;
    while (whole > 0 && block[whole - 1] != '\n') --whole;
    sum += sum_documents<Shuffled>(parser, block.get(), whole);
    kept = size - whole;
    std::memmove(block.get(), block.get() + whole, kept);
  }
  ::close(file);
  return sum;
}

/// What stands behind a source in earnest: an update of some state per event.
class consumer {
 public:
  void take(const ad_event& e) {
    const std::size_t hash = std::hash<std::string_view>{}(e.user_id);
    counts_[hash % counts_.size()] += 1;
    counts_[std::hash<std::string_view>{}(e.campaign_id) % counts_.size()] += hash & 1;
  }
  std::uint64_t result() const { return counts_[0] + counts_[counts_.size() / 2]; }

 private:
  std::vector<std::uint64_t> counts_ = std::vector<std::uint64_t>(std::size_t{1} << 22);
};

template <typename Take>
void read_source(const std::string& path, unsigned decoders, Take take) {
  const auto source = json_lines<ad_event>{.path = path, .block_size = block_size, .decoders = decoders}.open();
  source_batch<ad_event> batch;
  source_state state = source_state::ready;
  while (state != source_state::finished) {
    state = source->read(batch, default_batch_size);
    for (const ad_event& e : batch.rows) take(e);
  }
}

template <bool Shuffled>
void json_decode(benchmark::State& state) {
  using clock = std::chrono::steady_clock;
  static const event_file file(Shuffled);
  std::vector<double> by_hand;
  std::vector<double> by_source;
  for (auto _ : state) {
    const auto start = clock::now();
    const std::uint64_t expected = sum_by_hand<Shuffled>(file.path());
    const auto between = clock::now();
    std::uint64_t sum = 0;
    read_source(file.path(), 0, [&](const ad_event& e) { sum += checksum(e); });
    const auto end = clock::now();
    if (sum != expected) {
      state.SkipWithError("the checksums differ");
      break;
    }
    by_hand.push_back(std::chrono::duration<double>(between - start).count());
    by_source.push_back(std::chrono::duration<double>(end - between).count());
    state.SetIterationTime(by_source.back());
  }
  if (by_hand.empty()) return;
  const auto events = static_cast<double>(event_count);
  std::vector<double> ratios;
  for (std::size_t i = 0; i < by_hand.size(); ++i) ratios.push_back(by_hand[i] / by_source[i]);
  state.counters["baseline_ns"] = paired::median(by_hand) / events * 1e9;
  state.counters["oriel_ns"] = paired::median(by_source) / events * 1e9;
  state.counters["M/s"] = events / paired::median(by_source) / 1e6;
  state.counters["ratio"] = paired::median(ratios);
  state.counters["line_bytes"] = file.line_size();
}

BENCHMARK_TEMPLATE(json_decode, false)->Name("json_decode/ordered_keys")->UseManualTime()->Iterations(paired::rounds(11));
BENCHMARK_TEMPLATE(json_decode, true)->Name("json_decode/shuffled_keys")->UseManualTime()->Iterations(paired::rounds(11));

/// Are threads that decode ahead worth having? The argument is their number.
void json_decode_ahead(benchmark::State& state) {
  static const event_file file(false);
  const auto decoders = static_cast<unsigned>(state.range(0));
  std::vector<double> seconds;
  for (auto _ : state) {
    const auto start = std::chrono::steady_clock::now();
    consumer work;
    read_source(file.path(), decoders, [&](const ad_event& e) { work.take(e); });
    benchmark::DoNotOptimize(work.result());
    seconds.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  state.counters["oriel_ns"] = paired::median(seconds) / static_cast<double>(event_count) * 1e9;
}

BENCHMARK(json_decode_ahead)->Arg(0)->Arg(1)->Arg(2)->UseRealTime()->Iterations(paired::rounds(11));

}  // namespace
