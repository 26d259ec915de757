// SPDX-License-Identifier: Apache-2.0
// oriel/core/export.hpp - which names a shared library of Oriel shows.
//
// The libraries are compiled with everything hidden. ORIEL_EXPORT stands before what the
// public headers declare and a source file defines: classes and functions, not templates,
// inline functions or plain structs, which every program compiles for itself. `error` has
// it too: what is thrown in one library and caught in another must be one type.
//
// The mark is the same in a static library, so it has no switch that could be set wrong.
#pragma once

#if defined(__GNUC__)
#define ORIEL_EXPORT [[gnu::visibility("default")]]
#else
#define ORIEL_EXPORT
#endif
