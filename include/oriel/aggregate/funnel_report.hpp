// SPDX-License-Identifier: Apache-2.0
// oriel/aggregate/funnel_report.hpp - how many got to each step of a funnel, and how long it took them.
//
// `funnel` says how far one entity came. This aggregate is over entities: over the changelog of
// their levels or paths, so that an entity which gets further is moved, not counted twice.
//
//   events ──by user──> funnel(...).path() ──changelog──> funnel_report ──> step   users   from previous   median
//                                                                           1         120                      -
//                                                                           2          60             0.5   40 s
//                                                                           3          30             0.5   90 s
//
// A breakdown is a key: `key_by` a property of the path.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include <oriel/aggregate/aggregate.hpp>
#include <oriel/aggregate/quantile.hpp>
#include <oriel/aggregate/where.hpp>
#include <oriel/core/column_name.hpp>

namespace oriel {

/// How many got to a step, and how.
struct funnel_step {
  std::int64_t entities = 0;             ///< whose level is at least that step
  std::optional<double> from_previous;   ///< their share of those at the step before; null if there are none
  std::optional<double> from_first;      ///< their share of those at step 1
  std::optional<double> median_ms;       ///< from the step before to this one, in their chains; null without paths
  std::optional<double> p90_ms;          ///< nine out of ten took no longer

  friend bool operator==(const funnel_step&, const funnel_step&) = default;
};

/// What became of all entities.
struct funnel_conversion {
  std::vector<funnel_step> steps;
  std::int64_t completions = 0;     ///< no event counting twice; without paths, the entities at the last step
  std::optional<double> median_ms;  ///< from the first step to the last, of those who got there
  std::optional<double> p90_ms;

  friend bool operator==(const funnel_conversion&, const funnel_conversion&) = default;
};

/// Counts and times of the steps over `Input`s of which `Projection` is the level, or the path, of one entity.
template <std::size_t Steps, typename Input, typename Projection>
class funnel_report_of : public restrictable<funnel_report_of<Steps, Input, Projection>> {
  using answer = projected<Projection, Input>;
  static constexpr bool has_paths = !std::is_integral_v<answer>;
  static constexpr std::size_t sketches = has_paths ? Steps : 0;

 public:
  using input = Input;
  using output = funnel_conversion;
  static constexpr bool drifts = has_paths;  // a coarse sketch stays coarse

  struct partial {
    std::array<std::int64_t, Steps> at_level{};  // [i]: entities whose level is i + 1
    std::int64_t completions = 0;
    std::array<quantile_sketch, sketches> times;  // [0]: of the whole chain; [i]: from step i to step i + 1

    partial() {}  // NOLINT: `= default` would leave an aggregate, which cannot make sketches from {}

    template <typename Writer>
    void encode(Writer& out) const {
      out.put(at_level);
      out.put(completions);
      for (const quantile_sketch& s : times) out.put(s);
    }
    template <typename Reader>
    bool decode(Reader& in) {
      bool good = in.get(at_level) && in.get(completions);
      for (quantile_sketch& s : times) good = good && in.get(s);
      return good;
    }
  };

  explicit funnel_report_of(Projection projection) : projection_(std::move(projection)) {}

  partial identity() const { return {}; }
  partial lift(const input& entity) const {
    partial p;
    add(p, entity);
    return p;
  }
  partial combine(partial earlier, const partial& later) const { return merged(std::move(earlier), later, 1); }
  partial remove(partial from, const partial& earlier) const { return merged(std::move(from), earlier, -1); }

  output lower(const partial& p) const {
    output all;
    all.steps.resize(Steps);
    std::int64_t reached = 0;
    for (std::size_t i = Steps; i-- > 0;) all.steps[i].entities = reached += p.at_level[i];
    for (std::size_t i = 0; i < Steps; ++i) {
      funnel_step& s = all.steps[i];
      s.from_first = share(s.entities, all.steps[0].entities);
      if (i > 0) s.from_previous = share(s.entities, all.steps[i - 1].entities);
    }
    all.completions = has_paths ? p.completions : p.at_level[Steps - 1];
    if constexpr (has_paths) {
      for (std::size_t i = 1; i < Steps; ++i) {
        read(p.times[i], all.steps[i].median_ms, all.steps[i].p90_ms);
      }
      if (Steps > 1) read(p.times[0], all.median_ms, all.p90_ms);
    }
    return all;
  }

  void add(partial& p, const input& entity) const { put(p, entity, 1); }
  void take(partial& p, const input& entity) const { put(p, entity, -1); }

 private:
  static std::optional<double> share(std::int64_t part, std::int64_t whole) {
    if (whole == 0) return std::nullopt;
    return static_cast<double>(part) / static_cast<double>(whole);
  }
  static void read(const quantile_sketch& s, std::optional<double>& median, std::optional<double>& p90) {
    constexpr double q[] = {0.5, 0.9};
    std::optional<double> found[2];
    s.quantiles(q, 2, found);
    median = found[0];
    p90 = found[1];
  }
  static partial merged(partial to, const partial& from, std::int64_t sign) {
    for (std::size_t i = 0; i < Steps; ++i) to.at_level[i] += sign * from.at_level[i];
    to.completions += sign * from.completions;
    for (std::size_t i = 0; i < sketches; ++i) to.times[i].merge(from.times[i], sign);
    return to;
  }

  void put(partial& p, const input& entity, std::int64_t sign) const {
    const auto& result = project(projection_, entity);
    if constexpr (has_paths) {
      const auto& times = result[column_name<"times">{}];
      count(p, times.size(), sign);
      p.completions += sign * result[column_name<"completions">{}];
      for (std::size_t i = 1; i < times.size() && i < Steps; ++i) {
        p.times[i].add(static_cast<double>(times[i] - times[i - 1]), sign);
      }
      if (times.size() == Steps) p.times[0].add(static_cast<double>(times.back() - times.front()), sign);
    } else if (result > 0) {
      count(p, static_cast<std::size_t>(result), sign);
    }
  }
  static void count(partial& p, std::size_t level, std::int64_t sign) {
    if (level > 0) p.at_level[(level < Steps ? level : Steps) - 1] += sign;
  }

  [[no_unique_address]] Projection projection_;
};

/// How many entities got to each step of a funnel of so many `Steps`, with conversions; of paths, also the median and
/// the 90th percentile of the time from step to step. `projection` is the level or the path of one entity.
///
/// Times are exact up to 256 different ones, then within 1 % (`quantile`).
/// Complexity: O(Steps) per entity. Memory: 8 bytes a step; of paths, a quantile sketch a step. Retractable.
///
///     using user = decltype(paths)::row_type;
///     paths.to_changelog().key_by().unbounded().aggregate(
///         "funnel"_col = funnel_report<3>([](const user& u) { return u.row["path"_col]; }))
template <std::size_t Steps, typename Projection>
auto funnel_report(Projection projection) {
  return funnel_report_of<Steps, callable_argument<Projection>, Projection>(std::move(projection));
}

}  // namespace oriel
