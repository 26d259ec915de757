// SPDX-License-Identifier: Apache-2.0
#include <oriel/window/session_store.hpp>

#include <algorithm>
#include <cstdint>
#include <map>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <oriel/testing/non_commutative.hpp>

using namespace oriel;
using namespace oriel::testing;
using namespace std::chrono_literals;

namespace {

using store = session_store<concatenate>;

auto add(store& s, std::uint32_t id, std::int64_t t, const std::string& text) {
  s.reserve_keys(id + 1u);
  return s.add(id, s.near(id, at_ms(t)), text, {t, 0});
}

}  // namespace

TEST_CASE("events a gap apart share a session; a millisecond more and they do not") {
  store s({.gap = 10ms}, {});
  const auto first = add(s, 0, 0, "a");
  CHECK(first.fresh);
  CHECK(add(s, 0, 10, "b").joined == first.joined);
  CHECK(add(s, 0, 21, "c").fresh);
  CHECK(s[first.joined].partial == "ab");
  CHECK(s.newest_extended_by(0, at_ms(31)) != store::none);
  CHECK(s.newest_extended_by(0, at_ms(32)) == store::none);
  CHECK(s.newest_extended_by(0, at_ms(20)) == store::none);  // would begin it, and join it with the other
}

TEST_CASE("an event between two sessions makes them one, in the order of time") {
  store s({.gap = 10ms}, {});
  const auto later = add(s, 0, 20, "later");
  const auto earlier = add(s, 0, 0, "earlier ");
  const auto done = add(s, 0, 10, "bridge ");
  CHECK(done.joined == earlier.joined);
  CHECK(done.absorbed == later.joined);
  CHECK(s[done.joined].partial == "earlier bridge later");
  CHECK(s[done.joined].last_event == at_ms(20));
  s.release();
  CHECK(add(s, 5, 0, "x").joined == later.joined);  // the record is used again
  CHECK(s.live_keys() == 2);
}

TEST_CASE("a session is never longer than allowed, and two that would be stay two") {
  store s({.gap = 10ms, .max_length = 25ms}, {});
  for (const std::int64_t t : {0, 8, 16, 24}) add(s, 0, t, "e");
  CHECK(add(s, 0, 26, "f").fresh);
  store t({.gap = 10ms, .max_length = 25ms}, {});
  const auto a = add(t, 0, 0, "a");
  const auto b = add(t, 0, 18, "b");
  add(t, 0, 26, "c");
  const auto done = add(t, 0, 9, "d");  // one session would last 26 ms
  CHECK(done.joined == a.joined);
  CHECK(done.absorbed == store::none);
  CHECK(t[b.joined].partial == "bc");
}

TEST_CASE("any order of arrival gives the sessions of the sorted events") {
  std::mt19937 random(20240102);
  for (int round = 0; round < 200; ++round) {
    CAPTURE(round);
    const std::int64_t gap = 1 + static_cast<std::int64_t>(random() % 30);
    store s({.gap = duration{gap}}, {});
    std::vector<std::int64_t> times(1 + random() % 60);
    for (auto& t : times) t = static_cast<std::int64_t>(random() % 600) - 300;
    std::map<std::int64_t, std::uint32_t> sessions;  // by start
    for (const std::int64_t t : times) {
      const auto done = add(s, 3, t, "e");
      if (!done.fresh) sessions.erase(to_ms(done.old_start));
      if (done.absorbed != store::none) sessions.erase(to_ms(s[done.absorbed].start));
      sessions[to_ms(s[done.joined].start)] = done.joined;
    }
    std::sort(times.begin(), times.end());
    auto expected = sessions.begin();
    for (std::size_t i = 0; i < times.size();) {
      std::size_t j = i + 1;
      while (j < times.size() && times[j] - times[j - 1] <= gap) ++j;
      REQUIRE(expected != sessions.end());
      const auto& found = s[expected->second];
      REQUIRE(found.start == at_ms(times[i]));
      REQUIRE(found.last_event == at_ms(times[j - 1]));
      REQUIRE(found.partial.size() == j - i);
      ++expected;
      i = j;
    }
    REQUIRE(expected == sessions.end());
  }
}

TEST_CASE("keys are renamed with their sessions, and those without cost nothing more") {
  store s({.gap = 10ms}, {});
  add(s, 0, 0, "a");
  add(s, 7, 0, "b");
  s.drop(s.near(0, at_ms(0)).first);
  s.release();
  CHECK(!s.has_sessions(0));
  CHECK(s.live_keys() == 1);
  std::vector<std::uint32_t> renamed(8, 0);
  s.rename(renamed, 1);
  REQUIRE(s.has_sessions(0));
  CHECK(s[s.near(0, at_ms(0)).first].partial == "b");
  CHECK(s[s.near(0, at_ms(0)).first].key == 0);
  CHECK(s.bytes() > 0);
}
