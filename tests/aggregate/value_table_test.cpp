// SPDX-License-Identifier: Apache-2.0
#include <oriel/aggregate/value_table.hpp>

#include <doctest/doctest.h>

#include <map>
#include <random>
#include <string>

#include <oriel/state/codec.hpp>

using namespace oriel;

namespace {

using counts = value_table<std::uint64_t, detail::occurrences>;

template <typename Table>
std::map<std::string, std::int64_t> contents(const Table& table) {
  std::map<std::string, std::int64_t> found;
  table.for_each([&](const auto& key, const detail::occurrences& o) {
    if constexpr (requires { key.data; }) {
      found[std::string(key.data, key.size)] = o.count;
    } else {
      found[std::to_string(key)] = o.count;
    }
  });
  return found;
}

}  // namespace

TEST_CASE("an empty table holds nothing and no memory") {
  const value_table<int> empty;
  CHECK(empty.size() == 0);
  CHECK(empty.bytes() == 0);
  int values = 0;
  empty.for_each([&](auto, auto) { ++values; });
  CHECK(values == 0);
}

TEST_CASE("a table of counts agrees with a map, copied, moved and merged") {
  std::mt19937_64 random(1);
  for (const std::uint64_t different : {1u, 4u, 100u, 5000u}) {
    counts numbers;
    value_table<std::string, detail::occurrences> texts;
    std::map<std::string, std::int64_t> number_oracle;
    std::map<std::string, std::int64_t> text_oracle;
    for (int i = 0; i < 20'000; ++i) {
      const std::uint64_t n = random() % different * 0x1000000000u;
      const std::string text(static_cast<std::size_t>(random() % different % 270), static_cast<char>('a' + random() % 3));
      ++numbers.touch(n).extra.count;
      ++texts.touch(text).extra.count;
      ++number_oracle[std::to_string(n)];
      ++text_oracle[text];
    }
    REQUIRE(contents(numbers) == number_oracle);
    REQUIRE(contents(texts) == text_oracle);
    auto copy = texts;
    const auto moved = std::move(texts);
    copy.merge(moved, [](auto& here, const auto& there, bool) { here.count += there.count; });
    for (auto& [text, n] : text_oracle) n *= 2;
    REQUIRE(contents(copy) == text_oracle);
  }
}

TEST_CASE("values that occur no more are left behind, so that a table does not grow for ever") {
  counts numbers;
  value_table<std::string, detail::occurrences> texts;
  for (std::uint64_t i = 0; i < 100'000; ++i) {
    ++numbers.touch(i).extra.count;
    --numbers.touch(i).extra.count;
    ++texts.touch(std::to_string(i)).extra.count;
    --texts.touch(std::to_string(i)).extra.count;
  }
  CHECK(numbers.bytes() < 1024);
  CHECK(texts.bytes() < 1024);
}

TEST_CASE("a set of many integers takes 10 to 21 bytes per value, one of strings 11 to 22 and its characters") {
  value_table<std::int64_t> numbers;
  value_table<std::string> texts;
  for (std::int64_t i = 1; i <= 100'000; ++i) {
    numbers.touch(i);
    texts.touch(std::to_string(1'000'000 + i));
    if (i >= 100) {
      const auto per_number = static_cast<double>(numbers.bytes()) / static_cast<double>(i);
      REQUIRE(per_number >= 9 / 0.875 - 0.2);
      REQUIRE(per_number < 21);
      REQUIRE(static_cast<double>(texts.bytes()) / static_cast<double>(i) < 22 + 8 * 1.6);
    }
  }
}

TEST_CASE("a table whose bytes say a value twice is malformed") {
  byte_writer out;
  out.put(std::uint64_t{2});
  out.put(std::uint64_t{7});
  out.put(std::uint64_t{7});
  CHECK(!decode<value_table<std::uint64_t>>(out.bytes()).has_value());
}

TEST_CASE("values that occur no more are not among the bytes of a table") {
  counts table;
  for (std::uint64_t value : {1U, 2U, 3U}) ++table.touch(value).extra.count;
  counts without;
  ++without.touch(1).extra.count;
  ++without.touch(3).extra.count;
  --table.touch(2).extra.count;
  CHECK(encode(table) == encode(without));
}
