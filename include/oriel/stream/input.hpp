// SPDX-License-Identifier: Apache-2.0
// oriel/stream/input.hpp - events the host has in its hands, pushed in.
//
// While nothing runs in the background, `push` carries the events through the graph
// and returns when they have arrived: no thread, no queue, no copy. After `start()`
// it copies them into a bounded queue, strings included, and returns; when the queue
// is full it waits, which is how a slow pipeline slows its host.
//
// An input may have partitions: lanes that are each in order, more or less, but not
// with one another, such as those of a topic. Each has a watermark of its own.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <oriel/core/assert.hpp>
#include <oriel/core/error.hpp>
#include <oriel/core/owned.hpp>
#include <oriel/flow/source.hpp>
#include <oriel/flow/source_node.hpp>
#include <oriel/fwd.hpp>
#include <oriel/runtime/executor.hpp>

namespace oriel {

/// What there is to say about an input.
struct input_options {
  std::size_t partitions = 1;  ///< each with a watermark of its own; the least of them judges
};

namespace detail {

/// What a pipeline and its inputs know of each other, whatever the inputs' types.
class input_port {
 public:
  input_port(const input_port&) = delete;
  input_port& operator=(const input_port&) = delete;
  virtual ~input_port() = default;

  virtual void use_queue(bool queued) = 0;  ///< from now on: queue, or (with what is queued) carry through at once
  virtual void advance_to(timestamp t) = 0;
  virtual void finish() = 0;

 protected:
  input_port() = default;
};

/// One input: either a way straight into its node, or a queue that is also a source.
template <typename T>
class typed_input final : public input_port {
 public:
  typed_input(std::string name, input_options options, std::size_t batch_size, unit_of_work& unit, wake_signal& wake)
      : name_(std::move(name)), batch_size_(batch_size), unit_(unit), wake_(wake), finished_(options.partitions) {
    if (options.partitions == 0) {
      throw error(error_kind::invalid, "input '" + name_ + "': partitions is 0; it must be at least 1");
    }
  }

  const std::string& name() const noexcept { return name_; }
  std::size_t partitions() const noexcept { return finished_.size(); }

  /// Errors: throws `error{invalid}` when it has a reader already.
  void bind(std::function<void(std::span<const T>, std::size_t partition)> push, source_node& node) {
    if (node_ != nullptr) {
      throw error(error_kind::invalid, "input '" + name_ + "': a stream is made of it already; keep what event_time returned "
                                       "and go on from there twice");
    }
    push_ = std::move(push);
    node_ = &node;
  }

  /// Requires: `partition` is one of its partitions, or `every_partition` and there is but one.
  void push(std::span<const T> rows, std::size_t partition) {
    if (partition == every_partition) {
      if (partitions() != 1) {
        throw error(error_kind::invalid, "input '" + name_ + "': it has " + std::to_string(partitions()) +
                                             " partitions; push into one of them: " + name_ + ".partition(0).push(...)");
      }
      partition = 0;
    }
    if (queue(rows, partition)) return;
    for (std::size_t done = 0; done < rows.size(); done += batch_size_) {
      const std::size_t n = std::min(batch_size_, rows.size() - done);
      within_unit([&] { push_(rows.subspan(done, n), partition); });
    }
  }

  void advance_to(timestamp t) override { advance_to(every_partition, t); }
  void advance_to(std::size_t partition, timestamp t) {
    {
      const std::lock_guard lock(mutex_);
      require_open(partition);
      if (queued_) {
        last_of(partition).reached = t;
        wake_.notify();
        return;
      }
    }
    within_unit([&] { node_->advance_to(partition, t); });
  }

  void set_idle(std::size_t partition) { declare(partition, source_state::idle); }

  void finish() override {
    {
      const std::lock_guard lock(mutex_);
      require_open(every_partition);
      all_finished_ = true;
      if (queued_) {
        wake_.notify();
        return;
      }
    }
    within_unit([&] { node_->finish(); });
  }

  /// The last partition to finish finishes the input.
  void finish(std::size_t partition) {
    declare(partition, source_state::finished);
    bool last = false;
    {
      const std::lock_guard lock(mutex_);
      finished_[partition] = true;
      last = std::find(finished_.begin(), finished_.end(), false) == finished_.end();
    }
    if (last) finish();
  }

  void use_queue(bool queued) override {
    std::deque<source_batch<T>> left;
    {
      const std::lock_guard lock(mutex_);
      queued_ = queued;
      if (!queued) left.swap(waiting_);
      room_.notify_all();
    }
    for (const source_batch<T>& batch : left) {
      within_unit([&] {
        if (!batch.rows.empty()) push_(batch.rows, batch.partition);
        if (batch.reached) node_->advance_to(batch.partition, *batch.reached);
        if (batch.partition_state != source_state::ready) node_->set_state(batch.partition, batch.partition_state);
      });
    }
  }

  /// The queue as a source, for the executor.
  std::unique_ptr<source<T>> open() { return std::make_unique<queue_source>(*this); }

 private:
  static constexpr std::size_t queue_limit = 64;  // batches

  class queue_source final : public source<T> {
   public:
    explicit queue_source(typed_input& from) : from_(from) {}
    source_state read(source_batch<T>& out, std::size_t) override { return from_.take(out); }
    std::size_t partitions() const override { return from_.partitions(); }

   private:
    typed_input& from_;
  };

  /// Requires: the mutex is held.
  void require_open(std::size_t partition) const {
    if (!push_) {
      throw error(error_kind::invalid, "input '" + name_ + "': nothing reads it; build a stream with pipeline.from(input) "
                                                           "and event_time(...) or arrival_order() before pushing");
    }
    if (all_finished_) {
      throw error(error_kind::invalid, "input '" + name_ + "': it is finished and takes no more events");
    }
    if (partition != every_partition && finished_[partition]) {
      throw error(error_kind::invalid, "input '" + name_ + "': partition " + std::to_string(partition) +
                                           " is finished and takes no more events");
    }
  }

  bool queue(std::span<const T> rows, std::size_t partition) {
    std::unique_lock lock(mutex_);
    require_open(partition);
    if (!queued_) return false;
    for (std::size_t done = 0; done < rows.size(); done += batch_size_) {
      room_.wait(lock, [&] { return waiting_.size() < queue_limit || !queued_; });
      if (!queued_) throw error(error_kind::unavailable, "input '" + name_ + "': the pipeline was stopped meanwhile");
      const std::size_t n = std::min(batch_size_, rows.size() - done);
      if (waiting_.empty() || waiting_.back().rows.size() + n > batch_size_ || says_more(waiting_.back()) ||
          waiting_.back().partition != partition) {
        waiting_.emplace_back().partition = partition;
      }
      source_batch<T>& last = waiting_.back();
      for (const T& row : rows.subspan(done, n)) {
        last.rows.push_back(row);
        for_each_text(last.rows.back(), [&](std::string_view& text) { text = last.bytes.store(text); });
      }
      wake_.notify();
    }
    return true;
  }

  /// The queue's last batch, to say something about `partition` behind its rows.
  source_batch<T>& last_of(std::size_t partition) {
    if (waiting_.empty() || waiting_.back().partition != partition || says_more(waiting_.back())) {
      waiting_.emplace_back().partition = partition;
    }
    return waiting_.back();
  }
  static bool says_more(const source_batch<T>& batch) {
    return batch.reached || batch.partition_state != source_state::ready;
  }

  void declare(std::size_t partition, source_state state) {
    {
      const std::lock_guard lock(mutex_);
      require_open(partition);
      if (queued_) {
        last_of(partition).partition_state = state;
        wake_.notify();
        return;
      }
    }
    within_unit([&] { node_->set_state(partition, state); });
  }

  source_state take(source_batch<T>& out) {
    const std::lock_guard lock(mutex_);
    if (waiting_.empty()) {
      out.clear();
      return all_finished_ ? source_state::finished : source_state::idle;
    }
    out = std::move(waiting_.front());
    waiting_.pop_front();
    room_.notify_all();
    return source_state::ready;
  }

  template <typename F>
  void within_unit(F&& work) {
    const unit_of_work::scope held(unit_);
    work();
  }

  std::string name_;
  std::size_t batch_size_;
  unit_of_work& unit_;
  wake_signal& wake_;
  std::function<void(std::span<const T>, std::size_t)> push_;
  source_node* node_ = nullptr;

  mutable std::mutex mutex_;
  std::condition_variable room_;
  std::deque<source_batch<T>> waiting_;
  std::vector<bool> finished_;  // per partition
  bool all_finished_ = false;
  bool queued_ = false;
};

}  // namespace detail

/// One partition of an input: what the input does, for events of this partition. A handle, like the input.
///
/// Errors: as the input, and `error{invalid}` after its own `finish`.
///
///     auto clicks = p.input<click>("clicks", {.partitions = 4});
///     clicks.partition(2).push({"/home", at_ms(0)});
///     clicks.partition(3).idle();
template <typename T>
class input_partition {
 public:
  void push(const T& row) { to_->push({&row, 1}, index_); }
  void push(std::span<const T> rows) { to_->push(rows, index_); }

  /// No event of this partition before `t` is coming: its watermark is `t`.
  void advance_to(timestamp t) { to_->advance_to(index_, t); }

  /// All there is of this partition has been pushed: nobody need wait for it until its next event.
  /// Requires: proof, such as a consumer's position that equals the broker's end. What comes older than the
  /// others' watermark after a wrong guess is late.
  void idle() { to_->set_idle(index_); }

  /// No event of this partition is coming. When the last partition finishes, the input does.
  void finish() { to_->finish(index_); }

 private:
  friend class input<T>;
  input_partition(detail::typed_input<T>& to, std::size_t index) : to_(&to), index_(index) {}

  detail::typed_input<T>* to_;
  std::size_t index_;
};

/// A way into a pipeline for events of type `T`. A handle: copies push into the same input.
///
/// Threads: while the pipeline runs in the background, any thread may push; otherwise one at a time.
/// Lifetime: what the rows view must live until `push` returns. The pipeline must outlive its inputs' use.
/// Errors: `push` throws what an operator throws, and `error{invalid}` after `finish`.
///
///     auto clicks = p.input<click>("clicks");
///     p.from(clicks).event_time(&click::ts).key_by(&click::page) ...;
///     clicks.push({"/home", at_ms(0)});
template <typename T>
class input {
 public:
  explicit input(detail::typed_input<T>& to) : to_(&to) {}

  /// Requires: the input has one partition.
  void push(const T& row) { to_->push({&row, 1}, every_partition); }
  void push(std::span<const T> rows) { to_->push(rows, every_partition); }

  /// Its partition `index`, counted from 0.
  input_partition<T> partition(std::size_t index) {
    if (index >= to_->partitions()) {
      throw error(error_kind::invalid, "input '" + to_->name() + "': partition " + std::to_string(index) +
                                           ", but it has " + std::to_string(to_->partitions()) +
                                           "; say so where it is made: {.partitions = " + std::to_string(index + 1) + "}");
    }
    return {*to_, index};
  }

  /// No event before `t` is coming: the watermark is `t`.
  void advance_to(timestamp t) { to_->advance_to(t); }

  /// No event at all is coming: every window closes.
  void finish() { to_->finish(); }

 private:
  friend class pipeline;
  detail::typed_input<T>* to_;
};

}  // namespace oriel
