// SPDX-License-Identifier: Apache-2.0
// src/table/large_block.hpp - memory for index slots and chunks, on huge pages when large.
//
// A random access to a table of some hundred megabytes misses the page tables' cache
// as surely as the data's. A block of 2 MB or more is therefore aligned to 2 MB and
// the operating system is asked to back it with huge pages; where it cannot, nothing
// is lost but speed.
#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <utility>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace oriel::detail {

inline constexpr std::size_t cache_line = 64;
inline constexpr std::size_t huge_page = std::size_t{2} << 20;

inline void prefetch(const void* address) noexcept {
#if defined(__GNUC__)
  __builtin_prefetch(address);
#else
  static_cast<void>(address);
#endif
}

/// Uninitialised bytes, aligned to a cache line at least.
class large_block {
 public:
  large_block() = default;
  explicit large_block(std::size_t size) : size_(size), alignment_(size >= huge_page ? huge_page : cache_line) {
    bytes_ = static_cast<std::byte*>(::operator new(size_, std::align_val_t{alignment_}));
#if defined(__linux__) && defined(MADV_HUGEPAGE)
    if (alignment_ == huge_page) static_cast<void>(::madvise(bytes_, size_ / huge_page * huge_page, MADV_HUGEPAGE));
#endif
  }
  large_block(large_block&& other) noexcept
      : bytes_(std::exchange(other.bytes_, nullptr)),
        size_(std::exchange(other.size_, 0)),
        alignment_(other.alignment_) {}
  large_block& operator=(large_block&& other) noexcept {
    std::swap(bytes_, other.bytes_);
    std::swap(size_, other.size_);
    std::swap(alignment_, other.alignment_);
    return *this;
  }
  ~large_block() {
    if (bytes_ != nullptr) ::operator delete(bytes_, std::align_val_t{alignment_});
  }

  std::byte* data() const noexcept { return bytes_; }
  std::size_t size() const noexcept { return size_; }

 private:
  std::byte* bytes_ = nullptr;
  std::size_t size_ = 0;
  std::size_t alignment_ = cache_line;
};

}  // namespace oriel::detail
