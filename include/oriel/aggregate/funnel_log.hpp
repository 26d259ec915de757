// SPDX-License-Identifier: Apache-2.0
// oriel/aggregate/funnel_log.hpp - the events of one entity that matter to a funnel, in their order, in few bytes.
//
// The order is by time, then by the lowest step matched, then by arrival. What is kept of an
// event is how far it is from the one before it, in as many bytes as that takes:
//
//   time, arrival      distance to the event before, zigzag, seven bits to the byte
//   steps              a set of bits, seven to the byte
//   value              if there is one, which is said beside the arrival
//
// That is 5 to 10 bytes for events of a user some minutes apart. Events that come in order are
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

/// Bytes that are appended to, in half the space of a std::string: there are as many of these as users.
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
    if (count > capacity_ - size_) grow(size_ + count);
    if (count != 0) std::memcpy(data_ + size_, from, count);
    size_ += static_cast<std::uint32_t>(count);
  }

 private:
  void grow(std::size_t least) {
    std::size_t capacity = capacity_ == 0 ? first : std::size_t{capacity_} * 2;
    if (capacity < least) capacity = least;
    if (capacity > ~std::uint32_t{0}) throw_exhausted("funnel: an entity has more than 4 GiB of events");
    char* const data = new char[capacity];
    if (size_ != 0) std::memcpy(data, data_, size_);
    delete[] std::exchange(data_, data);
    capacity_ = static_cast<std::uint32_t>(capacity);
  }

  static constexpr std::size_t first = 56;  // 64 with what malloc adds

  char* data_ = nullptr;
  std::uint32_t size_ = 0;
  std::uint32_t capacity_ = 0;
};

/// Events in their order.
class funnel_log {
 public:
  bool empty() const noexcept { return packed_.size() == 0; }

  /// The bytes the events take.
  std::size_t bytes() const noexcept { return packed_.size(); }

  /// The bytes held for them.
  std::size_t capacity() const noexcept { return packed_.capacity(); }

  /// Where the next event will be put.
  const char* end() const noexcept { return packed_.data() + packed_.size(); }

  /// The time of the newest event there ever was, here or in a log merged; the least there is when there was none.
  std::int64_t newest() const noexcept { return newest_; }
  void note_newest(std::int64_t time) noexcept { newest_ = time > newest_ ? time : newest_; }

  /// Whether `e` comes behind the last event.
  bool is_next(const funnel_event& e) const noexcept {
    if (e.time != last_.time) return e.time > last_.time;
    const int lowest = e.lowest();
    return lowest != last_lowest_ ? lowest > last_lowest_ : e.arrival >= last_.arrival;
  }

  /// Requires: `is_next(e)`.
  void append(const funnel_event& e) {
    pack(e, packed_.size() == 0 ? position{} : last_);
    note_last(e);
  }

  /// Calls `f(event)` for each, in order.
  template <typename F>
  void for_each(F&& f) const {
    (void)walk(f);
  }

  std::vector<funnel_event> events() const {
    std::vector<funnel_event> all;
    for_each([&](const funnel_event& e) { all.push_back(e); });
    return all;
  }

  /// Holds these events instead. Requires: they are in order.
  void assign(const std::vector<funnel_event>& events) {
    packed_.clear();
    position from;
    for (const funnel_event& e : events) {
      pack(e, from);
      from = {e.time, e.arrival};
    }
    if (!events.empty()) note_last(events.back());
  }

  template <typename Writer>
  void encode(Writer& out) const {
    out.put(std::string_view(packed_.data(), packed_.size()));
    out.put(last_.time);
    out.put(last_.arrival);
    out.put(last_lowest_);
    out.put(newest_);
  }
  template <typename Reader>
  bool decode(Reader& in) {
    const char* data = nullptr;
    std::size_t size = 0;
    if (!in.get_bytes(data, size)) return false;
    packed_.clear();
    packed_.append(data, size);
    if (!in.get(last_.time) || !in.get(last_.arrival) || !in.get(last_lowest_) || !in.get(newest_)) return false;
    return walk([&](const funnel_event& e) { note_last(e); });
  }

 private:
  struct position {
    std::int64_t time = 0;
    std::uint64_t arrival = 0;
  };

  void pack(const funnel_event& e, position from) {
    char bytes[40];
    char* end = bytes;
    put(end, zigzag(static_cast<std::uint64_t>(e.time) - static_cast<std::uint64_t>(from.time)));
    put(end, zigzag(e.arrival - from.arrival) << 1 | std::uint64_t{e.value != 0});
    put(end, e.bits);
    if (e.value != 0) put(end, e.value);
    packed_.append(bytes, static_cast<std::size_t>(end - bytes));
  }
  void note_last(const funnel_event& e) noexcept {
    last_ = {e.time, e.arrival};
    last_lowest_ = static_cast<std::int8_t>(e.lowest());
    note_newest(e.time);
  }
  static void put(char*& end, std::uint64_t n) noexcept {
    for (; n >= 0x80; n >>= 7) *end++ = static_cast<char>(n | 0x80);
    *end++ = static_cast<char>(n);
  }

  /// Small for distances that are small, forwards or backwards.
  static std::uint64_t zigzag(std::uint64_t n) noexcept { return n << 1 ^ (0 - (n >> 63)); }
  static std::uint64_t unzigzag(std::uint64_t n) noexcept { return n >> 1 ^ (0 - (n & 1)); }

  /// False when the bytes are not those of events.
  template <typename F>
  bool walk(F&& f) const {
    funnel_event e;
    for (std::size_t i = 0; i < packed_.size();) {
      std::uint64_t time = 0;
      std::uint64_t arrival = 0;
      std::uint64_t value = 0;
      if (!get(i, time) || !get(i, arrival) || !get(i, e.bits)) return false;
      if ((arrival & 1) != 0 && !get(i, value)) return false;
      e.time = static_cast<std::int64_t>(static_cast<std::uint64_t>(e.time) + unzigzag(time));
      e.arrival += unzigzag(arrival >> 1);
      e.value = static_cast<std::uint32_t>(value);
      f(static_cast<const funnel_event&>(e));
    }
    return true;
  }
  bool get(std::size_t& i, std::uint64_t& n) const noexcept {
    n = 0;
    for (unsigned shift = 0; shift < 64 && i < packed_.size(); shift += 7) {
      const auto byte = static_cast<unsigned char>(packed_.data()[i++]);
      n |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return true;
    }
    return false;
  }

  packed_bytes packed_;
  position last_{std::numeric_limits<std::int64_t>::min(), 0};
  std::int64_t newest_ = std::numeric_limits<std::int64_t>::min();
  std::int8_t last_lowest_ = 0;
};

}  // namespace oriel::detail
