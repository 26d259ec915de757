// SPDX-License-Identifier: Apache-2.0
// oriel/stream/join.hpp - two streams become one.
//
//     auto attributed = interval_join(impressions, clicks, on(&impression::id, &click::impression_id),
//                                     {.lower = 0s, .upper = 10min, .kind = join_kind::left});
//     attributed.map([](const auto& pair) { ... pair.left->campaign ... pair.right ... })
//
//   interval_join, eager_interval_join   happened close to each other     bounds of event time
//   window_join                          fell into the same window        the window
//   temporal_join                        the version valid at the time    valid_for, or unbounded
//   lookup_join                          the row a table holds now        nothing
//   table_join                           two tables as they change        both tables
//
// A join of streams names what it may forget. Where nothing can ever be forgotten, the
// word `unbounded` is there to be read.
#pragma once

#include <array>
#include <concepts>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <oriel/core/error.hpp>
#include <oriel/fwd.hpp>
#include <oriel/operators/interval_join.hpp>
#include <oriel/operators/join_bound.hpp>
#include <oriel/operators/table_join.hpp>
#include <oriel/operators/temporal_join.hpp>
#include <oriel/operators/window_join.hpp>
#include <oriel/stream/join_keys.hpp>
#include <oriel/stream/key_spec.hpp>
#include <oriel/stream/stream.hpp>
#include <oriel/table/lookup_join.hpp>

namespace oriel {

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

/// Adds a join with late rows to the graph, behind both streams.
template <typename Node, typename Left, typename Right, typename... Args>
auto add_join(const char* name, const Left& left, const Right& right, Args&&... args) {
  using L = typename Left::row_type;
  using R = typename Right::row_type;
  require_one_pipeline(name, left.context(), right.context());
  auto& node = left.context()->nodes.template add<Node>(name, std::forward<Args>(args)...);
  left.attach_to(node, node.left());
  right.attach_to(node, node.right());
  return joined_stream<typename Node::row_type, L, R>(left.context(), node.rows(), node.late_left(), node.late_right());
}

template <bool Eager, typename Left, typename Right, typename LeftKey, typename RightKey>
auto make_interval_join(const Left& left, const Right& right, const join_keys<LeftKey, RightKey>& keys,
                        const interval_join_options& options) {
  using L = typename Left::row_type;
  using R = typename Right::row_type;
  static_assert(Left::time == stream_time::event && Right::time == stream_time::event,
                "interval_join: both streams need event times");
  static_assert(stream_kind_of<L> == stream_kind::append && stream_kind_of<R> == stream_kind::append,
                "interval_join: both streams must append; a changelog is joined as a table");
  static_assert(same_keys<LeftKey, RightKey, L, R>, "interval_join: both sides must have keys of one type");
  options.validate();
  return add_join<interval_join_node<L, R, join_key<LeftKey>, join_key<RightKey>, Eager>>(
      "interval_join", left, right, keys.left, keys.right, options);
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

/// Pairs of rows with equal keys in the same window: a stream of `window_pair<L, R>`, sent when nothing can come for the
/// window any more. Windows are tumbling, hopping, cumulating or calendar ones; all kinds of join.
/// Errors: throws `error{invalid}` when the window makes no sense.
///
///     window_join(views, clicks, on(&view::user, &click::user), tumbling{.size = 1min})
template <typename Left, typename Right, typename LeftKey, typename RightKey, sliceable Windows>
auto window_join(const Left& left, const Right& right, const join_keys<LeftKey, RightKey>& keys, Windows windows,
                 join_kind kind = join_kind::inner) {
  using L = typename Left::row_type;
  using R = typename Right::row_type;
  static_assert(Left::time == stream_time::event && Right::time == stream_time::event,
                "window_join: both streams need event times");
  static_assert(stream_kind_of<L> == stream_kind::append && stream_kind_of<R> == stream_kind::append,
                "window_join: both streams must append; a changelog is joined as a table");
  static_assert(detail::same_keys<LeftKey, RightKey, L, R>, "window_join: both sides must have keys of one type");
  windows.validate();
  using node_type = window_join_node<L, R, detail::join_key<LeftKey>, detail::join_key<RightKey>, Windows>;
  return detail::add_join<node_type>("window_join", left, right, keys.left, keys.right, std::move(windows), kind);
}

/// Each row with the version of its key that was valid at its event time: a stream of `joined<L, V>`, inner or left.
///
/// `versions` is a stream each of whose rows is a version from its event time on, or one of keyed rows or panes, which may
/// also erase. What is remembered must be said: `valid_for` a span of event time, or `unbounded`, one version per key.
/// Errors: throws `error{invalid}` for other kinds, and a `valid_for` that is not positive.
///
///     temporal_join(orders, rates, on(&order::currency, &rate::currency), {.valid_for = 24h, .kind = join_kind::left})
template <typename Left, typename Versions, typename LeftKey, typename VersionKey>
auto temporal_join(const Left& left, const Versions& versions, const join_keys<LeftKey, VersionKey>& keys,
                   temporal_join_options options) {
  using L = typename Left::row_type;
  using V = typename Versions::row_type;
  static_assert(Left::time == stream_time::event && Versions::time == stream_time::event,
                "temporal_join: both streams need event times");
  static_assert(stream_kind_of<L> == stream_kind::append, "temporal_join: the rows to be joined must append");
  static_assert(stream_kind_of<V> != stream_kind::retract,
                "temporal_join: a changelog takes back what it said of the past; join the rows it was made of "
                "(before newest or to_changelog), each of which is a version");
  static_assert(detail::same_keys<LeftKey, VersionKey, L, V>, "temporal_join: both sides must have keys of one type");
  options.validate();
  using node_type = temporal_join_node<L, V, detail::join_key<LeftKey>, detail::join_key<VersionKey>>;
  return detail::add_join<node_type>("temporal_join", left, versions, keys.left, keys.right, options);
}

namespace detail {

/// The struct whose members name a table's key columns.
template <typename Part>
struct member_of {
  static_assert(!std::is_same_v<Part, Part>,
                "lookup_join: on(left, right): right is the table's key as members of a struct named as its columns are: "
                "on(&view::product_id, &product::id)");
};
template <typename M, typename C>
struct member_of<M C::*> {
  using type = C;
};
template <typename First, typename... Rest>
struct member_of<std::tuple<First, Rest...>> : member_of<First> {};

template <typename Part>
constexpr column_type key_column_type() {
  if constexpr (std::is_same_v<Part, bool>) {
    return column_type::boolean;
  } else if constexpr (std::is_same_v<Part, timestamp>) {
    return column_type::time;
  } else if constexpr (std::is_same_v<Part, std::string_view>) {
    return column_type::string;
  } else {
    return column_type::int64;
  }
}

/// The columns a key is looked up by: named by members of `Row`, with the types of the parts of `Key`.
template <typename Row, typename Key, typename Member>
std::vector<column_description> key_columns_of(const join_key<Member>& key) {
  return {{member_name<Row>(key.part), key_column_type<Key>()}};
}
template <typename Row, typename Key, typename... Members>
std::vector<column_description> key_columns_of(const join_key<std::tuple<Members...>>& key) {
  return [&]<std::size_t... I>(std::index_sequence<I...>) {
    return std::vector<column_description>{
        {member_name<Row>(std::get<I>(key.parts)), key_column_type<std::tuple_element_t<I, Key>>()}...};
  }(std::index_sequence_for<Members...>{});
}

}  // namespace detail

/// Each row with the row a table holds under its key when the row is processed: a stream of `joined<L, R>`, inner or left.
///
/// `R` is the described struct whose members `on` names for the table's key; its members are read from the columns of
/// their names. Errors: throws `error{invalid}` for other kinds, for a table that is not in the pipeline's catalog (two
/// pipelines that look into each other's would wait for ever), for one without this key, and where members and columns
/// do not fit.
///
///     lookup_join(views, tables.at("products"), on(&view::product_id, &product::id), join_kind::left)
template <typename Left, typename LeftKey, typename RightKey>
auto lookup_join(const Left& left, const table& rows, const join_keys<LeftKey, RightKey>& keys,
                 join_kind kind = join_kind::inner) {
  using L = typename Left::row_type;
  using R = typename detail::member_of<RightKey>::type;
  using key_type = detail::join_key_type<detail::join_key<LeftKey>, L>;
  static_assert(stream_kind_of<L> == stream_kind::append,
                "lookup_join: the rows to be joined must append; a changelog would take back rows by what the table has "
                "become since");
  static_assert(described<R>, "lookup_join: describe the row type of the table with BOOST_DESCRIBE_STRUCT");
  if (kind != join_kind::inner && kind != join_kind::left) {
    throw error(error_kind::invalid, std::string("lookup_join: kind is ") + to_string(kind) +
                                         "; kinds are inner and left, since a table is not asked for rows nobody named");
  }
  if (left.context()->tables.find(rows.name()) != &rows) {
    throw error(error_kind::invalid, "lookup_join: table '" + rows.name() +
                                         "' is not in the catalog of this pipeline; make it in that catalog, or build "
                                         "the pipeline with the catalog that has the table");
  }
  table_lookup lookup(rows, table_lookup::members_of<R>(), detail::key_columns_of<R, key_type>(keys.right));
  using node_type = lookup_join_node<L, R, detail::join_key<LeftKey>>;
  auto& node = left.context()->nodes.template add<node_type>("lookup_join", keys.left, rows.name(), std::move(lookup), kind);
  left.attach_to(node, node);
  return stream<typename node_type::row_type, Left::time>({left.context(), &node.rows(), {}});
}

namespace detail {

template <typename Left, typename Right, typename LeftKey, typename RightKey>
auto make_table_join(const Left& left, const Right& right, const join_keys<LeftKey, RightKey>& keys, join_kind kind) {
  using L = typename Left::row_type;
  using R = typename Right::row_type;
  using left_row = typename table_row<L>::type;
  using right_row = typename table_row<R>::type;
  static_assert(stream_kind_of<L> != stream_kind::upsert && stream_kind_of<R> != stream_kind::upsert,
                "table_join: this stream replaces rows by key; put .to_changelog() behind it");
  static_assert(std::equality_comparable<left_row> && std::equality_comparable<right_row>,
                "table_join: a row is taken back by being equal to one that was put in; give the row types an operator==");
  static_assert(same_keys<LeftKey, RightKey, left_row, right_row>, "table_join: both sides must have keys of one type");
  if (kind == join_kind::semi || kind == join_kind::anti) {
    throw error(error_kind::invalid, "table_join: kinds are inner, left, right and full");
  }
  constexpr stream_time time =
      Left::time == stream_time::event && Right::time == stream_time::event ? stream_time::event : stream_time::none;
  using node_type = table_join_node<L, R, join_key<LeftKey>, join_key<RightKey>>;
  require_one_pipeline("table_join", left.context(), right.context());
  auto& node = left.context()->nodes.template add<node_type>("table_join", keys.left, keys.right, kind);
  left.attach_to(node, node.left());
  right.attach_to(node, node.right());
  return stream<typename node_type::row_type, time>({left.context(), &node.rows(), {}});
}

}  // namespace detail

/// The join of two tables, kept right while they change: a changelog of `joined<L, R>`.
///
/// A table is a changelog; what it takes back is forgotten. Kinds are inner, left, right and full. The result may be
/// joined again.
/// Errors: throws `error{invalid}` for other kinds.
///
///     table_join(orders, users.key_by(&user::id).unbounded().newest(), on(&order::user_id, &user::id), join_kind::left)
template <typename Left, typename Right, typename LeftKey, typename RightKey>
auto table_join(const Left& left, const Right& right, const join_keys<LeftKey, RightKey>& keys, join_kind kind) {
  static_assert(stream_kind_of<typename Left::row_type> != stream_kind::append &&
                    stream_kind_of<typename Right::row_type> != stream_kind::append,
                "table_join: a stream that only appends is a table that only grows; say so: "
                "table_join(left, right, on(...), kind, oriel::unbounded)");
  return detail::make_table_join(left, right, keys, kind);
}

/// The same with streams that only append among them, which are remembered for ever.
///
///     table_join(views, users.key_by(&user::id).unbounded().newest(), on(&view::user_id, &user::id), join_kind::left,
///                unbounded)
template <typename Left, typename Right, typename LeftKey, typename RightKey>
auto table_join(const Left& left, const Right& right, const join_keys<LeftKey, RightKey>& keys, join_kind kind,
                unbounded_type) {
  return detail::make_table_join(left, right, keys, kind);
}

}  // namespace oriel
