// SPDX-License-Identifier: Apache-2.0
// top_pages.cpp - of every minute the two pages seen most, while the minute still runs.
//
// Copies are dropped first (`deduplicate`), counts per page and minute are a changelog,
// and `top_n` keeps the greatest of each minute: what rises into the top is inserted,
// what sinks out of it is erased. Printed are these changes, as they happen.
#include <fmt/format.h>

#include <oriel/oriel.hpp>

using namespace oriel::literals;
using namespace std::chrono_literals;

struct view {
  std::int64_t id = 0;
  std::string_view page;
  oriel::timestamp ts;
};
BOOST_DESCRIBE_STRUCT(view, (), (id, page, ts))

int main() {
  oriel::catalog tables;
  oriel::pipeline p{tables};
  auto views = p.input<view>("views");

  auto counts = p.from(views)
                    .event_time(&view::ts)
                    .deduplicate(&view::id, 1h)
                    .key_by(&view::page)
                    .window(oriel::tumbling{.size = 1min})
                    .emit({.early = oriel::each_batch})
                    .aggregate("views"_col = oriel::count());
  using page_minute = decltype(counts)::row_type;

  counts.to_changelog()
      .key_by("minute"_col = [](const page_minute& m) { return m.window.start; })
      .ttl(1h)
      .top_n(2, [](const page_minute& m) { return m.row["views"_col]; })
      .to([](const auto& c) {
        const auto& m = c.row();
        fmt::print("  {} {} {} of minute {}\n", oriel::to_string(c.kind), m.key, m.row["views"_col],
                   oriel::to_ms(m.window.start) / 60'000);
      });

  std::int64_t id = 0;
  const auto see = [&](std::string_view page, std::int64_t second) {
    fmt::print("{} at {} s\n", page, second);
    views.push({++id, page, oriel::at_ms(second * 1000)});
  };
  see("/home", 1);
  see("/cart", 2);
  see("/help", 3);  // not among the top two: the others came first
  see("/help", 4);
  fmt::print("the same event again\n");
  views.push({id, "/help", oriel::at_ms(4'000)});
  see("/cart", 70);
}
