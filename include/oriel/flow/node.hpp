// SPDX-License-Identifier: Apache-2.0
// oriel/flow/node.hpp - the waist: what every operator is, and all the runtime knows.
//
//        batch, watermark, end                 batch, watermark, end
//   ───────────────────────────> [ inlet  node  outlet ] ───────────────> inlets of others
//
// A node takes batches of rows and passes batches of rows on, one virtual call per
// batch. Between batches it is told how far event time has come. The promises:
//
//   1. Each row carries the watermark it is judged against (core/batch.hpp), which
//      never goes back along a batch, nor from one batch to the next.
//   2. `on_watermark(w)` comes after the rows that led to w; w never goes back.
//   3. `on_end` comes once, last, after `on_watermark(end_of_time)`.
//   4. All calls to one node come from one thread at a time.
//
// The API (stream/) builds nodes, the runtime drives them, and neither knows the other.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <oriel/core/batch.hpp>
#include <oriel/core/time.hpp>

namespace oriel {

/// A number one thread adds to and any thread may read.
class counter {
 public:
  void add(std::uint64_t n) noexcept {
    value_.store(value_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
  }
  void take(std::uint64_t n) noexcept { add(~n + 1); }
  std::uint64_t value() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

/// Where the events that reached an operator went.
///
/// Invariant, once a batch is done: in = applied + corrected + late + dropped + filtered + rejected.
struct node_counters {
  counter in;         ///< events that arrived
  counter applied;    ///< took part in the result, on time
  counter corrected;  ///< took part, after the first result was out
  counter late;       ///< beyond the allowance: handed to late_events()
  counter dropped;    ///< duplicates and older versions
  counter filtered;   ///< turned away by a filter
  counter rejected;   ///< malformed: handed to dead_letters()
  counter out;        ///< rows passed on
};

/// An operator of the graph.
class node {
 public:
  explicit node(std::string name) : name_(std::move(name)) {}
  node(const node&) = delete;
  node& operator=(const node&) = delete;
  virtual ~node() = default;

  /// Unique within its graph and stable from run to run.
  const std::string& name() const noexcept { return name_; }

  /// What it does, for drawings: "tumbling 1min", "filter".
  virtual std::string label() const { return name_; }

  /// Bytes of state held.
  virtual std::size_t state_bytes() const { return 0; }

  const node_counters& counters() const noexcept { return counters_; }

 protected:
  node_counters counters_;

 private:
  std::string name_;
};

/// Where a node receives rows of type `T`.
template <typename T>
class inlet {
 public:
  virtual void on_batch(const batch_view<T>& batch) = 0;
  virtual void on_watermark(timestamp watermark) = 0;
  virtual void on_end() = 0;

 protected:
  ~inlet() = default;
};

/// Where a node sends rows of type `T`: to every inlet connected, in the order of connecting.
template <typename T>
class outlet {
 public:
  explicit outlet(const node& owner, std::string_view name = {}) : owner_(owner), name_(name) {}
  outlet(const outlet&) = delete;
  outlet& operator=(const outlet&) = delete;

  const node& owner() const noexcept { return owner_; }
  std::string_view name() const noexcept { return name_; }  ///< empty for a node's main output
  bool connected() const noexcept { return !inlets_.empty(); }
  void connect(inlet<T>& to) { inlets_.push_back(&to); }

  void send(const batch_view<T>& batch) const {
    if (batch.empty()) return;
    for (inlet<T>* to : inlets_) to->on_batch(batch);
  }
  void watermark(timestamp w) const {
    for (inlet<T>* to : inlets_) to->on_watermark(w);
  }
  void end() const {
    for (inlet<T>* to : inlets_) to->on_end();
  }

 private:
  const node& owner_;
  std::string_view name_;
  std::vector<inlet<T>*> inlets_;
};

/// A node with one input.
template <typename In>
class operator_node : public node, public inlet<In> {
 public:
  using node::node;
};

}  // namespace oriel
