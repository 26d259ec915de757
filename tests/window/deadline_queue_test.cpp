// SPDX-License-Identifier: Apache-2.0
#include <oriel/window/deadline_queue.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <vector>

#include <doctest/doctest.h>

using namespace oriel;
using namespace std::chrono_literals;

namespace {

const auto as_it_was = [](deadline_queue::id, timestamp due) { return std::optional(due); };

std::vector<deadline_queue::id> due_at(deadline_queue& queue, timestamp now) {
  std::vector<deadline_queue::id> out;
  queue.advance(now, as_it_was, [&](deadline_queue::id i) { out.push_back(i); });
  return out;
}

using ids = std::vector<deadline_queue::id>;

}  // namespace

TEST_CASE("what is due comes in the order of deadlines, and ties in the order of being put in") {
  deadline_queue queue(10ms);
  queue.push(at_ms(15), 1);
  queue.push(at_ms(-3), 2);
  queue.push(at_ms(12), 3);
  queue.push(at_ms(12), 0);
  queue.push(at_ms(1'000'000), 4);
  CHECK(due_at(queue, at_ms(-4)).empty());
  CHECK(due_at(queue, at_ms(12)) == ids{2, 3, 0});
  CHECK(due_at(queue, at_ms(14)).empty());
  CHECK(due_at(queue, end_of_time) == ids{1, 4});
  CHECK(queue.empty());
  CHECK(due_at(queue, end_of_time).empty());
}

TEST_CASE("an id that puts its deadline off is asked, not called; one that is gone is forgotten") {
  deadline_queue queue(10ms);
  queue.push(at_ms(5), 1);
  queue.push(at_ms(6), 2);
  ids called;
  const auto revised = [](deadline_queue::id i, timestamp due) -> std::optional<timestamp> {
    if (i == 2) return std::nullopt;
    return std::max(due, at_ms(95));
  };
  queue.advance(at_ms(50), revised, [&](deadline_queue::id i) { called.push_back(i); });
  CHECK(called.empty());
  CHECK(queue.size() == 1);
  queue.advance(at_ms(95), revised, [&](deadline_queue::id i) { called.push_back(i); });
  CHECK(called == ids{1});
}

TEST_CASE("whoever is called may be put in again, even for a time that has come") {
  deadline_queue queue(10ms);
  queue.push(at_ms(5), 1);
  queue.push(at_ms(30), 2);
  ids called;
  queue.advance(at_ms(40), as_it_was, [&](deadline_queue::id i) {
    called.push_back(i);
    if (called.size() < 4) queue.push(at_ms(20), 7);
  });
  CHECK(called == ids{1, 7, 7, 7, 2});
}

TEST_CASE("ids are renamed in place: the order stays") {
  deadline_queue queue(10ms);
  for (deadline_queue::id i = 0; i < 6; ++i) queue.push(at_ms(i < 3 ? 4 : 40), i);
  queue.advance(at_ms(3), as_it_was, [](deadline_queue::id) {});  // the first three are in the heap now
  queue.rename([](deadline_queue::id i) { return i % 3 == 0 ? std::nullopt : std::optional(10 - i); });
  CHECK(queue.size() == 4);
  CHECK(due_at(queue, at_ms(40)) == ids{9, 8, 6, 5});
}

TEST_CASE("deadlines that move at random are met exactly, as by a map searched every time") {
  std::mt19937 random(20240102);
  for (int round = 0; round < 30; ++round) {
    CAPTURE(round);
    deadline_queue queue(duration{1 + static_cast<std::int64_t>(random() % 200)});
    std::map<deadline_queue::id, timestamp> present;
    std::map<deadline_queue::id, timestamp> armed;
    timestamp now = at_ms(-5'000);
    for (int step = 0; step < 2'000; ++step) {
      const auto i = static_cast<deadline_queue::id>(random() % 50);
      const timestamp due = now + duration{static_cast<std::int64_t>(random() % (random() % 20 == 0 ? 50'000 : 500))};
      if (!present.contains(i)) {
        present[i] = armed[i] = due;
        queue.push(due, i);
      } else {
        present[i] = std::max(present[i], due);
      }
      now += duration{static_cast<std::int64_t>(random() % (random() % 50 == 0 ? 5'000 : 30))};
      std::map<timestamp, int> expected;
      for (const auto& [id, at] : present) {
        if (at <= now) ++expected[at];
      }
      std::map<timestamp, int> found;
      timestamp last = beginning_of_time;
      REQUIRE((queue.next() <= now || expected.empty()));
      queue.advance(
          now,
          [&](deadline_queue::id id, timestamp at) -> std::optional<timestamp> {
            REQUIRE(armed.at(id) == at);
            return armed[id] = present.at(id);
          },
          [&](deadline_queue::id id) {
            REQUIRE(present.at(id) >= last);
            last = present.at(id);
            ++found[last];
            present.erase(id);
            armed.erase(id);
          });
      REQUIRE(found == expected);
      REQUIRE(queue.size() == present.size());
      REQUIRE(queue.next() > now);
    }
  }
}
