// SPDX-License-Identifier: Apache-2.0
// Text has no sum.
// expect: sum: the projected value must be a number
#include <string_view>

#include <oriel/aggregate/sum.hpp>

struct order {
  std::string_view city;
  double total;
};

int main() {
#if SHOULD_NOT_COMPILE
  const oriel::sum cities(&order::city);
  static_cast<void>(cities.identity());
#else
  const oriel::sum totals(&order::total);
  static_cast<void>(totals.identity());
#endif
}
