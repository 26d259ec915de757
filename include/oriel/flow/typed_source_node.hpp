// SPDX-License-Identifier: Apache-2.0
// oriel/flow/typed_source_node.hpp - where a graph begins: rows get their event times.
//
// A source node has rows from one of two sides: it pulls them from a source when
// the runtime asks, or the host pushes them in. Either way it carries out the steps
// before `event_time`, reads each row's time, and notes for each row the watermark
// that stood when it came. It is the only place where watermarks are made.
//
// A source with several partitions has a watermark for each, and a row is judged by
// the least of them; with one, which is the common case, none of that is there.
//
// Where a stream meets itself, in a merge or a join further on, one way there is behind the
// other while a batch is under way, and so is its watermark. Rows behind their own watermark,
// the only ones to which that could make a difference, begin a batch of their own there.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <oriel/core/clock.hpp>
#include <oriel/core/error.hpp>
#include <oriel/core/watermark.hpp>
#include <oriel/flow/graph.hpp>
#include <oriel/flow/idle_timeout.hpp>
#include <oriel/flow/lateness.hpp>
#include <oriel/flow/node.hpp>
#include <oriel/flow/run.hpp>
#include <oriel/flow/source.hpp>
#include <oriel/flow/source_node.hpp>

namespace oriel {

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
    std::size_t partitions = 1;  ///< until the source is open and knows
    bool pushed = false;         ///< the host pushes, with or without a queue between
    const graph* nodes = nullptr;  ///< it is one of; without, its rows do not meet again
  };

  typed_source_node(std::string name, parts p)
      : source_node(std::move(name)), parts_(std::move(p)), watermark_(parts_.event_time.out_of_orderness) {
    if (parts_.event_time.measure_lateness) lateness_ = std::make_unique<lateness_recorder>();
    divide(parts_.partitions);
  }

  outlet<Out>& rows() noexcept { return rows_; }

  void open() override {
    if (!parts_.open || source_) return;
    source_ = parts_.open();
    const std::size_t partitions = std::max(source_->partitions(), std::size_t{1});
    if (partitions != parts_.partitions) divide(partitions);
    open_.store(true, std::memory_order_relaxed);
  }
  bool ready() const noexcept override { return next_ < view_.size(); }
  timestamp next_time() const noexcept override { return view_.times[next_]; }
  source_progress progress() const override { return source_ ? source_->progress() : source_progress{}; }

  source_state fill(std::size_t most) override {
    if (ready()) return source_state::ready;
    if (state_ == source_state::finished) return state_;
    input_.forget_news();
    listen(state_ != source_state::ready);
    state_ = source_->read(input_, most);
    stands_.store(state_, std::memory_order_relaxed);
    listen(true);
    if (!input_.rows.empty() || input_.malformed != 0) hear(input_.partition);
    const bool silent = time_out();
    counters_.in.add(input_.malformed);
    counters_.rejected.add(input_.malformed);
    prepare(input_.rows, input_.partition);
    held_.store(ready(), std::memory_order_relaxed);
    return state_ == source_state::waiting && silent ? source_state::idle : state_;
  }

  bool unsettled() const noexcept override {
    return !input_.rejected.empty() || !refused_.empty() || (!ready() && (has_news() || moved_));
  }

  void settle() override {
    for (const dead_letter& letter : input_.rejected) parts_.dead_letters->accept(letter);
    for (const dead_letter& letter : refused_) parts_.dead_letters->accept(letter);
    input_.rejected.clear();
    refused_.clear();
    if (ready()) return;
    if (input_.reached) advance_to(input_.partition, *std::exchange(input_.reached, std::nullopt));
    const source_state state = std::exchange(input_.partition_state, source_state::ready);
    if (state == source_state::idle || state == source_state::finished) set_state(input_.partition, state);
    if (moved_) send_watermark(released());
  }

  void release(timestamp limit, bool inclusive) override {
    std::size_t end = limit == end_of_time ? view_.size() : next_;
    while (end < view_.size() && (view_.times[end] < limit || (inclusive && view_.times[end] == limit))) ++end;
    if (end == next_) return;
    const std::size_t first = std::exchange(next_, end);
    if (partitions_ && ready()) {  // some wait: how far is the partition without them?
      for (std::size_t i = first; i < end; ++i) released_own_.observe(view_.times[i]);
    }
    held_.store(ready(), std::memory_order_relaxed);
    counters_.out.add(end - first);
    send(first, end);
    send_watermark(released());
  }

  /// Host-driven: takes rows and sends them on at once.
  void push(std::span<const In> rows, std::size_t partition = 0) {
    listen(true);
    hear(partition);
    time_out();
    prepare(rows, partition);
    release(end_of_time, true);
    settle();
  }

  using source_node::advance_to;
  void advance_to(std::size_t partition, timestamp t) override {
    if (!partitions_) {
      watermark_.advance_to(t);
    } else if (partition == every_partition) {
      partitions_->advance_to(t);
    } else {
      partitions_->advance_to(checked(partition), t);
    }
    send_watermark(released());
  }

  void set_state(std::size_t partition, source_state state) override {
    if (!partitions_) return;  // alone, it is waited for by nobody
    if (state == source_state::finished) {
      partitions_->finish(checked(partition));
    } else {
      partitions_->set_idle(checked(partition));
    }
    send_watermark(released());
  }

  void pass_time() override {
    listen(!ready() && (!source_ || state_ != source_state::ready));
    if (!ready()) time_out();
    send_watermark(released());
  }

  void finish() override {
    stands_.store(source_state::finished, std::memory_order_relaxed);
    send_watermark(end_of_time);
    rows_.end();
  }

  source_standing standing() const override {
    source_standing result{timed,
                           parts_.pushed,
                           open_.load(std::memory_order_relaxed),
                           held_.load(std::memory_order_relaxed),
                           stands_.load(std::memory_order_relaxed),
                           counters_.applied.value(),
                           parts_.event_time.out_of_orderness,
                           watermark()};
    const std::lock_guard lock(standings_mutex_);
    result.partitions = standings_;
    if (result.partitions.empty()) result.partitions.push_back({result.watermark});
    return result;
  }

  const lateness_recorder* measured_lateness() const override { return lateness_.get(); }

 private:
  static constexpr bool timed = !std::is_same_v<TimeOf, no_event_time>;
  static constexpr bool in_place = std::is_same_v<Run, pass>;

  /// Makes room for the watermarks of so many partitions.
  void divide(std::size_t partitions) {
    if (parts_.event_time.wall_clock_idle_timeout) {
      timeout_.emplace(*parts_.event_time.wall_clock_idle_timeout, partitions);
    }
    if (partitions == 1 && !partitions_) return;
    partitions_.emplace(partitions, parts_.event_time.out_of_orderness);
    publish_partitions();
  }

  bool has_news() const noexcept {
    return input_.reached || input_.partition_state == source_state::idle ||
           input_.partition_state == source_state::finished;
  }

  // The opt-in timeout: without it these are one comparison per batch.
  void listen(bool listening) {
    if (timeout_) timeout_->pass(parts_.clock->now(), listening);
  }
  void hear(std::size_t partition) {
    if (timeout_ && partition < timeout_->partitions()) timeout_->hear(partition);
  }
  /// Declares silent partitions idle; says whether all are silent.
  bool time_out() {
    if (!timeout_) return false;
    bool all = true;
    for (std::size_t p = 0; p < timeout_->partitions(); ++p) {
      if (!timeout_->expired(p)) {
        all = false;
      } else if (partitions_ && !partitions_->is_idle(p) && !partitions_->is_finished(p)) {
        partitions_->set_idle(p);
        moved_ = true;
      }
    }
    return all;
  }

  /// Runs the steps over `rows` and notes times and watermarks; what comes out is ready to be released.
  void prepare(std::span<const In> rows, std::size_t partition) {
    if (!rows.empty()) partition_ = checked(partition);
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
      if (!partitions_) {
        watermark_ = note_times(rows, watermark_);
      } else {
        const partition_run before = partitions_->run(partition_);
        released_own_ = before.own();
        const partition_run after = note_times(rows, before);
        if (!view_.empty()) partitions_->take(partition_, after);
      }
      if (lateness_) lateness_->add(view_.times, view_.watermarks, parts_.event_time.out_of_orderness);
    } else {
      made_.times.assign(rows.size(), beginning_of_time);
      made_.watermarks.assign(rows.size(), beginning_of_time);
      view(rows);
    }
  }

  /// Notes times, and the watermarks as `before` moves on; gives it back moved.
  template <typename Watermark>
  Watermark note_times(std::span<const Out> rows, const Watermark& before) {
    const timestamp latest = latest_allowed();
    resize_columns(rows.size());
    // One pass, with an impossible time found out at the end: distances from the earliest time, as
    // unsigned numbers, exceed the greatest allowed one exactly when a time is out of range.
    const auto distance = [](timestamp t) {
      return static_cast<std::uint64_t>(to_ms(t)) - static_cast<std::uint64_t>(to_ms(earliest_event_time));
    };
    std::uint64_t furthest = 0;
    Watermark watermark = before;  // a local: the compiler keeps it in registers
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const timestamp t = std::invoke(parts_.time_of, rows[i]);
      furthest = std::max(furthest, distance(t));
      made_.times[i] = t;
      made_.watermarks[i] = watermark.current();
      watermark.observe(t);
    }
    if (furthest > distance(latest)) [[unlikely]] return note_times_refusing(rows, latest, before);
    view(rows);
    return watermark;
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

  /// As `note_times`, for a batch in which some row has an impossible time: it moves no watermark.
  template <typename Watermark>
  Watermark note_times_refusing(std::span<const Out> rows, timestamp latest, Watermark watermark) {
    std::vector<Out> kept;
    // Steps make any number of rows of one: behind them the last event of the batch stands for all.
    const auto number_of = [&](std::size_t i) { return counters_.in.value() - (in_place ? rows.size() - 1 - i : 0); };
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const Out& row = rows[i];
      const timestamp t = std::invoke(parts_.time_of, row);
      if (t > latest || t < earliest_event_time) {
        refuse(row, t, number_of(i));
        continue;
      }
      made_.times[kept.size()] = t;
      made_.watermarks[kept.size()] = watermark.current();
      watermark.observe(t);
      kept.push_back(row);
    }
    made_.rows = std::move(kept);
    view(made_.rows);
    return watermark;
  }

  timestamp latest_allowed() const {
    if (!parts_.event_time.max_future) return latest_event_time;
    return std::min(latest_event_time, saturating_add(parts_.clock->now(), *parts_.event_time.max_future));
  }

  void refuse(const Out& row, timestamp t, std::uint64_t number) {
    counters_.rejected.add(1);
    counters_.applied.take(1);
    const bool future = t >= earliest_event_time && t <= latest_event_time;
    refused_.push_back(
        {name(), number,
         future ? "event time " + format_timestamp(t) + " is more than " +
                      format_duration(*parts_.event_time.max_future) + " ahead of the clock"
                : "event time " + std::to_string(to_ms(t)) + " ms is out of range",
         parts_.describe ? parts_.describe(row) : std::string{}});
  }

  std::size_t checked(std::size_t partition) const {
    const std::size_t known = partitions_ ? partitions_->size() : 1;
    if (partition < known) [[likely]] return partition;
    throw error(error_kind::invalid, "source '" + name() + "': partition " + std::to_string(partition) +
                                         ", but it has " + std::to_string(known) +
                                         "; source::partitions says how many there are");
  }

  /// Sends rows of the view on, those that may be late at the head of a batch if the stream meets itself.
  void send(std::size_t first, std::size_t end) {
    if constexpr (timed) {
      if (!meets_itself_) meets_itself_ = parts_.nodes != nullptr && parts_.nodes->meets_itself(*this);
      for (std::size_t i = first + 1; *meets_itself_ && i < end; ++i) {
        if (view_.times[i] >= view_.watermarks[i]) continue;
        rows_.send(view_.subview(first, i - first));
        send_watermark(view_.watermarks[i]);
        first = i;
      }
    }
    rows_.send(view_.subview(first, end - first));
  }

  /// The watermark made by the rows released: that of the next row, if one is ready.
  timestamp released() const noexcept {
    if (ready()) return view_.watermarks[next_];
    return partitions_ ? partitions_->current() : watermark_.current();
  }

  void send_watermark(timestamp w) {
    moved_ = false;
    if constexpr (!timed) {
      if (w != end_of_time) return;
    }
    publish(w);
    if (partitions_) publish_partitions();
    rows_.watermark(w);
  }

  void publish_partitions() {
    const std::lock_guard lock(standings_mutex_);
    standings_.resize(partitions_->size());
    for (std::size_t p = 0; p < standings_.size(); ++p) {
      const bool underway = ready() && p == partition_;
      standings_[p] = {underway ? released_own_.current() : partitions_->current(p),
                       partitions_->is_finished(p) ? source_state::finished
                       : partitions_->is_idle(p)   ? source_state::idle
                                                   : source_state::ready};
    }
  }

  parts parts_;
  std::unique_ptr<source<In>> source_;
  source_batch<In> input_;
  source_state state_ = source_state::ready;
  std::vector<dead_letter> refused_;  // rows with impossible times
  batch<Out> made_;        // what the steps made of the input
  batch_view<Out> view_;   // rows ready or released, of the last batch
  std::size_t next_ = 0;   // the first row of `view_` not released
  std::optional<bool> meets_itself_;  // found out when the first rows go
  bounded_watermark watermark_;  // of the only partition
  outlet<Out> rows_{*this};

  std::optional<partitioned_watermark> partitions_;  // when there are several
  std::size_t partition_ = 0;        // of the rows in `view_`
  bounded_watermark released_own_;   // its watermark as far as they are released
  std::optional<idle_timeout> timeout_;
  bool moved_ = false;               // the watermark, by a timeout, and nobody has been told
  std::unique_ptr<lateness_recorder> lateness_;

  std::atomic<bool> open_{false};  // from here on: what other threads may look at
  std::atomic<bool> held_{false};
  std::atomic<source_state> stands_{source_state::ready};
  mutable std::mutex standings_mutex_;
  std::vector<partition_standing> standings_;  // when there are several
};

}  // namespace oriel
