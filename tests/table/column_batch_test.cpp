// SPDX-License-Identifier: Apache-2.0
#include <oriel/table/column_batch.hpp>

#include <doctest/doctest.h>

#include <string_view>

using namespace oriel;

TEST_CASE("a column of a batch may be a member of an array of structs") {
  struct reading {
    std::int64_t sensor;
    std::string_view place;
    double celsius;
    bool alarm;
    timestamp at;
  };
  const reading rows[] = {{1, "roof", 20.5, false, at_ms(5)}, {2, "cellar", 11, true, at_ms(6)}};

  const column_values sensor(&rows[0].sensor, sizeof(reading));
  CHECK(sensor.type() == column_type::int64);
  CHECK(sensor.read<std::int64_t>(1) == 2);
  const column_values place(&rows[0].place, sizeof(reading));
  CHECK(place.type() == column_type::string);
  CHECK(place.read<std::string_view>(1) == "cellar");
  const column_values celsius(&rows[0].celsius, sizeof(reading));
  CHECK(celsius.type() == column_type::float64);
  CHECK(celsius.read<double>(0) == 20.5);
  const column_values alarm(&rows[0].alarm, sizeof(reading));
  CHECK(alarm.type() == column_type::boolean);
  CHECK(alarm.read<std::uint8_t>(1) == 1);
  const column_values at(&rows[0].at, sizeof(reading));
  CHECK(at.type() == column_type::time);
  CHECK(at.read<std::int64_t>(1) == 6);
  CHECK_FALSE(at.is_null(1));
  CHECK_FALSE(column_values());
}

TEST_CASE("a buffer remembers which of its values are null") {
  for (const std::size_t first_null : {0U, 1U, 63U, 64U, 130U}) {
    CAPTURE(first_null);
    column_buffer buffer(column_type::float64);
    for (std::size_t i = 0; i < 200; ++i) {
      if (i < first_null || i % 3 != 0) {
        buffer.push_back(static_cast<double>(i));
      } else {
        buffer.push_null();
      }
    }
    const column_values values = buffer.view();
    REQUIRE(buffer.size() == 200);
    for (std::size_t i = 0; i < 200; ++i) {
      CAPTURE(i);
      const bool is_null = i >= first_null && i % 3 == 0;
      REQUIRE(values.is_null(i) == is_null);
      if (!is_null) REQUIRE(values.read<double>(i) == static_cast<double>(i));
    }
    buffer.clear();
    buffer.push_back(1.0);
    CHECK(buffer.view().validity() == nullptr);
  }
}

TEST_CASE("a batch buffer has a buffer for each column of a schema") {
  const schema s({{"name", column_type::string},
                  {"count", column_type::int64},
                  {"at", column_type::time},
                  {"on", column_type::boolean, true}});
  batch_buffer batch(s);
  CHECK(batch.size() == 0);
  batch[0].push_back("a");
  batch[1].push_back(3);
  batch[2].push_back(at_ms(9));
  batch[3].push_null();
  CHECK(batch.size() == 1);
  const column_batch rows = batch.view();
  REQUIRE(rows.size == 1);
  REQUIRE(rows.columns.size() == 4);
  CHECK(rows.columns[0].read<std::string_view>(0) == "a");
  CHECK(rows.columns[1].read<std::int64_t>(0) == 3);
  CHECK(rows.columns[2].read<std::int64_t>(0) == 9);
  CHECK(rows.columns[3].type() == column_type::boolean);
  CHECK(rows.columns[3].is_null(0));
  batch.clear();
  CHECK(batch.size() == 0);
}
