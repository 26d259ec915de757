// SPDX-License-Identifier: Apache-2.0
#include <oriel/core/watermark.hpp>

#include <doctest/doctest.h>

using namespace oriel;
using namespace std::chrono_literals;

TEST_CASE("the watermark is the greatest time seen minus the bound, starts before everything and never goes back") {
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
