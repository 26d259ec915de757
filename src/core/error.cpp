// SPDX-License-Identifier: Apache-2.0
#include <oriel/core/error.hpp>

#include <oriel/core/throw.hpp>

namespace oriel {

const char* to_string(error_kind kind) noexcept {
  switch (kind) {
    case error_kind::invalid: return "invalid";
    case error_kind::malformed: return "malformed";
    case error_kind::unavailable: return "unavailable";
    case error_kind::exhausted: return "exhausted";
    case error_kind::unsupported: return "unsupported";
  }
  return "unknown";
}

void throw_exhausted(const char* message) { throw error(error_kind::exhausted, message); }
void throw_invalid(const char* message) { throw error(error_kind::invalid, message); }

}  // namespace oriel
