// SPDX-License-Identifier: Apache-2.0
#include <oriel/runtime/executor.hpp>

#include <algorithm>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <utility>

namespace oriel {

struct wake_signal::state {
  std::mutex mutex;
  std::condition_variable changed;
  bool raised = false;
};

wake_signal::wake_signal() : state_(std::make_unique<state>()) {}
wake_signal::~wake_signal() = default;

void wake_signal::notify() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->raised = true;
  }
  state_->changed.notify_one();
}

void wake_signal::wait(std::chrono::milliseconds most) {
  std::unique_lock lock(state_->mutex);
  state_->changed.wait_for(lock, most, [&] { return state_->raised; });
  state_->raised = false;
}

executor::executor(std::vector<source_node*> sources, options chosen)
    : sources_(std::move(sources)), options_(std::move(chosen)) {}

bool executor::run(const std::stop_token& stop) {
  wake_signal own_signal;
  wake_signal& wake = options_.wake != nullptr ? *options_.wake : own_signal;
  const std::stop_callback wake_to_stop(stop, [&] { wake.notify(); });

  for (source_node* s : sources_) s->open();
  while (!sources_.empty()) {
    if (!fill() || !release_next()) {
      // Nothing may be released, or there is nothing. Meanwhile time passes for early results.
      if (sources_.empty()) break;
      wake.wait(std::chrono::milliseconds{20});
      within_unit([&] {
        for (source_node* s : sources_) s->pass_time();
      });
    }
    if (stop.stop_requested()) {
      while (release_next()) {  // what has been read is not lost
      }
      return sources_.empty();
    }
  }
  return true;
}

/// Releases the earliest of the ready rows; false when there are none.
bool executor::release_next() {
  const std::optional<choice> next = choose();
  if (!next) return false;
  source_node& source = *sources_[next->index];
  const std::uint64_t before = source.counters().out.value();
  within_unit([&] {
    source.release(next->limit, next->inclusive);
    if (!source.ready() && source.unsettled()) source.settle();
  });
  events_ += source.counters().out.value() - before;
  report();
  return true;
}

/// Lets every source without ready rows fill; takes out the finished. False when one is waiting: it may still
/// bring an event earlier than all others.
bool executor::fill() {
  bool none_waiting = true;
  for (std::size_t i = 0; i < sources_.size();) {
    source_node& source = *sources_[i];
    source_state state = source_state::ready;
    while (!source.ready() && state == source_state::ready) {
      state = source.fill(options_.batch_size);
      if (source.unsettled()) within_unit([&] { source.settle(); });
    }
    if (source.ready()) {
      ++i;
    } else if (state == source_state::finished) {
      finished_input_.done += source.progress().done;
      finished_input_.total += source.progress().total;
      within_unit([&] { source.finish(); });
      sources_.erase(sources_.begin() + static_cast<std::ptrdiff_t>(i));
    } else {
      none_waiting = none_waiting && state != source_state::waiting;
      ++i;
    }
  }
  return none_waiting;
}

std::optional<executor::choice> executor::choose() const {
  std::optional<choice> result;
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    if (!sources_[i]->ready()) continue;
    if (!result || sources_[i]->next_time() < sources_[result->index]->next_time()) {
      result = choice{i, end_of_time, true};
    }
  }
  if (!result) return result;
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    if (i == result->index || !sources_[i]->ready()) continue;
    const timestamp t = sources_[i]->next_time();
    // A source declared earlier goes first at equal times.
    if (t < result->limit) {
      result->limit = t;
      result->inclusive = i > result->index;
    } else if (t == result->limit && i < result->index) {
      result->inclusive = false;
    }
  }
  return result;
}

void executor::within_unit(const std::function<void()>& work) const {
  if (options_.unit == nullptr) return work();
  const unit_of_work::scope held(*options_.unit);
  work();
}

void executor::report() {
  if (!options_.on_progress) return;
  run_progress progress{events_, end_of_time, finished_input_};
  for (const source_node* s : sources_) {
    progress.watermark = std::min(progress.watermark, s->watermark());
    const source_progress p = s->progress();
    progress.input.done += p.done;
    progress.input.total += p.total;
  }
  options_.on_progress(progress);
}

}  // namespace oriel
