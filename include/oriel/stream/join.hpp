// SPDX-License-Identifier: Apache-2.0
// oriel/stream/join.hpp - two streams become one.
//
//     auto attributed = interval_join(impressions, clicks, on(&impression::id, &click::impression_id),
//                                     {.lower = 0s, .upper = 10min, .kind = join_kind::left});
//     attributed.map([](const auto& pair) { ... pair.left->campaign ... pair.right ... })
//
// A join of streams names its bounds; without them nothing could ever be forgotten,
// so there is no such join.
#pragma once

#include <concepts>
#include <functional>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

#include <oriel/core/fields.hpp>
#include <oriel/core/key.hpp>
#include <oriel/fwd.hpp>
#include <oriel/operators/interval_join.hpp>
#include <oriel/operators/table_join.hpp>
#include <oriel/stream/stream.hpp>

namespace oriel {

namespace detail {

/// A part of a join key: the value of a member or function; nothing when it is null.
template <typename Part, typename Row>
auto join_key_part(const Part& part, const Row& row) {
  decltype(auto) value = std::invoke(part, row);
  using value_type = std::remove_cvref_t<decltype(value)>;
  if constexpr (is_optional<value_type>) {
    using type = key_of<typename value_type::value_type>;
    static_assert(key<type>, "on: a key is a bool, an integer, an enumeration, a timestamp or a string, or an optional one");
    return value ? std::optional<type>(*value) : std::nullopt;
  } else {
    using type = key_of<value_type>;
    static_assert(key<type>, "on: a key is a bool, an integer, an enumeration, a timestamp or a string, or an optional one");
    static_assert(!std::is_same_v<decltype(value), std::string>,
                  "on: the function returns a std::string that dies before the key is read; return a std::string_view");
    return std::optional<type>(value);
  }
}

/// Reads a join key of a row: nothing when a part of it is null.
template <typename Parts>
struct join_key {
  Parts part;

  template <typename Row>
  auto operator()(const Row& row) const {
    return join_key_part(part, row);
  }
};
template <typename... Parts>
struct join_key<std::tuple<Parts...>> {
  std::tuple<Parts...> parts;

  template <typename Row>
  auto operator()(const Row& row) const {
    return std::apply(
        [&](const auto&... part) {
          const auto values = std::tuple{join_key_part(part, row)...};
          using type = std::tuple<typename decltype(join_key_part(part, row))::value_type...>;
          return std::apply(
              [](const auto&... value) {
                return (value && ...) ? std::optional<type>(type{*value...}) : std::optional<type>();
              },
              values);
        },
        parts);
  }
};

}  // namespace detail

/// What must be equal for two rows to be partners; see `on`.
template <typename Left, typename Right>
struct join_keys {
  detail::join_key<Left> left;
  detail::join_key<Right> right;
};

/// Partners have `left` of the left row equal to `right` of the right one: members or functions of the rows, or tuples
/// of these. Null (an empty `std::optional`) equals nothing.
///
///     on(&order::customer, &payment::customer)
///     on(std::tuple(&order::shop, &order::number), std::tuple(&payment::shop, &payment::order))
template <typename Left, typename Right>
join_keys<Left, Right> on(Left left, Right right) {
  return {{std::move(left)}, {std::move(right)}};
}

/// Joined rows, and beside them the rows of both sides that came too late to be joined.
template <typename Row, typename L, typename R>
class joined_stream : public stream<Row> {
 public:
  joined_stream(detail::pipeline_context* context, outlet<Row>& rows, outlet<L>& late_left, outlet<R>& late_right)
      : stream<Row>({context, &rows, {}}), context_(context), late_left_(&late_left), late_right_(&late_right) {}

  stream<L> late_left() const { return stream<L>({context_, late_left_, {}}); }
  stream<R> late_right() const { return stream<R>({context_, late_right_, {}}); }

 private:
  detail::pipeline_context* context_;
  outlet<L>* late_left_;
  outlet<R>* late_right_;
};

namespace detail {

template <bool Eager, typename Left, typename Right, typename Keys>
auto make_interval_join(const Left& left, const Right& right, const Keys& keys, const interval_join_options& options) {
  using L = typename Left::row_type;
  using R = typename Right::row_type;
  static_assert(Left::time == stream_time::event && Right::time == stream_time::event,
                "interval_join: both streams need event times");
  static_assert(stream_kind_of<L> == stream_kind::append && stream_kind_of<R> == stream_kind::append,
                "interval_join: both streams must append; a changelog is joined as a table");
  options.validate();
  using node_type = interval_join_node<L, R, decltype(keys.left), decltype(keys.right), Eager>;
  auto& node = left.context()->nodes.template add<node_type>("interval_join", keys.left, keys.right, options);
  left.attach_to(node, node.left());
  right.attach_to(node, node.right());
  return joined_stream<typename node_type::row_type, L, R>(left.context(), node.rows(), node.late_left(),
                                                           node.late_right());
}

}  // namespace detail

/// Pairs of rows with equal keys that happened within bounds of each other: a stream of `joined<L, R>`.
/// Errors: throws `error{invalid}` for bounds no rows can meet.
template <typename Left, typename Right, typename LeftKey, typename RightKey>
auto interval_join(const Left& left, const Right& right, const join_keys<LeftKey, RightKey>& keys,
                   interval_join_options options) {
  return detail::make_interval_join<false>(left, right, keys, options);
}

/// The same, but rows without a partner are told of at once, and taken back when one comes: a changelog.
template <typename Left, typename Right, typename LeftKey, typename RightKey>
auto eager_interval_join(const Left& left, const Right& right, const join_keys<LeftKey, RightKey>& keys,
                         interval_join_options options) {
  if (options.match != join_match::all) {
    throw error(error_kind::invalid, "eager_interval_join: which partner is first or nearest is known only in the end; use "
                                     "interval_join, or match all");
  }
  return detail::make_interval_join<true>(left, right, keys, options);
}

/// The join of two tables, kept right while they change: a changelog of `joined<L, R>`.
///
/// A table is a changelog, or a stream that only appends. Kinds are inner, left and full. The result may be joined again. Both tables are remembered whole, hence `unbounded` streams.
/// Errors: throws `error{invalid}` for other kinds.
///
///     table_join(views, users.key_by(&user::id).unbounded().newest(), on(&view::user_id, &user::id), join_kind::left)
template <typename Left, typename Right, typename LeftKey, typename RightKey>
auto table_join(const Left& left, const Right& right, const join_keys<LeftKey, RightKey>& keys, join_kind kind) {
  using L = typename Left::row_type;
  using R = typename Right::row_type;
  static_assert(stream_kind_of<L> != stream_kind::upsert && stream_kind_of<R> != stream_kind::upsert,
                "table_join: this stream replaces rows by key; put .to_changelog() behind it");
  static_assert(std::equality_comparable<typename detail::table_row<L>::type> &&
                    std::equality_comparable<typename detail::table_row<R>::type>,
                "table_join: a row is taken back by being equal to one that was put in; give the row types an operator==");
  if (kind != join_kind::inner && kind != join_kind::left && kind != join_kind::full) {
    throw error(error_kind::invalid, "table_join: kinds are inner, left and full; for right exchange the tables");
  }
  constexpr stream_time time =
      Left::time == stream_time::event && Right::time == stream_time::event ? stream_time::event : stream_time::none;
  using node_type = table_join_node<L, R, decltype(keys.left), decltype(keys.right)>;
  auto& node = left.context()->nodes.template add<node_type>("table_join", keys.left, keys.right, kind);
  left.attach_to(node, node.left());
  right.attach_to(node, node.right());
  return stream<typename node_type::row_type, time>({left.context(), &node.rows(), {}});
}

}  // namespace oriel
