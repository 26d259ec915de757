// SPDX-License-Identifier: Apache-2.0
// oriel/core/assert.hpp - checks on the program itself, replaceable by the host.
//
// ORIEL_ASSERT guards what only a bug in the calling program can break (an empty
// window asked to evict, a port that does not exist). It is checked unless NDEBUG
// is defined and costs nothing otherwise. Bad data and bad pipelines are never
// asserted: they are errors (oriel/core/error.hpp).
//
// A host that wants its own reaction defines ORIEL_ASSERT before the first include.
#pragma once

#ifndef ORIEL_ASSERT
#include <cassert>
#define ORIEL_ASSERT(condition) assert(condition)
#endif
