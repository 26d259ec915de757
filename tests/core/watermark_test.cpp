// SPDX-License-Identifier: Apache-2.0
#include <oriel/core/watermark.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <vector>

using namespace oriel;
using namespace std::chrono_literals;

TEST_CASE("SEMANTICS 1.3: the watermark is the greatest time seen minus the bound, starts before everything and never goes back") {
  bounded_watermark w{5s};
  CHECK(w.current() == beginning_of_time);
  w.observe(at_ms(60'000));
  CHECK(w.current() == at_ms(55'000));
  w.observe(at_ms(1'000));
  CHECK(w.current() == at_ms(55'000));
  w.observe(at_ms(-7));
  w.observe(at_ms(61'000));
  CHECK(w.current() == at_ms(56'000));
}

TEST_CASE("someone who knows better moves it further, never back") {
  bounded_watermark w{5s};
  w.advance_to(at_ms(10));
  CHECK(w.current() == at_ms(10));
  w.advance_to(at_ms(5));
  CHECK(w.current() == at_ms(10));
  w.observe(at_ms(4'000));
  CHECK(w.current() == at_ms(10));
}

TEST_CASE("SEMANTICS 1.4: the watermark of several partitions is the least of theirs; a finished one leaves the minimum") {
  partitioned_watermark w{3, 5s};
  w.observe(0, at_ms(60'000));
  w.observe(1, at_ms(70'000));
  CHECK(w.current() == beginning_of_time);  // partition 2 has sent nothing yet
  w.observe(2, at_ms(20'000));
  CHECK(w.current() == at_ms(15'000));
  CHECK(w.current(1) == at_ms(65'000));
  w.finish(2);
  CHECK(w.current() == at_ms(55'000));
  w.finish(0);
  CHECK(w.current() == at_ms(65'000));
  w.finish(1);
  CHECK(w.current() == at_ms(65'000));
}

TEST_CASE("SEMANTICS 1.5: nobody waits for an idle partition; when it wakes up with older events nothing goes back") {
  partitioned_watermark w{2};
  w.observe(0, at_ms(100));
  w.set_idle(1);
  CHECK(w.current() == at_ms(100));
  w.observe(1, at_ms(40));
  CHECK(!w.is_idle(1));
  CHECK(w.current() == at_ms(100));
  w.observe(0, at_ms(200));
  CHECK(w.current() == at_ms(100));  // partition 1 is awake, and at 40
  w.observe(1, at_ms(150));
  CHECK(w.current() == at_ms(150));
}

TEST_CASE("when every partition is idle nothing is waited for, whichever became idle first") {
  for (const std::size_t first : {std::size_t{0}, std::size_t{1}}) {
    partitioned_watermark w{2};
    w.observe(0, at_ms(100));
    w.observe(1, at_ms(40));
    w.set_idle(first);
    w.set_idle(1 - first);
    CHECK(w.current() == at_ms(100));
  }
}

TEST_CASE("what is said of one partition or of all moves the watermark as far as the others let it") {
  partitioned_watermark w{2};
  w.advance_to(0, at_ms(50));
  CHECK(w.current() == beginning_of_time);
  w.advance_to(at_ms(30));
  CHECK(w.current() == at_ms(30));
  w.advance_to(1, at_ms(80));
  CHECK(w.current() == at_ms(50));
}

TEST_CASE("a run of events moves the watermark as one event at a time does, and both as the definition says") {
  std::mt19937 random(20240501);
  for (int round = 0; round < 200; ++round) {
    const std::size_t partitions = 1 + random() % 4;
    const duration bound{random() % 20};
    partitioned_watermark in_runs{partitions, bound};
    partitioned_watermark one_by_one{partitions, bound};
    std::vector<timestamp> own(partitions, beginning_of_time);
    std::vector<char> state(partitions, 'a');
    timestamp expected = beginning_of_time;
    const auto combine = [&] {
      timestamp least = end_of_time;
      for (std::size_t p = 0; p < partitions; ++p) {
        if (state[p] == 'a') least = std::min(least, own[p]);
      }
      const bool any = std::find(state.begin(), state.end(), 'a') != state.end();
      expected = std::max(expected, any ? least : *std::max_element(own.begin(), own.end()));
    };
    for (int step = 0; step < 40; ++step) {
      CAPTURE(step);
      const std::size_t p = random() % partitions;
      switch (random() % 6) {
        case 0:
          if (state[p] == 'a') state[p] = 'i';
          in_runs.set_idle(p);
          one_by_one.set_idle(p);
          combine();
          break;
        case 1:
          if (random() % 8 != 0) break;
          state[p] = 'f';
          in_runs.finish(p);
          one_by_one.finish(p);
          combine();
          break;
        default:
          if (state[p] == 'f') break;
          partition_run run = in_runs.run(p);
          for (int i = 0; i < 3; ++i) {
            const timestamp t = at_ms(step + static_cast<int>(random() % 30) - 15);
            REQUIRE(run.current() == expected);
            run.observe(t);
            one_by_one.observe(p, t);
            state[p] = 'a';
            own[p] = std::max(own[p], t - bound);
            combine();
            REQUIRE(run.current() == expected);
            REQUIRE(one_by_one.current() == expected);
          }
          in_runs.take(p, run);
      }
      REQUIRE(in_runs.current() == expected);
      REQUIRE(one_by_one.current() == expected);
    }
  }
}
