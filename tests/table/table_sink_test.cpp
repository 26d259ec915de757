// SPDX-License-Identifier: Apache-2.0
#include <oriel/table/table_sink.hpp>

#include <doctest/doctest.h>

#include <limits>
#include <optional>
#include <string>
#include <vector>

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

struct with_lists {
  std::int64_t id = 0;
  std::vector<std::int32_t> numbers;
  std::vector<std::string> texts;
  std::vector<float> floats;
  std::vector<timestamp> times;
};
BOOST_DESCRIBE_STRUCT(with_lists, (), (id, numbers, texts, floats, times))

struct product_row {
  std::string name;
  std::int32_t price = 0;
};
BOOST_DESCRIBE_STRUCT(product_row, (), (name, price))
struct line_item {
  product_row product;
};
BOOST_DESCRIBE_STRUCT(line_item, (), (product))
struct line {
  line_item line_items;
};
BOOST_DESCRIBE_STRUCT(line, (), (line_items))

struct with_structs {
  std::int64_t id = 0;
  std::vector<product_row> products;
};
BOOST_DESCRIBE_STRUCT(with_structs, (), (id, products))

struct reading {
  std::int64_t sensor = 0;
  double celsius = 0;
};
BOOST_DESCRIBE_STRUCT(reading, (), (sensor, celsius))

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

TEST_CASE("vectors become columns of lists") {
  catalog tables;
  const with_lists a{1, {1, -2}, {"x", "y", "x"}, {0.5f}, {at_ms(5)}};
  const table_snapshot now = write<with_lists>(tables, {a, {}}).snapshot();
  const chunk_view c = now.chunk(0);
  REQUIRE(c.lists(1).at<std::int64_t>(0).size() == 2);
  CHECK(c.lists(1).at<std::int64_t>(0)[1] == -2);
  REQUIRE(c.lists(2).at<std::uint32_t>(0).size() == 3);
  CHECK(now.dictionary(2)[c.lists(2).at<std::uint32_t>(0)[1]] == "y");
  CHECK(c.lists(3).at<double>(0)[0] == 0.5);
  CHECK(c.lists(4).at<std::int64_t>(0)[0] == 5);
  for (std::size_t column = 1; column < 5; ++column) CHECK(c.lists(column).lengths[1] == 0);
  CHECK(now.schema()[4].type == column_type::time_list);
}

TEST_CASE("nested structs give columns dotted names, which are names like others") {
  catalog tables;
  const table_snapshot now = write<line>(tables, {{{{"tea", 250}}}, {{{"milk", 90}}}}).snapshot();
  REQUIRE(now.schema().find("line_items.product.name") == 0U);
  REQUIRE(now.schema().find("LINE_ITEMS.product.price") == 1U);
  CHECK(now.dictionary(0)[now.chunk(0).string_ids(0)[1]] == "milk");
  const detail::row_columns some(detail::row_layout<line>::columns({}), {"line_items.product.price"});
  CHECK(some.schema({"line_items.product.price"}).key().size() == 1);
}

TEST_CASE("a member no column stores is refused while building, unless it is left out") {
  const auto members = detail::row_layout<with_structs>::columns({});
  CHECK_THROWS_AS(detail::row_columns(members, {}), error);
  const detail::row_columns some(members, {"id"});
  CHECK(some.schema({}).size() == 1);
  CHECK_THROWS_WITH_AS(detail::row_columns(detail::row_layout<product_row>::columns({}), {"name", "prices"}),
                       "into: the stream has no column 'prices'; it has name, price", error);
}

TEST_CASE("rows that come too late are handed on, and a watermark lets keys expire") {
  struct collector final : inlet<reading> {
    std::vector<double> values;
    void on_batch(const batch_view<reading>& b) override {
      for (const reading& r : b.rows) values.push_back(r.celsius);
    }
    void on_watermark(timestamp) override {}
    void on_end() override {}
  };
  catalog tables;
  detail::row_columns columns(detail::row_layout<reading>::columns({}), {});
  const into_options options{.key = {"sensor"}, .ttl = duration(100)};
  table& to = tables.create("t", columns.schema(options.key), options.kept(true));
  table_sink<reading> sink("sink", to, std::move(columns));
  collector late;
  sink.out_of_order().connect(late);
  batch<reading> b;
  b.push_back({1, 20.5}, at_ms(50), at_ms(0));
  b.push_back({1, 19.5}, at_ms(40), at_ms(0));
  b.push_back({2, 11}, at_ms(60), at_ms(0));
  sink.on_batch(b);
  CHECK(late.values == std::vector<double>{19.5});
  CHECK(sink.counters().dropped.value() == 1);
  CHECK(sink.counters().applied.value() == 2);
  sink.on_watermark(at_ms(155));
  CHECK(to.row_count() == 1);
  sink.on_watermark(end_of_time);
  CHECK(to.row_count() == 1);
}
