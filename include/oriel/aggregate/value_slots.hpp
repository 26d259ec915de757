// SPDX-License-Identifier: Apache-2.0
// oriel/aggregate/value_slots.hpp - the memory of flat tables of values: slots, and what is known of each value.
//
//   numbers  tags   [ 9a  .  e1  83  ...16 ]           strings  slots  [ half of hash, at  .   ... ]
//            slots  [ 17  .  42   9  ...   ]                    extras [ x3  .   ... ]
//            extras [ x2  .  x1  x1  ...   ]
//
// What is known of a value (its number, a bit per filter) is its extra, in an array beside
// the slots. A table's slots, extras and tags are one block, so an empty one is a pointer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <type_traits>
#include <utility>

#include <oriel/core/throw.hpp>

namespace oriel::detail {

struct no_extra {
  friend bool operator==(no_extra, no_extra) noexcept = default;
};

/// How often: the extra of a multiset. Below zero while more was taken out than put in.
struct occurrences {
  std::int64_t count = 0;

  constexpr bool is_nothing() const noexcept { return count == 0; }

  template <typename Writer>
  void encode(Writer& out) const {
    out.put(count);
  }
  template <typename Reader>
  bool decode(Reader& in) {
    constexpr std::int64_t many = std::int64_t{1} << 48;  // sums of a few stay in range
    return in.get(count) && count < many && count > -many;
  }
};

/// Some values one after the other; owns them.
template <typename T>
class plain_array {
 public:
  explicit plain_array(std::size_t size) : size_(size), values_(new T[size]()) {}
  plain_array(plain_array&& other) noexcept
      : size_(std::exchange(other.size_, 0)), values_(std::exchange(other.values_, nullptr)) {}
  plain_array& operator=(plain_array&&) = delete;
  ~plain_array() { delete[] values_; }

  std::size_t size() const noexcept { return size_; }
  T* begin() const noexcept { return values_; }
  T* end() const noexcept { return values_ + size_; }
  T& operator[](std::size_t i) const noexcept { return values_[i]; }

 private:
  std::size_t size_;
  T* values_;
};

/// One block of memory: the slots, beside them their extras, and where asked for a byte of tag for each, at least
/// sixteen. Tags begin as zero; slots without tags begin as zero.
template <typename Slot, typename Extra, bool Tagged = false>
class slot_block {
  static_assert(std::is_trivially_copyable_v<Extra> && alignof(Extra) <= 8);
  static constexpr bool has_extras = !std::is_empty_v<Extra>;

 public:
  slot_block() = default;
  explicit slot_block(unsigned log2) : log2_(log2), memory_(allocate(bytes(log2))) {
    std::memset(memory_, 0, Tagged ? slots_at(log2) : sizeof(Slot) << log2);
    if constexpr (has_extras) {
      for (std::size_t i = 0; i < capacity(); ++i) new (&extra(i)) Extra{};
    }
  }
  slot_block(const slot_block& other) : log2_(other.log2_) {
    if (other.memory_ == nullptr) return;
    memory_ = allocate(bytes(log2_));
    std::memcpy(memory_, other.memory_, bytes(log2_));
  }
  slot_block(slot_block&& other) noexcept
      : log2_(std::exchange(other.log2_, 0)), memory_(std::exchange(other.memory_, nullptr)) {}
  slot_block& operator=(slot_block other) noexcept {
    std::swap(log2_, other.log2_);
    std::swap(memory_, other.memory_);
    return *this;
  }
  ~slot_block() { ::operator delete(memory_); }

  bool empty() const noexcept { return memory_ == nullptr; }
  unsigned log2() const noexcept { return log2_; }
  std::size_t capacity() const noexcept { return memory_ == nullptr ? 0 : std::size_t{1} << log2_; }
  std::size_t bytes() const noexcept { return memory_ == nullptr ? 0 : bytes(log2_); }
  unsigned char* tags() const noexcept { return reinterpret_cast<unsigned char*>(memory_); }
  Slot* slots() const noexcept { return reinterpret_cast<Slot*>(memory_ + slots_at(log2_)); }

  /// The extra of slot `i`.
  Extra& extra(std::size_t i) const noexcept {
    if constexpr (has_extras) {
      return reinterpret_cast<Extra*>(memory_ + extras_at(log2_))[i];
    } else {
      static constinit Extra none{};
      return none;
    }
  }

  /// The slot where a key's probing begins.
  std::size_t home(std::uint64_t hash) const noexcept { return static_cast<std::size_t>(hash >> (64 - log2_)); }

 private:
  static constexpr std::size_t slots_at(unsigned log2) noexcept {
    return !Tagged ? 0 : log2 < 4 ? 16 : std::size_t{1} << log2;
  }
  static constexpr std::size_t extras_at(unsigned log2) noexcept {
    return (slots_at(log2) + (sizeof(Slot) << log2) + alignof(Extra) - 1) / alignof(Extra) * alignof(Extra);
  }
  static constexpr std::size_t bytes(unsigned log2) noexcept {
    return extras_at(log2) + (has_extras ? sizeof(Extra) << log2 : 0);
  }
  static char* allocate(std::size_t size) { return static_cast<char*>(::operator new(size)); }

  unsigned log2_ = 0;
  char* memory_ = nullptr;
};

/// Where a touched value's extra is, and whether the value is new.
template <typename Extra>
struct touched_value {
  Extra& extra;
  bool added;
};

constexpr void check_table_log2(unsigned log2) {
  if (log2 > 31) throw_exhausted("distinct values: more than 1.6 thousand million in one group");
}

template <typename Extra>
constexpr bool extra_is_nothing(const Extra& extra) noexcept {
  if constexpr (requires { extra.is_nothing(); }) {
    return extra.is_nothing();
  } else {
    return false;
  }
}

}  // namespace oriel::detail
