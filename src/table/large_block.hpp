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
#include <vector>

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

/// Asks for huge pages where whole ones fit. Requires: aligned to one.
inline void ask_for_huge_pages([[maybe_unused]] void* bytes, [[maybe_unused]] std::size_t size) noexcept {
#if defined(__linux__) && defined(MADV_HUGEPAGE)
  static_cast<void>(::madvise(bytes, size / huge_page * huge_page, MADV_HUGEPAGE));
#endif
}

/// Uninitialised bytes, aligned to a cache line at least.
class large_block {
 public:
  large_block() = default;
  explicit large_block(std::size_t size) : size_(size), alignment_(size >= huge_page ? huge_page : cache_line) {
    bytes_ = static_cast<std::byte*>(::operator new(size_, std::align_val_t{alignment_}));
    if (alignment_ == huge_page) ask_for_huge_pages(bytes_, size_);
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

/// The same for a vector that may grow large.
template <typename T>
struct large_allocator {
  using value_type = T;

  large_allocator() = default;
  template <typename U>
  large_allocator(const large_allocator<U>&) noexcept {}  // NOLINT: as allocators are

  T* allocate(std::size_t count) {
    const std::size_t size = count * sizeof(T);
    if (size < huge_page) return static_cast<T*>(::operator new(size));
    void* const bytes = ::operator new(size, std::align_val_t{huge_page});
    ask_for_huge_pages(bytes, size);
    return static_cast<T*>(bytes);
  }
  void deallocate(T* bytes, std::size_t count) noexcept {
    if (count * sizeof(T) < huge_page) return ::operator delete(bytes);
    ::operator delete(bytes, std::align_val_t{huge_page});
  }

  friend bool operator==(large_allocator, large_allocator) noexcept { return true; }
};

template <typename T>
using large_vector = std::vector<T, large_allocator<T>>;

}  // namespace oriel::detail
