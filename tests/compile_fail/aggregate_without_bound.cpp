// SPDX-License-Identifier: Apache-2.0
// What bounds the state of an aggregate is said: a window, a ttl, or `unbounded`.
// expect: aggregate
// expect: keyed_stream
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
  const auto pages = p.from(p.input<click>("clicks")).event_time(&click::ts).key_by(&click::page);
#if SHOULD_NOT_COMPILE
  pages.aggregate("views"_col = oriel::count());
#else
  pages.unbounded().aggregate("views"_col = oriel::count());
#endif
}
