// SPDX-License-Identifier: Apache-2.0
// A stream that only appends, joined as a table, is remembered for ever; that must be said.
// expect: a stream that only appends is a table that only grows; say so
#include <oriel/stream/join.hpp>
#include <oriel/stream/pipeline.hpp>

struct click {
  int page;
  oriel::timestamp ts;

  friend bool operator==(const click&, const click&) = default;
};

int main() {
  oriel::catalog tables;
  oriel::pipeline p{tables};
  const auto clicks = p.from(p.input<click>("clicks")).event_time(&click::ts);
  const auto keys = oriel::on(&click::page, &click::page);
#if SHOULD_NOT_COMPILE
  oriel::table_join(clicks, clicks, keys, oriel::join_kind::inner);
#else
  oriel::table_join(clicks, clicks, keys, oriel::join_kind::inner, oriel::unbounded);
#endif
}
