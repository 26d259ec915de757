// SPDX-License-Identifier: Apache-2.0
// Grouping by a price: equal prices need not be equal doubles, and NaN equals nothing.
// expect: a key is a bool, an integer, an enumeration
#include <oriel/stream/pipeline.hpp>

struct click {
  int page;
  double cost;
  oriel::timestamp ts;
};

int main() {
  oriel::catalog tables;
  oriel::pipeline p{tables};
  const auto rows = p.from(p.input<click>("clicks")).event_time(&click::ts);
#if SHOULD_NOT_COMPILE
  rows.key_by(&click::cost);
#else
  rows.key_by(&click::page);
#endif
}
