// SPDX-License-Identifier: Apache-2.0
#include <oriel/operators/window_operator.hpp>

#include <cstdint>
#include <type_traits>

#include <doctest/doctest.h>

#include <oriel/aggregate/count.hpp>
#include <oriel/operators/window_aggregate.hpp>
#include <oriel/window/tumbling.hpp>

using namespace oriel;

namespace {

struct itself_as_key {
  using key_type = std::int64_t;
  key_type operator()(std::int64_t event) const { return event; }
};

}  // namespace

TEST_CASE("windows that do not overlap are carried out by window_aggregate") {
  using chosen = window_operator<tumbling>::type<std::int64_t, itself_as_key, count>;
  CHECK(std::is_same_v<chosen, window_aggregate<std::int64_t, itself_as_key, tumbling, count>>);
}
