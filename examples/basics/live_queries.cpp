// SPDX-License-Identifier: Apache-2.0
// live_queries.cpp - a pipeline in the background, queries from this thread meanwhile.
//
//   producer ── push ──> [ queue ] ──> pipeline's thread ──> table
//                                                              │ snapshot
//   this thread ────────────────── sql ────────────────────────┘
//
#include <thread>

#include <fmt/format.h>

#include <oriel/oriel.hpp>

using namespace oriel::literals;

struct hit {
  std::int64_t page = 0;
  std::int64_t bytes = 0;
};
BOOST_DESCRIBE_STRUCT(hit, (), (page, bytes))

int main() {
  oriel::catalog tables;
  oriel::pipeline p{tables};
  auto hits = p.input<hit>("hits");
  p.from(hits)
      .arrival_order()
      .key_by(&hit::page)
      .unbounded()
      .aggregate("hits"_col = oriel::count(), "bytes"_col = oriel::sum(&hit::bytes))
      .into("pages");
  p.start();

  constexpr std::int64_t total = 100'000;
  std::jthread producer([&] {
    for (std::int64_t i = 0; i < total; ++i) hits.push({i % 10, 1});
    hits.finish();
  });

  // Every answer is of one moment: hits and bytes always agree, whatever is written meanwhile.
  std::int64_t seen = 0;
  bool agree = true;
  while (seen < total) {
    const auto now = oriel::sql(tables, "SELECT SUM(hits), SUM(bytes) FROM pages");
    agree = agree && now.as_int64(0, 0) == now.as_int64(0, 1);
    seen = now.as_int64(0, 0);
  }
  p.wait();
  fmt::print("hits and bytes agreed in every answer: {}\n", agree);
  fmt::print("{}", oriel::format_table(oriel::sql(tables, "SELECT COUNT(*) AS pages, SUM(hits) AS hits FROM pages")));
}
