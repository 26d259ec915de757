// SPDX-License-Identifier: Apache-2.0
// A running aggregate's rows replace each other; counting them would count a key again and again.
// expect: an aggregate would count twice
#include <oriel/aggregate/count.hpp>
#include <oriel/stream/pipeline.hpp>

using namespace oriel::literals;

struct click {
  int page;
  oriel::timestamp ts;
};

int main() {
  oriel::catalog tables;
  oriel::pipeline p{tables};
  const auto clicks = p.from(p.input<click>("clicks")).event_time(&click::ts);
  const auto views = clicks.key_by(&click::page).unbounded().aggregate("views"_col = oriel::count());
#if SHOULD_NOT_COMPILE
  views.key_by("views"_col = [](const auto&) { return 1; });
#else
  views.into("views");
#endif
}
