// SPDX-License-Identifier: Apache-2.0
// oriel/aggregate/value_table.hpp - distinct values, and what is known of each: the partial of many aggregates.
//
// A flat table. The slot of a number is the number itself, with a byte beside it that is
// zero while the slot is free and otherwise a piece of the hash; sixteen such tags are
// compared at once, so that hardly a branch depends on where a value is, and a value that
// is new is put down without reading what is there. The slot of a string is half of its
// hash and where its bytes are in one buffer. So a set of more than a few 64-bit integers
// costs 10 to 21 bytes per value, one of strings 11 to 22 and their bytes, and a set of
// nothing no memory but the partial's own. What is known of a value (its number, a bit per
// filter) lies in an array beside the slots.
//
//   numbers  tags   [ 9a  .  e1  83  ...16 ]           strings  slots  [ half of hash, at  .   ... ]
//            slots  [ 17  .  42   9  ...   ]                    bytes  [ 5/home 5/cart ... ]
//            extras [ x2  .  x1  x1  ...   ]                    extras [ x3  .   ... ]
//
// Values are told apart as SQL does: NaN equals itself, -0.0 equals 0.0, strings are
// equal by their bytes. Nothing is ever taken out; entries whose extra `is_nothing()`
// are left behind when the table grows.
//
// Invariant: at most 7/8 of the slots are taken (strings: 3/4); a key is in the first slot,
// from its home on, that was free when it came. The home of a number is a group of sixteen.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <type_traits>
#include <utility>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include <oriel/core/hash.hpp>
#include <oriel/core/throw.hpp>

namespace oriel {

namespace detail {

/// Bytes by address: std::string_view without the cost of <string_view>.
struct text_bytes {
  const char* data = nullptr;
  std::size_t size = 0;

  friend bool operator==(text_bytes a, text_bytes b) noexcept {
    return a.size == b.size && (a.size == 0 || std::memcmp(a.data, b.data, a.size) == 0);
  }
};

/// A string of some kind, whoever owns its characters.
template <typename V>
concept text_value = requires(const V& v) {
  { v.data() } -> std::convertible_to<const char*>;
  { v.size() } -> std::convertible_to<std::size_t>;
};

template <typename V>
concept point_in_time = requires(const V& v) {
  { v.time_since_epoch().count() } -> std::convertible_to<std::int64_t>;
};

template <std::size_t Bytes>
using unsigned_of = std::conditional_t<Bytes == 1, std::uint8_t,
                                       std::conditional_t<Bytes == 2, std::uint16_t,
                                                          std::conditional_t<Bytes == 4, std::uint32_t, std::uint64_t>>>;

/// A value as the bits it is told apart by.
template <typename V>
constexpr auto table_key(const V& v) noexcept {
  if constexpr (text_value<V>) {
    return text_bytes{v.data(), v.size()};
  } else if constexpr (point_in_time<V>) {
    return static_cast<std::uint64_t>(v.time_since_epoch().count());
  } else if constexpr (std::is_floating_point_v<V>) {
    static_assert(sizeof(V) <= 8, "distinct values: long double is not supported; project it to double");
    if (v == 0) return unsigned_of<sizeof(V)>{0};
    return __builtin_bit_cast(unsigned_of<sizeof(V)>, v == v ? v : static_cast<V>(__builtin_nan("")));
  } else {
    static_assert((std::is_integral_v<V> || std::is_enum_v<V>) && sizeof(V) <= 8,
                  "distinct values: the projected value must be a number, an enumeration, a timestamp or a string");
    return static_cast<unsigned_of<sizeof(V)>>(v);
  }
}

/// The value those bits stand for.
template <typename V, typename Key>
constexpr V value_of_key(Key key) noexcept {
  if constexpr (point_in_time<V>) {
    return V{typename V::duration{static_cast<typename V::rep>(key)}};
  } else if constexpr (std::is_floating_point_v<V>) {
    return __builtin_bit_cast(V, key);
  } else {
    return static_cast<V>(key);
  }
}

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

constexpr std::size_t tag_group = 16;

/// A bit for each of sixteen tags that is `tag`.
[[gnu::always_inline]] inline unsigned tags_that_are(const unsigned char* tags, unsigned char tag) noexcept {
#ifdef __SSE2__
  const __m128i here = _mm_loadu_si128(reinterpret_cast<const __m128i*>(tags));
  return static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(here, _mm_set1_epi8(static_cast<char>(tag)))));
#else
  unsigned found = 0;
  for (std::size_t i = 0; i < tag_group; ++i) found |= static_cast<unsigned>(tags[i] == tag) << i;
  return found;
#endif
}

/// Numbers, by their bits.
template <std::unsigned_integral Key, typename Extra>
class number_table {
 public:
  using key_type = Key;
  using extra_type = Extra;

  std::size_t size() const noexcept { return used_; }
  std::size_t bytes() const noexcept { return block_.bytes(); }

  touched_value<Extra> touch(Key key) {
    if (block_.empty()) [[unlikely]] block_ = fresh(3);
    const std::uint64_t hash = hash_integer(key);
    const std::size_t mask = block_.capacity() - 1;
    const unsigned char* const tags = block_.tags();
    std::size_t at = home(hash);
    for (;; at = (at + tag_group) & mask) {
      for (unsigned left = tags_that_are(tags + at, tag_of(hash)); left != 0; left &= left - 1) {
        const std::size_t i = at + static_cast<std::size_t>(__builtin_ctz(left));
        if (block_.slots()[i] == key) [[likely]] return {block_.extra(i), false};
      }
      if (const unsigned free = tags_that_are(tags + at, 0); free != 0) [[likely]] {
        at += static_cast<std::size_t>(__builtin_ctz(free));
        break;
      }
    }
    if (used_ >= limit(block_.capacity())) [[unlikely]] {
      grow();
      at = find_free(hash);
    }
    block_.tags()[at] = tag_of(hash);
    block_.slots()[at] = key;
    ++used_;
    return {block_.extra(at), true};
  }

  /// Calls `f(key, extra)` for each value, in no order that means anything.
  template <typename F>
  void for_each(F&& f) const {
    for (std::size_t i = 0, n = block_.capacity(); i < n; ++i) {
      if (block_.tags()[i] != 0) f(block_.slots()[i], block_.extra(i));
    }
  }

 private:
  using block_type = slot_block<Key, Extra, true>;

  static block_type fresh(unsigned log2) {
    block_type block(log2);
    for (std::size_t i = block.capacity(); i < tag_group; ++i) block.tags()[i] = 1;  // no slot: neither free nor a tag
    return block;
  }
  static constexpr std::size_t limit(std::size_t capacity) noexcept { return capacity - capacity / 8; }
  static constexpr unsigned log2_for(std::size_t values) {
    unsigned log2 = 3;
    while (limit(std::size_t{1} << log2) < values) ++log2;
    check_table_log2(log2);
    return log2;
  }

  static unsigned char tag_of(std::uint64_t hash) noexcept { return static_cast<unsigned char>(hash | 0x80); }
  std::size_t home(std::uint64_t hash) const noexcept {
    const unsigned log2 = block_.log2() < 4 ? 4 : block_.log2();
    return static_cast<std::size_t>((hash >> 1) >> (67 - log2)) * tag_group;
  }

  /// Where a key that is not there would be put.
  std::size_t find_free(std::uint64_t hash) const noexcept {
    const std::size_t mask = block_.capacity() - 1;
    for (std::size_t at = home(hash);; at = (at + tag_group) & mask) {
      const unsigned free = tags_that_are(block_.tags() + at, 0);
      if (free != 0) [[likely]] return at + static_cast<std::size_t>(__builtin_ctz(free));
    }
  }

  [[gnu::noinline]] void grow() {
    std::size_t live = used_;
    if constexpr (requires(const Extra& extra) { extra.is_nothing(); }) {
      for_each([&](Key, const Extra& extra) { live -= extra.is_nothing(); });
    }
    const block_type old = std::exchange(block_, fresh(log2_for(live + live / 8 + 1)));
    used_ = static_cast<std::uint32_t>(live);
    for (std::size_t i = 0, n = old.capacity(); i < n; ++i) {
      if (old.tags()[i] == 0 || extra_is_nothing(old.extra(i))) continue;
      const Key key = old.slots()[i];
      const std::uint64_t hash = hash_integer(key);
      const std::size_t at = find_free(hash);
      block_.tags()[at] = tag_of(hash);
      block_.slots()[at] = key;
      if constexpr (!std::is_empty_v<Extra>) block_.extra(at) = old.extra(i);
    }
  }

  block_type block_;
  std::uint32_t used_ = 0;
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

template <typename V, typename Extra>
struct table_of {
  using type = number_table<decltype(table_key(std::declval<const V&>())), Extra>;
};
template <text_value V, typename Extra>
struct table_of<V, Extra> {
  using type = text_table<Extra>;
};

}  // namespace detail

/// The distinct values of type `V` in a group, with an `Extra` known of each.
///
/// Complexity: O(1) expected per value. Memory: in the head of the file.
template <typename V, typename Extra = detail::no_extra>
class value_table {
  using table_type = typename detail::table_of<V, Extra>::type;

 public:
  using key_type = typename table_type::key_type;  ///< the bits, or the bytes, a value is told apart by
  using extra_type = Extra;

  /// Values held, those whose extra `is_nothing()` included until the table grows.
  std::size_t size() const noexcept { return table_.size(); }

  /// Bytes of memory held, beside the table itself.
  std::size_t bytes() const noexcept { return table_.bytes(); }

  /// The extra of a value, which is put in if it is not there.
  detail::touched_value<Extra> touch(const V& value) { return table_.touch(detail::table_key(value)); }
  detail::touched_value<Extra> touch_key(key_type key) { return table_.touch(key); }

  /// Calls `f(key, extra)` for each value, in no order that means anything.
  template <typename F>
  void for_each(F&& f) const {
    table_.for_each(f);
  }

  /// Puts the values of another table in: `join(extra here, extra there, whether it is new here)` for each. Which of
  /// the two tables the other is put into depends on their sizes.
  template <typename Join>
  void merge(const value_table& other, Join&& join) {
    if (other.size() > size()) {
      value_table larger = other;
      larger.merge(*this, join);
      *this = std::move(larger);
      return;
    }
    other.for_each([&](const key_type& key, const Extra& theirs) {
      const auto t = table_.touch(key);
      join(t.extra, theirs, t.added);
    });
  }

  template <typename Writer>
  void encode(Writer& out) const {
    std::uint64_t values = 0;
    for_each([&](const key_type&, const Extra& extra) { values += !detail::extra_is_nothing(extra); });
    out.put(values);
    for_each([&](const key_type& key, const Extra& extra) {
      if (detail::extra_is_nothing(extra)) return;
      if constexpr (detail::text_value<V>) {
        out.put_bytes(key.data, key.size);
      } else {
        out.put(key);
      }
      if constexpr (!std::is_empty_v<Extra>) out.put(extra);
    });
  }
  template <typename Reader>
  bool decode(Reader& in) {
    *this = {};
    std::uint64_t values = 0;
    if (!in.get(values)) return false;
    for (std::uint64_t i = 0; i < values; ++i) {
      key_type key{};
      if constexpr (detail::text_value<V>) {
        if (!in.get_bytes(key.data, key.size)) return false;
      } else {
        if (!in.get(key)) return false;
      }
      const auto t = table_.touch(key);
      if (!t.added) return false;
      if constexpr (!std::is_empty_v<Extra>) {
        if (!in.get(t.extra)) return false;
      }
    }
    return true;
  }

 private:
  table_type table_;
};

}  // namespace oriel
