// SPDX-License-Identifier: Apache-2.0
// oriel/aggregate/text_table.hpp - distinct strings, and what is known of each.
//
// A flat table. The slot of a string is half of its hash and where its bytes are in one
// buffer, so a set costs 11 to 22 bytes per string, and their bytes.
//
//   slots  [ half of hash, at  .   ... ]
//   bytes  [ 5/home 5/cart ... ]
//
// Invariant: at most 3/4 of the slots are taken; a string is in the first slot, from its
// home on, that was free when it came.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <type_traits>
#include <utility>

#include <oriel/aggregate/value_slots.hpp>
#include <oriel/core/hash.hpp>
#include <oriel/core/throw.hpp>

namespace oriel::detail {

/// Bytes by address: std::string_view without the cost of <string_view>.
struct text_bytes {
  const char* data = nullptr;
  std::size_t size = 0;

  friend bool operator==(text_bytes a, text_bytes b) noexcept {
    return a.size == b.size && (a.size == 0 || std::memcmp(a.data, b.data, a.size) == 0);
  }
};

/// Bytes one after the other, addressed by offset.
class byte_buffer {
 public:
  byte_buffer() = default;
  byte_buffer(const byte_buffer& other) { append(other.bytes_, other.size_); }
  byte_buffer(byte_buffer&& other) noexcept
      : bytes_(std::exchange(other.bytes_, nullptr)),
        size_(std::exchange(other.size_, 0)),
        capacity_(std::exchange(other.capacity_, 0)) {}
  byte_buffer& operator=(byte_buffer other) noexcept {
    std::swap(bytes_, other.bytes_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
    return *this;
  }
  ~byte_buffer() { ::operator delete(bytes_); }

  const char* data() const noexcept { return bytes_; }
  std::size_t size() const noexcept { return size_; }
  std::size_t capacity() const noexcept { return capacity_; }

  void append(const char* bytes, std::size_t size) {
    if (size == 0) return;
    if (capacity_ - size_ < size) grow(size);
    std::memcpy(bytes_ + size_, bytes, size);
    size_ += size;
  }

 private:
  void grow(std::size_t size) {
    std::size_t wanted = capacity_ == 0 ? 32 : capacity_ + capacity_ / 2;
    if (wanted < size_ + size) wanted = size_ + size;
    char* const larger = static_cast<char*>(::operator new(wanted));
    if (size_ != 0) std::memcpy(larger, bytes_, size_);
    ::operator delete(bytes_);
    bytes_ = larger;
    capacity_ = wanted;
  }

  char* bytes_ = nullptr;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

/// Strings, by their bytes, which are copied in.
template <typename Extra>
class text_table {
 public:
  using key_type = text_bytes;
  using extra_type = Extra;

  std::size_t size() const noexcept { return used_; }
  std::size_t bytes() const noexcept { return block_.bytes() + texts_.capacity(); }

  touched_value<Extra> touch(text_bytes text) {
    if (block_.empty()) [[unlikely]] block_ = block_type(2);
    const std::uint64_t hash = hash_bytes(text.data, text.size);
    std::size_t at = find(text, hash);
    if (block_.slots()[at] != 0) return {block_.extra(at), false};
    if (used_ >= limit(block_.capacity())) [[unlikely]] {
      grow();
      at = find(text, hash);
    }
    block_.slots()[at] = (hash & tag_bits) | store(text);
    ++used_;
    return {block_.extra(at), true};
  }

  /// Calls `f(text, extra)` for each value, in no order that means anything. Views are of the table.
  template <typename F>
  void for_each(F&& f) const {
    for (std::size_t i = 0, n = block_.capacity(); i < n; ++i) {
      if (block_.slots()[i] != 0) f(text_at(block_.slots()[i]), block_.extra(i));
    }
  }

 private:
  using block_type = slot_block<std::uint64_t, Extra>;
  static constexpr std::uint64_t tag_bits = 0xffff'ffff'0000'0000u;

  static constexpr std::size_t limit(std::size_t capacity) noexcept { return capacity - capacity / 4; }
  static constexpr unsigned log2_for(std::size_t values) {
    unsigned log2 = 2;
    while (limit(std::size_t{1} << log2) < values) ++log2;
    check_table_log2(log2);
    return log2;
  }

  std::size_t find(text_bytes text, std::uint64_t hash) const noexcept {
    const std::uint64_t* const slots = block_.slots();
    const std::size_t mask = block_.capacity() - 1;
    std::size_t at = block_.home(hash);
    while (slots[at] != 0 && (((slots[at] ^ hash) & tag_bits) != 0 || !(text_at(slots[at]) == text))) {
      at = (at + 1) & mask;
    }
    return at;
  }

  // Lower half of a slot: where the text is, plus one. A text is preceded by its length, in one byte or in nine.
  text_bytes text_at(std::uint64_t slot) const noexcept {
    const char* const from = texts_.data() + ((slot & ~tag_bits) - 1);
    const auto size = static_cast<unsigned char>(*from);
    if (size < 255) [[likely]] return {from + 1, size};
    std::uint64_t long_size = 0;
    std::memcpy(&long_size, from + 1, sizeof(long_size));
    return {from + 1 + sizeof(long_size), static_cast<std::size_t>(long_size)};
  }
  std::uint64_t store(text_bytes text) {
    const std::size_t at = texts_.size();
    if (at + text.size + 16 > 0xffff'ffffu) throw_exhausted("distinct values: more than 4 GiB of text in one group");
    const auto size = static_cast<char>(static_cast<unsigned char>(text.size < 255 ? text.size : 255));
    texts_.append(&size, 1);
    if (text.size >= 255) {
      const std::uint64_t long_size = text.size;
      texts_.append(reinterpret_cast<const char*>(&long_size), sizeof(long_size));
    }
    texts_.append(text.data, text.size);
    return at + 1;
  }

  // The upper half of a hash, which is in the slot, finds the home: growing reads no text.
  [[gnu::noinline]] void grow() {
    std::uint32_t live = 0;
    for_each([&](text_bytes, const Extra& extra) { live += !extra_is_nothing(extra); });
    if (live < used_) return rebuild(live);
    block_type old = std::exchange(block_, block_type(log2_for(std::size_t{live} + live / 4 + 1)));
    const std::size_t mask = block_.capacity() - 1;
    for (std::size_t i = 0, n = old.capacity(); i < n; ++i) {
      if (old.slots()[i] == 0) continue;
      std::size_t at = block_.home(old.slots()[i]);
      while (block_.slots()[at] != 0) at = (at + 1) & mask;
      block_.slots()[at] = old.slots()[i];
      if constexpr (!std::is_empty_v<Extra>) block_.extra(at) = old.extra(i);
    }
  }
  void rebuild(std::uint32_t live) {
    text_table fresh;
    fresh.block_ = block_type(log2_for(std::size_t{live} + live / 4 + 1));
    for_each([&](text_bytes text, const Extra& extra) {
      if (!extra_is_nothing(extra)) fresh.touch(text).extra = extra;
    });
    *this = std::move(fresh);
  }

  block_type block_;
  std::uint32_t used_ = 0;
  byte_buffer texts_;
};

}  // namespace oriel::detail
