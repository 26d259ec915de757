// SPDX-License-Identifier: Apache-2.0
// A double is not a key: NaN equals nothing, not even the group it was put into.
// expect(gcc): hash_key(double)
// expect(clang): 'double' does not satisfy 'key'
#include <cstdint>

#include <oriel/core/key.hpp>

int main() {
#if SHOULD_NOT_COMPILE
  return oriel::hash_key(1.5) == 0;
#else
  return oriel::hash_key(std::int64_t{15}) == 0;
#endif
}
