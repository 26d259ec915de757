// SPDX-License-Identifier: Apache-2.0
#include <oriel/operators/keyed_aggregate.hpp>

#include <doctest/doctest.h>

#include <map>
#include <random>
#include <string>
#include <vector>

#include <oriel/aggregate/count.hpp>
#include <oriel/aggregate/extrema.hpp>
#include <oriel/testing/driver.hpp>
#include <oriel/testing/non_commutative.hpp>

using namespace oriel;
using namespace oriel::literals;
using namespace oriel::testing;
using namespace std::chrono_literals;

namespace {

struct word {
  std::string_view key;
  timestamp ts;
  std::string_view text;
};
BOOST_DESCRIBE_STRUCT(word, (), (key, ts, text))

timestamp at(duration d) { return timestamp{d}; }

template <typename Rows>
std::vector<std::string> shown(const Rows& rows) {
  std::vector<std::string> out;
  for (const auto& r : rows) {
    out.push_back(std::string(to_string(r.kind)) + " " + std::string(r.key) + " " + std::string(r.row["text"_col]));
  }
  return out;
}

using strings = std::vector<std::string>;

}  // namespace

TEST_CASE("a running aggregate sends one row per key that a batch touched") {
  driver d;
  auto in = d.input<word>("words");
  auto rows = d.collect(
      d.from(in).arrival_order().key_by(&word::key).unbounded().aggregate("text"_col = concatenation(&word::text)));
  const word first[] = {{"x", {}, "a"}, {"y", {}, "b"}, {"x", {}, "c"}};
  in.push(first);
  CHECK(shown(rows.take()) == strings{"insert x ac", "insert y b"});
  in.push({"x", {}, "d"});
  CHECK(shown(rows.take()) == strings{"update x acd"});
}

namespace {

/// Counts events, and in its answer how often it was told that its partial stands alone.
struct count_of_settling {
  using input = word;
  using partial = std::pair<std::int64_t, std::int64_t>;
  using output = std::string;

  partial identity() const { return {}; }
  partial lift(const word&) const { return {1, 0}; }
  partial combine(const partial& a, const partial& b) const { return {a.first + b.first, a.second + b.second}; }
  output lower(const partial& p) const { return std::to_string(p.first) + "/" + std::to_string(p.second); }
  void settle(partial& p) const { ++p.second; }
};

}  // namespace

TEST_CASE("a running aggregate tells its partials before each answer that they stand alone") {
  driver d;
  auto in = d.input<word>("words");
  auto rows = d.collect(d.from(in).arrival_order().key_by(&word::key).unbounded().aggregate("text"_col = count_of_settling{}));
  const word first[] = {{"x", {}, "a"}, {"y", {}, "b"}, {"x", {}, "c"}};
  in.push(first);
  CHECK(shown(rows.take()) == strings{"insert x 2/1", "insert y 1/1"});
  in.push({"x", {}, "d"});
  CHECK(shown(rows.take()) == strings{"update x 3/2"});
}

TEST_CASE("a key is forgotten after its ttl of event time, and starts afresh when it returns") {
  driver d;
  auto in = d.input<word>("words");
  auto rows = d.collect(d.from(in)
                            .event_time(&word::ts)
                            .key_by(&word::key)
                            .ttl(10s)
                            .aggregate("text"_col = concatenation(&word::text)));
  in.push({"x", at(1s), "a"});
  in.push({"x", at(10s), "b"});
  in.push({"y", at(19s), "c"});
  rows.take();
  in.push({"x", at(19s), "d"});  // the watermark is 19 s: less than 10 s since 10 s
  CHECK(shown(rows.take()) == strings{"update x abd"});
  in.push({"z", at(29s), "e"});
  in.push({"x", at(20s), "f"});  // the watermark is 29 s, x had its last event at 19 s: forgotten
  CHECK(shown(rows.take()) == strings{"insert z e", "erase x abd", "erase y c", "insert x f"});
  in.advance_to(at(100s));
  CHECK(shown(rows.take()) == strings{"erase z e", "erase x f"});
}

TEST_CASE("the final rows do not depend on the batch size, expiry included") {
  std::mt19937_64 random(77);
  std::vector<std::string> keys;
  for (int i = 0; i < 30; ++i) keys.push_back("key-" + std::to_string(i));
  for (int round = 0; round < 30; ++round) {
    std::vector<word> events;
    timestamp t{};
    for (int i = 0; i < 2000; ++i) {
      t += duration{static_cast<std::int64_t>(random() % 3000)};
      events.push_back({keys[random() % keys.size()], t - duration{static_cast<std::int64_t>(random() % 2000)}, "."});
    }
    std::map<std::string, std::pair<std::int64_t, timestamp>> first;
    for (const std::size_t batch_size : {std::size_t{1}, std::size_t{7}, std::size_t{256}, std::size_t{4096}}) {
      driver d;
      auto in = d.input<word>("words");
      auto rows = d.collect(d.from(in)
                                .event_time(&word::ts, {.out_of_orderness = 2s})
                                .key_by(&word::key)
                                .ttl(30s)
                                .aggregate("n"_col = count(), "last"_col = oriel::max(&word::ts)));
      for (std::size_t i = 0; i < events.size(); i += batch_size) {
        in.push(std::span<const word>(events).subspan(i, std::min(batch_size, events.size() - i)));
      }
      std::map<std::string, std::pair<std::int64_t, timestamp>> table;
      for (const auto& r : rows.rows()) {
        if (r.kind == change_kind::erase) {
          table.erase(std::string(r.key));
        } else {
          table[std::string(r.key)] = {r.row["n"_col], *r.row["last"_col]};
        }
      }
      if (batch_size == 1) first = table;
      REQUIRE(table == first);
    }
  }
}

TEST_CASE("a running aggregate tells the changes that to_changelog makes of its rows, for any keys that come and go") {
  std::size_t changes = 0;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    const std::vector<std::string> keys{"x", "y", "z", "a key too long to lie in a string", "w"};
    driver d;
    auto in = d.input<word>("words");
    const auto run = d.from(in).event_time(&word::ts, {.out_of_orderness = 3s}).key_by(&word::key);
    // Most events say nothing new; what is said views the partial.
    const auto rows = (seed % 2 == 0 ? run.ttl(8s) : run.unbounded()).aggregate("text"_col = oriel::max(&word::text));
    using plain = stream<decltype(rows)::row_type>;
    auto told = d.collect(rows.to_changelog());
    auto made = d.collect(static_cast<const plain&>(rows).to_changelog());

    std::int64_t newest = 0;
    for (int step = 0; step < 60; ++step) {
      std::vector<std::string> texts(1 + random() % 8);
      std::vector<word> words;
      for (std::string& text : texts) {
        text.assign(random() % 24, static_cast<char>('a' + random() % 4));
        newest += random() % 10 == 0 ? 4'000 : static_cast<std::int64_t>(random() % 3) * 300;
        const auto late_by = static_cast<std::int64_t>(random() % 3'000);
        words.push_back({keys[random() % keys.size()], at_ms(newest - late_by), text});
      }
      in.push(words);
      const auto a = told.take();
      const auto b = made.take();
      REQUIRE(a.size() == b.size());
      for (std::size_t i = 0; i < a.size(); ++i) REQUIRE((a[i] == b[i]));
      changes += a.size();
    }
  }
  CHECK(changes > 1'000);
}
