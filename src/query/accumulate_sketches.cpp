// SPDX-License-Identifier: Apache-2.0
// src/query/accumulate_sketches.cpp - what DISTINCTCOUNTHLL and PERCENTILETDIGEST keep: the sketches of aggregate/.
#include <query/accumulator.hpp>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include <oriel/aggregate/hyper_log_log.hpp>
#include <oriel/aggregate/quantile.hpp>
#include <query/total_order.hpp>

namespace oriel::detail {
namespace {

template <typename Body>
void for_each_value(const column_vector& values, const grouped_rows& in, Body body) {
  std::size_t k = 0;
  for_each_selected(in.rows, [&](std::size_t i) {
    const std::size_t g = in.groups != nullptr ? in.groups[k] : 0;
    ++k;
    if (!values.is_null(i)) body(i, g);
  });
}

template <typename Sketch>
class sketches : public accumulator {
 public:
  explicit sketches(Sketch empty) : empty_(std::move(empty)) {}

  void resize(std::size_t groups) override { kept_.resize(groups, empty_); }
  std::size_t grown() noexcept override {
    // All groups are looked at, so not after every batch.
    if (++asked_ % 64 != 1) return 0;
    std::size_t now = 0;
    for (const Sketch& s : kept_) now += sizeof(Sketch) + s.bytes();
    const std::size_t before = std::exchange(noted_, std::max(noted_, now));
    return now > before ? now - before : 0;
  }

 protected:
  Sketch empty_;
  std::vector<Sketch> kept_;

 private:
  std::size_t noted_ = 0;
  std::size_t asked_ = 0;
};

class registers final : public sketches<hyper_log_log> {
 public:
  using sketches::sketches;

  void update(const column_vector& values, const grouped_rows& in) override {
    for_each_value(values, in, [&](std::size_t i, std::size_t g) { kept_[g].add_hash(hash_of(values, i)); });
  }
  column_data values(std::size_t groups) const override {
    column_data out(column_type::int64);
    for (std::size_t g = 0; g < groups; ++g) out.push_int64(std::llround(kept_[g].estimate()));
    return out;
  }

 private:
  static std::uint64_t hash_of(const column_vector& v, std::size_t i) noexcept {
    switch (v.type) {
      case column_type::boolean: return sketch_hash(std::uint64_t{v.booleans()[i] != 0});
      case column_type::float64: return sketch_hash(ordered_bits(v.float64s()[i]));
      case column_type::string: return sketch_hash(v.text(i));
      default: return sketch_hash(ordered_bits(v.int64s()[i]));
    }
  }
};

class quantiles final : public sketches<quantile_sketch> {
 public:
  using sketches::sketches;

  void update(const column_vector& values, const grouped_rows& in) override {
    for_each_value(values, in, [&](std::size_t i, std::size_t g) { kept_[g].add(values.float64s()[i]); });
  }
  column_data percentiles(std::size_t groups, double percent) const override {
    column_data out(column_type::float64);
    for (std::size_t g = 0; g < groups; ++g) {
      const auto value = kept_[g].quantile(percent / 100);
      value ? out.push_float64(*value) : out.push_null();
    }
    return out;
  }
};

}  // namespace

std::unique_ptr<accumulator> make_sketch(accumulator_kind kind, column_type, unsigned precision) {
  if (kind == accumulator_kind::registers) return std::make_unique<registers>(hyper_log_log(precision));
  return std::make_unique<quantiles>(quantile_sketch());
}

}  // namespace oriel::detail
