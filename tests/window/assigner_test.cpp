// SPDX-License-Identifier: Apache-2.0
#include <oriel/window/assigner.hpp>

#include <doctest/doctest.h>

#include <oriel/window/tumbling.hpp>

using namespace oriel;

namespace {

/// Everything in one window.
struct forever {
  duration allowed_lateness{};
  interval assign(timestamp) const { return {beginning_of_time, end_of_time}; }
  std::string label() const { return "forever"; }
  void validate() const {}
};

struct no_windows {};

}  // namespace

TEST_CASE("an assigner is a struct that names the window of a time") {
  static_assert(assigner<tumbling> && assigner<forever> && !assigner<no_windows>);
  CHECK(forever{}.assign(at_ms(0)).contains(at_ms(-1)));
}
