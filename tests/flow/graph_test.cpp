// SPDX-License-Identifier: Apache-2.0
#include <oriel/flow/graph.hpp>

#include <doctest/doctest.h>

#include <oriel/flow/run.hpp>

using namespace oriel;

namespace {

using steps = run_node<int, int, pass>;

}  // namespace

TEST_CASE("names are unique, and stable from run to run") {
  graph g;
  CHECK(g.add<steps>("steps", pass{}).name() == "steps");
  CHECK(g.add<steps>("steps", pass{}).name() == "steps_2");
  CHECK(g.add<steps>("steps", pass{}).name() == "steps_3");
  CHECK(g.find("steps_2") == g.nodes()[1].get());
  CHECK(g.find("other") == nullptr);
}

TEST_CASE("a graph draws itself") {
  graph g;
  auto& first = g.add<steps>("a \"b\"", pass{});
  auto& second = g.add<steps>("c", pass{});
  g.connect(first.rows(), second);
  REQUIRE(g.edges().size() == 1);
  CHECK((g.edges()[0].from == &first && g.edges()[0].to == &second));
  CHECK(g.dot() ==
        "digraph pipeline {\n  rankdir=LR;\n  node [shape=box];\n"
        "  \"a \\\"b\\\"\";\n  \"c\";\n  \"a \\\"b\\\"\" -> \"c\";\n}\n");
}

TEST_CASE("a graph knows whether rows reach a node on two ways") {
  graph g;
  auto& first = g.add<steps>("first", pass{});
  auto& left = g.add<steps>("left", pass{});
  auto& right = g.add<steps>("right", pass{});
  auto& last = g.add<steps>("last", pass{});
  g.connect(first.rows(), left);
  g.connect(first.rows(), right);
  g.connect(left.rows(), last);
  CHECK_FALSE(g.meets_itself(first));
  g.connect(right.rows(), last);
  CHECK(g.meets_itself(first));
  CHECK_FALSE(g.meets_itself(left));
}
