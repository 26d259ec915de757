// SPDX-License-Identifier: Apache-2.0
// Shared by the tests of funnels: events as SEMANTICS 7 writes them, and the definition, tried on every chain.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <oriel/aggregate/funnel.hpp>

namespace oriel::testing {

/// The letters an event matches, 'A' to 'H' and 'X', as bits; when it happened; where it was.
struct lettered {
  std::uint32_t letters = 0;
  std::int64_t time = 0;
  int place = 0;

  bool has(char letter) const { return letter != '\0' && (letters >> (letter - 'A') & 1) != 0; }
};

/// A step or an exclusion: has this letter.
struct has_letter {
  char letter = '\0';
  bool operator()(const lettered& e) const { return e.has(letter); }
};

/// "A0 B5 X2"; "AB0" is one event that matches both.
inline std::vector<lettered> events_of(const std::string& text) {
  std::vector<lettered> out;
  std::size_t at = 0;
  while (at < text.size()) {
    lettered e{};
    while (text[at] >= 'A' && text[at] <= 'Z') e.letters |= std::uint32_t{1} << (text[at++] - 'A');
    std::size_t used = 0;
    e.time = std::stoll(text.substr(at), &used);
    at += used;
    while (at < text.size() && text[at] == ' ') ++at;
    out.push_back(e);
  }
  return out;
}

/// Events of "ABCDX", some of two letters, at times that repeat.
inline std::vector<lettered> random_events(std::mt19937_64& random, std::size_t most, int span = 14) {
  std::vector<lettered> events(random() % (most + 1));
  for (lettered& e : events) {
    const auto draw = random();
    e.letters = std::uint32_t{1} << ("ABCDX"[draw % 5] - 'A');
    if ((draw >> 8) % 6 == 0) e.letters |= std::uint32_t{1} << ((draw >> 16) % 4);
    e.time = static_cast<std::int64_t>((draw >> 24) % static_cast<unsigned>(span)) - 5;
    e.place = static_cast<int>((draw >> 40) % 2);
  }
  return events;
}

/// An event that breaks chains.
struct excluded {
  char letter = '\0';
  funnel_range range{};
};

/// The definition: every chain there is, one after the other.
class every_chain {
 public:
  struct chain {
    std::size_t level = 0;
    std::vector<std::size_t> events{};  // in their order
  };

  every_chain(const std::vector<lettered>& events, std::string steps, funnel_options options, excluded x = {})
      : steps_(std::move(steps)), options_(options), x_(x) {
    std::vector<std::size_t> order(events.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    const auto lowest = [&](const lettered& e) {
      for (std::size_t s = 0; s < steps_.size(); ++s) {
        if (e.has(steps_[s])) return s;
      }
      return std::size_t{64};
    };
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      return std::pair(events[a].time, lowest(events[a])) < std::pair(events[b].time, lowest(events[b]));
    });
    for (const std::size_t i : order) events_.push_back(events[i]);
  }

  const lettered& event(std::size_t i) const { return events_[i]; }

  std::size_t level() {
    best_ = {};
    find(0);
    return best_.level;
  }

  /// Of the highest level, completed first; of those, with the latest events.
  chain path() {
    keep_latest_ = true;
    best_ = {};
    find(0);
    return best_;
  }

  /// How often the whole funnel is completed, greedily: the earliest completion, then the earliest of what is left.
  std::int64_t completions() {
    keep_latest_ = true;
    std::int64_t n = 0;
    for (std::size_t from = 0;; ++n) {
      best_ = {};
      find(from);
      if (best_.level < steps_.size()) return n;
      from = best_.events.back() + 1;
    }
  }

 private:
  bool in_time(std::size_t start, std::size_t i) const {
    const std::int64_t distance = events_[i].time - events_[start].time;
    return options_.inclusive ? distance <= options_.within.ms : distance < options_.within.ms;
  }
  void find(std::size_t from) {
    for (std::size_t i = 0; i < events_.size(); ++i) {
      if (!events_[i].has(steps_[0])) continue;
      if (i >= from) {
        chain_ = {i};
        note();
        if (options_.order == funnel_order::any_order) {
          serve(i, 1);
        } else {
          go_on(i);
        }
      }
      if (options_.entry == funnel_entry::first) return;
    }
  }
  void go_on(std::size_t last) {
    const std::size_t level = chain_.size();
    if (level == steps_.size()) return;
    for (std::size_t i = last + 1; i < events_.size() && in_time(chain_[0], i); ++i) {
      if (options_.order == funnel_order::strict && i != last + 1) return;
      if (events_[i].has(x_.letter) && x_.range.after <= level && level < x_.range.before) return;
      if (!events_[i].has(steps_[level])) continue;
      if (options_.order == funnel_order::increasing && events_[i].time <= events_[last].time) continue;
      chain_.push_back(i);
      note();
      go_on(i);
      chain_.pop_back();
    }
  }
  /// Steps not in `taken` may be served by events after `last`.
  void serve(std::size_t last, std::uint64_t taken) {
    for (std::size_t i = last + 1; i < events_.size() && in_time(chain_[0], i); ++i) {
      for (std::size_t s = 1; s < steps_.size(); ++s) {
        if ((taken >> s & 1) != 0 || !events_[i].has(steps_[s])) continue;
        chain_.push_back(i);
        note();
        serve(i, taken | std::uint64_t{1} << s);
        chain_.pop_back();
      }
    }
  }
  void note() {
    if (chain_.size() < best_.level) return;
    if (chain_.size() == best_.level) {
      if (!keep_latest_ || chain_.back() > best_.events.back()) return;
      if (chain_.back() == best_.events.back() && chain_ <= best_.events) return;
    }
    best_.level = chain_.size();
    if (keep_latest_) best_.events = chain_;
  }

  std::vector<lettered> events_;
  std::string steps_;
  funnel_options options_;
  excluded x_;
  bool keep_latest_ = false;
  std::vector<std::size_t> chain_;
  chain best_;
};

/// Calls `f(funnel)` with the funnel of these steps, one to four letters.
template <typename F>
auto with_funnel(const funnel_options& options, const std::string& steps, F&& f) {
  const auto at = [&](std::size_t i) { return has_letter{steps[i]}; };
  switch (steps.size()) {
    case 1: return f(funnel(options, at(0)));
    case 2: return f(funnel(options, at(0), at(1)));
    case 3: return f(funnel(options, at(0), at(1), at(2)));
    default: return f(funnel(options, at(0), at(1), at(2), at(3)));
  }
}

/// The partial of events that arrive in the order they are given in.
template <typename Funnel>
typename Funnel::partial partial_of(const Funnel& f, const std::vector<lettered>& events) {
  auto p = f.identity();
  for (std::size_t i = 0; i < events.size(); ++i) f.add(p, events[i], {events[i].time, i});
  return p;
}
template <typename Funnel>
auto answer_of(const Funnel& f, const std::vector<lettered>& events) {
  return f.lower(partial_of(f, events));
}

}  // namespace oriel::testing
