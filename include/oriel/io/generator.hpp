// SPDX-License-Identifier: Apache-2.0
// oriel/io/generator.hpp - events made from a seed: the same seed, the same bytes, everywhere.
//
// Demonstrations, tests and benchmarks want input that is made up yet repeatable, also
// by someone else on another machine. The standard library's engines are specified to
// the bit but its distributions are not, so the draws an invented world needs (a whole
// number, a share, a pick by weight, a popular few among many) are members of
// `random_engine` and use only operations whose result IEEE 754 or integer arithmetic
// fixes exactly.
//
// One trap remains in the caller's code: two draws in one expression (`a(random) + b(random)`,
// the arguments of a call) happen in an order each compiler chooses. Draw into variables, or
// inside braces, which are ordered.
//
// The engine is xoshiro256** (Blackman and Vigna, 2018), seeded through splitmix64.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include <oriel/core/arena.hpp>
#include <oriel/core/assert.hpp>
#include <oriel/flow/source.hpp>

namespace oriel {

/// A source of random bits and the few draws made-up data needs. Not for secrets.
///
/// Also a standard uniform random bit generator; the standard's own distributions work
/// with it but differ from one standard library to the next.
class random_engine {
 public:
  using result_type = std::uint64_t;

  explicit constexpr random_engine(std::uint64_t seed) noexcept {
    for (std::uint64_t& word : state_) {
      seed += 0x9E3779B97F4A7C15u;
      std::uint64_t z = seed;
      z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
      z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
      word = z ^ (z >> 31);
    }
  }

  static constexpr result_type min() noexcept { return 0; }
  static constexpr result_type max() noexcept { return ~result_type{0}; }

  /// 64 random bits.
  constexpr result_type operator()() noexcept {
    const std::uint64_t drawn = rotate(state_[1] * 5, 7) * 9;
    const std::uint64_t t = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= t;
    state_[3] = rotate(state_[3], 45);
    return drawn;
  }

  /// A whole number in [0, end), every one equally likely. Requires: `end > 0`.
  constexpr std::uint64_t below(std::uint64_t end) noexcept {
    ORIEL_ASSERT(end > 0);
    const std::uint64_t unfair = (~end + 1) % end;  // 2^64 mod end: the draws that would favour the small
    std::uint64_t drawn = (*this)();
    while (drawn < unfair) drawn = (*this)();
    return drawn % end;
  }

  /// A whole number in [least, greatest], both included. Requires: `least <= greatest`.
  constexpr std::int64_t between(std::int64_t least, std::int64_t greatest) noexcept {
    ORIEL_ASSERT(least <= greatest);
    const std::uint64_t span = static_cast<std::uint64_t>(greatest) - static_cast<std::uint64_t>(least);
    const std::uint64_t drawn = span == max() ? (*this)() : below(span + 1);
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(least) + drawn);
  }

  /// A number in [0, 1), a multiple of 2^-53.
  constexpr double unit() noexcept { return static_cast<double>((*this)() >> 11) * 0x1.0p-53; }

  /// True in `share` of all draws: never for 0, always for 1.
  constexpr bool chance(double share) noexcept { return unit() < share; }

  /// An index into `weights`, in proportion to them. Requires: a weight above zero.
  constexpr std::size_t pick(std::initializer_list<std::uint32_t> weights) noexcept {
    std::uint64_t total = 0;
    for (const std::uint32_t weight : weights) total += weight;
    std::uint64_t drawn = below(total);
    std::size_t index = 0;
    for (const std::uint32_t weight : weights) {
      if (drawn < weight) break;
      drawn -= weight;
      ++index;
    }
    return index;
  }

 private:
  static constexpr std::uint64_t rotate(std::uint64_t bits, int count) noexcept {
    return (bits << count) | (bits >> (64 - count));
  }

  std::uint64_t state_[4]{};
};

/// A popular few among many: rank k (from 0) is drawn in proportion to 1 / (k + 1).
///
/// The exponent is fixed at 1, Zipf's own: any other needs `pow`, whose last bit depends on
/// the C library.
///
/// Complexity: a draw is O(log n). Memory: 8 bytes per rank.
///
///     const zipf popularity{10'000};
///     users[popularity(random)];
class zipf {
 public:
  explicit zipf(std::size_t ranks) {
    ORIEL_ASSERT(ranks > 0);
    cumulative_.reserve(ranks);
    double sum = 0;
    for (std::size_t k = 1; k <= ranks; ++k) {
      sum += 1.0 / static_cast<double>(k);
      cumulative_.push_back(sum);
    }
  }

  std::size_t operator()(random_engine& random) const noexcept {
    const double drawn = random.unit() * cumulative_.back();
    const auto found = std::upper_bound(cumulative_.begin(), cumulative_.end(), drawn);
    return std::min(static_cast<std::size_t>(found - cumulative_.begin()), cumulative_.size() - 1);
  }

 private:
  std::vector<double> cumulative_;
};

/// A function that makes the event of a given index; see `generator`.
template <typename T>
class event_maker {
 public:
  event_maker() = default;

  template <typename F>
    requires(!std::same_as<std::remove_cvref_t<F>, event_maker>) &&
            (std::is_invocable_r_v<T, F&, std::uint64_t, random_engine&> ||
             std::is_invocable_r_v<T, F&, std::uint64_t, random_engine&, arena&>)
  event_maker(F make) {  // NOLINT: implicit on purpose
    if constexpr (std::is_invocable_r_v<T, F&, std::uint64_t, random_engine&, arena&>) {
      make_ = std::move(make);
    } else {
      make_ = [make = std::move(make)](std::uint64_t index, random_engine& random, arena&) mutable {
        return T(make(index, random));
      };
    }
  }

  explicit operator bool() const noexcept { return static_cast<bool>(make_); }
  T operator()(std::uint64_t index, random_engine& random, arena& bytes) { return make_(index, random, bytes); }

 private:
  std::function<T(std::uint64_t, random_engine&, arena&)> make_;
};

namespace detail {

template <typename T>
class generator_source final : public source<T> {
 public:
  generator_source(std::uint64_t count, std::uint64_t seed, event_maker<T> make)
      : count_(count), random_(seed), make_(std::move(make)) {}

  source_state read(source_batch<T>& out, std::size_t most) override {
    out.clear();
    for (; out.rows.size() < most && next_ < count_; ++next_) {
      out.rows.push_back(make_(next_, random_, out.bytes));
    }
    return next_ == count_ ? source_state::finished : source_state::ready;
  }

  source_progress progress() const override { return {next_, count_}; }

 private:
  std::uint64_t count_;
  std::uint64_t next_ = 0;
  random_engine random_;
  event_maker<T> make_;
};

}  // namespace detail

/// A source of `count` events made by `make(index, random)`, for index 0, 1, ...
///
/// A `make` that takes a third parameter, `arena&`, stores there the text its events view.
/// It may carry state; every `open` starts from a copy of it.
///
///     p.from(generator<click>{.count = 1'000'000, .seed = 7, .make = [](std::uint64_t i, random_engine& random) {
///       return click{.page = pages[random.below(3)], .ts = at_ms(static_cast<std::int64_t>(i) * 10)};
///     }});
template <typename T>
struct generator {
  using event_type = T;

  std::uint64_t count = 0;
  std::uint64_t seed = 1;
  event_maker<T> make = {};

  std::unique_ptr<source<T>> open() const {
    ORIEL_ASSERT(count == 0 || make);
    return std::make_unique<detail::generator_source<T>>(count, seed, make);
  }
};

}  // namespace oriel
