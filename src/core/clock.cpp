// SPDX-License-Identifier: Apache-2.0
#include <oriel/core/clock.hpp>

namespace oriel {
namespace {

class operating_system_clock final : public clock {
 public:
  timestamp now() const override {
    return std::chrono::floor<duration>(std::chrono::system_clock::now());
  }
};

}  // namespace

const clock& system_clock() noexcept {
  static const operating_system_clock instance;
  return instance;
}

}  // namespace oriel
