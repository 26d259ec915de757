// SPDX-License-Identifier: Apache-2.0
// A maximum cannot be taken back: the second greatest is forgotten. A sum can.
// expect: invertible_aggregate
#include <oriel/aggregate/compose.hpp>
#include <oriel/aggregate/extrema.hpp>
#include <oriel/aggregate/sum.hpp>

using namespace oriel::literals;

struct order {
  double total;
};

int main() {
#if SHOULD_NOT_COMPILE
  const auto all = oriel::compose<order>("sum"_col = oriel::sum(&order::total), "max"_col = oriel::max(&order::total));
#else
  const auto all = oriel::compose<order>("sum"_col = oriel::sum(&order::total));
#endif
  static_cast<void>(all.remove(all.identity(), all.identity()));
}
