// SPDX-License-Identifier: Apache-2.0
// oriel/core/result.hpp - a value, or the error that stands in its place.
//
// Used where failing is ordinary (opening a file, reading a line, parsing a
// query) and the caller decides whether it is exceptional. The shape is that of
// C++23's std::expected; `value()` on a failed result throws the error itself.
#pragma once

#include <type_traits>
#include <utility>
#include <variant>

#include <oriel/core/assert.hpp>
#include <oriel/core/error.hpp>

namespace oriel {

/// A `T` or an `error`.
///
///     result<int> port = parse_port(text);
///     if (!port) return port.error();
///     listen(*port);
template <typename T>
class [[nodiscard]] result {
 public:
  using value_type = T;

  result(T value) : state_(std::in_place_index<0>, std::move(value)) {}              // NOLINT: implicit on purpose
  result(oriel::error failure) : state_(std::in_place_index<1>, std::move(failure)) {}  // NOLINT: implicit on purpose

  bool has_value() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return has_value(); }

  /// The value. Errors: throws the held `error` when there is none.
  T& value() & {
    require();
    return std::get<0>(state_);
  }
  const T& value() const& {
    require();
    return std::get<0>(state_);
  }
  T&& value() && {
    require();
    return std::get<0>(std::move(state_));
  }

  template <typename U>
  T value_or(U&& fallback) const& {
    return has_value() ? std::get<0>(state_) : static_cast<T>(std::forward<U>(fallback));
  }

  /// The value, unchecked. Requires: `has_value()`.
  T& operator*() & {
    ORIEL_ASSERT(has_value());
    return *std::get_if<0>(&state_);
  }
  const T& operator*() const& {
    ORIEL_ASSERT(has_value());
    return *std::get_if<0>(&state_);
  }
  T&& operator*() && {
    ORIEL_ASSERT(has_value());
    return std::move(*std::get_if<0>(&state_));
  }
  T* operator->() { return &**this; }
  const T* operator->() const { return &**this; }

  /// The error. Requires: `!has_value()`.
  const oriel::error& error() const& {
    ORIEL_ASSERT(!has_value());
    return *std::get_if<1>(&state_);
  }

 private:
  void require() const {
    if (!has_value()) throw *std::get_if<1>(&state_);
  }

  std::variant<T, oriel::error> state_;
};

/// Success, or an `error`.
template <>
class [[nodiscard]] result<void> {
 public:
  using value_type = void;

  result() = default;
  result(oriel::error failure) : error_(std::move(failure)) {}  // NOLINT: implicit on purpose

  bool has_value() const noexcept { return !error_.has_value(); }
  explicit operator bool() const noexcept { return has_value(); }

  /// Errors: throws the held `error` when there is one.
  void value() const {
    if (error_) throw *error_;
  }

  /// The error. Requires: `!has_value()`.
  const oriel::error& error() const& {
    ORIEL_ASSERT(!has_value());
    return *error_;
  }

 private:
  std::optional<oriel::error> error_;
};

}  // namespace oriel
