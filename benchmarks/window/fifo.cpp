// SPDX-License-Identifier: Apache-2.0
// benchmarks/window/fifo.cpp - what does one step of a sliding window cost, beside a ring of two stacks by hand?
//
// A step inserts the newest event, evicts the oldest and asks for the answer; the window holds as many events as the
// argument says; two million steps; the aggregate is a sum of doubles. The baseline of the first three is a queue of
// two stacks in a preallocated ring, written for this sum. `out_of_order` inserts every fifth event up to as many
// places late as its second argument says; its baseline is the ordered map and running sum one would write by hand.
// Targets T4: two_stacks and subtract_on_evict at most 1.2 times the baseline; out_of_order at most 50 to 90 ns.
//
//   two_stacks/SIZE   subtract_on_evict/SIZE   finger_tree/SIZE   out_of_order/SIZE/DISTANCE
#include <cstddef>
#include <cstdint>
#include <map>
#include <random>
#include <utility>
#include <vector>

#include <benchmark/benchmark.h>

#include <oriel/aggregate/sum.hpp>
#include <oriel/window/finger_tree.hpp>
#include <oriel/window/subtract_on_evict.hpp>
#include <oriel/window/two_stacks.hpp>

#include "paired.hpp"

namespace {

using namespace oriel;

const std::size_t steps = paired::scaled(2'000'000);

struct arrival {
  std::int64_t time;
  double value;  // a small whole number: sums are exact in any order
};

/// Every fifth event up to `distance` places late, the others in order.
std::vector<arrival> make_arrivals(std::size_t count, std::size_t distance) {
  std::mt19937_64 random(42);
  std::vector<arrival> out;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t late = distance > 0 && random() % 5 == 0 ? random() % distance : 0;
    out.push_back({static_cast<std::int64_t>(i) - static_cast<std::int64_t>(late), static_cast<double>(random() % 100)});
  }
  return out;
}

/// By hand: two stacks in a ring that never grows.
class ring_of_two_stacks {
 public:
  explicit ring_of_two_stacks(std::size_t most) {
    std::size_t slots = 1;
    while (slots < most) slots *= 2;
    slots_.resize(slots);
  }
  void insert(double value) {
    slots_[last_++ & (slots_.size() - 1)] = value;
    back_ += value;
  }
  void evict() {
    const std::size_t mask = slots_.size() - 1;
    if (first_ == turned_) {
      for (std::size_t i = last_ - 1; i > first_; --i) slots_[(i - 1) & mask] += slots_[i & mask];
      turned_ = last_;
      back_ = 0;
    }
    ++first_;
  }
  double query() const { return first_ == turned_ ? back_ : slots_[first_ & (slots_.size() - 1)] + back_; }

 private:
  std::vector<double> slots_;
  std::size_t first_ = 0;
  std::size_t turned_ = 0;  // events before this one are in the front stack
  std::size_t last_ = 0;
  double back_ = 0;
};

/// By hand: events in order, and a sum that follows them.
class map_and_sum {
 public:
  void insert(double value, std::int64_t time) {
    values_.emplace(time, value);
    sum_ += value;
  }
  void evict() {
    sum_ -= values_.begin()->second;
    values_.erase(values_.begin());
  }
  double query() const { return sum_; }

 private:
  std::multimap<std::int64_t, double> values_;
  double sum_ = 0;
};

template <typename Window, typename Insert>
std::uint64_t slide(Window window, const std::vector<arrival>& events, std::size_t size, const Insert& insert) {
  std::uint64_t checksum = 0;
  for (std::size_t i = 0; i < events.size(); ++i) {
    insert(window, events[i], i);
    if (i >= size) window.evict();
    checksum = checksum * 31 + static_cast<std::uint64_t>(window.query());
  }
  return checksum;
}

const auto in_order = [](auto& window, const arrival& e, std::size_t) { window.insert(e.value); };
const auto by_position = [](auto& window, const arrival& e, std::size_t i) {
  window.insert(e.value, event_position{e.time, i});
};

template <typename Window, typename Insert>
void against_ring(benchmark::State& state, const Insert& insert) {
  const auto size = static_cast<std::size_t>(state.range(0));
  const std::vector<arrival> events = make_arrivals(steps, 0);
  paired::run(
      state, events.size(), [&] { return slide(Window(), events, size, insert); },
      [&] { return slide(ring_of_two_stacks(size + 1), events, size, in_order); });
}

void two_stacks_window(benchmark::State& state) { against_ring<two_stacks<sum<double>>>(state, in_order); }
void subtract_window(benchmark::State& state) { against_ring<subtract_on_evict<sum<double>>>(state, in_order); }
void finger_tree_window(benchmark::State& state) { against_ring<finger_tree<sum<double>>>(state, by_position); }

void out_of_order(benchmark::State& state) {
  const auto size = static_cast<std::size_t>(state.range(0));
  const std::vector<arrival> events = make_arrivals(steps, static_cast<std::size_t>(state.range(1)));
  paired::run(
      state, events.size(), [&] { return slide(finger_tree<sum<double>>(), events, size, by_position); },
      [&] {
        return slide(map_and_sum(), events, size,
                     [](auto& window, const arrival& e, std::size_t) { window.insert(e.value, e.time); });
      });
}

BENCHMARK(two_stacks_window)->Name("two_stacks")->Arg(60)->Arg(10'000)->UseManualTime()->Iterations(paired::rounds(51));
BENCHMARK(subtract_window)->Name("subtract_on_evict")->Arg(60)->Arg(10'000)->UseManualTime()->Iterations(paired::rounds(51));
BENCHMARK(finger_tree_window)->Name("finger_tree")->Arg(60)->Arg(10'000)->UseManualTime()->Iterations(paired::rounds(51));
BENCHMARK(out_of_order)->Args({10'000, 10})->Args({10'000, 1'000})->Args({10'000, 9'000})->UseManualTime()->Iterations(paired::rounds(51));

}  // namespace
