// SPDX-License-Identifier: Apache-2.0
// oriel/state/codec.hpp - values to bytes and back.
//
// What survives a restart, or travels, is written in bytes that do not depend on the
// machine, the compiler or the build: numbers little endian in their own width, lengths
// in seven bits per byte, the parts of a composite one after the other, no padding and no
// names. The reader must know the type it reads; formats that may change begin with a
// version of their own.
//
//   bool                 one byte, 0 or 1          string, vector   length, then the elements
//   integer, enum        its bytes                 optional         one byte 0 or 1, then the value
//   float, double        IEEE 754 bits             pair, tuple,     the parts
//   timestamp, duration  the count                   array
//
// A class of its own says how, and checks on the way back what it relies on:
//
//   template <typename Writer> void encode(Writer& out) const { out.put(a); out.put(b); }
//   template <typename Reader> bool decode(Reader& in) { return in.get(a) && in.get(b) && a <= b; }
//
// Every partial of oriel/aggregate does. Bytes are never trusted: what is cut off, too
// long or impossible is an error, and no more memory is asked for than the bytes can fill.
#pragma once

#include <array>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <oriel/core/error.hpp>
#include <oriel/core/int128.hpp>
#include <oriel/core/result.hpp>

namespace oriel {

namespace detail {

template <typename T>
inline constexpr bool is_std_optional = false;
template <typename T>
inline constexpr bool is_std_optional<std::optional<T>> = true;
template <typename T>
inline constexpr bool is_vector = false;
template <typename T>
inline constexpr bool is_vector<std::vector<T>> = true;
template <typename T>
inline constexpr bool is_time = false;
template <typename Clock, typename Duration>
inline constexpr bool is_time<std::chrono::time_point<Clock, Duration>> = true;
template <typename Rep, typename Period>
inline constexpr bool is_time<std::chrono::duration<Rep, Period>> = true;

template <typename T>
concept has_parts = requires { std::tuple_size<T>::value; };

template <std::size_t Size>
using bits_of_size = std::conditional_t<Size == 1, std::uint8_t,
                                        std::conditional_t<Size == 2, std::uint16_t,
                                                           std::conditional_t<Size == 4, std::uint32_t, std::uint64_t>>>;

template <typename T>
concept plain_number = (std::is_arithmetic_v<T> || std::is_enum_v<T>) && sizeof(T) <= 8;

}  // namespace detail

/// Appends values to a string of bytes.
class byte_writer {
 public:
  template <typename T>
  void put(const T& value) {
    if constexpr (requires { value.encode(*this); }) {
      value.encode(*this);
    } else if constexpr (std::is_convertible_v<const T&, std::string_view>) {
      const std::string_view text(value);
      put_bytes(text.data(), text.size());
    } else if constexpr (detail::plain_number<T>) {
      auto bits = std::bit_cast<detail::bits_of_size<sizeof(T)>>(value);
      char bytes[sizeof(T)];
      for (char& b : bytes) {
        b = static_cast<char>(bits & 0xff);
        bits = static_cast<decltype(bits)>(sizeof(T) > 1 ? std::uint64_t{bits} >> 8 : 0);
      }
      bytes_.append(bytes, sizeof(T));
    } else if constexpr (std::is_same_v<T, wide_integer> || std::is_same_v<T, int128>) {
      const auto bits = static_cast<uint128>(static_cast<int128>(value));
      put(static_cast<std::uint64_t>(bits));
      put(static_cast<std::uint64_t>(bits >> 64));
    } else if constexpr (detail::is_time<T>) {
      if constexpr (requires { value.time_since_epoch(); }) {
        put(value.time_since_epoch().count());
      } else {
        put(value.count());
      }
    } else if constexpr (detail::is_std_optional<T>) {
      put(value.has_value());
      if (value) put(*value);
    } else if constexpr (detail::is_vector<T>) {
      put_length(value.size());
      for (std::size_t i = 0; i < value.size(); ++i) put(static_cast<const typename T::value_type&>(value[i]));
    } else {
      static_assert(detail::has_parts<T>, "codec: give this type `encode` and `decode` members");
      std::apply([&](const auto&... part) { (put(part), ...); }, value);
    }
  }

  /// A length and that many bytes.
  void put_bytes(const char* data, std::size_t size) {
    put_length(size);
    if (size != 0) bytes_.append(data, size);
  }

  const std::string& bytes() const& noexcept { return bytes_; }
  std::string bytes() && noexcept { return std::move(bytes_); }

 private:
  void put_length(std::uint64_t length) {
    for (; length >= 0x80; length >>= 7) bytes_.push_back(static_cast<char>(length | 0x80));
    bytes_.push_back(static_cast<char>(length));
  }

  std::string bytes_;
};

/// Reads values off bytes. Every `get` says whether it could; after one that could not, the reader is of no more use.
///
/// Lifetime: the bytes must outlive the reader, and the views `get_bytes` hands out.
class byte_reader {
 public:
  explicit byte_reader(std::string_view bytes) : left_(bytes) {}

  bool at_end() const noexcept { return left_.empty(); }

  template <typename T>
  bool get(T& value) {
    if constexpr (requires { value.decode(*this); }) {
      return value.decode(*this);
    } else if constexpr (std::is_same_v<T, std::string>) {
      const char* data = nullptr;
      std::size_t size = 0;
      if (!get_bytes(data, size)) return false;
      value.assign(data, size);
      return true;
    } else if constexpr (std::is_same_v<T, bool>) {
      std::uint8_t byte = 0;
      if (!get(byte) || byte > 1) return false;
      value = byte == 1;
      return true;
    } else if constexpr (detail::plain_number<T>) {
      using bits_type = detail::bits_of_size<sizeof(T)>;
      if (left_.size() < sizeof(T)) return false;
      std::uint64_t bits = 0;
      for (std::size_t i = sizeof(T); i-- > 0;) bits = bits << 8 | static_cast<unsigned char>(left_[i]);
      left_.remove_prefix(sizeof(T));
      value = std::bit_cast<T>(static_cast<bits_type>(bits));
      return true;
    } else if constexpr (std::is_same_v<T, wide_integer> || std::is_same_v<T, int128>) {
      std::uint64_t low = 0;
      std::uint64_t high = 0;
      if (!get(low) || !get(high)) return false;
      value = static_cast<int128>(static_cast<uint128>(high) << 64 | low);
      return true;
    } else if constexpr (detail::is_time<T>) {
      typename T::rep count{};
      if (!get(count)) return false;
      if constexpr (requires { typename T::duration; }) {
        value = T(typename T::duration(count));
      } else {
        value = T(count);
      }
      return true;
    } else if constexpr (detail::is_std_optional<T>) {
      bool present = false;
      value.reset();
      return get(present) && (!present || get(value.emplace()));
    } else if constexpr (detail::is_vector<T>) {
      std::uint64_t length = 0;
      value.clear();
      if (!get_length(length)) return false;
      for (std::uint64_t i = 0; i < length; ++i) {
        typename T::value_type element{};
        const std::size_t before = left_.size();
        if (!get(element)) return false;
        if (left_.size() == before && length > before) return false;  // elements of no bytes, in any number
        value.push_back(std::move(element));
      }
      return true;
    } else {
      static_assert(detail::has_parts<T>, "codec: give this type `encode` and `decode` members");
      return std::apply([&](auto&... part) { return (get(part) && ...); }, value);
    }
  }

  /// A length and that many bytes, as a view.
  bool get_bytes(const char*& data, std::size_t& size) {
    std::uint64_t length = 0;
    if (!get_length(length) || length > left_.size()) return false;
    data = left_.data();
    size = static_cast<std::size_t>(length);
    left_.remove_prefix(size);
    return true;
  }

 private:
  bool get_length(std::uint64_t& length) {
    length = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      std::uint8_t byte = 0;
      if (!get(byte) || (shift == 63 && byte > 1)) return false;
      length |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return true;
    }
    return false;
  }

  std::string_view left_;
};

/// The bytes of a value.
///
///     const std::string kept = encode(partial);
template <typename T>
std::string encode(const T& value) {
  byte_writer out;
  out.put(value);
  return std::move(out).bytes();
}

/// The value of some bytes, all of them. Errors: `error{malformed}` when they are not those of a `T`.
///
///     auto partial = decode<sum<int>::partial>(kept);
template <typename T>
result<T> decode(std::string_view bytes) {
  byte_reader in(bytes);
  T value{};
  if (!in.get(value) || !in.at_end()) {
    return error(error_kind::malformed, "decode: these bytes were cut off, changed, or written for another type");
  }
  return value;
}

}  // namespace oriel
