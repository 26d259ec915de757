// SPDX-License-Identifier: Apache-2.0
// oriel/stream/input.hpp - events the host has in its hands, pushed in.
//
// While nothing runs in the background, `push` carries the events through the graph
// and returns when they have arrived: no thread, no queue, no copy. After `start()`
// it copies them into a bounded queue, strings included, and returns; when the queue
// is full it waits, which is how a slow pipeline slows its host.
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
#include <oriel/runtime/executor.hpp>

namespace oriel {

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
  typed_input(std::string name, std::size_t batch_size, unit_of_work& unit, wake_signal& wake)
      : name_(std::move(name)), batch_size_(batch_size), unit_(unit), wake_(wake) {}

  void bind(std::function<void(std::span<const T>)> push, source_node& node) {
    push_ = std::move(push);
    node_ = &node;
  }

  void push(std::span<const T> rows) {
    require_bound();
    if (queue(rows)) return;
    for (std::size_t done = 0; done < rows.size(); done += batch_size_) {
      const std::size_t n = std::min(batch_size_, rows.size() - done);
      within_unit([&] { push_(rows.subspan(done, n)); });
    }
  }

  void advance_to(timestamp t) override {
    require_bound();
    {
      const std::lock_guard lock(mutex_);
      if (queued_) {
        if (waiting_.empty()) waiting_.emplace_back();
        waiting_.back().reached = t;
        wake_.notify();
        return;
      }
    }
    within_unit([&] { node_->advance_to(t); });
  }

  void finish() override {
    require_bound();
    {
      const std::lock_guard lock(mutex_);
      if (finished_) return;
      finished_ = true;
      if (queued_) {
        wake_.notify();
        return;
      }
    }
    within_unit([&] { node_->finish(); });
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
        push_(batch.rows);
        if (batch.reached) node_->advance_to(*batch.reached);
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

   private:
    typed_input& from_;
  };

  void require_bound() const {
    if (!push_) {
      throw error(error_kind::invalid, "input '" + name_ + "': nothing reads it; build a stream with pipeline.from(input) "
                                                           "and event_time(...) or arrival_order() before pushing");
    }
    if (finished_) throw error(error_kind::invalid, "input '" + name_ + "': it is finished and takes no more events");
  }

  bool queue(std::span<const T> rows) {
    std::unique_lock lock(mutex_);
    if (!queued_) return false;
    for (std::size_t done = 0; done < rows.size(); done += batch_size_) {
      room_.wait(lock, [&] { return waiting_.size() < queue_limit || !queued_; });
      if (!queued_) throw error(error_kind::unavailable, "input '" + name_ + "': the pipeline was stopped meanwhile");
      const std::size_t n = std::min(batch_size_, rows.size() - done);
      if (waiting_.empty() || waiting_.back().reached || waiting_.back().rows.size() + n > batch_size_) {
        waiting_.emplace_back();
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

  source_state take(source_batch<T>& out) {
    const std::lock_guard lock(mutex_);
    if (waiting_.empty()) {
      out.clear();
      return finished_ ? source_state::finished : source_state::idle;
    }
    out = std::move(waiting_.front());
    waiting_.pop_front();
    room_.notify_all();
    return source_state::ready;
  }

  template <typename F>
  void within_unit(F&& work) {
    struct scope {
      unit_of_work& unit;
      explicit scope(unit_of_work& u) : unit(u) { unit.begin(); }
      ~scope() { unit.end(); }
    } const held(unit_);
    work();
  }

  std::string name_;
  std::size_t batch_size_;
  unit_of_work& unit_;
  wake_signal& wake_;
  std::function<void(std::span<const T>)> push_;
  source_node* node_ = nullptr;

  mutable std::mutex mutex_;
  std::condition_variable room_;
  std::deque<source_batch<T>> waiting_;
  bool queued_ = false;
  bool finished_ = false;
};

}  // namespace detail

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

  void push(const T& row) { to_->push({&row, 1}); }
  void push(std::span<const T> rows) { to_->push(rows); }

  /// No event before `t` is coming: the watermark is `t`.
  void advance_to(timestamp t) { to_->advance_to(t); }

  /// No event at all is coming: every window closes.
  void finish() { to_->finish(); }

 private:
  friend class pipeline;
  detail::typed_input<T>* to_;
};

}  // namespace oriel
