// SPDX-License-Identifier: Apache-2.0
#include <oriel/window/finger_tree.hpp>

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <oriel/aggregate/sum.hpp>
#include <oriel/testing/non_commutative.hpp>

using namespace oriel;
using namespace oriel::testing;

namespace {

/// The obvious window: a sorted vector, folded anew for every answer.
class sorted_vector {
 public:
  void insert(const std::string& event, event_position at) {
    const auto later = std::find_if(events_.begin(), events_.end(), [&](const auto& e) { return at < e.first; });
    events_.insert(later, {at, event});
  }
  void evict() { events_.erase(events_.begin()); }
  std::size_t evict_before(timestamp t) {
    const auto keep = std::find_if(events_.begin(), events_.end(), [&](const auto& e) { return e.first.time >= to_ms(t); });
    const auto gone = static_cast<std::size_t>(keep - events_.begin());
    events_.erase(events_.begin(), keep);
    return gone;
  }
  std::string query() const { return query({beginning_of_time, end_of_time}); }
  std::string query(interval span) const {
    std::string joined;
    for (const auto& [at, event] : events_) {
      if (span.contains(at_ms(at.time))) joined += event;
    }
    return joined;
  }
  std::size_t size() const { return events_.size(); }
  event_position at(std::size_t i) const { return events_[i].first; }

 private:
  std::vector<std::pair<event_position, std::string>> events_;
};

/// Each event a few letters that occur once, so that order, loss and doubling all show.
std::string letters(std::uint64_t arrival) { return std::to_string(arrival) + ","; }

struct mix {
  unsigned seed = 1;
  std::int64_t step = 10;           ///< mean distance in time from one event to the next
  std::int64_t disorder = 0;        ///< how far behind an event may be
  unsigned evictions = 40;          ///< of 100 steps
  std::size_t steps = 3'000;
  std::size_t most = 400;
  std::uint64_t phase = 0;          ///< disorder comes and goes after so many steps; 0: it is always there
};

void agrees_with_a_sorted_vector(const mix& m) {
  std::mt19937 random(m.seed);
  finger_tree<concatenate> tree;
  sorted_vector oracle;
  std::int64_t now = -20'000;
  for (std::uint64_t step = 0; step < m.steps; ++step) {
    CAPTURE(m.seed);
    CAPTURE(step);
    const auto choice = random() % 100;
    if (oracle.size() > 0 && (choice < m.evictions || oracle.size() > m.most)) {
      if (random() % 8 == 0) {
        const timestamp t = at_ms(oracle.at(random() % std::min<std::size_t>(oracle.size(), 60)).time);
        REQUIRE(tree.evict_before(t) == oracle.evict_before(t));
      } else {
        tree.evict();
        oracle.evict();
      }
    } else {
      now += static_cast<std::int64_t>(random() % static_cast<unsigned>(m.step + 1));
      const bool in_order = m.disorder == 0 || (m.phase != 0 && step / m.phase % 2 == 0);
      const std::int64_t behind = in_order ? 0 : static_cast<std::int64_t>(random() % static_cast<unsigned>(m.disorder));
      const event_position at{now - behind, step};
      tree.insert(letters(step), at);
      oracle.insert(letters(step), at);
    }
    REQUIRE(tree.size() == oracle.size());
    REQUIRE(tree.query() == oracle.query());
    if (oracle.size() == 0) continue;
    REQUIRE(tree.oldest() == oracle.at(0));
    REQUIRE(tree.newest() == oracle.at(oracle.size() - 1));
    const std::int64_t first = tree.oldest().time - 5;
    const auto length = static_cast<std::uint64_t>(tree.newest().time + 10 - first);
    const timestamp from = at_ms(first + static_cast<std::int64_t>(random() % length));
    const interval span{from, from + duration{static_cast<std::int64_t>(random() % length)}};
    REQUIRE(tree.query(span) == oracle.query(span));
    if (step % 16 == 0) {
      std::string visited;
      tree.for_each(span, [&](event_position p) { visited += letters(p.arrival); });
      REQUIRE(visited == oracle.query(span));
    }
  }
  while (oracle.size() > 0) {
    tree.evict();
    oracle.evict();
    REQUIRE(tree.query() == oracle.query());
  }
  REQUIRE(tree.empty());
}

}  // namespace

TEST_CASE("a finger tree agrees with a sorted vector when events come in order") {
  agrees_with_a_sorted_vector({.seed = 1});
  agrees_with_a_sorted_vector({.seed = 2, .step = 0});  // all at one time: ties stand by arrival
  agrees_with_a_sorted_vector({.seed = 3, .evictions = 10});
}

TEST_CASE("a finger tree agrees with a sorted vector under any disorder") {
  for (unsigned seed = 10; seed < 22; ++seed) {
    agrees_with_a_sorted_vector({.seed = seed,
                                 .step = seed % 3 == 0 ? 1 : 20,
                                 .disorder = seed % 4 == 0 ? 30 : 5'000,
                                 .evictions = 5 + seed * 2,
                                 .steps = 1'500});
  }
}

TEST_CASE("disorder may come and go") {
  for (unsigned seed = 30; seed < 36; ++seed) {
    agrees_with_a_sorted_vector({.seed = seed,
                                 .disorder = seed % 2 == 0 ? 60 : 5'000,
                                 .evictions = seed % 3 == 0 ? 49u : 40u,  // half: the window stays a few leaves wide
                                 .steps = 1'500,
                                 .most = seed % 3 == 1 ? 40u : 400u,
                                 .phase = 70 + seed});
  }
}

TEST_CASE("the oldest place is as good as any: events in reverse") {
  finger_tree<concatenate> tree;
  sorted_vector oracle;
  for (std::uint64_t i = 0; i < 1'000; ++i) {
    const event_position at{-static_cast<std::int64_t>(i), i};
    tree.insert(letters(i), at);
    oracle.insert(letters(i), at);
    if (i % 7 == 0) REQUIRE(tree.query() == oracle.query());
  }
  while (oracle.size() > 3) {
    tree.evict();
    oracle.evict();
    if (oracle.size() % 5 == 0) REQUIRE(tree.query() == oracle.query());
  }
}

TEST_CASE("a large window grows several levels high and comes down again") {
  std::mt19937 random(5);
  finger_tree<sum<std::int64_t>> tree;
  std::vector<std::pair<event_position, std::int64_t>> all;
  std::int64_t expected = 0;
  for (std::uint64_t i = 0; i < 60'000; ++i) {
    const event_position at{static_cast<std::int64_t>(random() % 100'000), i};
    const auto value = static_cast<std::int64_t>(random() % 1'000);
    tree.insert(value, at);
    all.push_back({at, value});
    expected += value;
    if (i % 64 == 0) REQUIRE(tree.query() == expected);
  }
  std::sort(all.begin(), all.end());
  for (const auto& [at, value] : all) {
    REQUIRE(tree.oldest() == at);
    tree.evict();
    expected -= value;
    REQUIRE(tree.query() == expected);
  }
}

TEST_CASE("partials of events that stay together are inserted as one event") {
  finger_tree<concatenate> tree;
  tree.insert_partial("cd", {2, 0});
  tree.insert_partial("ab", {1, 0});
  CHECK(tree.query() == "abcd");
  finger_tree<concatenate> moved = std::move(tree);
  CHECK(moved.query() == "abcd");
  CHECK(moved.query({at_ms(2), at_ms(3)}) == "cd");
  CHECK(moved.bytes() > 0);
}

TEST_CASE("an empty tree answers like nothing") {
  const finger_tree<concatenate> tree;
  CHECK(tree.query().empty());
  CHECK(tree.query({at_ms(0), at_ms(10)}).empty());
  CHECK(tree.empty());
}
