// SPDX-License-Identifier: Apache-2.0
// oriel/aggregate/value_table.hpp - distinct values, and what is known of each: the partial of many aggregates.
//
// Numbers are in a number_table, by their bits, strings in a text_table, by their bytes; each
// says there what it costs. A set of nothing takes no memory but the partial's own.
//
// Values are told apart as SQL does: NaN equals itself, -0.0 equals 0.0, strings are
// equal by their bytes. Nothing is ever taken out; entries whose extra `is_nothing()`
// are left behind when the table grows.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

#include <oriel/aggregate/number_table.hpp>
#include <oriel/aggregate/text_table.hpp>
#include <oriel/aggregate/value_slots.hpp>

namespace oriel {

namespace detail {

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
/// Complexity: O(1) expected per value. Memory: that of a `number_table` or `text_table`.
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
