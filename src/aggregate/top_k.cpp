// SPDX-License-Identifier: Apache-2.0
#include <oriel/aggregate/top_k.hpp>

#include <algorithm>
#include <functional>

namespace oriel::detail {

std::int64_t nth_greatest(std::int64_t* counts, std::size_t size, std::size_t n) {
  std::nth_element(counts, counts + n, counts + size, std::greater<>());
  return counts[n];
}

}  // namespace oriel::detail
