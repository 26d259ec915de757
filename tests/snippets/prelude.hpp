// SPDX-License-Identifier: Apache-2.0
// tests/snippets/prelude.hpp - what a fragment in the docs may take for granted.
//
// Included before every page. A fragment (extract.cpp says what that is) additionally finds the
// objects of ORIEL_SNIPPET_NAMES declared; it may declare its own of the same names.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/core.h>
#include <fmt/format.h>

#include <oriel/oriel.hpp>

using namespace std::chrono_literals;
using namespace oriel::literals;

namespace oriel_snippets {

/// The event most pages speak of.
struct click {
  std::string_view page;
  std::string_view user;
  oriel::timestamp ts;
  double cost = 0;
};
BOOST_DESCRIBE_STRUCT(click, (), (page, user, ts, cost))

}  // namespace oriel_snippets

using oriel_snippets::click;

/// In reach of every fragment: a catalog, a pipeline, an input and the stream of its events.
#define ORIEL_SNIPPET_NAMES                                                                          \
  oriel::manual_clock clock;                                                                         \
  oriel::catalog tables;                                                                             \
  oriel::pipeline p{tables};                                                                         \
  oriel::input<oriel_snippets::click> in = p.input<oriel_snippets::click>("clicks");                 \
  const auto clicks = p.from(in).event_time(&oriel_snippets::click::ts);
