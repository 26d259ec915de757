// SPDX-License-Identifier: Apache-2.0
// oriel/aggregate/funnel_chains.hpp - how far the events of one entity have come, one event after the other.
//
// A chain of level L is events e1 ... eL, each behind the one before it, ei matching step i, the
// last no later than `within` after the first. For each level the chain with the latest start is
// enough to know: among chains that have come as far it can be continued longest.
//
//     steps A B C     A0    B5    A8    B9    C14         level 1   A0    A0    A8    A8    A8
//                                                               2         A0    A0    A8    A8
//                                                               3                           A8
//
// An event extends chains from the last level down to the first, so that it is used once.
//
//   strict       what an event does not extend, it breaks
//   increasing   chains are extended as they stood before the events of the same time
//   any order    a chain also knows which steps each of its events matches. An event extends it if
//                there is a way to give every event a step of its own (an augmenting path). Of starts
//                that have come equally far the latest is still enough: its events are among those of
//                the others, and of events that can serve n steps, any n that can serve n steps
//                leave the same events useless (they span the same flat of a transversal matroid)
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>
#include <vector>

#include <oriel/aggregate/funnel_log.hpp>
#include <oriel/aggregate/funnel_options.hpp>

namespace oriel::detail {

/// What makes a chain.
struct funnel_rules {
  std::size_t step_count = 0;
  funnel_options options{};
  std::vector<std::uint64_t> cuts{};  ///< by exclusion: the levels it cuts, bit L - 1 for level L

  std::uint64_t steps() const noexcept { return ~std::uint64_t{0} >> (64 - step_count); }
  bool is_in_time(std::int64_t start, std::int64_t t) const noexcept {
    const auto distance = static_cast<std::uint64_t>(t) - static_cast<std::uint64_t>(start);
    return distance < static_cast<std::uint64_t>(options.within.ms) + (options.inclusive ? 1 : 0);
  }
  std::uint64_t cut_by(const funnel_event& e) const noexcept {
    std::uint64_t levels = 0;
    for (std::size_t i = 0; i < cuts.size(); ++i) {
      if ((e.bits >> (step_count + i) & 1) != 0) levels |= cuts[i];
    }
    return levels;
  }
};

/// A chain of which only the start matters.
struct funnel_start {
  std::int64_t time = 0;

  std::int64_t start() const noexcept { return time; }
  void begin(const funnel_event& e) noexcept { time = e.time; }
  void extend(std::size_t, const funnel_event&) noexcept {}

  template <typename Writer>
  void encode(Writer& out) const {
    out.put(time);
  }
  template <typename Reader>
  bool decode(Reader& in) {
    return in.get(time);
  }
};

/// A chain with the times of its events, and the value of its first.
template <std::size_t K>
struct funnel_times {
  std::array<std::int64_t, K> times{};
  std::uint32_t value = 0;

  std::int64_t start() const noexcept { return times[0]; }
  void begin(const funnel_event& e) noexcept {
    times[0] = e.time;
    value = e.value;
  }
  void extend(std::size_t step, const funnel_event& e) noexcept { times[step] = e.time; }

  template <typename Writer>
  void encode(Writer& out) const {
    out.put(times);
    out.put(value);
  }
  template <typename Reader>
  bool decode(Reader& in) {
    return in.get(times) && in.get(value);
  }
};

/// A value on the heap, if there is one; copied with it.
template <typename T>
class boxed {
 public:
  boxed() = default;
  boxed(const boxed& other) : held_(other.held_ != nullptr ? new T(*other.held_) : nullptr) {}
  boxed(boxed&& other) noexcept : held_(std::exchange(other.held_, nullptr)) {}
  boxed& operator=(boxed other) noexcept {
    std::swap(held_, other.held_);
    return *this;
  }
  ~boxed() { delete held_; }

  explicit operator bool() const noexcept { return held_ != nullptr; }
  const T& operator*() const noexcept { return *held_; }
  const T* operator->() const noexcept { return held_; }

  /// The value, made now if there is none.
  T& get() {
    if (held_ == nullptr) held_ = new T();
    return *held_;
  }

 private:
  T* held_ = nullptr;
};

/// The chains worth knowing after some events, for at most `K` steps.
///
/// Complexity: O(steps the event matches) per event; in any order O(K^3). Memory: K chains; increasing, twice that;
/// in any order, 8 K^2 bytes more.
template <std::size_t K, typename Chain>
class funnel_chains {
 public:
  /// The highest level reached.
  std::size_t level() const noexcept { return level_; }

  /// The chain of this level with the latest start. Requires: it was reached by the last event.
  const Chain& chain(std::size_t level) const noexcept { return chains_[level - 1]; }

  /// The next event in order.
  void advance(const funnel_rules& rules, const funnel_event& e) {
    std::uint64_t fresh = 0;
    switch (rules.options.order) {
      case funnel_order::any_order: fresh = extend_by_any(rules, e); break;
      case funnel_order::increasing: fresh = extend_from_before(rules, e); break;
      case funnel_order::loose:
      case funnel_order::strict:
        cut(rules, e, alive_);
        fresh = extend(rules, e, chains_, alive_);
        break;
    }
    if (begins(rules, e)) {
      chains_[0].begin(e);
      if (rules.options.order == funnel_order::any_order) serve(0).fill(0);
      fresh |= 1;
      begun_ = true;
    }
    alive_ = static_cast<level_set>(rules.options.order == funnel_order::strict ? fresh : alive_ | fresh);
    const auto reached = static_cast<std::uint8_t>(std::bit_width(fresh));
    if (reached > level_) level_ = reached;
  }

  /// The level there is behind `e` as well.
  std::size_t level_with(const funnel_rules& rules, const funnel_event& e) const {
    if (rules.options.order > funnel_order::strict) {
      funnel_chains behind = *this;
      behind.advance(rules, e);
      return behind.level();
    }
    level_set alive = alive_;
    cut(rules, e, alive);
    const std::uint64_t fresh = made_by(rules, e, chains_, alive) | std::uint64_t{begins(rules, e)};
    const auto reached = static_cast<std::size_t>(std::bit_width(fresh));
    return reached > level_ ? reached : level_;
  }

  /// Lets go of all chains; what counts from the first entry on has still begun.
  void let_go() noexcept {
    alive_ = 0;
    level_ = 0;
    if (more_) more_.get().alive = 0;
  }

  /// Calls `f(chain)` for each chain there may be.
  template <typename F>
  void for_each_chain(F&& f) {
    for (Chain& c : chains_) f(c);
    if (more_) {
      for (Chain& c : more_.get().before) f(c);
    }
  }

  template <typename Writer>
  void encode(Writer& out) const {
    out.put(chains_);
    out.put(alive_);
    out.put(level_);
    out.put(begun_);
    out.put(static_cast<bool>(more_));
    if (!more_) return;
    out.put(more_->before);
    out.put(more_->alive);
    out.put(more_->time);
    out.put(more_->served);
  }
  template <typename Reader>
  bool decode(Reader& in) {
    bool has_more = false;
    if (!in.get(chains_) || !in.get(alive_) || !in.get(level_) || !in.get(begun_) || !in.get(has_more)) return false;
    if (level_ > K || std::bit_width(alive_) > static_cast<int>(K)) return false;
    if (!has_more) return true;
    more& m = more_.get();
    return in.get(m.before) && in.get(m.alive) && in.get(m.time) && in.get(m.served) &&
           (m.served.empty() || m.served.size() == K) && std::bit_width(m.alive) <= static_cast<int>(K);
  }

 private:
  using chain_array = std::array<Chain, K>;
  using level_set = std::conditional_t<K <= 32, std::uint32_t, std::uint64_t>;
  using step_array = std::array<std::uint64_t, K>;  // by step: which steps the event that serves it matches; 0: none

  // What only some orders need.
  struct more {
    chain_array before{};  // increasing: the chains before the events of this time
    level_set alive = 0;
    std::int64_t time = 0;
    std::vector<step_array> served{};  // any order: by level - 1
  };

  static void cut(const funnel_rules& rules, const funnel_event& e, level_set& alive) noexcept {
    if (!rules.cuts.empty()) [[unlikely]] alive &= static_cast<level_set>(~rules.cut_by(e));
  }

  bool begins(const funnel_rules& rules, const funnel_event& e) const noexcept {
    return (e.bits & 1) != 0 && (rules.options.entry == funnel_entry::best || !begun_);
  }

  /// Which levels `e` makes from chains one shorter.
  static std::uint64_t made_by(const funnel_rules& rules, const funnel_event& e, const chain_array& from,
                               std::uint64_t alive) noexcept {
    std::uint64_t fresh = 0;
    for (std::uint64_t left = e.bits & rules.steps() & alive << 1; left != 0; left &= left - 1) {
      const auto i = static_cast<std::size_t>(std::countr_zero(left));
      fresh |= std::uint64_t{rules.is_in_time(from[i - 1].start(), e.time)} << i;
    }
    return fresh;
  }
  std::uint64_t extend(const funnel_rules& rules, const funnel_event& e, const chain_array& from,
                       std::uint64_t alive) noexcept {
    const std::uint64_t fresh = made_by(rules, e, from, alive);
    for (std::uint64_t left = fresh; left != 0;) {
      const auto i = static_cast<std::size_t>(std::bit_width(left)) - 1;
      left ^= std::uint64_t{1} << i;
      if (!is_later(i, from[i - 1], rules)) continue;
      chains_[i] = from[i - 1];
      chains_[i].extend(i, e);
    }
    return fresh;
  }
  bool is_later(std::size_t i, const Chain& chain, const funnel_rules& rules) const noexcept {
    return (alive_ >> i & 1) == 0 || rules.options.order == funnel_order::strict || chain.start() >= chains_[i].start();
  }

  [[gnu::noinline]] std::uint64_t extend_from_before(const funnel_rules& rules, const funnel_event& e) {
    const bool is_first = !more_;
    more& m = more_.get();
    if (is_first || e.time != m.time) {
      m.before = chains_;
      m.alive = alive_;
      m.time = e.time;
    }
    cut(rules, e, alive_);
    cut(rules, e, m.alive);
    return extend(rules, e, m.before, m.alive);
  }

  [[gnu::noinline]] std::uint64_t extend_by_any(const funnel_rules& rules, const funnel_event& e) {
    const std::uint64_t steps = e.bits & rules.steps() & ~std::uint64_t{1};
    if (steps == 0) return 0;
    std::uint64_t fresh = 0;
    for (std::size_t i = rules.step_count; i-- > 1;) {
      if ((alive_ >> (i - 1) & 1) == 0 || !rules.is_in_time(chains_[i - 1].start(), e.time)) continue;
      if (!is_later(i, chains_[i - 1], rules)) continue;
      step_array served = serve(i - 1);
      std::uint64_t tried = 1;  // step 1 is taken
      if (!find_place(steps, served, tried)) continue;
      chains_[i] = chains_[i - 1];
      chains_[i].extend(i, e);
      serve(i) = served;
      fresh |= std::uint64_t{1} << i;
    }
    return fresh;
  }
  step_array& serve(std::size_t i) {
    more& m = more_.get();
    if (m.served.empty()) m.served.resize(K);
    return m.served[i];
  }
  /// Gives an event that matches `steps` one of them, moving others to steps they also match.
  static bool find_place(std::uint64_t steps, step_array& served, std::uint64_t& tried) {
    for (std::uint64_t left = steps & ~tried; left != 0; left = steps & ~tried) {
      const auto step = static_cast<std::size_t>(std::countr_zero(left));
      if (step >= K) return false;
      tried |= std::uint64_t{1} << step;
      if (served[step] == 0 || find_place(served[step], served, tried)) {
        served[step] = steps;
        return true;
      }
    }
    return false;
  }

  chain_array chains_{};  // [i]: of level i + 1, where bit i of `alive_` is set
  boxed<more> more_;
  level_set alive_ = 0;  // chains that can be continued
  std::uint8_t level_ = 0;
  bool begun_ = false;
};

}  // namespace oriel::detail
