// SPDX-License-Identifier: Apache-2.0
// oriel/window/key_column.hpp - a value for each of many keys, by key id.
//
// Values lie in pages of 256 consecutive ids, with a mask of the keys that have one. A
// column few keys touched stays small; one that all keys touched is a plain array, and
// what is done for all its keys is a loop along it.
//
//   ids   0-255   [mask | value value  -  value ...]
//       256-511      .                                    no key touched, no memory
//       512-767   [mask |   -     -  value  -   ...]
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

namespace oriel {

/// A set of small integers below 256.
class page_mask {
 public:
  void set(std::size_t i) noexcept { words_[i >> 6] |= std::uint64_t{1} << (i & 63); }
  void reset(std::size_t i) noexcept { words_[i >> 6] &= ~(std::uint64_t{1} << (i & 63)); }
  void set(const page_mask& others) noexcept {
    for (std::size_t w = 0; w < words_.size(); ++w) words_[w] |= others.words_[w];
  }
  bool test(std::size_t i) const noexcept { return (words_[i >> 6] >> (i & 63)) & 1; }
  void clear() noexcept { words_ = {}; }
  bool any() const noexcept { return (words_[0] | words_[1] | words_[2] | words_[3]) != 0; }

  template <typename F>
  void for_each(F&& f) const {
    for (std::size_t w = 0; w < words_.size(); ++w) {
      for (std::uint64_t left = words_[w]; left != 0; left &= left - 1) {
        f(w * 64 + static_cast<std::size_t>(std::countr_zero(left)));
      }
    }
  }

 private:
  std::array<std::uint64_t, 4> words_{};
};

namespace detail {

/// The values of 256 consecutive key ids.
template <typename T>
struct key_page {
  static constexpr std::size_t size = 256;

  page_mask touched;
  page_mask changed;  ///< for whoever keeps track of changes
  std::array<T, size> values;

  /// Asks for the memory of a value.
  void prefetch(std::size_t at) const noexcept {
    const char* const from = reinterpret_cast<const char*>(&values[at]);
    for (std::size_t offset = 0; offset < sizeof(T); offset += 64) __builtin_prefetch(from + offset, 1);
    __builtin_prefetch(from + sizeof(T) - 1, 1);
  }
};

/// Pages that columns have given back: the next column needs as many.
template <typename T>
class page_pool {
 public:
  using page = key_page<T>;

  /// A page nobody has touched; what its values are does not matter.
  std::unique_ptr<page> take() {
    if (spare_.empty()) return std::make_unique_for_overwrite<page>();
    std::unique_ptr<page> p = std::move(spare_.back());
    spare_.pop_back();
    p->touched.clear();
    p->changed.clear();
    return p;
  }
  void give_back(std::unique_ptr<page> p) {
    if constexpr (!std::is_trivially_destructible_v<T>) p->values.fill(T{});  // frees what they hold
    spare_.push_back(std::move(p));
  }
  std::size_t bytes() const noexcept { return spare_.size() * sizeof(page); }

  /// Frees all but `keep` pages.
  void trim(std::size_t keep) {
    if (spare_.size() > keep) spare_.resize(keep);
  }

 private:
  std::vector<std::unique_ptr<page>> spare_;
};

}  // namespace detail

/// Values by key id.
///
/// Complexity: O(1) per key; what goes over all keys touched costs a little for each page besides.
/// Memory: 256 values and 64 bytes for each page in which some key was touched.
/// Lifetime: the pool outlives its columns.
template <typename T>
class key_column {
 public:
  using page = detail::key_page<T>;
  static constexpr std::size_t page_size = page::size;

  explicit key_column(detail::page_pool<T>& pool) : pool_(pool) {}
  key_column(key_column&& emptied) noexcept
      : pool_(emptied.pool_), size_(std::exchange(emptied.size_, 0)), pages_(std::exchange(emptied.pages_, {})) {}
  key_column& operator=(key_column&&) = delete;
  ~key_column() { clear(); }

  /// The value of key `id`, made by `identity` if this is the first time.
  template <typename Identity>
  T& touch(std::uint32_t id, const Identity& identity) {
    make_room(std::size_t{id} + 1);
    return reach(id, identity).values[id % page_size];
  }

  /// Room for ids below `id_limit`: `reach` and `prefetch` may be called for them.
  void make_room(std::size_t id_limit) {
    const std::size_t wanted = (id_limit + page_size - 1) / page_size;
    if (wanted > pages_.size()) pages_.resize(wanted);
  }

  /// The page with the value of key `id`, as `touch` leaves it. Requires: room was made for `id`.
  template <typename Identity>
  page& reach(std::uint32_t id, const Identity& identity) {
    page* p = pages_[id / page_size].get();
    if (p == nullptr || !p->touched.test(id % page_size)) [[unlikely]] p = &first_touch(id, identity);
    return *p;
  }

  /// Asks for the memory of a value that will be reached for. Requires: room was made for `id`.
  void prefetch(std::uint32_t id) const noexcept {
    const page* p = pages_[id / page_size].get();
    if (p == nullptr) return;
    __builtin_prefetch(p);
    p->prefetch(id % page_size);
  }

  /// Requires: key `id` has been touched.
  const T& operator[](std::uint32_t id) const { return pages_[id / page_size]->values[id % page_size]; }
  T& operator[](std::uint32_t id) { return pages_[id / page_size]->values[id % page_size]; }

  /// The value of key `id`; nullptr when it has none.
  const T* find(std::uint32_t id) const noexcept {
    const std::size_t index = id / page_size;
    if (index >= pages_.size() || !pages_[index] || !pages_[index]->touched.test(id % page_size)) return nullptr;
    return &pages_[index]->values[id % page_size];
  }

  /// Takes the value of key `id` away; it would be made anew. Requires: it has one.
  void forget(std::uint32_t id) { forget(*pages_[id / page_size], id % page_size); }

  /// Calls `f(id, value)` for every key touched, by ascending id.
  template <typename F>
  void for_each(F&& f) const {
    for (std::size_t i = 0; i < pages_.size(); ++i) {
      ask_for_next(*this, i);
      if (!pages_[i]) continue;
      const page& p = *pages_[i];
      p.touched.for_each([&](std::size_t at) { f(static_cast<std::uint32_t>(i * page_size + at), p.values[at]); });
    }
  }

  /// Calls `f(id, value, other value, is_first)` for every key touched in `other`, by ascending id. From then on it
  /// is touched here too; where it was not before, `is_first`, its value is to be assigned to.
  template <typename U, typename F>
  void touch_all(const key_column<U>& other, F&& f) {
    make_room(other.pages_.size() * page_size);
    for (std::size_t i = 0; i < other.pages_.size(); ++i) {
      ask_for_next(other, i);
      if (!other.pages_[i]) continue;
      const auto& theirs = *other.pages_[i];
      page& mine = page_at(i);
      const page_mask before = mine.touched;
      mine.touched.set(theirs.touched);
      theirs.touched.for_each([&](std::size_t at) {
        const bool is_first = !before.test(at);
        size_ += is_first;
        f(static_cast<std::uint32_t>(i * page_size + at), mine.values[at], theirs.values[at], is_first);
      });
    }
  }

  /// Calls `f(value, other value)` for every key touched in `other`; those for which it says no are forgotten.
  /// Requires: they have been touched here.
  template <typename U, typename F>
  void keep_if(const key_column<U>& other, F&& f) {
    for (std::size_t i = 0; i < other.pages_.size(); ++i) {
      ask_for_next(other, i);
      if (!other.pages_[i]) continue;
      const auto& theirs = *other.pages_[i];
      page& mine = *pages_[i];
      theirs.touched.for_each([&](std::size_t at) {
        if (!f(mine.values[at], theirs.values[at])) forget(mine, at);
      });
    }
  }

  /// Calls `f(id, value, other value)` for every key touched here or in `other`, by ascending id; nullptr
  /// stands for the value of the one that was not.
  template <typename F>
  void for_each_with(const key_column& other, F&& f) const {
    for (std::size_t i = 0; i < std::max(pages_.size(), other.pages_.size()); ++i) {
      const page* a = i < pages_.size() ? pages_[i].get() : nullptr;
      const page* b = i < other.pages_.size() ? other.pages_[i].get() : nullptr;
      page_mask either;
      if (a) either.set(a->touched);
      if (b) either.set(b->touched);
      either.for_each([&](std::size_t at) {
        f(static_cast<std::uint32_t>(i * page_size + at), a && a->touched.test(at) ? &a->values[at] : nullptr,
          b && b->touched.test(at) ? &b->values[at] : nullptr);
      });
    }
  }

  /// Forgets all keys.
  void clear() {
    for (auto& p : pages_) {
      if (p) pool_.give_back(std::move(p));
    }
    pages_.clear();
    size_ = 0;
  }

  /// Number of keys touched.
  std::size_t key_count() const noexcept { return size_; }

  /// Whether it pays to ask for memory before reaching for it.
  bool is_large() const noexcept { return pages_.size() * sizeof(page) > cached_bytes; }

  std::vector<std::unique_ptr<page>>& pages() noexcept { return pages_; }
  const std::vector<std::unique_ptr<page>>& pages() const noexcept { return pages_; }

  std::size_t bytes() const noexcept {
    std::size_t n = pages_.capacity() * sizeof(pages_[0]);
    for (const auto& p : pages_) n += p ? sizeof(page) : 0;
    return n;
  }

 private:
  template <typename>
  friend class key_column;

  static constexpr std::size_t cached_bytes = std::size_t{1} << 18;  // what a cache keeps without being asked

  /// Before page `i` of `column` is gone over: asks for what is touched on the next one, and for the mask that tells
  /// what is on the one after that. Few of a large page's lines may be wanted, which no processor guesses.
  template <typename U>
  static void ask_for_next(const key_column<U>& column, std::size_t i) {
    if (!column.is_large()) return;
    const auto& pages = column.pages_;
    if (i + 2 < pages.size() && pages[i + 2]) __builtin_prefetch(pages[i + 2].get());
    if (i + 1 >= pages.size() || !pages[i + 1]) return;
    const auto& next = *pages[i + 1];
    next.touched.for_each([&](std::size_t at) { next.prefetch(at); });
  }

  page& page_at(std::size_t index) {
    if (!pages_[index]) pages_[index] = pool_.take();
    return *pages_[index];
  }

  template <typename Identity>
  [[gnu::noinline]] page& first_touch(std::uint32_t id, const Identity& identity) {
    page& p = page_at(id / page_size);
    p.touched.set(id % page_size);
    p.values[id % page_size] = identity();
    ++size_;
    return p;
  }

  void forget(page& p, std::size_t at) {
    p.touched.reset(at);
    --size_;
    if constexpr (!std::is_trivially_destructible_v<T>) p.values[at] = T{};  // frees what it holds
  }

  detail::page_pool<T>& pool_;
  std::size_t size_ = 0;
  std::vector<std::unique_ptr<page>> pages_;
};

}  // namespace oriel
