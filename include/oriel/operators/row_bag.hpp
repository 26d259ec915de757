// SPDX-License-Identifier: Apache-2.0
// oriel/operators/row_bag.hpp - rows that are taken out by being equal to one that was put in.
//
// A few rows are searched one by one. From some dozens on they are also known by hash, so that
// a bag of a hundred thousand rows is not a hundred thousand comparisons for each that goes.
// A row that goes leaves a hole, which the next one to come fills: rows stay where they are.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

#include <boost/mp11/algorithm.hpp>

#include <oriel/core/fields.hpp>
#include <oriel/core/hash.hpp>
#include <oriel/core/key.hpp>
#include <oriel/core/owned.hpp>

namespace oriel {

namespace detail {

/// A hash of all that is known of a value; what is not (members not described) is left out.
template <typename T>
std::uint64_t hash_value(const T& value, std::uint64_t h = 0) {
  const auto mix = [&](std::uint64_t bits) { return hash_integer(h * 31 + bits); };
  if constexpr (std::is_same_v<T, std::string_view> || std::is_same_v<T, std::string>) {
    return mix(hash_bytes(value.data(), value.size()));
  } else if constexpr (std::is_floating_point_v<T>) {
    const double number = value == value ? static_cast<double>(value) : std::numeric_limits<double>::quiet_NaN();
    return mix(std::bit_cast<std::uint64_t>(number + 0.0));  // -0.0 equals 0.0, and every NaN is one
  } else if constexpr (std::is_same_v<T, timestamp>) {
    return mix(static_cast<std::uint64_t>(to_ms(value)));
  } else if constexpr (std::is_integral_v<T> || std::is_enum_v<T>) {
    return mix(static_cast<std::uint64_t>(value));
  } else if constexpr (is_optional<T>) {
    return value ? hash_value(*value, mix(1)) : mix(0);
  } else if constexpr (is_list<T>) {
    for (const auto& element : value) h = hash_value(element, h);
    return mix(value.size());
  } else if constexpr (is_tuple<T>) {
    std::apply([&](const auto&... part) { ((h = hash_value(part, h)), ...); }, value);
  } else if constexpr (has_fields<T>) {
    for_each_field(value, [&](std::string_view, const auto& member) { h = hash_value(member, h); });
  } else if constexpr (requires { value.key, value.row; }) {
    return hash_value(value.row, hash_value(value.key, h));
  } else if constexpr (requires { value.left, value.right; }) {
    return hash_value(value.right, hash_value(value.left, h));
  }
  return h;
}

template <typename T>
bool same_fields(const T& a, const T& b);

/// Equality by all that is known of a value, NaN being equal to NaN.
template <typename T>
bool same_value(const T& a, const T& b) {
  if constexpr (std::is_floating_point_v<T>) {
    return a == b || (a != a && b != b);
  } else if constexpr (is_optional<T>) {
    return a.has_value() == b.has_value() && (!a || same_value(*a, *b));
  } else if constexpr (is_list<T>) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& x, const auto& y) {
      return same_value<typename T::value_type>(x, y);
    });
  } else if constexpr (has_fields<T>) {
    return same_fields(a, b);
  } else if constexpr (requires { a.key, a.row; }) {
    return a.key == b.key && same_value(a.row, b.row);
  } else if constexpr (requires { a.left, a.right; }) {
    return same_value(a.left, b.left) && same_value(a.right, b.right);
  } else if constexpr (requires { a == b; }) {
    return a == b;
  } else {
    return true;
  }
}

template <typename... Columns>
bool same_columns(const row<Columns...>& a, const row<Columns...>& b) {
  return (same_value(static_cast<const Columns&>(a).value, static_cast<const Columns&>(b).value) && ...);
}

template <typename T>
bool same_fields(const T& a, const T& b) {
  if constexpr (is_row<T>) {
    return same_columns(a, b);
  } else {
    bool same = true;
    boost::mp11::mp_for_each<members_of<T>>([&](auto member) {
      same = same && same_value(a.*decltype(member)::pointer, b.*decltype(member)::pointer);
    });
    return same;
  }
}

/// Whether a row is the one that is taken out: equal, or, of rows that do not equal themselves since a member is NaN,
/// the same in every member that is known.
template <typename T>
bool is_same_row(const T& a, const T& b) {
  return a == b || (!(a == a) && !(b == b) && same_value(a, b));
}

}  // namespace detail

/// Rows with copies of their strings, by equality; a NaN in a member that is described is equal to a NaN.
///
/// Complexity: `add` and `remove` are O(1) expected, `for_each` O(rows). A type whose `==` finds equal what differs in
/// a described member is searched one by one. Memory: a row, its strings and 16 bytes, some 40 more in large bags.
/// Threads: not synchronised.
template <typename Row>
class row_bag {
 public:
  std::size_t size() const noexcept { return rows_.size() - holes_.size(); }
  bool empty() const noexcept { return size() == 0; }
  std::size_t bytes() const noexcept {
    return rows_.capacity() * sizeof(rows_[0]) + holes_.capacity() * sizeof(holes_[0]) + text_bytes_ +
           (by_hash_ ? sizeof(index) + by_hash_->bucket_count() * sizeof(void*) + by_hash_->size() * 40 : 0);
  }

  void add(const Row& row) {
    std::size_t at = rows_.size();
    if (holes_.empty()) {
      rows_.emplace_back(row);
    } else {
      at = holes_.back();
      holes_.pop_back();
      rows_[at].emplace(row);
    }
    text_bytes_ += rows_[at]->text_bytes();
    if (by_hash_) by_hash_->emplace(detail::hash_value(row), static_cast<std::uint32_t>(at));
    if (!by_hash_ && size() > few) know_by_hash();
  }

  /// Takes out one row equal to `row`, if there is one.
  std::optional<owned<Row>> remove(const Row& row) {
    const std::optional<std::size_t> at = find(row);
    if (!at) return std::nullopt;
    std::optional<owned<Row>> gone = std::exchange(rows_[*at], std::nullopt);
    text_bytes_ -= gone->text_bytes();
    holes_.push_back(static_cast<std::uint32_t>(*at));
    if (empty()) *this = {};
    return gone;
  }

  template <typename F>
  void for_each(F&& f) const {
    for (const auto& row : rows_) {
      if (row) f(**row);
    }
  }

 private:
  static constexpr std::size_t few = 32;
  using index = std::unordered_multimap<std::uint64_t, std::uint32_t>;

  /// Where a row equal to `row` is; its entry in the index is taken out.
  std::optional<std::size_t> find(const Row& row) {
    if (by_hash_) {
      const auto [first, last] = by_hash_->equal_range(detail::hash_value(row));
      for (auto entry = first; entry != last; ++entry) {
        const std::size_t at = entry->second;
        if (!detail::is_same_row(**rows_[at], row)) continue;
        by_hash_->erase(entry);
        return at;
      }
    }
    for (std::size_t at = 0; at < rows_.size(); ++at) {
      if (!rows_[at] || !detail::is_same_row(**rows_[at], row)) continue;
      if (by_hash_) forget(at);
      return at;
    }
    return std::nullopt;
  }

  void know_by_hash() {
    by_hash_ = std::make_unique<index>();
    for (std::size_t at = 0; at < rows_.size(); ++at) {
      if (rows_[at]) by_hash_->emplace(detail::hash_value(**rows_[at]), static_cast<std::uint32_t>(at));
    }
  }
  void forget(std::size_t at) {
    const auto [first, last] = by_hash_->equal_range(detail::hash_value(**rows_[at]));
    for (auto entry = first; entry != last; ++entry) {
      if (entry->second == at) {
        by_hash_->erase(entry);
        return;
      }
    }
  }

  std::vector<std::optional<owned<Row>>> rows_;
  std::vector<std::uint32_t> holes_;
  std::unique_ptr<index> by_hash_;  // of large bags
  std::size_t text_bytes_ = 0;
};

}  // namespace oriel
