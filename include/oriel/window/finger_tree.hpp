// SPDX-License-Identifier: Apache-2.0
// oriel/window/finger_tree.hpp - a window whose events arrive in any order.
//
// A B-tree of events by position (event time, then arrival), with a finger on its
// oldest and on its newest leaf. An event is sought from the newest leaf upwards, so
// one that is d events late is found in O(log d) steps. What makes the whole window's
// answer O(1) is which partial a node keeps. Inside, a node's is that of its subtree,
// known from below. On the two outer edges, where nearly every event comes and goes,
// it is the other way round: a node's is that of everything between it and the root,
// known from above, so a change at a finger changes the finger only.
//
//                        [ root: C D ]                inner: the subtree
//               [ A  B ]    C     D    [ E  F ]       left:  what lies right of the path down, B.. oldest leaf first
//      [oldest leaf]  B                 E  [newest leaf]     right: what lies left of the path down
//
//   query = oldest leaf's (its events, B)  +  root's (C, D)  +  newest leaf's (E, its events)
//
// The oldest leaf's is known for each of its slots, as in the front of `two_stacks`, so that
// evicting changes nothing but where the leaf begins.
//
// Leaves fill up before they split when events come in order, and empty leaves go when
// the oldest events do; nodes are not merged, so the tree is as high as the fullest it
// has been since it was last one leaf.
//
// Invariants: 1. positions ascend from leaf to leaf; 2. `total` of every node is what its role
// says; 3. the root has two children or is a leaf; 4. all leaves are at the same depth.
//
// Source: Tangwongsan, Hirzel, Schneider, "Optimal and General Out-of-Order Sliding-Window
// Aggregation", PVLDB 12(10), 2019. Events are in the leaves only here, and a node may
// run empty from the left.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>

#include <oriel/aggregate/aggregate.hpp>
#include <oriel/core/assert.hpp>
#include <oriel/core/interval.hpp>

namespace oriel {

/// A window over any aggregate, with events inserted at any position and evicted oldest first.
///
/// Complexity: insert O(log d) amortised, d events from the newest; O(1) in order. Evict O(1) amortised.
/// Query of everything: two combines; of a span of time: O(log size).
/// Memory: 16 bytes and a partial per event in leaves of 16 events, half to entirely full.
/// Threads: a window belongs to one key on one worker; it is not synchronised.
///
///     finger_tree<last<int>> readings;
///     readings.insert(20, {.time = 2'000});
///     readings.insert(10, {.time = 1'000, .arrival = 1});     // late
///     readings.query();                                       // 20
template <aggregate A>
class finger_tree {
 public:
  using input = typename A::input;
  using partial = typename A::partial;
  using output = typename A::output;

  explicit finger_tree(A aggregate = {}) : aggregate_(std::move(aggregate)) {}
  finger_tree(finger_tree&& other) noexcept
      : aggregate_(std::move(other.aggregate_)),
        root_(std::move(other.root_)),
        suffixes_(std::move(other.suffixes_)),
        spare_(std::move(other.spare_)),
        oldest_(std::exchange(other.oldest_, nullptr)),
        newest_(std::exchange(other.newest_, nullptr)),
        size_(std::exchange(other.size_, 0)),
        nodes_(std::exchange(other.nodes_, 0)) {}

  /// Adds an event. Requires: no event of the window has the same position.
  void insert(const input& event, event_position at) { insert_partial(lift_at(aggregate_, event, at), at); }

  /// Adds the partial of events that stay together, as if they were one.
  void insert_partial(partial value, event_position at) {
    if (root_ == nullptr) plant();
    ++size_;
    leaf& found = leaf_for(at);
    if (&found == newest_ && found.end < width && (found.empty() || found.at[found.end - 1u] < at)) [[likely]] {
      found.total = aggregate_.combine(found.total, value);  // of the root or of the right edge: ends with its events
      found.put(found.end, at, std::move(value));
      return;
    }
    insert_into(found, at, std::move(value));
  }

  /// Takes the oldest event out. Requires: `size() > 0`.
  void evict() {
    ORIEL_ASSERT(size_ > 0);
    if (!drop_oldest()) refresh(*oldest_);
  }

  /// Takes all events before `t` out; how many.
  std::size_t evict_before(timestamp t) {
    const std::size_t before = size_;
    bool stale = false;
    while (size_ > 0 && oldest().time < to_ms(t)) stale = !drop_oldest();
    if (stale) refresh(*oldest_);
    return before - size_;
  }

  /// The positions of the oldest and the newest event. Requires: `size() > 0`.
  event_position oldest() const noexcept { return oldest_->at[oldest_->begin]; }
  event_position newest() const noexcept { return newest_->at[newest_->end - 1u]; }

  /// The partial of all events, by position.
  partial total() const {
    if (root_ == nullptr) return aggregate_.identity();
    if (root_->is_leaf) return root_->total;
    return aggregate_.combine(aggregate_.combine((*suffixes_)[oldest_->begin], root_->total), newest_->total);
  }

  /// The answer for all events. An output that views its partial (a text's `min`) is lowered from a `total()` that
  /// is kept instead.
  output query() const { return aggregate_.lower(total()); }

  /// The partial of the events in a span of time.
  partial total(interval span) const {
    partial sum = aggregate_.identity();
    if (root_ != nullptr) add_span(*root_, {to_ms(span.start), 0}, {to_ms(span.end), 0}, sum);
    return sum;
  }
  output query(interval span) const { return aggregate_.lower(total(span)); }

  /// Calls `f(position)` for the events in a span of time, oldest first.
  template <typename F>
  void for_each(interval span, F&& f) const {
    if (root_ != nullptr) visit(*root_, {to_ms(span.start), 0}, {to_ms(span.end), 0}, f);
  }

  std::size_t size() const noexcept { return size_; }
  bool empty() const noexcept { return size_ == 0; }
  std::size_t bytes() const noexcept {
    return sizeof(*this) + (nodes_ + (spare_ != nullptr)) * sizeof(leaf) + (suffixes_ != nullptr) * sizeof(*suffixes_);
  }

 private:
  static constexpr std::uint16_t width = 16;  // events in a leaf, children of a branch

  enum class role : std::uint8_t { root, left, right, inner };

  struct branch;

  struct node {
    explicit node(bool is_a_leaf) : is_leaf(is_a_leaf) {}
    node(const node&) = delete;
    node& operator=(const node&) = delete;
    virtual ~node() = default;

    bool empty() const noexcept { return begin == end; }
    bool full() const noexcept { return end - begin == width; }

    branch* parent = nullptr;
    std::uint16_t begin = 0;  // slots in use: [begin, end)
    std::uint16_t end = 0;
    role stands = role::inner;
    const bool is_leaf;
    partial total{};
    std::array<event_position, width> at{};  // of an event; no later than all in a child, but for the oldest child
  };

  struct leaf final : node {
    leaf() : node(true) {}
    void put(std::size_t slot, event_position position, partial&& value) {
      this->at[slot] = position;
      values[slot] = std::move(value);
      ++this->end;
    }
    std::array<partial, width> values{};
  };

  struct branch final : node {
    branch() : node(false) {}
    std::array<std::unique_ptr<node>, width> children{};
  };

  void plant() {
    auto first = std::make_unique<leaf>();
    first->stands = role::root;
    first->total = aggregate_.identity();
    oldest_ = newest_ = first.get();
    root_ = std::move(first);
    nodes_ = 1;
  }

  // ---- finding ----

  leaf& leaf_for(event_position at) {
    node* n = newest_;
    while (n->parent != nullptr && (n->empty() || at < n->at[n->begin])) n = n->parent;
    while (!n->is_leaf) n = static_cast<branch&>(*n).children[child_for(*n, at)].get();
    return static_cast<leaf&>(*n);
  }

  static std::size_t child_for(const node& n, event_position at) noexcept {
    std::size_t i = n.end - 1u;
    while (i > n.begin && at < n.at[i]) --i;
    return i;
  }

  // ---- partials ----

  partial fold(const node& n, std::size_t begin, std::size_t end) const {
    partial sum = aggregate_.identity();
    if (n.is_leaf) {
      const auto& values = static_cast<const leaf&>(n).values;
      for (std::size_t i = begin; i < end; ++i) sum = aggregate_.combine(sum, values[i]);
    } else {
      const auto& children = static_cast<const branch&>(n).children;
      for (std::size_t i = begin; i < end; ++i) sum = aggregate_.combine(sum, children[i]->total);
    }
    return sum;
  }

  void refresh(node& n) {
    const std::size_t outer = n.is_leaf ? 0 : 1;  // a branch leaves out its child on the edge
    const bool below_root = n.parent == nullptr || n.parent->stands == role::root;
    switch (n.stands) {
      case role::inner: n.total = fold(n, n.begin, n.end); break;
      case role::root: n.total = fold(n, n.begin + outer, n.end - outer); break;
      case role::left:
        if (n.is_leaf) return sum_from_each_slot(static_cast<leaf&>(n));
        n.total = fold(n, n.begin + outer, n.end);
        if (!below_root) n.total = aggregate_.combine(n.total, n.parent->total);
        break;
      case role::right:
        n.total = fold(n, n.begin, n.end - outer);
        if (!below_root) n.total = aggregate_.combine(n.parent->total, n.total);
        break;
    }
  }

  /// For the oldest leaf: what is left of its partial when the events before a slot have gone.
  void sum_from_each_slot(const leaf& oldest) {
    if (suffixes_ == nullptr) suffixes_ = std::make_unique<std::array<partial, width>>();
    const bool below_root = oldest.parent->stands == role::root;
    partial sum = below_root ? aggregate_.identity() : oldest.parent->total;
    for (std::size_t i = oldest.end; i-- > oldest.begin;) {
      sum = aggregate_.combine(oldest.values[i], sum);
      (*suffixes_)[i] = sum;
    }
  }

  /// Refreshes an edge from `n` down to its finger.
  void refresh_edge(node* n, role edge) {
    if (n->stands == role::root) n = outer_child(static_cast<branch&>(*n), edge);
    while (true) {
      refresh(*n);
      if (n->is_leaf) break;
      n = outer_child(static_cast<branch&>(*n), edge);
    }
  }

  static node* outer_child(branch& b, role edge) {
    return b.children[edge == role::left ? b.begin : b.end - 1u].get();
  }

  // ---- inserting ----

  void insert_into(leaf& l, event_position at, partial&& value) {
    const node* edge_node = &l;
    while (edge_node->stands == role::inner) edge_node = edge_node->parent;
    const role edge = edge_node->stands;

    node* top = &l;  // the highest node whose children changed
    bool new_root = false;
    if (l.end < width || l.begin > 0) {
      place(l, at, std::move(value));
    } else {
      const bool in_order = &l == newest_ && l.at[width - 1] < at;
      std::unique_ptr<node> fresh = split(l, in_order ? width : width / 2);
      leaf& right = static_cast<leaf&>(*fresh);
      place(!in_order && at < right.at[0] ? l : right, at, std::move(value));
      top = add_sibling(l, std::move(fresh), new_root);
    }
    while (top->stands == role::inner) {
      refresh(*top);
      top = top->parent;
    }
    if (top->stands == role::root) refresh(*top);
    if (new_root) {
      refresh_edge(top, role::left);
      refresh_edge(top, role::right);
    } else if (edge != role::root) {
      refresh_edge(top, edge);
    }
  }

  void place(leaf& l, event_position at, partial&& value) {
    make_room(l);
    std::size_t slot = l.end;
    for (; slot > l.begin && at < l.at[slot - 1]; --slot) {
      l.at[slot] = l.at[slot - 1];
      l.values[slot] = std::move(l.values[slot - 1]);
    }
    l.put(slot, at, std::move(value));
  }

  /// Moves the contents to the first slots when the last is taken. Requires: not full.
  void make_room(node& n) {
    if (n.end < width) return;
    const auto close_up = [&n](auto& slots) {
      std::move(slots.begin() + n.begin, slots.begin() + n.end, slots.begin());
    };
    if (n.is_leaf) {
      close_up(static_cast<leaf&>(n).values);
    } else {
      close_up(static_cast<branch&>(n).children);
    }
    std::move(n.at.begin() + n.begin, n.at.begin() + n.end, n.at.begin());
    n.end = static_cast<std::uint16_t>(n.end - n.begin);
    n.begin = 0;
  }

  /// Cuts a full node: the first `keep` slots stay, the others go to a new node that follows it.
  std::unique_ptr<node> split(node& n, std::uint16_t keep) {
    std::unique_ptr<node> fresh;
    if (n.is_leaf) {
      auto right = spare_ != nullptr ? std::move(spare_) : std::make_unique<leaf>();
      auto& values = static_cast<leaf&>(n).values;
      std::move(values.begin() + keep, values.end(), right->values.begin());
      fresh = std::move(right);
    } else {
      auto right = std::make_unique<branch>();
      auto& children = static_cast<branch&>(n).children;
      std::move(children.begin() + keep, children.end(), right->children.begin());
      for (std::size_t i = 0; i < std::size_t{width} - keep; ++i) right->children[i]->parent = right.get();
      fresh = std::move(right);
    }
    std::copy(n.at.begin() + keep, n.at.end(), fresh->at.begin());
    ++nodes_;
    fresh->begin = 0;
    fresh->end = static_cast<std::uint16_t>(width - keep);
    fresh->stands = role::inner;
    n.end = keep;
    if (n.stands == role::right) {
      fresh->stands = role::right;
      n.stands = role::inner;
    } else if (n.stands == role::root) {
      fresh->stands = role::right;
      n.stands = role::left;
    }
    if (newest_ == &n) newest_ = static_cast<leaf*>(fresh.get());
    return fresh;
  }

  /// Puts `fresh` after `n`, splitting upwards; the highest node that was not split.
  node* add_sibling(node& split_node, std::unique_ptr<node> fresh, bool& new_root) {
    node* n = &split_node;
    while (true) {
      if (n->stands == role::inner) refresh(*n);
      if (fresh->stands == role::inner) refresh(*fresh);
      branch* b = n->parent;
      if (b == nullptr) {
        grow(std::move(fresh));
        new_root = true;
        return root_.get();
      }
      const event_position from = fresh->at[fresh->begin];
      if (!b->full()) {
        adopt(*b, n, std::move(fresh), from);
        return b;
      }
      const bool in_order = b->children[width - 1].get() == n && fresh->stands == role::right;
      std::unique_ptr<node> right = split(*b, in_order ? width : width / 2);
      adopt(static_cast<branch&>(in_order ? *right : *n->parent), in_order ? nullptr : n, std::move(fresh), from);
      n = b;
      fresh = std::move(right);
    }
  }

  /// Puts `fresh` behind `n`, or first, into a branch with room.
  void adopt(branch& b, const node* n, std::unique_ptr<node> fresh, event_position from) {
    make_room(b);
    std::size_t slot = b.end;
    for (; slot > b.begin && b.children[slot - 1].get() != n; --slot) {
      b.at[slot] = b.at[slot - 1];
      b.children[slot] = std::move(b.children[slot - 1]);
    }
    b.at[slot] = from;
    fresh->parent = &b;
    b.children[slot] = std::move(fresh);
    ++b.end;
  }

  void grow(std::unique_ptr<node> fresh) {
    auto top = std::make_unique<branch>();
    ++nodes_;
    top->stands = role::root;
    top->at[0] = root_->at[root_->begin];
    top->at[1] = fresh->at[fresh->begin];
    root_->parent = top.get();
    fresh->parent = top.get();
    if (root_->is_leaf) oldest_ = static_cast<leaf*>(root_.get());
    top->children[0] = std::move(root_);
    top->children[1] = std::move(fresh);
    top->end = 2;
    root_ = std::move(top);
  }

  // ---- evicting ----

  /// Takes the oldest event out. True when the partials are right again; else that of the root, a leaf, is not.
  bool drop_oldest() {
    leaf& l = *oldest_;
    if constexpr (!std::is_trivially_copyable_v<partial>) l.values[l.begin] = partial{};  // frees what it holds
    ++l.begin;
    --size_;
    if (!l.empty()) return l.stands != role::root;
    if (l.stands == role::root) {
      l.begin = l.end = 0;
      l.total = aggregate_.identity();
      return true;
    }
    branch* b = l.parent;
    cut_first(*b);
    while (b->empty()) {
      b = b->parent;
      cut_first(*b);
    }
    bool lower = false;
    while (!root_->is_leaf && root_->end - root_->begin == 1) {
      auto& top = static_cast<branch&>(*root_);
      std::unique_ptr<node> only = std::move(top.children[top.begin]);
      root_ = std::move(only);
      --nodes_;
      root_->parent = nullptr;
      root_->stands = role::root;
      lower = true;
    }
    node* n = lower ? root_.get() : b;
    while (!n->is_leaf) {
      n = outer_child(static_cast<branch&>(*n), role::left);
      n->stands = role::left;
    }
    oldest_ = static_cast<leaf*>(n);
    n = lower ? root_.get() : b;
    if (n->stands == role::root) refresh(*n);
    if (!n->is_leaf) {
      refresh_edge(n, role::left);
      if (lower) refresh_edge(n, role::right);
    }
    return true;
  }

  void cut_first(branch& b) {
    node* const gone = b.children[b.begin++].release();
    --nodes_;
    if (gone->is_leaf) {
      spare_.reset(static_cast<leaf*>(gone));
    } else {
      delete gone;
    }
  }

  // ---- spans ----

  void add_span(const node& n, event_position from, event_position to, partial& sum) const {
    if (n.is_leaf) {
      const auto& values = static_cast<const leaf&>(n).values;
      for (std::size_t i = n.begin; i < n.end && n.at[i] < to; ++i) {
        if (from <= n.at[i]) sum = aggregate_.combine(sum, values[i]);
      }
      return;
    }
    each_child_in(n, from, to, [&](const node& child, bool inside) {
      if (inside) {
        sum = aggregate_.combine(sum, child.total);
      } else {
        add_span(child, from, to, sum);
      }
    });
  }

  template <typename F>
  static void visit(const node& n, event_position from, event_position to, F& f) {
    if (n.is_leaf) {
      for (std::size_t i = n.begin; i < n.end && n.at[i] < to; ++i) {
        if (from <= n.at[i]) f(n.at[i]);
      }
      return;
    }
    each_child_in(n, from, to, [&](const node& child, bool) { visit(child, from, to, f); });
  }

  /// Calls `f(child, inside)` for the children that may have events in [from, to); `inside`: nothing but such events.
  template <typename F>
  static void each_child_in(const node& n, event_position from, event_position to, F&& f) {
    const auto& children = static_cast<const branch&>(n).children;
    for (std::size_t i = n.begin; i < n.end; ++i) {
      const bool is_last = i + 1u == n.end;
      if (i > n.begin && to <= n.at[i]) return;
      if (!is_last && n.at[i + 1] <= from) continue;
      f(*children[i], children[i]->stands == role::inner && from <= n.at[i] && !is_last && n.at[i + 1] <= to);
    }
  }

  [[no_unique_address]] A aggregate_;
  std::unique_ptr<node> root_;
  std::unique_ptr<std::array<partial, width>> suffixes_;  // of the oldest leaf, unless that is the root
  std::unique_ptr<leaf> spare_;                            // the leaf that ran empty last: the next new one
  leaf* oldest_ = nullptr;  // the fingers
  leaf* newest_ = nullptr;
  std::size_t size_ = 0;
  std::size_t nodes_ = 0;
};

}  // namespace oriel
