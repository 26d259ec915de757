// SPDX-License-Identifier: Apache-2.0
// A session is made of events that stay; a changelog takes rows back.
// expect: sessions are of events that stay
#include <oriel/aggregate/count.hpp>
#include <oriel/stream/pipeline.hpp>
#include <oriel/window/tumbling.hpp>

using namespace oriel::literals;
using namespace std::chrono_literals;

struct click {
  int page;
  oriel::timestamp ts;
};

int main() {
  oriel::catalog tables;
  oriel::pipeline p{tables};
  const auto minutes = p.from(p.input<click>("clicks"))
                           .event_time(&click::ts)
                           .key_by(&click::page)
                           .window(oriel::tumbling{.size = 1min})
                           .aggregate("views"_col = oriel::count())
                           .to_changelog()
                           .key_by("page"_col = [](const auto& m) { return m.key; });
#if SHOULD_NOT_COMPILE
  const auto windowed = minutes.window(oriel::session{.gap = 1min});
#else
  const auto windowed = minutes.window(oriel::tumbling{.size = 1h});
#endif
  static_cast<void>(windowed.aggregate("minutes"_col = oriel::count()));
}
