// SPDX-License-Identifier: Apache-2.0
// An aggregate over a member of one struct does not summarise events of another.
// expect: every aggregate must be able to take the stream's events
#include <oriel/aggregate/compose.hpp>
#include <oriel/aggregate/sum.hpp>

using namespace oriel::literals;

struct order {
  double total;
};
struct click {
  double cost;
};

int main() {
#if SHOULD_NOT_COMPILE
  const auto spend = oriel::compose<click>("spend"_col = oriel::sum(&order::total));
#else
  const auto spend = oriel::compose<click>("spend"_col = oriel::sum(&click::cost));
#endif
  static_cast<void>(spend.identity());
}
