// SPDX-License-Identifier: Apache-2.0
#include <oriel/window/key_column.hpp>

#include <doctest/doctest.h>

#include <map>
#include <random>
#include <string>

using namespace oriel;

namespace {

using contents = std::map<std::uint32_t, std::string>;

contents contents_of(const key_column<std::string>& column) {
  contents out;
  column.for_each([&](std::uint32_t id, const std::string& text) { out.emplace_hint(out.end(), id, text); });
  return out;
}

/// A column and what it should hold.
struct subject {
  key_column<std::string> column;
  contents expected;

  explicit subject(detail::page_pool<std::string>& pool) : column(pool) {}
  void add(std::uint32_t id, char c) {
    column.touch(id, [] { return std::string("<"); }) += c;
    expected.try_emplace(id, "<").first->second += c;
  }
  void fill(std::mt19937& random, std::uint32_t ids) {
    for (auto n = random() % 200; n > 0; --n) add(static_cast<std::uint32_t>(random()) % ids, static_cast<char>('a' + random() % 26));
  }
  void check() const {
    REQUIRE((contents_of(column) == expected));
    REQUIRE(column.key_count() == expected.size());
  }
};

}  // namespace

TEST_CASE("a column agrees with a map, whatever is touched and forgotten") {
  detail::page_pool<std::string> pool;
  std::mt19937 random(20240102);
  for (int round = 0; round < 20; ++round) {
    subject s(pool);
    for (int step = 0; step < 5; ++step) {
      s.fill(random, 2000);
      for (std::uint32_t id = 0; id < 2000; ++id) {
        REQUIRE((s.column.find(id) != nullptr) == s.expected.contains(id));
        if (!s.expected.contains(id) || random() % 2 == 0) continue;
        REQUIRE(s.column[id] == s.expected[id]);
        s.column.forget(id);
        s.expected.erase(id);
      }
      s.check();
    }
  }
}

TEST_CASE("all keys of another column are touched at once, and told whether for the first time") {
  detail::page_pool<std::string> pool;
  std::mt19937 random(20240102);
  for (int round = 0; round < 20; ++round) {
    subject a(pool);
    subject b(pool);
    a.fill(random, 1500);
    b.fill(random, round % 2 == 0 ? 300 : 3000);
    std::int64_t last = -1;
    a.column.touch_all(b.column, [&](std::uint32_t id, std::string& mine, const std::string& theirs, bool is_first) {
      REQUIRE(last < id);
      last = id;
      REQUIRE(is_first == !a.expected.contains(id));
      mine = is_first ? theirs : mine + theirs;
    });
    for (const auto& [id, text] : b.expected) a.expected[id] += text;
    a.check();
    b.check();

    a.column.keep_if(b.column, [&](std::string& mine, const std::string& theirs) {
      mine += '-' + theirs;
      return mine.size() % 2 == 0;
    });
    for (const auto& [id, text] : b.expected) {
      a.expected[id] += '-' + text;
      if (a.expected[id].size() % 2 != 0) a.expected.erase(id);
    }
    a.check();

    contents either = a.expected;
    either.insert(b.expected.begin(), b.expected.end());
    auto next = either.begin();
    a.column.for_each_with(b.column, [&](std::uint32_t id, const std::string* mine, const std::string* theirs) {
      REQUIRE(next != either.end());
      REQUIRE(id == next->first);
      REQUIRE((mine == nullptr ? !a.expected.contains(id) : *mine == a.expected[id]));
      REQUIRE((theirs == nullptr ? !b.expected.contains(id) : *theirs == b.expected[id]));
      ++next;
    });
    REQUIRE(next == either.end());
  }
}

TEST_CASE("a column moved from holds nothing, and pages given back start from the identity") {
  detail::page_pool<std::string> pool;
  subject s(pool);
  for (std::uint32_t id = 0; id < 1000; id += 3) s.add(id, 'x');
  {
    const key_column<std::string> taken = std::move(s.column);
    CHECK((contents_of(taken) == s.expected));
  }
  s.expected.clear();
  s.check();
  s.add(500, 'y');
  s.check();
}
