// SPDX-License-Identifier: Apache-2.0
#include <oriel/aggregate/histogram.hpp>

#include <algorithm>

namespace oriel::detail {

void sort_buckets(histogram_bucket* buckets, std::size_t size) {
  std::sort(buckets, buckets + size,
            [](const histogram_bucket& a, const histogram_bucket& b) { return a.from < b.from; });
}

}  // namespace oriel::detail
