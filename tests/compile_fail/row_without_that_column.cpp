// SPDX-License-Identifier: Apache-2.0
// A row answers only for the columns it has.
// expect: operator[]
// expect: Name.view()
#include <cstdint>

#include <oriel/core/row.hpp>

using namespace oriel::literals;

int main() {
  oriel::row<oriel::column<"clicks", std::int64_t>> row;
#if SHOULD_NOT_COMPILE
  row["views"_col] = 1;
#else
  row["clicks"_col] = 1;
#endif
}
