// SPDX-License-Identifier: Apache-2.0
// oriel/flow/source_node.hpp - where a graph begins, as the runtime sees it.
//
// Whatever the rows of a source are, the runtime fills it, asks for the event time of its
// next row, and lets several source nodes go in the order of event time: each holds its next
// batch ready, and rows are released up to the time another one is at. What rows become on
// the way is in typed_source_node.hpp.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include <oriel/core/export.hpp>
#include <oriel/core/time.hpp>
#include <oriel/flow/lateness.hpp>
#include <oriel/flow/node.hpp>
#include <oriel/flow/source.hpp>

namespace oriel {

/// How event times make watermarks.
struct event_time_options {
  duration out_of_orderness{};          ///< how far an event may be behind the latest one and still be on time
  std::optional<duration> max_future{};  ///< events further ahead of the clock go to dead letters
  bool measure_lateness = false;         ///< count how far events are behind: up to 3 ns each (docs/flow.md)

  /// A partition silent for so long on the clock counts as idle until its next event. A guess, where the source
  /// cannot prove it: answers then depend on how fast events come.
  std::optional<duration> wall_clock_idle_timeout{};
};

/// How far one partition of a source is.
struct partition_standing {
  timestamp watermark = beginning_of_time;
  source_state state = source_state::ready;  ///< `idle` and `finished` ones hold nothing back
};

/// How a source stands, for whoever asks why a window is still open.
struct source_standing {
  bool timed = true;    ///< its rows have event times
  bool pushed = false;  ///< the host pushes
  bool open = false;    ///< a run is reading it
  bool held = false;    ///< rows are read and wait for their turn
  source_state state = source_state::ready;  ///< what it said last
  std::uint64_t events = 0;                  ///< that had a time and moved a watermark
  duration out_of_orderness{};
  timestamp watermark = beginning_of_time;
  std::vector<partition_standing> partitions{};  ///< at least one
};

/// Where malformed input of all sources goes.
class ORIEL_EXPORT dead_letter_node final : public node {
 public:
  using node::node;

  outlet<dead_letter>& letters() noexcept { return letters_; }

  void accept(const dead_letter& letter);
  void finish();

 private:
  outlet<dead_letter> letters_{*this, "dead letters"};
};

/// What the runtime knows of a source.
class source_node : public node {
 public:
  using node::node;

  /// Begins reading. Errors: throws what the source throws.
  virtual void open() = 0;

  /// Makes rows ready unless some still are, and says what the source said. Touches no other node: what came
  /// besides rows waits for `settle`.
  virtual source_state fill(std::size_t most) = 0;

  /// Whether there is something to settle.
  virtual bool unsettled() const noexcept = 0;

  /// Hands on what came without rows: dead letters, and event time that has passed.
  virtual void settle() = 0;

  /// Whether rows are ready.
  virtual bool ready() const noexcept = 0;

  /// Event time of the next row; `beginning_of_time` when rows have no event time. Requires: `ready()`.
  virtual timestamp next_time() const noexcept = 0;

  /// Sends ready rows on, in order, as long as their time is before `limit`, or equal and `inclusive`.
  virtual void release(timestamp limit, bool inclusive) = 0;

  /// Declares that no event of `partition` before `t` is coming; `every_partition`: of any.
  virtual void advance_to(std::size_t partition, timestamp t) = 0;
  void advance_to(timestamp t) { advance_to(every_partition, t); }

  /// Declares a partition idle, for which there must be proof, or finished.
  virtual void set_state(std::size_t partition, source_state state) = 0;

  /// Processing time passes without events: early results may be due, silent partitions time out.
  virtual void pass_time() = 0;

  /// Nothing will come any more. At most once.
  virtual void finish() = 0;

  virtual source_progress progress() const { return {}; }

  /// How it stands. Threads: any.
  virtual source_standing standing() const = 0;

  /// What is known of how late events are, or nullptr. Threads: any.
  virtual const lateness_recorder* measured_lateness() const { return nullptr; }

  /// The watermark made by the rows released. Threads: any.
  timestamp watermark() const noexcept { return at_ms(watermark_.load(std::memory_order_relaxed)); }

 protected:
  void publish(timestamp w) noexcept { watermark_.store(to_ms(w), std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> watermark_{to_ms(beginning_of_time)};
};

}  // namespace oriel
