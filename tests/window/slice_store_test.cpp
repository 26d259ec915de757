// SPDX-License-Identifier: Apache-2.0
#include <oriel/window/slice_store.hpp>

#include <doctest/doctest.h>

#include <map>
#include <random>
#include <string>
#include <vector>

#include <oriel/aggregate/count.hpp>
#include <oriel/testing/non_commutative.hpp>

using namespace oriel;

namespace {

interval minute(std::int64_t n) { return {at_ms(n * 60'000), at_ms((n + 1) * 60'000)}; }

template <typename Slice>
auto contents(const Slice& s) {
  std::map<std::uint32_t, typename std::remove_cvref_t<decltype(s[0])>> out;
  s.for_each([&](std::uint32_t id, const auto& p) { out[id] = p; });
  return out;
}

}  // namespace

TEST_CASE("a slice holds a partial for each key touched, listed by ascending id") {
  slice_store<testing::concatenate> store{testing::concatenate{}};
  auto& s = store.at(minute(0));
  store.add(s, 700, "x");
  store.add(s, 3, "a");
  store.add(s, 700, "y");
  CHECK(contents(s) == std::map<std::uint32_t, std::string>{{3, "a"}, {700, "xy"}});
  CHECK(s.key_count() == 2);
  CHECK(&store.at(minute(0)) == &s);
}

TEST_CASE("slices exist only where events are, however far apart") {
  slice_store<count> store{count{}};
  store.add(store.at(minute(43'200)), 0, 0);
  store.add(store.at(minute(-5)), 0, 0);
  store.add(store.at(minute(0)), 0, 0);
  REQUIRE(store.slices().size() == 3);
  CHECK(store.slices()[0]->span() == minute(-5));
  CHECK(store.slices()[2]->span() == minute(43'200));
  store.drop_before(at_ms(60'000));
  REQUIRE(store.slices().size() == 1);
  CHECK(store.slices()[0]->span() == minute(43'200));
}

TEST_CASE("pages given back by one slice start from the identity in the next") {
  slice_store<testing::concatenate> store{testing::concatenate{}};
  for (std::uint32_t id = 0; id < 1000; ++id) store.add(store.at(minute(0)), id, "old");
  store.drop_before(minute(0).end);
  CHECK(store.empty());
  store.add(store.at(minute(1)), 5, "new");
  CHECK(contents(store.at(minute(1))) == std::map<std::uint32_t, std::string>{{5, "new"}});
  store.add(store.at(minute(1)), 6, "b");
  CHECK(contents(store.at(minute(1))) == std::map<std::uint32_t, std::string>{{5, "new"}, {6, "b"}});
}

TEST_CASE("changes are told once, from when tracking began") {
  slice_store<count> store{count{}};
  auto& s = store.at(minute(0));
  store.add(s, 1, 0);
  s.track_changes();
  store.add(s, 2, 0);
  store.add(s, 300, 0);
  std::vector<std::uint32_t> changed;
  const auto note = [&](std::uint32_t id, const auto&) { changed.push_back(id); };
  s.for_each_changed(note);
  CHECK(changed == std::vector<std::uint32_t>{2, 300});
  changed.clear();
  s.for_each_changed(note);
  CHECK(changed.empty());
}

TEST_CASE("renaming keys keeps partials, changes and pane indexes, and leaves no trace of old ones") {
  slice_store<testing::concatenate> store{testing::concatenate{}};
  auto& s = store.at(minute(0));
  store.add(s, 2, "two");
  s.track_changes();
  store.add(s, 900, "nine");
  CHECK(s.pane_index(900)++ == 0);
  CHECK(s.pane_index(900)++ == 1);
  std::vector<std::uint32_t> renamed(901, 0);
  renamed[2] = 0;
  renamed[900] = 1;
  store.rename(renamed);
  CHECK(contents(s) == std::map<std::uint32_t, std::string>{{0, "two"}, {1, "nine"}});
  CHECK(s.pane_index(1)++ == 2);
  CHECK(s.pane_index(0)++ == 0);
  std::vector<std::uint32_t> changed;
  s.for_each_changed([&](std::uint32_t id, const auto&) { changed.push_back(id); });
  CHECK(changed == std::vector<std::uint32_t>{1});
  store.add(s, 2, "new");
  CHECK(s[2] == "new");
}
