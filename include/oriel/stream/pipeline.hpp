// SPDX-License-Identifier: Apache-2.0
// oriel/stream/pipeline.hpp - where a program begins, and how it runs.
//
// Build first, then choose who drives:
//
//   p.run();                    this thread, until every source is finished
//   p.start(); ... p.stop();    a thread of the pipeline's; query from others meanwhile
//   in.push(event);             the host's own threads and loop; nothing is started at all
//
// Whoever drives, one batch at a time goes through the graph, and the tables of the
// catalog change once per batch as far as anyone else can see.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <optional>
#include <stop_token>
#include <string_view>
#include <utility>
#include <vector>

#include <oriel/core/export.hpp>
#include <oriel/flow/lateness.hpp>
#include <oriel/flow/watermark_hold.hpp>
#include <oriel/io/dead_letters.hpp>
#include <oriel/runtime/executor.hpp>
#include <oriel/stream/context.hpp>
#include <oriel/stream/input.hpp>
#include <oriel/stream/source_stream.hpp>
#include <oriel/stream/stream.hpp>

namespace oriel {

namespace detail {

/// "clicks" of "logs/clicks.jsonl".
ORIEL_EXPORT std::string stream_name_of(std::string_view path);

template <typename Spec>
std::string source_name(const Spec& spec) {
  if constexpr (requires { std::string(spec.stream); }) {
    if (!spec.stream.empty()) return spec.stream;
  }
  if constexpr (requires { std::string_view(spec.path); }) {
    if (!spec.path.empty()) return stream_name_of(spec.path);
  }
  return "source";
}

}  // namespace detail

/// Sources, operators and tables, connected.
///
/// Threads: built, run and pushed into by one thread at a time, except for inputs while it runs in the
/// background. Its tables may be read by any thread at any time.
/// Lifetime: the catalog and the clock must outlive the pipeline.
///
///     oriel::catalog tables;
///     oriel::pipeline p{tables};
///     p.from(json_lines<click>{.path = "clicks.jsonl"})
///         .event_time(&click::ts, {.out_of_orderness = 5s})
///         .key_by(&click::page)
///         .window(tumbling{.size = 1min})
///         .aggregate("views"_col = count())
///         .into("page_minutes");
///     p.run();
class ORIEL_EXPORT pipeline {
 public:
  explicit pipeline(catalog& tables, pipeline_options options = {});
  ~pipeline();
  pipeline(const pipeline&) = delete;
  pipeline& operator=(const pipeline&) = delete;

  /// A stream of a source's rows. The source is opened when the pipeline starts to run.
  template <source_spec Spec>
  auto from(Spec spec) {
    using T = typename Spec::event_type;
    const std::string name = detail::source_name(spec);
    return source_stream<T>({&context_, name, [spec = std::move(spec)] { return spec.open(); }, {}}, pass{});
  }

  /// A stream of what the host pushes.
  template <typename T>
  auto from(oriel::input<T> in) {
    detail::typed_input<T>& port = *in.to_;
    return source_stream<T>({&context_, port.name(), [&port] { return port.open(); },
                             [&port](auto push, source_node& node) { port.bind(std::move(push), node); },
                             port.partitions()},
                            pass{});
  }

  /// A way in for the host's events.
  template <typename T>
  oriel::input<T> input(std::string name, input_options options = {}) {
    auto port = std::make_unique<detail::typed_input<T>>(std::move(name), options, context_.options.batch_size, unit_,
                                                         wake_);
    oriel::input<T> handle(*port);
    ports_.push_back(std::move(port));
    return handle;
  }

  /// What no source could make an event of, as it comes, in order.
  stream<dead_letter, stream_time::none> dead_letters() {
    return stream<dead_letter, stream_time::none>({&context_, &context_.dead_letters.letters(), {}});
  }

  /// Runs until every source is finished and every window closed. An input is finished when another thread says so.
  /// Errors: throws what a source, an operator or a sink throws. A pipeline runs once.
  void run(std::function<void(const run_progress&)> on_progress = {});

  /// Runs on a thread of its own.
  void start();

  /// Stops that thread soon, with everything pushed before applied; windows stay open.
  /// Errors: throws what ended the run.
  void stop();

  /// Waits until every source is finished. Errors: throws what ended the run.
  void wait();

  /// No input brings an event before `t` any more: windows that end by then are complete.
  void advance_to(timestamp t);

  /// No input brings anything any more: every window is complete.
  void finish();

  /// Which inputs and partitions keep windows that end with `window` from being complete, and why: those whose
  /// watermark is short of its end. Empty when nothing does.
  /// Threads: any.
  std::vector<watermark_hold> why_not_emitted(interval window) const;

  /// How far the events of an input have been behind, so far.
  /// Threads: any. Errors: `error{invalid}` when there is no such input, or it was built without
  /// `event_time(..., {.measure_lateness = true})`.
  oriel::lateness lateness(std::string_view input) const;

  /// Processing time, read once per batch: for steps that note when an event was seen.
  const oriel::clock& clock() const noexcept { return batch_time_; }
  const oriel::graph& graph() const noexcept { return context_.nodes; }

 private:
  /// One batch: what it writes becomes visible together, and it happens at one moment.
  class batch_unit final : public unit_of_work {
   public:
    batch_unit(catalog& tables, const oriel::clock& time, manual_clock& batch_time)
        : tables_(tables), time_(time), batch_time_(batch_time) {}
    void begin() override;
    void end() override;

   private:
    catalog& tables_;
    const oriel::clock& time_;
    manual_clock& batch_time_;
    std::optional<write_guard> held_;
  };
  struct background;

  void run_on_this_thread(std::stop_token stop, std::function<void(const run_progress&)> on_progress);

  detail::pipeline_context context_;
  manual_clock batch_time_;
  batch_unit unit_;
  wake_signal wake_;
  std::vector<std::unique_ptr<detail::input_port>> ports_;
  std::unique_ptr<background> background_;
  bool started_ = false;
};

}  // namespace oriel
