// SPDX-License-Identifier: Apache-2.0
// oriel/flow/source_node.hpp - where a graph begins: rows get their event times.
//
// A source node has rows from one of two sides: it pulls them from a source when
// the runtime asks, or the host pushes them in. Either way it carries out the steps
// before `event_time`, reads each row's time, and notes for each row the watermark
// that stood when it came. It is the only place where watermarks are made.
//
// The runtime lets several source nodes go in the order of event time: each holds
// its next batch ready, and rows are released up to the time another one is at.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <oriel/core/clock.hpp>
#include <oriel/core/error.hpp>
#include <oriel/core/watermark.hpp>
#include <oriel/flow/node.hpp>
#include <oriel/flow/run.hpp>
#include <oriel/flow/source.hpp>

namespace oriel {

/// Event times a pipeline accepts: 1 152 921 504 606 846 976 ms (36 million years) around 1970, so that
/// adding any window or bound to them cannot overflow. Events beyond go to dead letters.
inline constexpr timestamp earliest_event_time = at_ms(-(std::int64_t{1} << 60));
inline constexpr timestamp latest_event_time = at_ms(std::int64_t{1} << 60);

/// How event times make watermarks.
struct event_time_options {
  duration out_of_orderness{};          ///< how far an event may be behind the latest one and still be on time
  std::optional<duration> max_future{};  ///< events further ahead of the clock go to dead letters
};

/// Where malformed input of all sources goes.
class dead_letter_node final : public node {
 public:
  using node::node;

  outlet<dead_letter>& letters() noexcept { return letters_; }

  void accept(const dead_letter& letter) {
    counters_.in.add(1);
    counters_.applied.add(1);
    counters_.out.add(1);
    letters_.send({std::span(&letter, 1), std::span(&beginning_of_time, 1), std::span(&beginning_of_time, 1)});
  }
  void finish() {
    letters_.watermark(end_of_time);
    letters_.end();
  }

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

  /// Declares that no event before `t` is coming.
  virtual void advance_to(timestamp t) = 0;

  /// Nothing will come any more. At most once.
  virtual void finish() = 0;

  virtual source_progress progress() const { return {}; }

  /// The watermark made by the rows released.
  timestamp watermark() const noexcept { return at_ms(watermark_.load(std::memory_order_relaxed)); }

 protected:
  void publish(timestamp w) noexcept { watermark_.store(to_ms(w), std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> watermark_{to_ms(beginning_of_time)};
};

/// Reads no event time: rows of a stream that has none.
struct no_event_time {};

/// A source node whose source delivers `In` and whose steps make `Out` of it.
///
/// `TimeOf` is a member pointer or callable from `Out` to `timestamp`, or `no_event_time`.
template <typename In, typename Out, typename Run, typename TimeOf>
class typed_source_node final : public source_node {
 public:
  struct parts {
    std::function<std::unique_ptr<source<In>>()> open;  ///< empty: the host pushes
    Run run{};
    TimeOf time_of{};
    event_time_options event_time{};
    const oriel::clock* clock = nullptr;
    dead_letter_node* dead_letters = nullptr;
    std::function<std::string(const Out&)> describe{};  ///< the text of an event that goes to dead letters
  };

  typed_source_node(std::string name, parts p)
      : source_node(std::move(name)), parts_(std::move(p)), watermark_(parts_.event_time.out_of_orderness) {}

  outlet<Out>& rows() noexcept { return rows_; }

  void open() override {
    if (parts_.open && !source_) source_ = parts_.open();
  }
  bool ready() const noexcept override { return next_ < view_.size(); }
  timestamp next_time() const noexcept override { return view_.times[next_]; }
  source_progress progress() const override { return source_ ? source_->progress() : source_progress{}; }

  source_state fill(std::size_t most) override {
    if (ready()) return source_state::ready;
    if (state_ == source_state::finished) return state_;
    input_.reached.reset();
    state_ = source_->read(input_, most);
    counters_.in.add(input_.malformed);
    counters_.rejected.add(input_.malformed);
    prepare(input_.rows);
    return state_;
  }

  bool unsettled() const noexcept override {
    return !input_.rejected.empty() || !refused_.empty() || (input_.reached && !ready());
  }

  void settle() override {
    for (const dead_letter& letter : input_.rejected) parts_.dead_letters->accept(letter);
    for (const dead_letter& letter : refused_) parts_.dead_letters->accept(letter);
    input_.rejected.clear();
    refused_.clear();
    if (input_.reached && !ready()) advance_to(*std::exchange(input_.reached, std::nullopt));
  }

  void release(timestamp limit, bool inclusive) override {
    std::size_t end = limit == end_of_time ? view_.size() : next_;
    while (end < view_.size() && (view_.times[end] < limit || (inclusive && view_.times[end] == limit))) ++end;
    if (end == next_) return;
    const std::size_t first = std::exchange(next_, end);
    counters_.out.add(end - first);
    rows_.send(view_.subview(first, end - first));
    send_watermark(end < view_.size() ? view_.watermarks[end] : watermark_.current());
  }

  /// Host-driven: takes rows and sends them on at once.
  void push(std::span<const In> rows) {
    prepare(rows);
    release(end_of_time, true);
    settle();
  }

  void advance_to(timestamp t) override {
    watermark_.advance_to(t);
    send_watermark(watermark_.current());
  }

  void finish() override {
    send_watermark(end_of_time);
    rows_.end();
  }

 private:
  static constexpr bool timed = !std::is_same_v<TimeOf, no_event_time>;
  static constexpr bool in_place = std::is_same_v<Run, pass>;

  /// Runs the steps over `rows` and notes times and watermarks; what comes out is ready to be released.
  void prepare(std::span<const In> rows) {
    made_.rows.clear();
    next_ = 0;
    std::span<const Out> made;
    counters_.in.add(rows.size());
    if constexpr (in_place) {
      counters_.applied.add(rows.size());
      made = rows;
    } else {
      std::uint64_t filtered = 0;
      for (const In& row : rows) {
        const std::size_t before = made_.rows.size();
        parts_.run(row, [&](const Out& out) { made_.rows.push_back(out); });
        filtered += made_.rows.size() == before;
      }
      counters_.filtered.add(filtered);
      counters_.applied.add(rows.size() - filtered);
      made = made_.rows;
    }
    read_times(made);
  }

  void read_times(std::span<const Out> rows) {
    if constexpr (timed) {
      const timestamp latest = latest_allowed();
      resize_columns(rows.size());
      // One pass, with an impossible time found out at the end: distances from the earliest time, as
      // unsigned numbers, exceed the greatest allowed one exactly when a time is out of range.
      const auto distance = [](timestamp t) {
        return static_cast<std::uint64_t>(to_ms(t)) - static_cast<std::uint64_t>(to_ms(earliest_event_time));
      };
      std::uint64_t furthest = 0;
      bounded_watermark watermark = watermark_;  // a local: the compiler keeps it in a register
      for (std::size_t i = 0; i < rows.size(); ++i) {
        const timestamp t = std::invoke(parts_.time_of, rows[i]);
        furthest = std::max(furthest, distance(t));
        made_.times[i] = t;
        made_.watermarks[i] = watermark.current();
        watermark.observe(t);
      }
      if (furthest > distance(latest)) [[unlikely]] return read_times_refusing(rows, latest);
      watermark_ = watermark;
    } else {
      made_.times.assign(rows.size(), beginning_of_time);
      made_.watermarks.assign(rows.size(), beginning_of_time);
    }
    view(rows);
  }

  /// Room for `n` times and watermarks; what is in them is left alone.
  void resize_columns(std::size_t n) {
    if (made_.times.size() >= n) return;
    made_.times.resize(n);
    made_.watermarks.resize(n);
  }

  void view(std::span<const Out> rows) {
    view_ = {rows, std::span<const timestamp>(made_.times).first(rows.size()),
             std::span<const timestamp>(made_.watermarks).first(rows.size())};
  }

  /// As `read_times`, for a batch in which some row has an impossible time.
  void read_times_refusing(std::span<const Out> rows, timestamp latest) {
    std::vector<Out> kept;
    for (const Out& row : rows) {
      const timestamp t = std::invoke(parts_.time_of, row);
      if (t > latest || t < earliest_event_time) {
        refuse(row, t);
        continue;
      }
      made_.times[kept.size()] = t;
      made_.watermarks[kept.size()] = watermark_.current();
      watermark_.observe(t);
      kept.push_back(row);
    }
    made_.rows = std::move(kept);
    view(made_.rows);
  }

  timestamp latest_allowed() const {
    if (!parts_.event_time.max_future) return latest_event_time;
    return std::min(latest_event_time, saturating_add(parts_.clock->now(), *parts_.event_time.max_future));
  }

  void refuse(const Out& row, timestamp t) {
    counters_.rejected.add(1);
    counters_.applied.take(1);
    const bool future = t >= earliest_event_time && t <= latest_event_time;
    refused_.push_back(
        {name(), counters_.in.value(),
         future ? "event time " + format_timestamp(t) + " is more than " +
                      format_duration(*parts_.event_time.max_future) + " ahead of the clock"
                : "event time " + std::to_string(to_ms(t)) + " ms is out of range",
         parts_.describe ? parts_.describe(row) : std::string{}});
  }

  void send_watermark(timestamp w) {
    if constexpr (!timed) {
      if (w != end_of_time) return;
    }
    publish(w);
    rows_.watermark(w);
  }

  parts parts_;
  std::unique_ptr<source<In>> source_;
  source_batch<In> input_;
  source_state state_ = source_state::ready;
  std::vector<dead_letter> refused_;  // rows with impossible times
  batch<Out> made_;        // what the steps made of the input
  batch_view<Out> view_;   // rows ready or released, of the last batch
  std::size_t next_ = 0;   // the first row of `view_` not released
  bounded_watermark watermark_;
  outlet<Out> rows_{*this};
};

}  // namespace oriel
