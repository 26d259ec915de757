// SPDX-License-Identifier: Apache-2.0
// A temporal join remembers a version of every key unless it is told for how long one is valid.
// expect: say how long: a span of event time
#include <oriel/stream/join.hpp>
#include <oriel/stream/pipeline.hpp>

struct rate {
  int currency;
  oriel::timestamp ts;
};

int main() {
  oriel::catalog tables;
  oriel::pipeline p{tables};
  const auto rates = p.from(p.input<rate>("rates")).event_time(&rate::ts);
  const auto keys = oriel::on(&rate::currency, &rate::currency);
#if SHOULD_NOT_COMPILE
  oriel::temporal_join(rates, rates, keys, {.kind = oriel::join_kind::left});
#else
  oriel::temporal_join(rates, rates, keys, {.valid_for = oriel::unbounded, .kind = oriel::join_kind::left});
#endif
}
