// SPDX-License-Identifier: Apache-2.0
#include <oriel/table/table_sink.hpp>

#include <doctest/doctest.h>

#include <limits>
#include <optional>
#include <string>

#include <boost/describe/class.hpp>

#include <oriel/core/error.hpp>
#include <oriel/table/catalog.hpp>

using namespace oriel;

namespace {

struct every_type {
  bool flag = false;
  std::int8_t small = 0;
  std::uint16_t medium = 0;
  std::int64_t large = 0;
  std::uint64_t unsigned_large = 0;
  float single = 0;
  double precise = 0;
  std::string owned;
  std::string_view viewed;
  timestamp ts;
  std::optional<std::int32_t> maybe;
  std::optional<std::string> maybe_text;
};
BOOST_DESCRIBE_STRUCT(every_type, (),
                      (flag, small, medium, large, unsigned_large, single, precise, owned, viewed, ts, maybe, maybe_text))

struct with_list {
  std::int64_t id = 0;
  std::vector<std::int64_t> numbers;
};
BOOST_DESCRIBE_STRUCT(with_list, (), (id, numbers))

template <typename T>
table& write(catalog& tables, const std::vector<T>& rows) {
  detail::row_columns columns(detail::row_layout<T>::columns({}), {});
  table& to = tables.create("t", columns.schema({}));
  table_sink<T> sink("sink", to, std::move(columns));
  batch<T> b;
  for (const T& r : rows) b.push_back(r, at_ms(0), at_ms(0));
  sink.on_batch(b);
  CHECK(sink.counters().applied.value() == rows.size());
  return to;
}

}  // namespace

TEST_CASE("members of every type become columns, converted where a view will not do") {
  catalog tables;
  const every_type a{true, -3, 65'535, -7, 9, 0.5f, 0.25, "owned", "viewed", at_ms(-1), 44, "text"};
  const table_snapshot now = write<every_type>(tables, {a, {}}).snapshot();
  const chunk_view c = now.chunk(0);
  CHECK(c.booleans(0)[0] == 1);
  CHECK(c.int64s(1)[0] == -3);
  CHECK(c.int64s(2)[0] == 65'535);
  CHECK(c.int64s(3)[0] == -7);
  CHECK(c.int64s(4)[0] == 9);
  CHECK(c.float64s(5)[0] == 0.5);
  CHECK(c.float64s(6)[0] == 0.25);
  CHECK(now.dictionary(7)[c.string_ids(7)[0]] == "owned");
  CHECK(now.dictionary(8)[c.string_ids(8)[0]] == "viewed");
  CHECK(c.int64s(9)[0] == -1);
  CHECK(c.int64s(10)[0] == 44);
  CHECK(now.dictionary(11)[c.string_ids(11)[0]] == "text");
  REQUIRE(c.validity(10) != nullptr);
  CHECK((c.validity(10)[0] & 3) == 1);
  CHECK(!now.schema()[0].nullable);
  CHECK(now.schema()[10].nullable);
}

TEST_CASE("a number no column can hold is an error, not another number") {
  catalog tables;
  every_type big;
  big.unsigned_large = std::numeric_limits<std::uint64_t>::max();
  CHECK_THROWS_AS(write<every_type>(tables, {big}), error);
}

TEST_CASE("a member no column stores is refused while building, unless it is left out") {
  const auto members = detail::row_layout<with_list>::columns({});
  CHECK_THROWS_AS(detail::row_columns(members, {}), error);
  const detail::row_columns some(members, {"id"});
  CHECK(some.schema({}).size() == 1);
}
