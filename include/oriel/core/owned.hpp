// SPDX-License-Identifier: Apache-2.0
// oriel/core/owned.hpp - a row that outlives its batch.
//
// Rows view strings that belong to a batch or to an operator's state. Whoever keeps
// a single row longer keeps it as `owned`: the row, and one block with the bytes of all
// its strings. Many rows that come and go together are cheaper with an `arena`.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string_view>
#include <tuple>
#include <type_traits>

#include <oriel/core/fields.hpp>
#include <oriel/core/key.hpp>

namespace oriel {

/// Calls `f(view)` with a reference to each string view in a value: of a described struct, a `row`, a key, a pane, a
/// keyed row, a change or a pair of joined rows, and of what is in them.
template <typename T, typename F>
void for_each_text(T& value, F&& f) {
  using plain = std::remove_const_t<T>;
  if constexpr (std::is_same_v<plain, std::string_view>) {
    f(value);
  } else if constexpr (detail::is_optional<plain>) {
    if (value) for_each_text(*value, f);
  } else if constexpr (detail::is_list<plain>) {
    for (auto& element : value) for_each_text(element, f);
  } else if constexpr (detail::is_tuple<plain>) {
    std::apply([&](auto&... part) { (for_each_text(part, f), ...); }, value);
  } else if constexpr (has_fields<plain>) {
    for_each_field(value, [&](std::string_view, auto& member) { for_each_text(member, f); });
  } else if constexpr (requires { value.key, value.row; }) {
    for_each_text(value.key, f);
    for_each_text(value.row, f);
  } else if constexpr (requires { value.before, value.after; }) {
    for_each_text(value.before, f);
    for_each_text(value.after, f);
  } else if constexpr (requires { value.left, value.right; }) {
    for_each_text(value.left, f);
    for_each_text(value.right, f);
  }
}

/// How many bytes the strings that a value views have.
template <typename T>
std::size_t text_bytes(const T& value) {
  std::size_t total = 0;
  for_each_text(value, [&](std::string_view text) { total += text.size(); });
  return total;
}

/// A copy of a row together with the strings it views. Moving it leaves the strings where they are.
///
/// Memory: the row, a pointer, and one block of memory if it views any bytes.
template <typename T>
class owned {
 public:
  explicit owned(const T& value) : value_(value) {
    const std::size_t total = oriel::text_bytes(value_);
    if (total == 0) return;
    bytes_ = std::make_unique_for_overwrite<char[]>(total);
    char* to = bytes_.get();
    for_each_text(value_, [&](std::string_view& text) {
      char* const end = std::copy(text.begin(), text.end(), to);
      text = {to, static_cast<std::size_t>(end - to)};
      to = end;
    });
  }

  std::size_t text_bytes() const { return oriel::text_bytes(value_); }
  const T& operator*() const noexcept { return value_; }
  const T* operator->() const noexcept { return &value_; }

 private:
  T value_;
  std::unique_ptr<char[]> bytes_;
};

}  // namespace oriel
