// SPDX-License-Identifier: Apache-2.0
// src/query/accumulator.cpp - what an aggregate keeps for each group.
#include <query/accumulator.hpp>

#include <limits>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <query/total_order.hpp>
#include <table/sum_of.hpp>

namespace oriel::detail {
namespace {

// Calls `body(i, g)` for positions and groups of the rows.
template <typename Body>
void for_each_grouped(const grouped_rows& in, Body body) {
  const std::uint32_t* const groups = in.groups;
  if (in.rows.all()) {
    for (std::size_t k = 0; k < in.rows.count; ++k) body(k, groups[k]);
  } else {
    const row_index* const index = in.rows.index;
    for (std::size_t k = 0; k < in.rows.count; ++k) body(static_cast<std::size_t>(index[k]), groups[k]);
  }
}

// Calls `body(first, count, g)` for the runs, which begin with the `first`-th row.
template <typename Body>
void for_each_run(const grouped_rows& in, Body body) {
  std::size_t first = 0;
  for (const row_run& run : in.runs) {
    body(first, run.end - first, std::size_t{run.group});
    first = run.end;
  }
}

class row_counter final : public accumulator {
 public:
  void resize(std::size_t groups) override { counts_.resize(groups); }
  void update(const column_vector&, const grouped_rows& in) override {
    std::int64_t* const counts = counts_.data();
    if (in.groups == nullptr) {
      counts[0] += static_cast<std::int64_t>(in.rows.count);
    } else if (!in.runs.empty()) {
      for_each_run(in, [&](std::size_t /*first*/, std::size_t count, std::size_t g) {
        counts[g] += static_cast<std::int64_t>(count);
      });
    } else {
      for (std::size_t k = 0; k < in.rows.count; ++k) ++counts[in.groups[k]];
    }
  }
  std::int64_t count(std::size_t group) const noexcept override { return counts_[group]; }

 private:
  std::vector<std::int64_t> counts_;
};

class value_counter final : public accumulator {
 public:
  void resize(std::size_t groups) override { counts_.resize(groups); }
  void update(const column_vector& values, const grouped_rows& in) override {
    std::int64_t* const counts = counts_.data();
    const std::uint64_t* const validity = values.validity;
    if (in.groups == nullptr) {
      std::int64_t n = 0;
      for_each_selected(in.rows, [&](std::size_t i) { n += validity == nullptr || bit_at(validity, i) ? 1 : 0; });
      counts[0] += n;
    } else if (validity == nullptr) {
      for (std::size_t k = 0; k < in.rows.count; ++k) ++counts[in.groups[k]];
    } else {
      for_each_grouped(in, [&](std::size_t i, std::size_t g) { counts[g] += bit_at(validity, i) ? 1 : 0; });
    }
  }
  std::int64_t count(std::size_t group) const noexcept override { return counts_[group]; }

 private:
  std::vector<std::int64_t> counts_;
};

// Adds values to the sums of their groups.
template <typename T, typename Sum>
void add_values(const column_vector& values, const grouped_rows& in, Sum* sums) {
  const T* const x = static_cast<const T*>(values.data);
  const std::uint64_t* const validity = values.validity;
  const auto add_run = [&](std::size_t first, std::size_t count, std::size_t g) {
    if (in.rows.all()) {
      sums[g] += sum_of<Sum>(count, [=](std::size_t k) { return Sum{x[first + k]}; });
    } else {
      sums[g] += sum_of<Sum>(count, [=, index = in.rows.index + first](std::size_t k) { return Sum{x[index[k]]}; });
    }
  };
  if (validity != nullptr && in.groups == nullptr) {
    for_each_selected(in.rows, [&](std::size_t i) {
      if (bit_at(validity, i)) sums[0] += x[i];
    });
  } else if (validity != nullptr) {
    for_each_grouped(in, [&](std::size_t i, std::size_t g) {
      if (bit_at(validity, i)) sums[g] += x[i];
    });
  } else if (in.groups == nullptr) {
    add_run(0, in.rows.count, 0);
  } else if (!in.runs.empty()) {
    for_each_run(in, add_run);
  } else {
    for_each_grouped(in, [&](std::size_t i, std::size_t g) { sums[g] += x[i]; });
  }
}

class float64_summer final : public accumulator {
 public:
  void resize(std::size_t groups) override { sums_.resize(groups); }
  void update(const column_vector& values, const grouped_rows& in) override {
    add_values<double>(values, in, sums_.data());
  }
  void add_sum(const zone& values, std::size_t group) override { sums_[group] += values.sum_float64; }
  double float64_sum(std::size_t group) const noexcept override { return sums_[group]; }

 private:
  std::vector<double> sums_;
};

// Sums of LONG, which 128 bits hold whatever the values. Values of 32 bits, as most are, are added up in 64 bits, which
// is several times faster; before so many rows have come that these might not do, they are moved.
class int64_summer final : public accumulator {
 public:
  void resize(std::size_t groups) override {
    if (narrow_.size() == groups) return;
    narrow_.resize(groups);
    if (!wide_.empty()) wide_.resize(groups);
  }
  void update(const column_vector& values, const grouped_rows& in) override {
    if (are_narrow(values.int64s(), in.rows)) {
      if (pending_ > most_pending) widen();
      pending_ += in.rows.count;
      add_values<std::int64_t>(values, in, narrow_.data());
    } else {
      wide_.resize(narrow_.size());
      add_values<std::int64_t>(values, in, wide_.data());
    }
  }
  void add_sum(const zone& values, std::size_t group) override {
    wide_.resize(narrow_.size());
    wide_[group] += values.sum_int64;
  }
  int128 int64_sum(std::size_t group) const noexcept override {
    return narrow_[group] + (wide_.empty() ? int128{0} : wide_[group]);
  }
  double float64_sum(std::size_t group) const noexcept override { return static_cast<double>(int64_sum(group)); }

 private:
  static constexpr std::size_t most_pending = std::size_t{1} << 30;  // times 2 to the 31 is below 2 to the 62

  // Whether all values lie in [-2 to the 31, 2 to the 31).
  static bool are_narrow(const std::int64_t* x, const row_set& rows) noexcept {
    std::uint64_t bits = 0;
    constexpr std::uint64_t half = std::uint64_t{1} << 31;
    for_each_selected(rows, [&](std::size_t i) { bits |= static_cast<std::uint64_t>(x[i]) + half; });
    return bits >> 32 == 0;
  }

  void widen() {
    wide_.resize(narrow_.size());
    for (std::size_t g = 0; g < narrow_.size(); ++g) {
      wide_[g] += narrow_[g];
      narrow_[g] = 0;
    }
    pending_ = 0;
  }

  std::vector<std::int64_t> narrow_;
  std::vector<int128> wide_;  // empty until it is needed
  std::size_t pending_ = 0;   // rows in `narrow_`
};

// Calls `body(i, g)` for rows whose value is not null.
template <typename Body>
void for_each_value(const column_vector& values, const grouped_rows& in, Body body) {
  const std::uint64_t* const validity = values.validity;
  const auto valid = [&](std::size_t i) { return validity == nullptr || bit_at(validity, i); };
  if (in.groups == nullptr) {
    for_each_selected(in.rows, [&](std::size_t i) {
      if (valid(i)) body(i, std::size_t{0});
    });
  } else {
    for_each_grouped(in, [&](std::size_t i, std::size_t g) {
      if (valid(i)) body(i, g);
    });
  }
}

template <typename T>
bool less(T a, T b) noexcept {
  if constexpr (std::is_same_v<T, double>) {
    return less_total(a, b);
  } else {
    return a < b;
  }
}

template <typename T, bool Least>
class extremum final : public accumulator {
 public:
  explicit extremum(column_type type) : type_(type) {}

  void resize(std::size_t groups) override {
    best_.resize(groups);
    seen_.resize(groups);
  }
  void update(const column_vector& values, const grouped_rows& in) override {
    const T* const x = static_cast<const T*>(values.data);
    for_each_value(values, in, [&](std::size_t i, std::size_t g) {
      const bool better = seen_[g] == 0 || (Least ? less(x[i], best_[g]) : less(best_[g], x[i]));
      best_[g] = better ? x[i] : best_[g];
      seen_[g] = 1;
    });
  }
  column_data values(std::size_t groups) const override {
    column_data out(type_);
    for (std::size_t g = 0; g < groups; ++g) {
      if (seen_[g] == 0) {
        out.push_null();
      } else if constexpr (std::is_same_v<T, double>) {
        out.push_float64(best_[g]);
      } else if constexpr (std::is_same_v<T, std::uint8_t>) {
        out.push_boolean(best_[g] != 0);
      } else {
        out.push_int64(best_[g]);
      }
    }
    return out;
  }

 private:
  column_type type_;
  std::vector<T> best_;
  std::vector<std::uint8_t> seen_;
};

// Strings that come as ids: a group remembers an id, and only a different one is compared.
template <bool Least>
class id_extremum final : public accumulator {
 public:
  explicit id_extremum(const text_dictionary& dictionary) : dictionary_(dictionary) {}

  void resize(std::size_t groups) override { best_.resize(groups, none); }
  void update(const column_vector& values, const grouped_rows& in) override {
    const std::uint32_t* const ids = values.ids();
    for_each_value(values, in, [&](std::size_t i, std::size_t g) {
      const std::uint32_t id = ids[i];
      if (id == best_[g]) return;
      if (best_[g] == none ||
          (Least ? dictionary_[id] < dictionary_[best_[g]] : dictionary_[best_[g]] < dictionary_[id])) {
        best_[g] = id;
      }
    });
  }
  column_data values(std::size_t groups) const override {
    column_data out(column_type::string, &dictionary_);
    for (std::size_t g = 0; g < groups; ++g) best_[g] == none ? out.push_null() : out.push_id(best_[g]);
    return out;
  }

 private:
  static constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();

  const text_dictionary& dictionary_;
  std::vector<std::uint32_t> best_;
};

template <bool Least>
class text_extremum final : public accumulator {
 public:
  void resize(std::size_t groups) override { best_.resize(groups); }
  void update(const column_vector& values, const grouped_rows& in) override {
    for_each_value(values, in, [&](std::size_t i, std::size_t g) {
      const std::string_view text = values.text(i);
      std::optional<std::string>& best = best_[g];
      const std::string_view kept = best ? std::string_view(*best) : std::string_view{};
      if (!best || (Least ? text < kept : kept < text)) best = std::string(text);
    });
  }
  column_data values(std::size_t groups) const override {
    column_data out(column_type::string);
    for (std::size_t g = 0; g < groups; ++g) best_[g] ? out.push_text(*best_[g]) : out.push_null();
    return out;
  }

 private:
  std::vector<std::optional<std::string>> best_;
};

template <bool Least>
std::unique_ptr<accumulator> make_extremum(column_type type, const text_dictionary* dictionary) {
  switch (type) {
    case column_type::boolean: return std::make_unique<extremum<std::uint8_t, Least>>(type);
    case column_type::int64:
    case column_type::time: return std::make_unique<extremum<std::int64_t, Least>>(type);
    case column_type::float64: return std::make_unique<extremum<double, Least>>(type);
    default: break;
  }
  if (dictionary != nullptr) return std::make_unique<id_extremum<Least>>(*dictionary);
  return std::make_unique<text_extremum<Least>>();
}

}  // namespace

std::unique_ptr<accumulator> make_accumulator(accumulator_kind kind, column_type type,
                                              const text_dictionary* dictionary) {
  switch (kind) {
    case accumulator_kind::rows: return std::make_unique<row_counter>();
    case accumulator_kind::values: return std::make_unique<value_counter>();
    case accumulator_kind::sum:
      if (type == column_type::float64) return std::make_unique<float64_summer>();
      return std::make_unique<int64_summer>();
    case accumulator_kind::minimum: return make_extremum<true>(type, dictionary);
    case accumulator_kind::maximum: break;
    default: return make_statistics(kind, type, dictionary);
  }
  return make_extremum<false>(type, dictionary);
}

}  // namespace oriel::detail
