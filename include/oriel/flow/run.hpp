// SPDX-License-Identifier: Apache-2.0
// oriel/flow/run.hpp - stateless steps, fused.
//
// `map`, `filter` and `flat_map` in a row become one callable, `run(row, emit)`,
// that the compiler sees through. It is carried out by one node, or by whatever
// source or operator stands before it; types are erased only where state begins.
// An empty run (`pass`) leaves no trace: batches go by untouched.
#pragma once

#include <functional>
#include <string>
#include <type_traits>
#include <utility>

#include <oriel/core/change.hpp>
#include <oriel/flow/node.hpp>

namespace oriel {

/// The run of no steps.
struct pass {
  template <typename In, typename Emit>
  void operator()(const In& row, Emit&& emit) const {
    emit(row);
  }
};

/// `Before`, then each row replaced by `f(row)`.
template <typename Before, typename F>
struct map_step {
  [[no_unique_address]] Before before;
  [[no_unique_address]] F f;

  template <typename In, typename Emit>
  void operator()(const In& row, Emit&& emit) const {
    before(row, [&](const auto& r) { emit(std::invoke(f, r)); });
  }
};

/// `Before`, then only the rows for which `f(row)` is true.
template <typename Before, typename F>
struct filter_step {
  [[no_unique_address]] Before before;
  [[no_unique_address]] F f;

  template <typename In, typename Emit>
  void operator()(const In& row, Emit&& emit) const {
    before(row, [&](const auto& r) {
      if (std::invoke(f, r)) emit(r);
    });
  }
};

/// `Before`, then rows for which `f(row)` is false turned into erasures: of a stream whose rows replace each
/// other, a row that no longer passes takes the one that did with it.
template <typename Before, typename F>
struct erasing_filter_step {
  [[no_unique_address]] Before before;
  [[no_unique_address]] F f;

  template <typename In, typename Emit>
  void operator()(const In& row, Emit&& emit) const {
    before(row, [&](const auto& r) {
      if (r.kind == change_kind::erase || std::invoke(f, r)) return emit(r);
      auto gone = r;
      gone.kind = change_kind::erase;
      emit(gone);
    });
  }
};

/// `Before`, then whatever `f(row, emit)` emits, each converted to `Out`.
template <typename Before, typename Out, typename F>
struct flat_map_step {
  [[no_unique_address]] Before before;
  [[no_unique_address]] F f;

  template <typename In, typename Emit>
  void operator()(const In& row, Emit&& emit) const {
    before(row, [&](const auto& r) { f(r, [&](const Out& out) { emit(out); }); });
  }
};

/// Carries out a run between two operators.
///
/// A row that yields nothing counts as filtered. What a row yields keeps its event time and watermark.
template <typename In, typename Out, typename Run>
class run_node final : public operator_node<In> {
 public:
  run_node(std::string name, Run run) : operator_node<In>(std::move(name)), run_(std::move(run)) {}

  outlet<Out>& rows() noexcept { return rows_; }

  void on_batch(const batch_view<In>& batch) override {
    std::uint64_t filtered = 0;
    for (std::size_t i = 0; i < batch.size(); ++i) {
      const std::size_t before = out_.size();
      run_(batch.rows[i], [&](const Out& row) { out_.push_back(row, batch.times[i], batch.watermarks[i]); });
      filtered += out_.size() == before;
    }
    this->counters_.in.add(batch.size());
    this->counters_.filtered.add(filtered);
    this->counters_.applied.add(batch.size() - filtered);
    this->counters_.out.add(out_.size());
    rows_.send(out_);
    out_.clear();
  }
  void on_watermark(timestamp w) override { rows_.watermark(w); }
  void on_end() override { rows_.end(); }

 private:
  [[no_unique_address]] Run run_;
  batch<Out> out_;
  outlet<Out> rows_{*this};
};

}  // namespace oriel
