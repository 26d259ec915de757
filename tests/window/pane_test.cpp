// SPDX-License-Identifier: Apache-2.0
#include <oriel/window/pane.hpp>

#include <doctest/doctest.h>

#include <sstream>

using namespace oriel;

static_assert(stream_kind_of<pane<int, double>> == stream_kind::upsert, "a pane replaces its predecessor");

TEST_CASE("timings have names") {
  std::ostringstream out;
  out << pane_timing::early << ' ' << pane_timing::on_time << ' ' << pane_timing::late;
  CHECK(out.str() == "early on_time late");
}
