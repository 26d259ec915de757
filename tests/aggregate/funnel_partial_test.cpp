// SPDX-License-Identifier: Apache-2.0
#include <oriel/aggregate/funnel_partial.hpp>

#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include <oriel/aggregate/funnel.hpp>

using namespace oriel;
using namespace oriel::detail;

TEST_CASE("properties are kept once each, and only as long as something has them") {
  funnel_properties<std::string_view> seen;
  CHECK(seen.place_of("ch") == 1);
  CHECK(seen.place_of("at") == 2);
  CHECK(seen.place_of("ch") == 1);
  CHECK(*seen.at(2) == "at");
  CHECK(seen.at(0) == nullptr);
  CHECK(seen.at(3) == nullptr);

  const funnel_rules rules{.step_count = 2,
                           .options = {.within = length_in_ms(5), .out_of_orderness = length_in_ms(0)}};
  funnel_partial<funnel_path_result<2, std::string_view>, std::string_view> p;
  for (std::uint64_t i = 0; i < 1'000; ++i) {
    const std::uint32_t place = p.properties().place_of(std::to_string(i));
    p.add(rules, {static_cast<std::int64_t>(i), i, 1, place});
    p.settle(rules);
  }
  CHECK(p.properties().values.size() < 50);
  const auto path = p.lower(rules);
  CHECK(path[column_name<"property">{}] == "0");  // the first chain of level 1
}

TEST_CASE("an event far in the past of the first bound is too old; with no bound none is") {
  funnel_rules rules{.step_count = 1, .options = {.out_of_orderness = length_in_ms(10)}};
  funnel_partial<funnel_path_result<1, void>, void> p;
  const auto counted = [&] { return p.lower(rules)[column_name<"completions">{}]; };
  p.add(rules, {100, 0, 1, 0});
  p.add(rules, {89, 1, 1, 0});
  CHECK(counted() == 1);
  p.add(rules, {90, 2, 1, 0});
  CHECK(counted() == 2);
  p.add(rules, {110, 3, 1, 0});
  p.take({110, 3, 1, 0});
  p.add(rules, {99, 4, 1, 0});  // too old still
  CHECK(counted() == 2);
  rules.options.out_of_orderness = without_bound;
  p.add(rules, {-1'000'000, 3, 1, 0});
  CHECK(counted() == 3);
}
