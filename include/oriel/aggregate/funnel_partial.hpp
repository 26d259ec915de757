// SPDX-License-Identifier: Apache-2.0
// oriel/aggregate/funnel_partial.hpp - what a funnel keeps of one entity.
//
//   base ── log ───────────────────> now
//   (chains behind the    (events)   (chains behind the last event,
//    events forgotten)                unless the log has been changed: stale)
//
// Invariant: unless `stale`, `now` is `base`, or no chains, advanced by every event of the log.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <oriel/aggregate/funnel_chains.hpp>
#include <oriel/aggregate/funnel_log.hpp>
#include <oriel/aggregate/kept.hpp>

namespace oriel::detail {

/// The different properties of step-1 events, by place: 0 is none.
template <typename Value>
struct funnel_properties {
  std::vector<kept<Value>> values;

  std::uint32_t place_of(const shown<Value>& v) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (values[i] == v) return static_cast<std::uint32_t>(i + 1);
    }
    values.emplace_back(v);
    return static_cast<std::uint32_t>(values.size());
  }
  const kept<Value>* at(std::uint32_t place) const noexcept {
    return place == 0 || place > values.size() ? nullptr : &values[place - 1];
  }
};
template <>
struct funnel_properties<void> {};

/// What a funnel keeps of one entity. `Result` says what is made of the events: `advance(state, rules, event)`.
template <typename Result, typename Value>
class funnel_partial {
 public:
  using state = typename Result::state;

  bool is_empty() const noexcept { return log_.empty() && !base_; }
  const funnel_properties<Value>& properties() const noexcept { return properties_; }
  funnel_properties<Value>& properties() noexcept { return properties_; }

  /// The bytes held beside the partial itself.
  std::size_t bytes() const noexcept { return log_.capacity() + (base_ ? sizeof(folded) : 0); }

  /// Puts an event where it belongs, unless it is too old.
  void add(const funnel_rules& rules, const funnel_event& e) {
    if (e.time < horizon(rules)) return;
    if (!log_.is_next(e)) {
      std::vector<funnel_event> events = log_.events();
      std::size_t at = events.size();
      while (at > 0 && e < events[at - 1]) --at;
      events.insert(events.begin() + static_cast<std::ptrdiff_t>(at), e);
      rewrite(events);
      return;
    }
    if (stale_) refresh(rules);
    append(rules, e);
  }

  /// Takes an event out: the one that arrived then, or one like it.
  void take(const funnel_event& e) {
    std::vector<funnel_event> events = log_.events();
    std::size_t found = events.size();
    for (std::size_t i = 0; i < events.size(); ++i) {
      const funnel_event& other = events[i];
      if (other.time != e.time || other.bits != e.bits || other.value != e.value) continue;
      if (found == events.size() || other.arrival == e.arrival) found = i;
    }
    if (found == events.size()) return;
    events.erase(events.begin() + static_cast<std::ptrdiff_t>(found));
    rewrite(events);
  }

  /// Adds the events of another as if they had come after those here: of them too, those too old are left out. At most
  /// one of the two may have forgotten events.
  void merge(const funnel_rules& rules, const funnel_partial& other) {
    if (other.is_untouched()) return;
    if (is_untouched() || (other.base_ && !base_)) {
      funnel_partial mine = std::exchange(*this, other);
      merge(rules, mine);
      return;
    }
    const std::int64_t too_old = horizon(rules);
    log_.note_newest(other.log_.newest());
    std::vector<funnel_event> theirs = other.log_.events();
    if constexpr (!std::is_void_v<Value>) {
      for (funnel_event& e : theirs) {
        const auto* const v = other.properties_.at(e.value);
        e.value = v == nullptr ? 0 : properties_.place_of(*v);
      }
    }
    if (theirs.empty()) return;
    if (!stale_ && theirs.front().time >= too_old && log_.is_next(theirs.front())) {
      for (const funnel_event& e : theirs) append(rules, e);
      return;
    }
    const std::vector<funnel_event> ours = log_.events();
    std::vector<funnel_event> all;
    all.reserve(ours.size() + theirs.size());
    std::size_t i = 0;
    for (const funnel_event& e : theirs) {
      if (e.time < too_old) continue;
      while (i < ours.size() && !(e < ours[i])) all.push_back(ours[i++]);
      all.push_back(e);
    }
    while (i < ours.size()) all.push_back(ours[i++]);
    rewrite(all);
  }

  /// The partial will be added to and never merged into another: makes the chains, and forgets old events now and then.
  void settle(const funnel_rules& rules) {
    if (stale_) refresh(rules);
    if (rules.options.out_of_orderness.ms == without_bound.ms || log_.bytes() < fold_at_) return;
    fold(rules);
  }

  /// Fetches where the next event will be put, and what it will be folded into.
  [[gnu::always_inline]] void prefetch() const noexcept {
    __builtin_prefetch(log_.end(), 1);
    if (log_.bytes() + 12 > fold_at_) __builtin_prefetch(base_.address(), 1);
  }

  /// Calls `f(state)` with the chains behind all events.
  template <typename F>
  auto with_state(const funnel_rules& rules, F&& f) const {
    return stale_ ? f(replayed(rules)) : f(now_);
  }

  template <typename Writer>
  void encode(Writer& out) const {
    out.put(log_);
    out.put(static_cast<bool>(base_));
    if (base_) out.put(base_->chains);
    if constexpr (!std::is_void_v<Value>) out.put(properties_.values);
  }
  template <typename Reader>
  bool decode(Reader& in) {
    bool has_base = false;
    *this = {};
    if (!in.get(log_) || !in.get(has_base)) return false;
    if (has_base && !in.get(base_.get().chains)) return false;
    if constexpr (!std::is_void_v<Value>) {
      if (!in.get(properties_.values)) return false;
    }
    stale_ = true;
    return true;
  }

 private:
  struct folded {
    state chains{};
  };
  static constexpr std::size_t first_fold = 44;  // bytes of events not worth forgetting: the first block of a log

  /// Whether there never was an event.
  bool is_untouched() const noexcept {
    return is_empty() && log_.newest() == std::numeric_limits<std::int64_t>::min();
  }

  /// Events before this are too old to be added, so those that have been forgotten are from before it.
  std::int64_t horizon(const funnel_rules& rules) const noexcept {
    constexpr std::int64_t least = std::numeric_limits<std::int64_t>::min();
    const std::int64_t bound = rules.options.out_of_orderness.ms;
    if (bound == without_bound.ms || log_.newest() < least + bound) return least;
    return log_.newest() - bound;
  }

  /// Requires: the chains are not stale, and `e` comes next.
  void append(const funnel_rules& rules, const funnel_event& e) {
    log_.append(e);
    Result::advance(now_, rules, e);
  }
  void rewrite(const std::vector<funnel_event>& events) {
    log_.assign(events);
    stale_ = true;
  }
  state replayed(const funnel_rules& rules) const {
    state s = base_ ? base_->chains : state{};
    log_.for_each([&](const funnel_event& e) { Result::advance(s, rules, e); });
    return s;
  }
  void refresh(const funnel_rules& rules) {
    now_ = replayed(rules);
    stale_ = false;
  }

  void fold(const funnel_rules& rules) {
    const std::int64_t forget_before = horizon(rules);
    std::vector<funnel_event> left;
    log_.for_each([&](const funnel_event& e) {
      if (e.time < forget_before) {
        Result::advance(base_.get().chains, rules, e);
      } else {
        left.push_back(e);
      }
    });
    if constexpr (!std::is_void_v<Value>) forget_properties(left);
    log_.assign(left);
    fold_at_ = static_cast<std::uint32_t>(log_.bytes() * 2 > first_fold ? log_.bytes() * 2 : first_fold);
  }
  /// Keeps the properties that some chain or event still has.
  void forget_properties(std::vector<funnel_event>& left) {
    funnel_properties<Value> kept_ones;
    const auto move = [&](std::uint32_t& place) {
      const auto* const v = properties_.at(place);
      place = v == nullptr ? 0 : kept_ones.place_of(*v);
    };
    for (funnel_event& e : left) move(e.value);
    now_.for_each_value(move);
    if (base_) base_.get().chains.for_each_value(move);
    properties_ = std::move(kept_ones);
  }

  state now_{};
  [[no_unique_address]] funnel_log log_;  // has room at its end for the two that follow
  bool stale_ = false;
  std::uint32_t fold_at_ = first_fold;
  boxed<folded> base_;
  [[no_unique_address]] funnel_properties<Value> properties_;
};

}  // namespace oriel::detail
