// SPDX-License-Identifier: Apache-2.0
#include <oriel/operators/slice_routes.hpp>

#include <doctest/doctest.h>

#include <memory>
#include <random>
#include <vector>

using namespace oriel;

namespace {

struct stretch {
  interval of;
  bool open = true;
  const interval& span() const noexcept { return of; }
};

}  // namespace

TEST_CASE("an event is led to the slice that contains it, if that is one of the last that are open") {
  std::mt19937_64 random(20240102);
  for (int round = 0; round < 500; ++round) {
    const std::uint64_t scale = round % 3 == 0 ? 10 : round % 3 == 1 ? 100'000 : 1'500'000'000;  // up to gaps of weeks
    std::vector<std::unique_ptr<stretch>> slices;
    timestamp at = at_ms(-static_cast<std::int64_t>(random() % (5 * scale)));
    for (auto count = random() % 12; count > 0; --count) {
      if (random() % 3 == 0) at += duration{1 + random() % scale};
      const timestamp end = at + duration{1 + random() % scale};
      slices.push_back(std::make_unique<stretch>(stretch{{at, end}, random() % 6 != 0}));
      at = end;
    }
    slice_routes<stretch> routes;
    routes.make(slices, [](const stretch& s) { return s.open; });

    const stretch* first_led_to = nullptr;  // as far as a look-up can reach, by the definition
    std::size_t led_to = 0;
    for (std::size_t i = slices.size(); i-- > 0 && slices[i]->open && led_to < slice_routes<stretch>::most; ++led_to) {
      if (slices.back()->of.start - slices[i]->of.start >= duration{0x7fffffff}) break;
      first_led_to = slices[i].get();
    }
    CHECK(routes.newest() == (led_to == 0 ? nullptr : slices.back().get()));
    const auto expect = [&](timestamp t) {
      const stretch* expected = nullptr;
      for (const auto& s : slices) {
        if (first_led_to != nullptr && s->of.start >= first_led_to->of.start && s->of.contains(t)) expected = s.get();
      }
      const stretch* const found = routes(t);
      // Far behind the first start, 24 days, an event may have to find its way by itself.
      const bool is_far = first_led_to != nullptr && t - first_led_to->of.start >= duration{0x7fffffff};
      REQUIRE((found == expected || (is_far && found == nullptr)));
    };
    for (const auto& s : slices) {
      for (const timestamp t : {s->of.start, s->of.end, s->of.start - duration{1}, s->of.end - duration{1}}) expect(t);
    }
    for (int i = 0; i < 20; ++i) expect(at - duration{static_cast<std::int64_t>(random() % (12 * scale))});
    expect(earliest_event_time);
    expect(latest_event_time);
  }
}
