// SPDX-License-Identifier: Apache-2.0
#include <oriel/window/combined_slices.hpp>

#include <doctest/doctest.h>

#include <map>
#include <random>
#include <string>

#include <oriel/aggregate/compose.hpp>
#include <oriel/aggregate/count.hpp>
#include <oriel/aggregate/extrema.hpp>
#include <oriel/aggregate/mean.hpp>
#include <oriel/aggregate/sum.hpp>
#include <oriel/testing/non_commutative.hpp>

using namespace oriel;

namespace {

interval span_of(std::int64_t slice) { return {at_ms(slice * 10), at_ms(slice * 10 + 10)}; }

/// Moves over random slices, with late events and slices that come to be behind the front, and compares every key
/// with its slices put together one after the other.
template <typename Aggregate>
void check(Aggregate aggregate, auto make_event, std::uint64_t seed) {
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  slice_store<Aggregate> store(aggregate);
  combined_slices<Aggregate> combined(aggregate);
  std::int64_t first = -20;
  std::int64_t last = -20;
  for (int step = 0; step < 120; ++step) {
    for (auto events = random() % 20; events > 0; --events) {
      const std::int64_t slice = first + static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(last - first + 3));
      const auto id = static_cast<std::uint32_t>(random() % 600);
      store.add(store.at(span_of(slice)), id, make_event(random));
      combined.mark(id, span_of(slice));
    }
    if (random() % 10 == 0) combined.reset();
    last += static_cast<std::int64_t>(random() % 3);
    if (random() % 4 != 0) first = std::min(last, first + static_cast<std::int64_t>(random() % 4));
    if (random() % 30 == 0) first = last;
    const interval window{span_of(first).start, span_of(last).end};
    combined.move_to(window, store);

    std::map<std::uint32_t, typename Aggregate::partial> want;
    for (const auto& s : store.within(window)) {
      s->for_each([&](std::uint32_t id, const auto& p) {
        const auto [at, fresh] = want.try_emplace(id, aggregate.identity());
        at->second = aggregate.combine(at->second, p);
      });
    }
    auto expected = want.begin();
    combined.for_each([&](std::uint32_t id, const auto& p) {
      REQUIRE(expected != want.end());
      REQUIRE(id == expected->first);
      REQUIRE((p == expected->second));
      ++expected;
    });
    REQUIRE(expected == want.end());
    if (random() % 2 == 0) combined.leave_before(span_of(first).start, store);
    store.drop_before(span_of(first).start);
  }
}

auto side_by_side() {
  using namespace oriel::literals;
  return compose<std::string>("n"_col = count(), "text"_col = testing::concatenate{},
                              "letters"_col = mean<std::string, std::size_t (std::string::*)() const noexcept>(&std::string::size),
                              "least"_col = oriel::min<std::string>());
}

using total = sum<std::int64_t>;
using greatest = oriel::max<std::int64_t>;

}  // namespace

static_assert(exactly_invertible_aggregate<total>);
static_assert(!exactly_invertible_aggregate<greatest> && !exactly_invertible_aggregate<testing::concatenate>);

TEST_CASE("what can be undone exactly is kept running, and agrees with recomputation at every step") {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    check(total{}, [](auto& random) { return static_cast<std::int64_t>(random() % 1000); }, seed);
  }
}

TEST_CASE("what cannot is kept in two stacks, and agrees with recomputation at every step") {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    check(greatest{}, [](auto& random) { return static_cast<std::int64_t>(random() % 1000); }, seed);
  }
}

TEST_CASE("slices are put together in the order of time: a non-commutative aggregate agrees too") {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    check(testing::concatenate{}, [](auto& random) { return std::string(1, static_cast<char>('a' + random() % 26)); }, seed);
  }
}

TEST_CASE("aggregates side by side, some of which can be undone, agree too") {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    check(side_by_side(), [](auto& random) { return std::string(random() % 3, static_cast<char>('a' + random() % 26)); }, seed);
  }
}
