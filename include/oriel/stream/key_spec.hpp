// SPDX-License-Identifier: Apache-2.0
// oriel/stream/key_spec.hpp - what `key_by` was told: how to read a key, and what its columns are called.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <oriel/core/column_name.hpp>
#include <oriel/core/error.hpp>
#include <oriel/core/fields.hpp>
#include <oriel/core/key.hpp>

namespace oriel {

namespace detail {

/// The name under which `T` describes a member; empty when it does not.
template <typename T, typename M, typename C>
std::string member_name(M C::*member) {
  std::string name;
  if constexpr (described<T>) {
    boost::mp11::mp_for_each<members_of<T>>([&](auto d) {
      using pointer = std::remove_cvref_t<decltype(decltype(d)::pointer)>;
      if constexpr (std::is_same_v<pointer, M C::*>) {
        if (decltype(d)::pointer == member) name = decltype(d)::name;
      }
    });
  }
  return name;
}

/// One part of a key.
template <typename T, typename Part>
struct key_part {
  static_assert(!std::is_same_v<T, T>,
                "key_by takes member pointers (&click::page) or named functions "
                "(\"hour\"_col = [](const click& c) { return ...; })");
};

template <typename T, typename M, typename C>
struct key_part<T, M C::*> {
  using type = key_of<M>;
  static_assert(key<type>, "key_by: a key is a bool, an integer, an enumeration, a timestamp or a string");

  M C::*member;

  type operator()(const T& event) const { return event.*member; }
  std::string name() const {
    std::string found = member_name<T>(member);
    if (found.empty()) {
      throw error(error_kind::invalid,
                  "key_by: the member has no name; list it in BOOST_DESCRIBE_STRUCT, or name it: \"page\"_col = "
                  "[](const click& c) { return c.page; }");
    }
    return found;
  }
};

template <typename T, fixed_string Name, typename F>
struct key_part<T, named<Name, F>> {
  using result = std::invoke_result_t<const F&, const T&>;
  using type = key_of<std::remove_cvref_t<result>>;
  static_assert(key<type>, "key_by: a key is a bool, an integer, an enumeration, a timestamp or a string");
  static_assert(!std::is_same_v<result, std::string>,
                "key_by: the function returns a std::string that dies before the key is read; return a "
                "std::string_view or a reference into the event");

  named<Name, F> part;

  type operator()(const T& event) const { return std::invoke(part.value, event); }
  std::string name() const { return std::string(Name.view()); }
};

}  // namespace detail

/// Reads the key of an event of type `T`: one part as itself, several as a tuple.
template <typename T, typename... Parts>
class key_spec {
  static_assert(sizeof...(Parts) > 0, "key_by needs at least one part");

 public:
  using key_type = typename decltype([] {
    if constexpr (sizeof...(Parts) == 1) {
      return std::type_identity<typename detail::key_part<T, Parts...>::type>{};
    } else {
      return std::type_identity<std::tuple<typename detail::key_part<T, Parts>::type...>>{};
    }
  }())::type;

  explicit key_spec(Parts... parts) : parts_(detail::key_part<T, Parts>{std::move(parts)}...) {}

  key_type operator()(const T& event) const {
    return std::apply([&](const auto&... part) { return key_type{part(event)...}; }, parts_);
  }

  /// The names of the key's columns. Errors: throws `error{invalid}` for a member that has none.
  std::vector<std::string> names() const {
    return std::apply([](const auto&... part) { return std::vector<std::string>{part.name()...}; }, parts_);
  }

 private:
  std::tuple<detail::key_part<T, Parts>...> parts_;
};

namespace detail {

/// Reads the key of the row that is added or taken back.
template <typename Spec>
struct signed_key {
  using key_type = typename Spec::key_type;

  Spec of_row;

  template <typename Signed>
  key_type operator()(const Signed& event) const {
    return of_row(event.event);
  }
  std::vector<std::string> names() const { return of_row.names(); }
};

}  // namespace detail

}  // namespace oriel
