// SPDX-License-Identifier: Apache-2.0
// A stream says first where its event time is, or that it has none; only then may it be grouped.
// expect: key_by
// expect: source_stream
#include <oriel/stream/pipeline.hpp>

struct click {
  int page;
  oriel::timestamp ts;
};

int main() {
  oriel::catalog tables;
  oriel::pipeline p{tables};
  const auto rows = p.from(p.input<click>("clicks"));
#if SHOULD_NOT_COMPILE
  rows.key_by(&click::page);
#else
  rows.event_time(&click::ts).key_by(&click::page);
#endif
}
