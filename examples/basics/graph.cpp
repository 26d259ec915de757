// SPDX-License-Identifier: Apache-2.0
// graph.cpp - what a pipeline looks like and what each operator has done: names, counters, Graphviz.
#include <fmt/format.h>

#include <oriel/oriel.hpp>

using namespace oriel::literals;
using namespace std::chrono_literals;

struct hit {
  std::string_view page;
  oriel::timestamp ts;
};
BOOST_DESCRIBE_STRUCT(hit, (), (page, ts))

int main() {
  oriel::catalog tables;
  oriel::pipeline p{tables};
  auto hits = p.input<hit>("hits");
  const auto pages = p.from(hits).event_time(&hit::ts).filter([](const hit& h) { return h.page != "/health"; });
  pages.into("raw_hits");
  pages.key_by(&hit::page)
      .window(oriel::tumbling{.size = 1min})
      .named("per_minute")
      .aggregate("hits"_col = oriel::count())
      .into("page_minutes");
  fmt::print("{}", p.graph().dot());

  const hit events[] = {{"/home", oriel::at_ms(0)},
                        {"/health", oriel::at_ms(10)},
                        {"/home", oriel::at_ms(90'000)},
                        {"/cart", oriel::at_ms(59'000)}};  // late: its minute ended with the event before
  hits.push(events);
  hits.finish();
  for (const auto& node : p.graph().nodes()) {
    const auto& n = node->counters();
    fmt::print("{:17} in {} = applied {} + late {} + filtered {}\n", node->name(), n.in.value(), n.applied.value(),
               n.late.value(), n.filtered.value());
  }
}
