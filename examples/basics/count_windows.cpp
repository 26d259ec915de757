// SPDX-License-Identifier: Apache-2.0
// count_windows.cpp - the mean of each sensor's last four readings, after every second one.
//
//   readings   20 22 | 24 26 | 30 30 | 31
//              |--- 23 ----|
//                      |--- 27.5 --|          the last one waits for company
//
#include <fmt/format.h>

#include <oriel/oriel.hpp>

using namespace oriel::literals;

struct reading {
  std::string_view sensor;
  oriel::timestamp ts;
  double celsius = 0;
};
BOOST_DESCRIBE_STRUCT(reading, (), (sensor, ts, celsius))

int main() {
  oriel::catalog tables;
  oriel::pipeline p{tables};

  std::vector<reading> readings;
  for (const double celsius : {20., 22., 24., 26., 30., 30., 31.}) {
    readings.push_back({"attic", oriel::at_ms(60'000 * static_cast<std::int64_t>(readings.size())), celsius});
  }
  p.from(oriel::memory<reading>{.rows = readings})
      .event_time(&reading::ts)
      .key_by(&reading::sensor)
      .window(oriel::count_window{.size = 4, .hop = 2})
      .aggregate("mean"_col = oriel::mean(&reading::celsius))
      .into("means");
  p.run();

  fmt::print("{}", oriel::format_table(oriel::sql(
                       tables, "SELECT sensor, window_number, window_start, mean FROM means ORDER BY 2")));
}
