// SPDX-License-Identifier: Apache-2.0
#include <oriel/aggregate/funnel.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <random>
#include <string>
#include <vector>

#include <oriel/aggregate/compose.hpp>
#include <oriel/aggregate/signed.hpp>
#include <oriel/core/error.hpp>

#include "funnel_events.hpp"
#include "partials.hpp"

using namespace oriel;
using namespace oriel::literals;
using namespace oriel::testing;
using namespace std::chrono_literals;

namespace {

std::int64_t level_of(const std::vector<lettered>& events, const std::string& steps, const funnel_options& options) {
  return with_funnel(options, steps, [&](const auto& f) { return answer_of(f, events); });
}

struct vector_row {
  const char* id;
  const char* events;
  const char* steps;
  std::int64_t within;
  std::int64_t loose, exclusive, strict, increasing, first;
};

// SEMANTICS 7.
constexpr vector_row vectors[] = {
    {"V1", "A0 B5 C10", "ABC", 10, 3, 2, 3, 3, 3},    {"V2", "A0 A5 B12", "AB", 10, 2, 2, 2, 2, 1},
    {"V3", "A0 B1 A8 C9", "ABC", 5, 2, 2, 2, 2, 2},   {"V4", "A0 B1 A2 C3", "ABC", 10, 3, 3, 2, 3, 3},
    {"V5", "A0 B1 X2 C3", "ABC", 10, 3, 3, 2, 3, 3},  {"V6", "B0 A0", "AB", 10, 2, 2, 2, 1, 2},
    {"V7", "AB0", "AB", 10, 1, 1, 1, 1, 1},           {"V8", "A0 A1 B2", "AAB", 10, 3, 3, 3, 3, 3},
    {"V9", "A0 B1", "AAB", 10, 1, 1, 1, 1, 1},        {"V10", "A1 A2 B2", "AB", 10, 2, 2, 2, 2, 2},
    {"V11", "A0 B1 B2 C3", "ABC", 10, 3, 3, 2, 3, 3}, {"V12", "A0 A1 B2", "AB", 10, 2, 2, 2, 2, 2},
    {"V13", "A0 C1 B2 C3", "ABC", 10, 3, 3, 1, 3, 3}, {"V14", "B0 C1", "ABC", 10, 0, 0, 0, 0, 0},
    {"V15", "A0 B0 C0", "ABC", 0, 3, 1, 3, 1, 3},     {"V16", "A0 B9 A10 B11 C19", "ABC", 10, 3, 3, 3, 3, 2},
    {"V18", "A0 X1 A2 B3 C4", "ABC", 10, 3, 3, 3, 3, 3}, {"V19", "A0 B3 C6", "ABC", 5, 2, 2, 2, 2, 2},
};

/// Times, properties and levels are told by the events of the chain that was found by trying all.
template <typename Path>
void check_path(const Path& found, every_chain& all) {
  const every_chain::chain expected = all.path();
  REQUIRE(found["level"_col] == static_cast<std::int64_t>(expected.level));
  std::vector<std::int64_t> times;
  for (const std::size_t i : expected.events) times.push_back(all.event(i).time);
  REQUIRE(found["times"_col] == times);
  REQUIRE(found["completions"_col] == all.completions());
  if constexpr (has_column<Path, "property">) {
    REQUIRE(found["property"_col].has_value() == !times.empty());
    if (!times.empty()) REQUIRE(*found["property"_col] == all.event(expected.events[0]).place);
  }
}

auto abc(const funnel_options& o) { return funnel(o, has_letter{'A'}, has_letter{'B'}, has_letter{'C'}); }
auto ab(const funnel_options& o) { return funnel(o, has_letter{'A'}, has_letter{'B'}); }

const char* const some_funnels[] = {"A", "AB", "ABC", "AAB", "ABA", "ABCD"};

funnel_options random_options(std::mt19937_64& random, funnel_order order) {
  return {.within = std::chrono::milliseconds(random() % 12),
          .inclusive = random() % 2 == 0,
          .order = order,
          .entry = static_cast<funnel_entry>(random() % 2)};
}

}  // namespace

TEST_CASE("the vectors of SEMANTICS 7") {
  for (const vector_row& v : vectors) {
    CAPTURE(v.id);
    const auto events = events_of(v.events);
    const std::chrono::milliseconds within{v.within};
    CHECK(level_of(events, v.steps, {.within = within}) == v.loose);
    CHECK(level_of(events, v.steps, {.within = within, .inclusive = false}) == v.exclusive);
    CHECK(level_of(events, v.steps, {.within = within, .order = funnel_order::strict}) == v.strict);
    CHECK(level_of(events, v.steps, {.within = within, .order = funnel_order::increasing}) == v.increasing);
    CHECK(level_of(events, v.steps, {.within = within, .entry = funnel_entry::first}) == v.first);
  }
}

TEST_CASE("an excluded event cuts the chains between its steps, and another chain may begin") {
  const auto level = [](const char* events, funnel_entry entry) {
    const auto f = ab({.within = 10ms, .entry = entry}).excluding({}, has_letter{'X'});
    return answer_of(f, events_of(events));
  };
  CHECK(level("A0 X1 B2", funnel_entry::best) == 1);      // V20
  CHECK(level("A0 X1 A2 B3", funnel_entry::best) == 2);   // V21
  CHECK(level("A0 X1 A2 B3", funnel_entry::first) == 1);  // V21
  CHECK(level("A0 B1 X2", funnel_entry::best) == 2);      // levels reached stay
  CHECK(level("A0 BX1", funnel_entry::best) == 1);        // it cuts before it is a step
  const auto wide = abc({}).excluding({1, 3}, has_letter{'X'});
  CHECK(answer_of(wide, events_of("A0 X1 B2 C3")) == 1);
  CHECK(answer_of(wide, events_of("A0 B1 X2 C3")) == 2);
}

TEST_CASE("an exclusion that can never apply is an error") {
  const auto f = ab({});
  CHECK_THROWS_AS((void)f.excluding({1, 1}, has_letter{'X'}), error);
  CHECK_THROWS_AS((void)f.excluding({0, 1}, has_letter{'X'}), error);
  CHECK_THROWS_AS((void)f.excluding({1, 3}, has_letter{'X'}), error);
  const auto any = ab({.order = funnel_order::any_order});
  CHECK_THROWS_AS((void)any.excluding({}, has_letter{'X'}), error);
}

TEST_CASE("every mode agrees with trying all chains, on random events in any order of arrival") {
  for (const funnel_order order :
       {funnel_order::loose, funnel_order::strict, funnel_order::increasing, funnel_order::any_order}) {
    CAPTURE(static_cast<int>(order));
    std::mt19937_64 random(7);
    std::int64_t levels = 0;
    for (int i = 0; i < 100'000; ++i) {
      const std::string steps = some_funnels[random() % 6];
      const funnel_options o = random_options(random, order);
      const auto events = random_events(random, 7);
      const auto found = level_of(events, steps, o);
      levels += found;
      if (found != static_cast<std::int64_t>(every_chain(events, steps, o).level())) {
        CAPTURE(i);
        REQUIRE(found == static_cast<std::int64_t>(every_chain(events, steps, o).level()));
      }
    }
    CHECK(levels > 60'000);  // it was not about nothing
  }
}

TEST_CASE("exclusions agree with trying all chains") {
  std::mt19937_64 random(11);
  for (int i = 0; i < 30'000; ++i) {
    const funnel_options o = random_options(random, static_cast<funnel_order>(random() % 3));
    const auto events = random_events(random, 8);
    const excluded x{"XBA"[random() % 3], random() % 3 == 0 ? funnel_range{1, 3}
                                          : random() % 2 == 0 ? funnel_range{2, 3}
                                                              : funnel_range{1, 2}};
    const auto f = abc(o).excluding(x.range, has_letter{x.letter});
    every_chain all(events, "ABC", o, x);
    CAPTURE(i);
    REQUIRE(answer_of(f, events) == static_cast<std::int64_t>(all.level()));
    if (i % 8 == 0) check_path(answer_of(f.path(), events), all);
  }
}

TEST_CASE("a path is the chain completed first, of those the one with the latest events") {
  std::mt19937_64 random(13);
  for (int i = 0; i < 20'000; ++i) {
    const funnel_options o = random_options(random, static_cast<funnel_order>(random() % 3));
    const auto events = random_events(random, 9, 20);
    every_chain all(events, i % 2 == 0 ? "ABC" : "ABA", o);
    const auto f = funnel(o, has_letter{'A'}, has_letter{'B'}, has_letter{i % 2 == 0 ? 'C' : 'A'});
    CAPTURE(i);
    check_path(answer_of(f.path(&lettered::place), events), all);
  }
}

TEST_CASE("in any order, a path has the times at which one more step was served") {
  const auto f = abc({.within = 10ms, .order = funnel_order::any_order});
  const auto path = answer_of(f.path(), events_of("C1 A2 C5 B7 A8 C9 B10"));
  CHECK(path["times"_col] == std::vector<std::int64_t>{2, 5, 7});
  CHECK(path["completions"_col] == 2);
}

TEST_CASE("completions do not share events") {
  const auto f = ab({.within = 10ms}).path();
  CHECK(answer_of(f, events_of("A0 A1 B2 B3"))["completions"_col] == 1);
  CHECK(answer_of(f, events_of("A0 B1 A2 B3 B4"))["completions"_col] == 2);
}

TEST_CASE("every order of arrival gives the same result") {
  for (const char* text : {"A0 B5 C10 A8 B9", "A0 B0 C0 X0 A1", "B1 A1 A2 C2 B3", "A0 X1 A2 B3 C4"}) {
    for (const funnel_order order :
         {funnel_order::loose, funnel_order::strict, funnel_order::increasing, funnel_order::any_order}) {
      auto events = events_of(text);
      const auto f = abc({.within = 9ms, .order = order}).path();
      const auto expected = answer_of(f, events);
      const auto earlier = [](const lettered& a, const lettered& b) {
        return std::pair(a.time, a.letters) < std::pair(b.time, b.letters);
      };
      std::sort(events.begin(), events.end(), earlier);
      do {
        if (!(answer_of(f, events) == expected)) {
          CAPTURE(text);
          REQUIRE(answer_of(f, events)["level"_col] == expected["level"_col]);
          REQUIRE(answer_of(f, events)["times"_col] == expected["times"_col]);
        }
      } while (std::next_permutation(events.begin(), events.end(), earlier));
    }
  }
}

TEST_CASE("partials combine in any grouping, whichever events are in which, and travel as bytes") {
  std::mt19937 random(17);
  std::mt19937_64 draw(17);
  for (int i = 0; i < 1'500; ++i) {
    CAPTURE(i);
    const funnel_options o = random_options(draw, static_cast<funnel_order>(i % 4));
    std::vector<placed_event<lettered>> events;
    for (const lettered& e : random_events(draw, 12)) events.push_back({e, {e.time, events.size()}});
    const auto level = abc(o);
    const auto path = abc(o).path(&lettered::place);
    REQUIRE(level.lower(fold_anyhow(level, events, random)) == level.lower(fold_placed(level, events)));
    REQUIRE((path.lower(fold_anyhow(path, events, random)) == path.lower(fold_placed(path, events))));
    if (i % 30 != 0) continue;
    check_bytes(level, fold_placed(level, events), random);
    check_bytes(path, fold_placed(path, events), random);
  }
}

TEST_CASE("with a bound on disorder partials combine in any grouping that leaves their order") {
  const auto two = ab({.out_of_orderness = 10ms});
  const auto b = two.lift({2, 100, 0}, {100, 0});
  const auto a = two.lift({1, 50, 0}, {50, 1});
  CHECK(two.lower(two.combine(b, a)) == 0);
  CHECK(two.lower(two.combine(a, b)) == 2);

  std::mt19937_64 random(31);
  std::int64_t ignored = 0;
  for (int i = 0; i < 1'500; ++i) {
    CAPTURE(i);
    funnel_options o = random_options(random, static_cast<funnel_order>(i % 4));
    const auto every = abc(o).path(&lettered::place);
    o.out_of_orderness = std::chrono::milliseconds(random() % 10);
    const auto bounded = abc(o).path(&lettered::place);
    auto counted = every.identity();  // what is not too old, by the definition
    std::vector<decltype(counted)> parts(1, bounded.identity());
    auto added = bounded.identity();
    std::int64_t newest = -100;
    std::uint64_t arrival = 0;
    for (const lettered& e : random_events(random, 14)) {
      const event_position at{e.time, arrival++};
      if (random() % 3 == 0) parts.push_back(bounded.identity());
      bounded.add(parts.back(), e, at);
      bounded.add(added, e, at);
      if (e.time < newest - o.out_of_orderness.ms) {
        ++ignored;
        continue;
      }
      every.add(counted, e, at);
      if (o.order == funnel_order::strict || e.has('A') || e.has('B') || e.has('C')) newest = std::max(newest, e.time);
    }
    while (parts.size() > 1) {
      const std::size_t at = random() % (parts.size() - 1);
      parts[at] = bounded.combine(parts[at], parts[at + 1]);
      parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(at) + 1);
    }
    REQUIRE((bounded.lower(added) == every.lower(counted)));
    REQUIRE((bounded.lower(parts[0]) == every.lower(counted)));
  }
  CHECK(ignored > 1'000);
}

TEST_CASE("events can be taken back") {
  std::mt19937 random(19);
  std::mt19937_64 draw(19);
  for (int i = 0; i < 150; ++i) {
    CAPTURE(i);
    const auto f = abc(random_options(draw, static_cast<funnel_order>(i % 4))).path(&lettered::place);
    static_assert(retractable_aggregate<std::remove_cvref_t<decltype(f)>>);
    std::vector<placed_event<lettered>> events;
    for (const lettered& e : random_events(draw, 25)) events.push_back({e, {e.time, events.size()}});
    check_taking_back(f, events, random);
  }
}

TEST_CASE("with a bound on disorder a settled partial forgets, and answers as if it had not") {
  std::mt19937_64 random(23);
  for (int i = 0; i < 150; ++i) {
    CAPTURE(i);
    funnel_options o = random_options(random, static_cast<funnel_order>(i % 4));
    const auto all = abc(o).path(&lettered::place);
    o.out_of_orderness = std::chrono::milliseconds(i % 3 * 4);
    const auto bounded = abc(o).path(&lettered::place);
    const auto level = abc(o);
    auto remembering = all.identity();
    auto forgetting = bounded.identity();
    auto forgetting_level = level.identity();
    std::int64_t newest = 0;
    for (std::uint64_t n = 0; n < 600; ++n) {
      lettered e{std::uint32_t{1} << ("ABCDX"[random() % 5] - 'A'), 0, static_cast<int>(random() % 3)};
      // Densely, or with pauses in which everything is forgotten.
      const unsigned most = i % 2 == 0 || random() % 3 == 0 ? 6 : 20;
      e.time = newest + static_cast<std::int64_t>(random() % most) - 3;
      if (e.time < newest - o.out_of_orderness.ms) e.time = newest;
      newest = std::max(newest, e.time);
      all.add(remembering, e, {e.time, n});
      bounded.add(forgetting, e, {e.time, n});
      level.add(forgetting_level, e, {e.time, n});
      if (n % 3 != 0) {
        bounded.settle(forgetting);
        level.settle(forgetting_level);
      }
      if (random() % 16 == 0) {
        all.take(remembering, e, {e.time, n});
        bounded.take(forgetting, e, {e.time, n});
        level.take(forgetting_level, e, {e.time, n});
      }
      const auto found = level.lower(forgetting_level);
      if (n < 40 || n % 16 == 0) REQUIRE(found == all.lower(remembering)["level"_col]);
      if (n % 16 == 0) REQUIRE((bounded.lower(forgetting) == all.lower(remembering)));
    }
    REQUIRE((bounded.lower(forgetting) == all.lower(remembering)));
    REQUIRE(remembering.bytes() > 1000);
    REQUIRE(forgetting.bytes() < 900);
    // What is too late is ignored, and a partial of later events can still be joined to it.
    ++newest;
    all.add(remembering, {1, newest, 0}, {newest, 600});
    bounded.add(forgetting, {1, newest, 0}, {newest, 600});
    const auto before = bounded.lower(forgetting);
    bounded.add(forgetting, {1, newest - o.out_of_orderness.ms - 1, 0}, {newest - o.out_of_orderness.ms - 1, 600});
    REQUIRE((bounded.lower(forgetting) == before));
    auto later = bounded.identity();
    for (const char letter : {'A', 'B', 'C'}) {
      const lettered e{std::uint32_t{1} << (letter - 'A'), ++newest, 1};
      bounded.add(later, e, {e.time, 601});
      all.add(remembering, e, {e.time, 601});
    }
    REQUIRE((bounded.lower(bounded.combine(forgetting, later)) == all.lower(remembering)));
    REQUIRE((bounded.lower(bounded.combine(later, forgetting)) == all.lower(remembering)));
  }
}

TEST_CASE("filters, compositions and signs pass on that a partial stands alone") {
  const auto f = ab({.within = 10ms, .out_of_orderness = 0ms}).where(has_letter{'A'});
  const signed_aggregate all(compose<lettered>("level"_col = f));
  auto p = all.identity();
  for (std::int64_t t = 0; t < 1'000; ++t) {
    all.add(p, {{1, t, 0}, 1}, {t, static_cast<std::uint64_t>(t)});
    settle(all, p);
  }
  CHECK(all.lower(p)["level"_col] == 1);
  CHECK(std::get<0>(p.inside).bytes() < 300);
}
