// SPDX-License-Identifier: Apache-2.0
// cascades.cpp - hours out of minutes: an aggregate over the panes of a finer window.
//
// Panes may be corrected by late events, so what adds them up must be able to take one
// back: `to_changelog` tells what each pane was before. Printed is the table of hours
// before and after a late event has corrected one of its minutes.
#include <fmt/format.h>

#include <oriel/oriel.hpp>

using namespace oriel::literals;
using namespace std::chrono_literals;

struct request {
  std::string_view host;
  oriel::timestamp ts;
  std::int64_t ms = 0;
};
BOOST_DESCRIBE_STRUCT(request, (), (host, ts, ms))

int main() {
  oriel::catalog tables;
  oriel::pipeline p{tables};
  auto requests = p.input<request>("requests");

  auto minutes = p.from(requests)
                     .event_time(&request::ts)
                     .key_by(&request::host)
                     .window(oriel::tumbling{.size = 1min, .allowed_lateness = 10min})
                     .aggregate("requests"_col = oriel::count(), "slowest"_col = oriel::max(&request::ms));
  using minute = decltype(minutes)::row_type;

  minutes.to_changelog()
      .key_by("host"_col = [](const minute& m) { return m.key; })
      .window(oriel::tumbling{.size = 1h, .allowed_lateness = 10min})
      .emit({.early = oriel::each_batch})
      .aggregate("requests"_col = oriel::sum([](const minute& m) { return m.row["requests"_col]; }),
                 "busiest_minute"_col = oriel::max([](const minute& m) { return m.row["requests"_col]; }),
                 "slowest"_col = oriel::max([](const minute& m) { return m.row["slowest"_col]; }))
      .into("hours");

  const auto show = [&](std::string_view when) {
    fmt::print("{}:\n{}", when, oriel::format_csv(oriel::sql(tables, "SELECT host, requests, busiest_minute, slowest FROM hours")));
  };
  requests.push({"bern", oriel::at_ms(1'000), 12});
  requests.push({"bern", oriel::at_ms(2'000), 80});
  requests.push({"bern", oriel::at_ms(61'000), 7});
  requests.push({"bern", oriel::at_ms(130'000), 9});
  show("after two minutes");
  requests.push({"bern", oriel::at_ms(3'000), 95});  // late: corrects the first minute, and through it the hour
  show("after a late request");
  requests.finish();
  show("at the end");
}
