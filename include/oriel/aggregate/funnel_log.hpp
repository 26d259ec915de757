// SPDX-License-Identifier: Apache-2.0
// oriel/aggregate/funnel_log.hpp - the events of one entity that matter to a funnel, in their order, in few bytes.
//
// The order is by time, then by the lowest step matched, then by arrival. The newest event is held
// as it is. Of each event before it is kept how far it is from the one behind it, in as many bytes
// as that takes; the byte that says how many comes last, because the way is from the newest back:
//
//   [ arrival | time | steps | value | lengths ] [ ... ] newest
//       1-8     1-8    1, 8    0, 4       1
//
// That is 6 to 9 bytes for events of a user some minutes apart. Events that come in order are
// appended; for one that does not, the log is unpacked, corrected and packed again.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string_view>
#include <utility>
#include <vector>

#include <oriel/core/hash.hpp>
#include <oriel/core/throw.hpp>

namespace oriel::detail {

/// An event of a funnel.
struct funnel_event {
  std::int64_t time = 0;
  std::uint64_t arrival = 0;
  std::uint64_t bits = 0;   ///< bit i: matches step i + 1; above the steps, a bit for each exclusion
  std::uint32_t value = 0;  ///< of an event that matches step 1: the place of its property; 0: none

  int lowest() const noexcept { return std::countr_zero(bits); }

  friend bool operator<(const funnel_event& a, const funnel_event& b) noexcept {
    if (a.time != b.time) return a.time < b.time;
    if (a.lowest() != b.lowest()) return a.lowest() < b.lowest();
    return a.arrival < b.arrival;
  }
  friend bool operator==(const funnel_event&, const funnel_event&) = default;
};

/// Bytes that are appended to, in half the space of a std::string: there are as many of these as users. Eight bytes may
/// be read or written wherever one may.
class packed_bytes {
 public:
  packed_bytes() = default;
  packed_bytes(const packed_bytes& other) { append(other.data_, other.size_); }
  packed_bytes(packed_bytes&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)),
        size_(std::exchange(other.size_, 0)),
        capacity_(std::exchange(other.capacity_, 0)) {}
  packed_bytes& operator=(packed_bytes other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
    return *this;
  }
  ~packed_bytes() { delete[] data_; }

  const char* data() const noexcept { return data_; }
  std::size_t size() const noexcept { return size_; }
  std::size_t capacity() const noexcept { return capacity_; }
  void clear() noexcept { size_ = 0; }

  void append(const char* from, std::size_t count) {
    if (count == 0) return;
    std::memcpy(end_with_room(count), from, count);
    size_ += static_cast<std::uint32_t>(count);
  }

  /// The end, where there is room for `count` more bytes; those that are to stay are told to `end_at`.
  char* end_with_room(std::size_t count) {
    if (count > capacity_ - size_) grow(size_ + count);
    return data_ + size_;
  }
  void end_at(const char* end) noexcept { size_ = static_cast<std::uint32_t>(end - data_); }

  void erase_front(std::size_t count) noexcept {
    if (count == 0) return;
    size_ -= static_cast<std::uint32_t>(count);
    std::memmove(data_, data_ + count, size_);
  }

  /// Whether there are bytes, and little room for more.
  bool is_nearly_full() const noexcept { return size_ != 0 && capacity_ - size_ < little; }

  /// Makes room for as many bytes as there are.
  void make_room_to_double() {
    if (capacity_ - size_ < size_) grow(std::size_t{size_} * 2);
  }

 private:
  void grow(std::size_t least) {
    std::size_t capacity = capacity_ == 0 ? first : std::size_t{capacity_} * 2 + 16;
    if (capacity < least) capacity = least;
    if (capacity > ~std::uint32_t{0}) throw_exhausted("funnel: an entity has more than 4 GiB of events");
    char* const data = new char[capacity + 8];
    if (size_ != 0) std::memcpy(data, data_, size_);
    delete[] std::exchange(data_, data);
    capacity_ = static_cast<std::uint32_t>(capacity);
  }

  static constexpr std::size_t first = 48;  // 64 with the eight bytes and what malloc adds; then 128, 256, ...
  static constexpr std::uint32_t little = 32;

  char* data_ = nullptr;
  std::uint32_t size_ = 0;
  std::uint32_t capacity_ = 0;
};

/// Events in their order.
class funnel_log {
 public:
  bool empty() const noexcept { return packed_.size() == 0 && !holds_last_; }

  /// The only event there is; null if there are none or several.
  const funnel_event* single() const noexcept { return holds_last_ && packed_.size() == 0 ? &last_ : nullptr; }

  /// The bytes that the events before the newest take, and those held for them.
  std::size_t bytes() const noexcept { return packed_.size(); }
  std::size_t capacity() const noexcept { return packed_.capacity(); }

  /// Where the next event will be put; null if nothing has been put anywhere.
  const char* end() const noexcept { return packed_.data() + packed_.size(); }

  /// Whether one more event may need a larger block.
  bool is_nearly_full() const noexcept { return packed_.is_nearly_full(); }
  void make_room_to_double() { packed_.make_room_to_double(); }

  /// The time of the newest event there ever was, here or in a log merged; the least there is when there was none.
  std::int64_t newest() const noexcept { return last_.time; }
  void note_newest(std::int64_t time) {
    if (time <= last_.time) return;
    const funnel_event past{time, last_.arrival, 0, 0};
    if (holds_last_) push(last_, past);
    last_ = past;
    holds_last_ = false;
  }

  /// Whether `e` comes behind the last event. If not, it may do so all the same when that one has been taken out.
  bool is_next(const funnel_event& e) const noexcept { return !(e < last_); }

  /// Requires: `is_next(e)`.
  void append(const funnel_event& e) {
    if (!holds_last_ && packed_.size() != 0) holds_last_ = pop();
    if (holds_last_) push(last_, e);
    last_ = e;
    holds_last_ = true;
  }

  /// Puts an event where it belongs.
  void insert(const funnel_event& e) {
    std::vector<funnel_event> all = events();
    std::size_t at = all.size();
    while (at > 0 && e < all[at - 1]) --at;
    all.insert(all.begin() + static_cast<std::ptrdiff_t>(at), e);
    assign(all);
  }

  /// Holds these events instead. Requires: they are in order.
  void assign(const std::vector<funnel_event>& events) {
    const std::int64_t newest = last_.time;
    packed_.clear();
    holds_last_ = false;
    for (const funnel_event& e : events) append(e);
    note_newest(newest);
  }

  /// Lets go of all events.
  void clear() noexcept {
    packed_.clear();
    holds_last_ = false;
  }

  /// Calls `f(event)` for each, in order.
  template <typename F>
  void for_each(F&& f) const {
    if (packed_.size() <= short_enough) {
      for_each_before(packed_.size(), last_, f);
      if (holds_last_) f(last_);
    } else {
      for (const funnel_event& e : events()) f(e);
    }
  }

  std::vector<funnel_event> events() const {
    std::vector<funnel_event> newest_first;
    newest_first.reserve(1 + packed_.size() / 8);
    (void)walk([&](const funnel_event& e, std::size_t) { newest_first.push_back(e); });
    return {newest_first.rbegin(), newest_first.rend()};
  }

  /// Lets go of the events before `time`, and says which they were. Requires: `time <= newest()`.
  std::vector<funnel_event> take_before(std::int64_t time) {
    std::vector<funnel_event> newest_first;
    std::size_t end_of_old = 0;
    (void)walk([&](const funnel_event& e, std::size_t end) {
      if (e.time >= time) return;
      if (newest_first.empty()) end_of_old = end;
      newest_first.push_back(e);
    });
    packed_.erase_front(end_of_old);
    return {newest_first.rbegin(), newest_first.rend()};
  }

  template <typename Writer>
  void encode(Writer& out) const {
    out.put(std::string_view(packed_.data(), packed_.size()));
    out.put(last_.time);
    out.put(last_.arrival);
    out.put(last_.bits);
    out.put(last_.value);
    out.put(holds_last_);
  }
  template <typename Reader>
  bool decode(Reader& in) {
    const char* data = nullptr;
    std::size_t size = 0;
    if (!in.get_bytes(data, size)) return false;
    packed_.clear();
    packed_.append(data, size);
    return in.get(last_.time) && in.get(last_.arrival) && in.get(last_.bits) && in.get(last_.value) &&
           in.get(holds_last_) && walk([](const funnel_event&, std::size_t) {});
  }

 private:
  static constexpr std::size_t short_enough = 48;  // bytes: at most a dozen events

  /// Of the events whose bytes end at `end`, of which the last is before `next`.
  template <typename F>
  void for_each_before(std::size_t end, funnel_event next, F& f) const {
    if (end == 0 || !unpack(end, next)) return;
    for_each_before(end, next, f);
    f(static_cast<const funnel_event&>(next));
  }

  /// How many bytes a distance takes.
  static std::size_t length_of(std::uint64_t n) noexcept {
    return static_cast<std::size_t>(std::bit_width(n | 1) + 7) / 8;
  }

  /// The first 1 to 8 of eight bytes, as an integer.
  static std::uint64_t first_bytes(const char* from, std::size_t count) noexcept {
    return load_bytes(from, 8) & ~std::uint64_t{0} >> (64 - 8 * count);
  }

  /// Small for distances that are small, forwards or backwards.
  static std::uint64_t zigzag(std::uint64_t n) noexcept { return n << 1 ^ (0 - (n >> 63)); }
  static std::uint64_t unzigzag(std::uint64_t n) noexcept { return n >> 1 ^ (0 - (n & 1)); }

  /// Packs `e`, behind which is `next`.
  void push(const funnel_event& e, const funnel_event& next) {
    const std::uint64_t arrival = zigzag(next.arrival - e.arrival);
    const std::uint64_t time = static_cast<std::uint64_t>(next.time) - static_cast<std::uint64_t>(e.time);
    const std::size_t arrival_length = length_of(arrival);
    const std::size_t time_length = length_of(time);
    const std::size_t bits_length = e.bits > 0xff ? 8 : 1;
    const std::size_t value_length = e.value != 0 ? 4 : 0;
    // Everything is written with eight bytes, of which as many are kept as count.
    char* to = packed_.end_with_room(arrival_length + time_length + bits_length + value_length + 1);
    store_bytes(to, arrival);
    store_bytes(to += arrival_length, time);
    store_bytes(to += time_length, e.bits);
    store_bytes(to += bits_length, e.value);
    to += value_length;
    *to = static_cast<char>((arrival_length - 1) | (time_length - 1) << 3 | (bits_length & 8) << 3 | value_length << 5);
    packed_.end_at(to + 1);
  }

  /// From the event behind the bytes that end at `end` to the one they tell of; false when they are not those of one.
  bool unpack(std::size_t& end, funnel_event& e) const noexcept {
    const auto lengths = static_cast<unsigned char>(packed_.data()[end - 1]);
    const std::size_t arrival = (lengths & 7) + 1;
    const std::size_t time = (lengths >> 3 & 7) + 1;
    const std::size_t bits = (lengths & 64) != 0 ? 8 : 1;
    const std::size_t value = (lengths & 128) != 0 ? 4 : 0;
    const std::size_t size = arrival + time + bits + value + 1;
    if (size > end) return false;
    end -= size;
    const char* from = packed_.data() + end;
    e.arrival -= unzigzag(first_bytes(from, arrival));
    e.time = static_cast<std::int64_t>(static_cast<std::uint64_t>(e.time) - first_bytes(from += arrival, time));
    e.bits = first_bytes(from += time, bits);
    e.value = value == 0 ? 0 : static_cast<std::uint32_t>(first_bytes(from + bits, value));
    return true;
  }

  /// The packed event that is newest becomes `last_`. Requires: there is one.
  bool pop() noexcept {
    std::size_t end = packed_.size();
    const bool good = unpack(end, last_);
    packed_.end_at(packed_.data() + end);
    return good;
  }

  /// Calls `f(event, end)`, newest first, with where its bytes end; false when the bytes are not those of events.
  template <typename F>
  bool walk(F&& f) const {
    funnel_event e = last_;
    std::size_t end = packed_.size();
    if (holds_last_) f(static_cast<const funnel_event&>(e), end);
    while (end > 0) {
      const std::size_t its_end = end;
      if (!unpack(end, e)) return false;
      f(static_cast<const funnel_event&>(e), its_end);
    }
    return true;
  }

  packed_bytes packed_;
  // The newest event; or, once that has been taken out, only its time. (Its end has room for what follows.)
  [[no_unique_address]] funnel_event last_{.time = std::numeric_limits<std::int64_t>::min()};
  bool holds_last_ = false;
};

}  // namespace oriel::detail
