// SPDX-License-Identifier: Apache-2.0
#include <oriel/stream/pipeline.hpp>

#include <exception>
#include <thread>

#include <oriel/core/near_names.hpp>

namespace oriel {

namespace detail {

std::string stream_name_of(std::string_view path) {
  if (path == "-") return "stdin";
  if (const auto slash = path.rfind('/'); slash != std::string_view::npos) path.remove_prefix(slash + 1);
  if (const auto dot = path.rfind('.'); dot != std::string_view::npos && dot != 0) path = path.substr(0, dot);
  return path.empty() ? "source" : std::string(path);
}

}  // namespace detail

detail::pipeline_context::pipeline_context(catalog& known_tables, pipeline_options chosen)
    : tables(known_tables), options(chosen), dead_letters(nodes.add<dead_letter_node>("dead_letters")) {}

void pipeline::batch_unit::begin() {
  held_.emplace(tables_.write());
  batch_time_.set(time_.now());
}

void pipeline::batch_unit::end() { held_.reset(); }

struct pipeline::background {
  std::exception_ptr failure;
  std::jthread thread;  // last: joined before the rest goes
};

pipeline::pipeline(catalog& tables, pipeline_options options)
    : context_(tables, options), batch_time_(options.clock->now()), unit_(tables, *options.clock, batch_time_) {}

pipeline::~pipeline() = default;

void pipeline::run(std::function<void(const run_progress&)> on_progress) {
  run_on_this_thread({}, std::move(on_progress));
}

void pipeline::run_on_this_thread(std::stop_token stop, std::function<void(const run_progress&)> on_progress) {
  if (std::exchange(started_, true)) {
    throw error(error_kind::invalid, "pipeline: it has run already; build another one");
  }
  for (const auto& port : ports_) port->use_queue(true);
  executor runner(context_.sources, {context_.options.batch_size, &unit_, std::move(on_progress), &wake_});
  if (runner.run(std::move(stop))) {
    const unit_of_work::scope held(unit_);
    context_.dead_letters.finish();
  }
}

void pipeline::start() {
  if (started_ || background_) throw error(error_kind::invalid, "pipeline: it has run already; build another one");
  for (const auto& port : ports_) port->use_queue(true);  // before `start` returns, so that no push is lost
  background_ = std::make_unique<background>();
  background_->thread = std::jthread([this](std::stop_token stop) {
    try {
      run_on_this_thread(std::move(stop), {});
    } catch (...) {
      background_->failure = std::current_exception();
    }
    for (const auto& port : ports_) port->use_queue(false);
  });
}

void pipeline::stop() {
  if (!background_) return;
  background_->thread.request_stop();
  wait();
}

void pipeline::wait() {
  if (!background_) return;
  if (background_->thread.joinable()) background_->thread.join();
  const std::unique_ptr<background> ended = std::move(background_);
  if (ended->failure) std::rethrow_exception(ended->failure);
}

std::vector<watermark_hold> pipeline::why_not_emitted(interval window) const {
  return what_holds(context_.sources, window);
}

lateness pipeline::lateness(std::string_view input) const {
  std::vector<std::string> known;
  for (const source_node* source : context_.sources) {
    if (source->name() != input) {
      known.push_back(source->name());
      continue;
    }
    if (const lateness_recorder* seen = source->measured_lateness()) return seen->snapshot();
    throw error(error_kind::invalid, "lateness: input '" + std::string(input) + "' does not measure it; build it with "
                                     "event_time(..., {.measure_lateness = true})");
  }
  throw error(error_kind::invalid, "lateness: there is no input '" + std::string(input) + "'" + did_you_mean(input, known));
}

void pipeline::advance_to(timestamp t) {
  for (const auto& port : ports_) port->advance_to(t);
}

void pipeline::finish() {
  for (const auto& port : ports_) port->finish();
}

}  // namespace oriel
