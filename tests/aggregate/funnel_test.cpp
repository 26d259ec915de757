// SPDX-License-Identifier: Apache-2.0
#include <oriel/aggregate/funnel.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <optional>
#include <random>
#include <string>
#include <vector>

using namespace oriel;

namespace {

struct event {
  std::string matches;  // the steps it matches, as letters
  std::int64_t time;
};

/// Events as SEMANTICS 7 writes them: "A0 B5 X2"; "AB0" is one event that matches both.
std::vector<event> parse(const std::string& text) {
  std::vector<event> out;
  std::size_t at = 0;
  while (at < text.size()) {
    event e{};
    while (std::isalpha(static_cast<unsigned char>(text[at]))) e.matches += text[at++];
    std::size_t used = 0;
    e.time = std::stoll(text.substr(at), &used);
    at += used;
    while (at < text.size() && text[at] == ' ') ++at;
    out.push_back(e);
  }
  return out;
}

/// Steps "AAB": each letter is a step. Up to five.
std::int64_t level_of(const std::vector<event>& events, const std::string& steps, funnel_options options) {
  const auto step = [&](std::size_t i) {
    return [letter = i < steps.size() ? steps[i] : '\0'](const event& e) {
      return letter != '\0' && e.matches.find(letter) != std::string::npos;
    };
  };
  const auto run = [&](const auto& f) {
    auto p = f.identity();
    for (std::size_t i = 0; i < events.size(); ++i) f.add(p, events[i], {events[i].time, i});
    return f.lower(p);
  };
  switch (steps.size()) {
    case 1: return run(funnel(options, step(0)));
    case 2: return run(funnel(options, step(0), step(1)));
    case 3: return run(funnel(options, step(0), step(1), step(2)));
    default: return run(funnel(options, step(0), step(1), step(2), step(3)));
  }
}

struct vector_row {
  const char* id;
  const char* events;
  const char* steps;
  std::int64_t within;
  std::int64_t loose, exclusive, strict, increasing, first;
};

// SEMANTICS 7, without the rows on exclusions (V20, V21).
constexpr vector_row vectors[] = {
    {"V1", "A0 B5 C10", "ABC", 10, 3, 2, 3, 3, 3},   {"V2", "A0 A5 B12", "AB", 10, 2, 2, 2, 2, 1},
    {"V3", "A0 B1 A8 C9", "ABC", 5, 2, 2, 2, 2, 2},  {"V4", "A0 B1 A2 C3", "ABC", 10, 3, 3, 2, 3, 3},
    {"V5", "A0 B1 X2 C3", "ABC", 10, 3, 3, 2, 3, 3}, {"V6", "B0 A0", "AB", 10, 2, 2, 2, 1, 2},
    {"V7", "AB0", "AB", 10, 1, 1, 1, 1, 1},          {"V8", "A0 A1 B2", "AAB", 10, 3, 3, 3, 3, 3},
    {"V9", "A0 B1", "AAB", 10, 1, 1, 1, 1, 1},       {"V10", "A1 A2 B2", "AB", 10, 2, 2, 2, 2, 2},
    {"V11", "A0 B1 B2 C3", "ABC", 10, 3, 3, 2, 3, 3}, {"V12", "A0 A1 B2", "AB", 10, 2, 2, 2, 2, 2},
    {"V13", "A0 C1 B2 C3", "ABC", 10, 3, 3, 1, 3, 3}, {"V14", "B0 C1", "ABC", 10, 0, 0, 0, 0, 0},
    {"V15", "A0 B0 C0", "ABC", 0, 3, 1, 3, 1, 3},    {"V16", "A0 B9 A10 B11 C19", "ABC", 10, 3, 3, 3, 3, 2},
    {"V18", "A0 X1 A2 B3 C4", "ABC", 10, 3, 3, 3, 3, 3}, {"V19", "A0 B3 C6", "ABC", 5, 2, 2, 2, 2, 2},
};

/// The definition: is there a chain of this level, whichever events it takes?
class brute_force {
 public:
  brute_force(std::vector<event> events, std::string steps, funnel_options options)
      : steps_(std::move(steps)), options_(options) {
    std::vector<std::size_t> order(events.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    const auto lowest = [&](const event& e) {
      for (std::size_t s = 0; s < steps_.size(); ++s) {
        if (e.matches.find(steps_[s]) != std::string::npos) return s;
      }
      return std::size_t{64};
    };
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      return std::pair(events[a].time, lowest(events[a])) < std::pair(events[b].time, lowest(events[b]));
    });
    for (const std::size_t i : order) events_.push_back(events[i]);
  }

  std::int64_t level() const {
    std::int64_t best = 0;
    for (std::size_t i = 0; i < events_.size(); ++i) {
      if (!matches(i, 0)) continue;
      best = std::max(best, options_.order == funnel_order::any_order ? 1 + serve(i, i, 1) : longest(i, i, 1));
      if (options_.entry == funnel_entry::first) break;
    }
    return best;
  }

 private:
  bool matches(std::size_t i, std::size_t step) const {
    return events_[i].matches.find(steps_[step]) != std::string::npos;
  }
  bool within(std::size_t start, std::size_t i) const {
    const std::int64_t distance = events_[i].time - events_[start].time;
    return options_.inclusive ? distance <= options_.within_ms : distance < options_.within_ms;
  }
  std::int64_t longest(std::size_t start, std::size_t last, std::size_t step) const {
    std::int64_t best = static_cast<std::int64_t>(step);
    if (step == steps_.size()) return best;
    for (std::size_t i = last + 1; i < events_.size(); ++i) {
      if (options_.order == funnel_order::strict && i != last + 1) break;
      if (!matches(i, step) || !within(start, i)) continue;
      if (options_.order == funnel_order::increasing && events_[i].time <= events_[last].time) continue;
      best = std::max(best, longest(start, i, step + 1));
    }
    return best;
  }
  /// The most of the steps not in `taken` that events after `last` can serve.
  std::int64_t serve(std::size_t start, std::size_t last, std::uint64_t taken) const {
    std::int64_t best = 0;
    for (std::size_t i = last + 1; i < events_.size() && within(start, i); ++i) {
      for (std::size_t s = 1; s < steps_.size(); ++s) {
        if ((taken >> s & 1) == 0 && matches(i, s)) best = std::max(best, 1 + serve(start, i, taken | std::uint64_t{1} << s));
      }
    }
    return best;
  }

  std::vector<event> events_;
  std::string steps_;
  funnel_options options_;
};

}  // namespace

TEST_CASE("the vectors of SEMANTICS 7") {
  for (const vector_row& v : vectors) {
    CAPTURE(v.id);
    const auto events = parse(v.events);
    CHECK(level_of(events, v.steps, {.within_ms = v.within}) == v.loose);
    CHECK(level_of(events, v.steps, {.within_ms = v.within, .inclusive = false}) == v.exclusive);
    CHECK(level_of(events, v.steps, {.within_ms = v.within, .order = funnel_order::strict}) == v.strict);
    CHECK(level_of(events, v.steps, {.within_ms = v.within, .order = funnel_order::increasing}) == v.increasing);
    CHECK(level_of(events, v.steps, {.within_ms = v.within, .entry = funnel_entry::first}) == v.first);
  }
}

TEST_CASE("every mode agrees with trying all chains, on random events in any order of arrival") {
  std::mt19937_64 random(7);
  for (int i = 0; i < 60'000; ++i) {
    CAPTURE(i);
    const char* const funnels[] = {"A", "AB", "ABC", "AAB", "ABA", "ABCD"};
    const std::string steps = funnels[random() % 6];
    funnel_options o;
    o.within_ms = static_cast<std::int64_t>(random() % 12);
    o.inclusive = random() % 2 == 0;
    o.order = static_cast<funnel_order>(random() % 4);
    o.entry = static_cast<funnel_entry>(random() % 2);
    std::vector<event> events;
    for (auto n = random() % 8; n > 0; --n) {
      std::string letters(1, "ABCDX"[random() % 5]);
      if (random() % 6 == 0) letters += "ABCD"[random() % 4];
      events.push_back({letters, static_cast<std::int64_t>(random() % 14) - 5});
    }
    REQUIRE(level_of(events, steps, o) == brute_force(events, steps, o).level());
  }
}

TEST_CASE("partials combine whatever events are in which, and an event can be taken back") {
  const auto is = [](char letter) { return [letter](const event& e) { return e.matches[0] == letter; }; };
  const auto f = funnel({.within_ms = 10}, is('A'), is('B'), is('C'));
  const auto events = parse("A0 B5 C9 B2 A4");
  for (unsigned split = 0; split < 32; ++split) {
    auto left = f.identity();
    auto right = f.identity();
    for (std::size_t i = 0; i < events.size(); ++i) f.add((split >> i & 1) != 0 ? left : right, events[i], {events[i].time, i});
    CHECK(f.lower(f.combine(left, right)) == 3);
  }
  auto p = f.identity();
  for (std::size_t i = 0; i < events.size(); ++i) f.add(p, events[i], {events[i].time, i});
  f.take(p, events[2], {9, 2});
  CHECK(f.lower(p) == 2);
  static_assert(retractable_aggregate<std::remove_cvref_t<decltype(f)>>);
}
