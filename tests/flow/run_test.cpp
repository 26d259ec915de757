// SPDX-License-Identifier: Apache-2.0
#include <oriel/flow/run.hpp>

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include <oriel/flow/graph.hpp>
#include <oriel/flow/sink_node.hpp>

using namespace oriel;

namespace {

template <typename Out, typename Run>
std::vector<Out> carry_out(Run run, const std::vector<int>& in, node_counters* counters = nullptr) {
  graph g;
  std::vector<Out> out;
  auto& steps = g.add<run_node<int, Out, Run>>("steps", std::move(run));
  auto note = [&](const Out& row, timestamp t) {
    CHECK(to_ms(t) % 10 == 0);
    out.push_back(row);
  };
  g.connect(steps.rows(), g.add<callback_node<Out, decltype(note)>>("note", note));
  batch<int> rows;
  for (const int i : in) rows.push_back(i, at_ms(i * 10), at_ms(0));
  steps.on_batch(rows);
  if (counters != nullptr) {
    counters->in.add(steps.counters().in.value());
    counters->applied.add(steps.counters().applied.value());
    counters->filtered.add(steps.counters().filtered.value());
    counters->out.add(steps.counters().out.value());
  }
  return out;
}

}  // namespace

TEST_CASE("steps are carried out in the order they were written") {
  auto doubled = [](int i) { return 2 * i; };
  auto small = [](int i) { return i < 7; };
  using doubling = map_step<pass, decltype(doubled)>;
  CHECK(carry_out<int>(filter_step<doubling, decltype(small)>{{{}, doubled}, small}, {1, 3, 4, 2}) ==
        std::vector<int>{2, 6, 4});
  using keeping = filter_step<pass, decltype(small)>;
  CHECK(carry_out<int>(map_step<keeping, decltype(doubled)>{{{}, small}, doubled}, {1, 8, 4}) ==
        std::vector<int>{2, 8});
}

TEST_CASE("flat_map sends none, one or several rows for each; what yields nothing counts as filtered") {
  auto repeat = [](int i, auto&& emit) {
    for (int k = 0; k < i; ++k) emit(std::to_string(i));
  };
  node_counters n;
  CHECK(carry_out<std::string>(flat_map_step<pass, std::string, decltype(repeat)>{{}, repeat}, {0, 2, 1}, &n) ==
        std::vector<std::string>{"2", "2", "1"});
  CHECK(n.in.value() == 3);
  CHECK(n.filtered.value() == 1);
  CHECK(n.applied.value() == 2);
  CHECK(n.out.value() == 3);
}
