// SPDX-License-Identifier: Apache-2.0
// src/query/accumulate_statistics.cpp - what VAR, PERCENTILE, MODE, FIRSTWITHTIME and LASTWITHTIME keep.
#include <query/accumulator.hpp>

#include <algorithm>
#include <bit>
#include <numeric>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <query/total_order.hpp>

namespace oriel::detail {
namespace {

// Calls `body(i, g)` for rows whose value is not null.
template <typename Body>
void for_each_value(const column_vector& values, const grouped_rows& in, Body body) {
  std::size_t k = 0;
  for_each_selected(in.rows, [&](std::size_t i) {
    const std::size_t g = in.groups != nullptr ? in.groups[k] : 0;
    ++k;
    if (!values.is_null(i)) body(i, g);
  });
}

// A value that is not a string, as 64 bits that order as it does; and back.
std::uint64_t bits_of(const column_vector& v, std::size_t i) noexcept {
  switch (v.type) {
    case column_type::boolean: return v.booleans()[i] != 0 ? 1 : 0;
    case column_type::float64: return ordered_bits(v.float64s()[i]);
    default: return ordered_bits(v.int64s()[i]);
  }
}

void push_bits(column_data& out, std::uint64_t bits) {
  switch (out.type()) {
    case column_type::boolean: return out.push_boolean(bits != 0);
    case column_type::float64: return out.push_float64(float64_of_ordered_bits(bits));
    case column_type::string: return out.push_id(static_cast<std::uint32_t>(bits));
    default: return out.push_int64(int64_of_ordered_bits(bits));
  }
}

// Count, mean and squared distance from the mean, one value after the other (B. P. Welford, "Note on a Method for
// Calculating Corrected Sums of Squares and Products", Technometrics 1962).
class moments final : public accumulator {
 public:
  void resize(std::size_t groups) override { kept_.resize(groups); }
  void update(const column_vector& values, const grouped_rows& in) override {
    for_each_value(values, in, [&, x = values.float64s()](std::size_t i, std::size_t g) {
      part& p = kept_[g];
      ++p.count;
      const double distance = x[i] - p.mean;
      p.mean += distance / static_cast<double>(p.count);
      p.squares += distance * (x[i] - p.mean);
    });
  }
  std::optional<double> variance(std::size_t group) const noexcept override {
    const part& p = kept_[group];
    if (p.count < 2) return std::nullopt;
    return p.squares / static_cast<double>(p.count - 1);
  }

 private:
  struct part {
    std::int64_t count = 0;
    double mean = 0;
    double squares = 0;
  };
  std::vector<part> kept_;
};

// All values with their groups, as they come; put in order when they are asked for.
class sampler : public accumulator {
 public:
  void resize(std::size_t) override {}
  std::size_t grown() noexcept override {
    const std::size_t before = std::exchange(noted_, bits_.size());
    return (bits_.size() - before) * (sizeof(std::uint32_t) + sizeof(std::uint64_t));
  }

 protected:
  void keep(std::size_t group, std::uint64_t bits) {
    groups_.push_back(static_cast<std::uint32_t>(group));
    bits_.push_back(bits);
  }

  // Calls `body(first, last)` with the values of each group.
  template <typename Body>
  void for_each_group(std::size_t groups, Body body) const {
    std::vector<std::size_t> begin(groups + 1, 0);
    for (const std::uint32_t g : groups_) ++begin[g + 1];
    std::partial_sum(begin.begin(), begin.end(), begin.begin());
    std::vector<std::uint64_t> sorted(bits_.size());
    std::vector<std::size_t> next(begin.begin(), begin.end() - 1);
    for (std::size_t i = 0; i < bits_.size(); ++i) sorted[next[groups_[i]]++] = bits_[i];
    for (std::size_t g = 0; g < groups; ++g) body(sorted.data() + begin[g], sorted.data() + begin[g + 1]);
  }

 private:
  std::vector<std::uint32_t> groups_;
  std::vector<std::uint64_t> bits_;
  std::size_t noted_ = 0;
};

// Pinot's rule: the value at place floor(n * percent / 100) of all in order, or the last.
class samples final : public sampler {
 public:
  void update(const column_vector& values, const grouped_rows& in) override {
    for_each_value(values, in, [&](std::size_t i, std::size_t g) { keep(g, bits_of(values, i)); });
  }
  column_data percentiles(std::size_t groups, double percent) const override {
    column_data out(column_type::float64);
    for_each_group(groups, [&](std::uint64_t* first, std::uint64_t* last) {
      if (first == last) return out.push_null();
      const auto count = static_cast<std::size_t>(last - first);
      const auto at = static_cast<std::size_t>(static_cast<double>(count) * percent / 100);
      std::uint64_t* const wanted = first + std::min(at, count - 1);
      std::nth_element(first, wanted, last);
      push_bits(out, *wanted);
    });
    return out;
  }
};

// The most frequent value; of equally frequent ones the least.
class most_frequent final : public sampler {
 public:
  most_frequent(column_type type, const text_dictionary* dictionary) : type_(type), dictionary_(dictionary) {}

  void update(const column_vector& values, const grouped_rows& in) override {
    for_each_value(values, in, [&](std::size_t i, std::size_t g) {
      keep(g, type_ != column_type::string ? bits_of(values, i)
              : dictionary_ != nullptr     ? values.ids()[i]
                                           : own_.intern(values.text(i)));
    });
  }
  column_data values(std::size_t groups) const override {
    const text_dictionary& texts = dictionary_ != nullptr ? *dictionary_ : own_;
    column_data out(type_, type_ == column_type::string ? &texts : nullptr);
    const auto less = [&](std::uint64_t a, std::uint64_t b) {
      return type_ != column_type::string ? a < b
                                          : texts[static_cast<std::uint32_t>(a)] < texts[static_cast<std::uint32_t>(b)];
    };
    for_each_group(groups, [&](std::uint64_t* first, std::uint64_t* last) {
      if (first == last) return out.push_null();
      std::sort(first, last);
      std::uint64_t best = 0;
      std::ptrdiff_t most = 0;
      while (first != last) {
        const std::uint64_t* const end = std::upper_bound(first, last, *first);
        const std::ptrdiff_t count = end - first;
        if (count > most || (count == most && less(*first, best))) {
          best = *first;
          most = count;
        }
        first += count;
      }
      push_bits(out, best);
    });
    return out;
  }

 private:
  column_type type_;
  const text_dictionary* dictionary_;
  text_dictionary own_;
};

// The value at the least or greatest time; of equal times the first that came for the least, the last for the
// greatest.
template <bool First>
class value_by_time final : public accumulator {
 public:
  value_by_time(column_type type, const text_dictionary* dictionary) : type_(type), dictionary_(dictionary) {}

  void resize(std::size_t groups) override { kept_.resize(groups); }
  void update(const column_vector&, const grouped_rows&) override {}
  void update_many(const column_vector& values, std::span<const column_vector> more, const grouped_rows& in) override {
    const column_vector& times = more[0];
    for_each_value(values, in, [&, t = times.int64s()](std::size_t i, std::size_t g) {
      if (times.is_null(i)) return;
      part& p = kept_[g];
      if (p.seen && (First ? t[i] >= p.time : t[i] < p.time)) return;
      p.seen = true;
      p.time = t[i];
      if (type_ != column_type::string) {
        p.bits = bits_of(values, i);
      } else if (dictionary_ != nullptr) {
        p.bits = values.ids()[i];
      } else {
        p.text = values.text(i);
      }
    });
  }
  column_data values(std::size_t groups) const override {
    column_data out(type_, dictionary_);
    for (std::size_t g = 0; g < groups; ++g) {
      const part& p = kept_[g];
      if (!p.seen) {
        out.push_null();
      } else if (type_ == column_type::string && dictionary_ == nullptr) {
        out.push_text(p.text);
      } else {
        push_bits(out, p.bits);
      }
    }
    return out;
  }

 private:
  struct part {
    std::int64_t time = 0;
    std::uint64_t bits = 0;
    std::string text;
    bool seen = false;
  };
  column_type type_;
  const text_dictionary* dictionary_;
  std::vector<part> kept_;
};

}  // namespace

std::unique_ptr<accumulator> make_statistics(accumulator_kind kind, column_type type,
                                             const text_dictionary* dictionary) {
  switch (kind) {
    case accumulator_kind::moments: return std::make_unique<moments>();
    case accumulator_kind::samples: return std::make_unique<samples>();
    case accumulator_kind::mode: return std::make_unique<most_frequent>(type, dictionary);
    case accumulator_kind::first_by: return std::make_unique<value_by_time<true>>(type, dictionary);
    default: return std::make_unique<value_by_time<false>>(type, dictionary);
  }
}

}  // namespace oriel::detail
