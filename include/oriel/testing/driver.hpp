// SPDX-License-Identifier: Apache-2.0
// oriel/testing/driver.hpp - a pipeline on the workbench: time moved by hand, output kept.
//
//     driver d;
//     auto clicks = d.input<click>("clicks");
//     auto minutes = d.collect(d.from(clicks).event_time(&click::ts).key_by(&click::page)
//                                  .window(tumbling{.size = 1min}).aggregate("views"_col = count()));
//     clicks.push({"/home", at_ms(3'000)});
//     clicks.advance_to(at_ms(60'000));
//     minutes.take();               // one pane: /home, [0 min, 1 min), 1 view
//
// Nothing runs in the background and no clock is read but the driver's.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <oriel/core/clock.hpp>
#include <oriel/core/owned.hpp>
#include <oriel/stream/pipeline.hpp>
#include <oriel/table/catalog.hpp>

namespace oriel::testing {

/// The rows a stream has sent, with copies of their strings.
///
/// Lifetime: strings in rows live as long as the output or a copy of it.
template <typename T>
class output {
 public:
  /// Everything sent so far.
  const std::vector<T>& rows() const noexcept { return state_->rows; }

  /// What was sent since the last call.
  std::vector<T> take() {
    std::vector<T> fresh(state_->rows.begin() + static_cast<std::ptrdiff_t>(state_->taken), state_->rows.end());
    state_->taken = state_->rows.size();
    return fresh;
  }

  void add(const T& row) {
    state_->rows.push_back(row);
    for_each_text(state_->rows.back(), [&](std::string_view& text) { text = state_->strings.store(text); });
  }

 private:
  struct state {
    std::vector<T> rows;
    std::size_t taken = 0;
    arena strings;
  };

  std::shared_ptr<state> state_ = std::make_shared<state>();
};

/// A pipeline with a catalog and a clock of its own, driven by hand.
class driver {
 public:
  explicit driver(timestamp start = timestamp{}, std::size_t batch_size = default_batch_size)
      : clock_(start), pipeline_(tables_, {.clock = &clock_, .batch_size = batch_size}) {}

  manual_clock& clock() noexcept { return clock_; }
  catalog& tables() noexcept { return tables_; }
  oriel::pipeline& pipeline() noexcept { return pipeline_; }

  template <typename T>
  oriel::input<T> input(std::string name) {
    return pipeline_.input<T>(std::move(name));
  }
  template <typename From>
  auto from(From source) {
    return pipeline_.from(std::move(source));
  }

  /// Keeps everything `rows` sends.
  template <typename Stream>
  auto collect(const Stream& rows) {
    output<typename Stream::row_type> kept;
    rows.to([kept](const typename Stream::row_type& row) mutable { kept.add(row); });
    return kept;
  }

 private:
  manual_clock clock_;
  catalog tables_;
  oriel::pipeline pipeline_;
};

}  // namespace oriel::testing
