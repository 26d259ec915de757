// SPDX-License-Identifier: Apache-2.0
// oriel/aggregate/funnel_partial.hpp - what a funnel keeps of one entity.
//
//   events forgotten ── log ──> now
//
// Chains are kept as they are behind the last event, so that the answer is at hand, until an event
// comes out of order: then they are made anew from the log. Events that no other can come before
// are forgotten, and the chains behind them are where making anew begins. While the log is short
// (of a user whose events are further apart than the bound on disorder, it is one event) only
// those are kept, and the few events put behind them when the answer is asked for.
//
//   counted       chains_ are behind the log; those behind what was forgotten, if anything was, are in base_
//   not counted   chains_ are behind what was forgotten
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

/// What a funnel keeps of one entity. `Result` says what is made of the events: `advance(state, rules, event)`
/// and `lower(state, properties)`; where that is less work, also `lower_with(state, rules, event)`: with one event
/// more.
template <typename Result, typename Value>
class funnel_partial {
 public:
  using state = typename Result::state;

  bool is_empty() const noexcept { return log_.empty() && !forgot_; }
  const funnel_properties<Value>& properties() const noexcept { return properties_; }
  funnel_properties<Value>& properties() noexcept { return properties_; }

  /// The bytes held beside the partial itself.
  std::size_t bytes() const noexcept { return log_.capacity() + (base_ ? sizeof(state) : 0); }

  /// Puts an event where it belongs, unless it is too old.
  void add(const funnel_rules& rules, const funnel_event& e) {
    if (e.time < horizon(rules, log_.newest())) return;
    if (!log_.is_next(e)) {
      log_.insert(e);
      return uncount();
    }
    if (alone_ && log_.newest() < horizon(rules, e.time)) {
      forget_all(rules);
    } else if (counted_) {
      Result::advance(chains_, rules, e);
    }
    log_.append(e);
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
    log_.assign(events);
    uncount();
  }

  /// Adds the events of another as if they had come after those here: of them too, those too old are left out. At most
  /// one of the two may have forgotten events.
  void merge(const funnel_rules& rules, const funnel_partial& other) {
    if (other.is_untouched()) return;
    if (is_untouched() || (other.forgot_ && !forgot_)) {
      funnel_partial mine = std::exchange(*this, other);
      merge(rules, mine);
      return;
    }
    std::vector<funnel_event> theirs = other.log_.events();
    if constexpr (!std::is_void_v<Value>) {
      for (funnel_event& e : theirs) {
        const auto* const v = other.properties_.at(e.value);
        e.value = v == nullptr ? 0 : properties_.place_of(*v);
      }
    }
    const std::int64_t too_old = horizon(rules, log_.newest());
    if (!theirs.empty() && counted_ && theirs.front().time >= too_old && log_.is_next(theirs.front())) {
      for (const funnel_event& e : theirs) {
        log_.append(e);
        Result::advance(chains_, rules, e);
      }
    } else {
      merge_into_log(theirs, too_old);
    }
    log_.note_newest(other.log_.newest());
  }

  /// The partial will be added to and never merged into another: makes the chains, and forgets old events now and then.
  void settle(const funnel_rules& rules) {
    alone_ = true;
    if (is_bounded(rules) && log_.is_nearly_full()) forget_old(rules);
    if (!counted_ && (!forgot_ || log_.is_nearly_full())) count(rules);
  }

  /// Fetches where the next event will be put.
  [[gnu::always_inline]] void prefetch() const noexcept {
    if (log_.end() != nullptr) __builtin_prefetch(log_.end(), 1);
  }

  /// What is made of all events.
  typename Result::output lower(const funnel_rules& rules) const {
    if (counted_) return Result::lower(chains_, properties_);
    if constexpr (requires(const funnel_event& e) { Result::lower_with(chains_, rules, e); }) {
      if (const funnel_event* const only = log_.single()) return Result::lower_with(chains_, rules, *only);
    }
    state s = chains_;
    advance_by_log(s, rules);
    return Result::lower(s, properties_);
  }

  template <typename Writer>
  void encode(Writer& out) const {
    out.put(log_);
    out.put(forgot_);
    if (forgot_) out.put(counted_ ? *base_ : chains_);
    if constexpr (!std::is_void_v<Value>) out.put(properties_.values);
  }
  template <typename Reader>
  bool decode(Reader& in) {
    *this = {};
    counted_ = false;
    if (!in.get(log_) || !in.get(forgot_)) return false;
    if (forgot_ && !in.get(chains_)) return false;
    if constexpr (!std::is_void_v<Value>) {
      if (!in.get(properties_.values)) return false;
    }
    return true;
  }

 private:
  static bool is_bounded(const funnel_rules& rules) noexcept {
    return rules.options.out_of_orderness.ms != without_bound.ms;
  }

  /// When the newest event is from `newest`, those before this are too old to be added; what has been forgotten is from
  /// before it.
  static std::int64_t horizon(const funnel_rules& rules, std::int64_t newest) noexcept {
    constexpr std::int64_t least = std::numeric_limits<std::int64_t>::min();
    const std::int64_t bound = rules.options.out_of_orderness.ms;
    return is_bounded(rules) && newest >= least + bound ? newest - bound : least;
  }

  /// Whether there never was an event.
  bool is_untouched() const noexcept {
    return is_empty() && log_.newest() == std::numeric_limits<std::int64_t>::min();
  }

  void advance_by_log(state& s, const funnel_rules& rules) const {
    log_.for_each([&](const funnel_event& e) { Result::advance(s, rules, e); });
  }
  void count(const funnel_rules& rules) {
    if (forgot_) base_.get() = chains_;
    advance_by_log(chains_, rules);
    counted_ = true;
  }
  void uncount() {
    if (!counted_) return;
    chains_ = forgot_ ? *base_ : state{};
    base_ = {};
    counted_ = false;
  }

  void merge_into_log(const std::vector<funnel_event>& theirs, std::int64_t too_old) {
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
    log_.assign(all);
    uncount();
  }

  /// The next event is so much later that no other can come before those here.
  void forget_all(const funnel_rules& rules) {
    if (!counted_) advance_by_log(chains_, rules);
    base_ = {};
    counted_ = false;
    forgot_ = !is_empty();
    log_.clear();
    forget_properties();
  }
  /// Forgets the events that no other can come before.
  void forget_old(const funnel_rules& rules) {
    const std::vector<funnel_event> old = log_.take_before(horizon(rules, log_.newest()));
    log_.make_room_to_double();
    if (old.empty()) return;
    state& behind = counted_ ? base_.get() : chains_;
    for (const funnel_event& e : old) Result::advance(behind, rules, e);
    forgot_ = true;
    forget_properties();
  }
  /// Now and then, keeps only the properties that some chain or event still has.
  void forget_properties() {
    if constexpr (!std::is_void_v<Value>) {
      if (properties_.values.size() < few_properties) return;
      funnel_properties<Value> kept_ones;
      const auto move = [&](std::uint32_t& place) {
        const auto* const v = properties_.at(place);
        place = v == nullptr ? 0 : kept_ones.place_of(*v);
      };
      std::vector<funnel_event> events = log_.events();
      for (funnel_event& e : events) move(e.value);
      log_.assign(events);
      chains_.for_each_value(move);
      if (base_) base_.get().for_each_value(move);
      properties_ = std::move(kept_ones);
    }
  }

  static constexpr std::size_t few_properties = 16;

  [[no_unique_address]] state chains_{};
  [[no_unique_address]] funnel_log log_;  // has room at its end for the three that follow
  bool counted_ = true;
  bool forgot_ = false;  // events, now or earlier
  bool alone_ = false;   // will not be merged into another
  boxed<state> base_;
  [[no_unique_address]] funnel_properties<Value> properties_;
};

}  // namespace oriel::detail
