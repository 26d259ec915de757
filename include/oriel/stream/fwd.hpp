// SPDX-License-Identifier: Apache-2.0
// oriel/stream/fwd.hpp - the words' names, and the defaults of their template parameters.
#pragma once

#include <cstdint>

namespace oriel {

struct pass;

/// Whether the rows of a stream have an event time.
enum class stream_time : std::uint8_t { none, event };

template <typename T, stream_time Time = stream_time::event, typename In = T, typename Run = pass>
class stream;
template <typename Pane, typename T>
class pane_stream;
template <typename T, typename In = T, typename Run = pass>
class source_stream;
template <typename T, stream_time Time, typename In, typename Run, typename KeyOf>
class keyed_stream;
template <typename T, stream_time Time, typename In, typename Run, typename KeyOf>
class running_stream;
template <typename T, typename In, typename Run, typename KeyOf, typename Assigner>
class windowed_stream;

}  // namespace oriel
