// SPDX-License-Identifier: Apache-2.0
// Rows without event time belong to no window of time.
// expect: window
// expect: stream_time::event
#include <oriel/stream/pipeline.hpp>
#include <oriel/window/tumbling.hpp>

struct click {
  int page;
  oriel::timestamp ts;
};

int main() {
  oriel::catalog tables;
  oriel::pipeline p{tables};
  const auto rows = p.from(p.input<click>("clicks"));
  const oriel::tumbling minutes{.size = std::chrono::minutes{1}};
#if SHOULD_NOT_COMPILE
  rows.arrival_order().key_by(&click::page).window(minutes);
#else
  rows.event_time(&click::ts).key_by(&click::page).window(minutes);
#endif
}
