// SPDX-License-Identifier: Apache-2.0
// oriel/window/ring.hpp - a queue in one piece of memory.
//
// What FIFO windows keep their partials in. It holds a power of two of slots, grows
// by doubling and never shrinks, so a window that has reached its size allocates
// nothing; std::deque would, every few hundred bytes.
#pragma once

#include <cstddef>
#include <type_traits>
#include <utility>
#include <vector>

#include <oriel/core/assert.hpp>

namespace oriel {

/// A queue with access by index: 0 is the oldest element.
///
/// Complexity: O(1), `push_back` amortised. Requires of `T`: a default value, and moves.
template <typename T>
class ring {
 public:
  std::size_t size() const noexcept { return size_; }
  bool empty() const noexcept { return size_ == 0; }

  T& operator[](std::size_t i) noexcept { return slots_[(first_ + i) & (slots_.size() - 1)]; }
  const T& operator[](std::size_t i) const noexcept { return slots_[(first_ + i) & (slots_.size() - 1)]; }
  T& front() noexcept { return (*this)[0]; }
  const T& front() const noexcept { return (*this)[0]; }
  T& back() noexcept { return (*this)[size_ - 1]; }
  const T& back() const noexcept { return (*this)[size_ - 1]; }

  void push_back(T value) {
    if (size_ == slots_.size()) [[unlikely]] grow();
    slots_[(first_ + size_) & (slots_.size() - 1)] = std::move(value);
    ++size_;
  }

  /// Requires: `!empty()`.
  void pop_front() {
    ORIEL_ASSERT(size_ > 0);
    if constexpr (!std::is_trivially_copyable_v<T>) slots_[first_] = T{};  // frees what it holds
    first_ = (first_ + 1) & (slots_.size() - 1);
    --size_;
  }

  std::size_t bytes() const noexcept { return slots_.capacity() * sizeof(T); }

 private:
  [[gnu::noinline]] void grow() {
    std::vector<T> wider(slots_.empty() ? 8 : slots_.size() * 2);
    for (std::size_t i = 0; i < size_; ++i) wider[i] = std::move((*this)[i]);
    slots_ = std::move(wider);
    first_ = 0;
  }

  std::vector<T> slots_;
  std::size_t first_ = 0;
  std::size_t size_ = 0;
};

}  // namespace oriel
