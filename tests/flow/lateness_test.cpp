// SPDX-License-Identifier: Apache-2.0
#include <oriel/flow/lateness.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <thread>
#include <vector>

#include <oriel/core/watermark.hpp>

using namespace oriel;
using namespace std::chrono_literals;

namespace {

struct judged {
  std::vector<timestamp> times;
  std::vector<timestamp> watermarks;
};

judged judge(std::vector<timestamp> times, duration bound) {
  judged result{std::move(times), {}};
  bounded_watermark w{bound};
  for (const timestamp t : result.times) {
    result.watermarks.push_back(w.current());
    w.observe(t);
  }
  return result;
}

std::size_t on_time(const judged& events) {
  std::size_t n = 0;
  for (std::size_t i = 0; i < events.times.size(); ++i) n += events.times[i] >= events.watermarks[i];
  return n;
}

}  // namespace

TEST_CASE("events are counted by how far they are behind the greatest time before them") {
  lateness_recorder recorder;
  const judged events = judge({at_ms(100), at_ms(90), at_ms(110), at_ms(47), at_ms(110)}, 5ms);
  recorder.add(events.times, events.watermarks, 5ms);
  const lateness seen = recorder.snapshot();
  CHECK(seen.events() == 5);
  CHECK(seen.behind() == 2);
  CHECK(seen.max() == 63ms);
  CHECK(seen.quantile(0) == 0ms);
  CHECK(seen.quantile(0.6) == 0ms);
  CHECK(seen.quantile(0.8) == 10ms);
  CHECK(seen.suggested_out_of_orderness(1) == 63ms);
  REQUIRE(seen.buckets().size() == 3);
  CHECK(seen.buckets()[1].up_to == 10ms);
  CHECK(seen.buckets()[1].events == 1);
}

TEST_CASE("nothing measured suggests nothing") {
  const lateness seen = lateness_recorder{}.snapshot();
  CHECK(seen.events() == 0);
  CHECK(seen.behind() == 0);
  CHECK(seen.max() == 0ms);
  CHECK(seen.suggested_out_of_orderness(0.99) == 0ms);
  CHECK(lateness{}.quantile(1) == 0ms);
}

TEST_CASE("buckets are exact below 64 ms, and a value is never over by more than one in 32") {
  std::mt19937_64 random(5);
  std::vector<std::uint64_t> values{0, 1, 63, 64, 65, 127, 128, (std::uint64_t{1} << 62) - 1, std::uint64_t{1} << 62};
  for (int i = 0; i < 2000; ++i) values.push_back(random() >> (random() % 62 + 2));
  for (const std::uint64_t v : values) {
    const std::size_t bucket = detail::lateness_buckets::of(v);
    REQUIRE(bucket < detail::lateness_buckets::count);
    const std::uint64_t last = detail::lateness_buckets::last(bucket);
    CAPTURE(v);
    REQUIRE(last >= v);
    REQUIRE(last - v <= v / 32);
    REQUIRE(detail::lateness_buckets::of(last) == bucket);
    REQUIRE(detail::lateness_buckets::of(last + 1) == bucket + 1);
  }
}

TEST_CASE("the suggested bound has that share on time, and no bound a thirty-third smaller does, whatever it was measured with") {
  std::mt19937 random(77);
  std::vector<timestamp> times;
  for (int i = 0; i < 3000; ++i) {
    const auto behind = random() % 20 == 0 ? random() % 60'000 : random() % 300;
    times.push_back(at_ms(i * 10 - static_cast<std::int64_t>(behind)));
  }
  for (const duration measured_with : {duration{0ms}, duration{250ms}, duration{2min}}) {
    const judged events = judge(times, measured_with);
    lateness_recorder recorder;
    for (std::size_t i = 0; i < times.size(); i += 7) {
      const std::size_t n = std::min<std::size_t>(7, times.size() - i);
      recorder.add(std::span(events.times).subspan(i, n), std::span(events.watermarks).subspan(i, n), measured_with);
    }
    const lateness seen = recorder.snapshot();
    for (const double share : {0.5, 0.9, 0.95, 0.999, 1.0}) {
      const duration bound = seen.suggested_out_of_orderness(share);
      CAPTURE(share);
      const double wanted = share * static_cast<double>(times.size());
      CHECK(static_cast<double>(on_time(judge(times, bound))) >= wanted);
      if (bound.count() > 0) CHECK(static_cast<double>(on_time(judge(times, bound - bound / 32 - 1ms))) < wanted);
    }
    CHECK(on_time(judge(times, seen.max())) == times.size());
    CHECK(on_time(judge(times, seen.max() - 1ms)) < times.size());
  }
}

TEST_CASE("times and watermarks at the ends of the range are counted too") {
  lateness_recorder recorder;
  const timestamp far = at_ms(std::int64_t{1} << 60);
  const timestamp times[] = {at_ms(-(std::int64_t{1} << 60)), far, at_ms(0)};
  const timestamp watermarks[] = {end_of_time, end_of_time, beginning_of_time};
  recorder.add(times, watermarks, 5s);
  CHECK(recorder.snapshot().events() == 3);
  CHECK(recorder.snapshot().behind() == 2);
}

TEST_CASE("a snapshot may be taken while another thread counts") {
  lateness_recorder recorder;
  const judged events = judge({at_ms(100), at_ms(90), at_ms(1)}, 0ms);
  std::jthread counting([&] {
    for (int i = 0; i < 2000; ++i) recorder.add(events.times, events.watermarks, 0ms);
  });
  std::uint64_t before = 0;
  for (int i = 0; i < 50; ++i) {
    const std::uint64_t now = recorder.snapshot().events();
    CHECK(now >= before);
    before = now;
  }
  counting.join();
  CHECK(recorder.snapshot().events() == 6000);
}
