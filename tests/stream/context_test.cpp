// SPDX-License-Identifier: Apache-2.0
#include <oriel/stream/context.hpp>

#include <doctest/doctest.h>

#include <oriel/flow/sink_node.hpp>

using namespace oriel;

TEST_CASE("steps become a node of their own only if there are any") {
  catalog tables;
  detail::pipeline_context context(tables, {});
  auto ignore = [](const int&) {};
  using end = callback_node<int, decltype(ignore)>;
  auto& first = context.nodes.add<run_node<int, int, pass>>("first", pass{});

  const std::size_t before = context.nodes.nodes().size();
  detail::upstream<int, pass>{&context, &first.rows(), {}}.attach<int>(context.nodes.add<end>("end", ignore));
  CHECK(context.nodes.nodes().size() == before + 1);

  auto same = [](int i) { return i; };
  using step = map_step<pass, decltype(same)>;
  detail::upstream<int, step>{&context, &first.rows(), {{}, same}}.attach<int>(context.nodes.add<end>("end", ignore));
  CHECK(context.nodes.nodes().size() == before + 3);
}
