// SPDX-License-Identifier: Apache-2.0
// tests/snippets/run.hpp - where the programs found in the pages register to be run.
#pragma once

namespace oriel_snippets {

struct program {
  const char* place;  // page and line
  int (*run)();
};

struct registration {
  registration(const char* place, int (*run)());
};

}  // namespace oriel_snippets
