// SPDX-License-Identifier: Apache-2.0
// Bytes as partials: `decode` on whatever libFuzzer thinks of, for every aggregate that has a format.
//
// Three claims for all bytes, the first of which says whose partial they are meant to be:
//   - they are decoded or refused as malformed, within bounds of time and memory;
//   - what was decoded is encoded as bytes that decode again, to what encodes the same (a set has no order of its own:
//     the same bytes, in some order);
//   - what was decoded is a partial like any other: it can be combined with nothing, and its answer read.
//
//   clang++-14 -std=c++20 -g -O1 -fsanitize=fuzzer,address,undefined -Iinclude tests/fuzz/codec_fuzz.cpp
//     src/aggregate/*.cpp src/core/{error,time}.cpp
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include <oriel/aggregate/arg_extrema.hpp>
#include <oriel/aggregate/collect.hpp>
#include <oriel/aggregate/compose.hpp>
#include <oriel/aggregate/count.hpp>
#include <oriel/aggregate/distinct.hpp>
#include <oriel/aggregate/extrema.hpp>
#include <oriel/aggregate/first_last.hpp>
#include <oriel/aggregate/funnel.hpp>
#include <oriel/aggregate/histogram.hpp>
#include <oriel/aggregate/hyper_log_log.hpp>
#include <oriel/aggregate/mean.hpp>
#include <oriel/aggregate/quantile.hpp>
#include <oriel/aggregate/sum.hpp>
#include <oriel/aggregate/top_k.hpp>
#include <oriel/aggregate/variance.hpp>
#include <oriel/core/time.hpp>
#include <oriel/state/codec.hpp>

namespace {

using namespace oriel;
using namespace oriel::literals;

struct sample {
  std::int64_t n = 0;
  double d = 0;
  std::string_view s;
};

void require(bool claim) {
  if (!claim) std::abort();
}

std::string sorted(std::string bytes) {
  std::sort(bytes.begin(), bytes.end());
  return bytes;
}

template <typename Aggregate>
void check(const Aggregate& a, std::string_view bytes) {
  using partial = decltype(a.identity());
  const result<partial> read = decode<partial>(bytes);
  if (!read) {
    require(read.error().kind() == error_kind::malformed);
    return;
  }
  const std::string written = encode(*read);
  const result<partial> again = decode<partial>(written);
  require(again.has_value() && sorted(encode(*again)) == sorted(written));
  try {
    partial whole = a.combine(partial(*read), a.identity());
    static_cast<void>(a.lower(whole));
  } catch (const error& e) {
    require(e.kind() == error_kind::exhausted);  // a total beyond 64 bits has no answer
  }
}

/// Checks the bytes as a partial of the aggregate at this place in the list.
template <typename... Aggregates>
void check_one(std::size_t place, std::string_view bytes, const Aggregates&... aggregates) {
  std::size_t next = 0;
  ((next++ == place % sizeof...(Aggregates) ? check(aggregates, bytes) : void()), ...);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto even = [](const sample& x) { return x.n % 2 == 0; };
  check_one(data[0], bytes,  //
            sum(&sample::n), mean(&sample::n), mean(&sample::d), variance(&sample::d), min(&sample::n), max(&sample::s),
            first(&sample::s), last(&sample::n), arg_max(&sample::s, &sample::d), collect(&sample::s, {.limit = 8}),
            count_distinct(&sample::n), count_distinct(&sample::s), sum_distinct(&sample::n),
            approx_count_distinct(&sample::s, {.precision = 6}), quantile(&sample::d, 0.5), top_k(&sample::s, 3),
            approx_top_k(&sample::n, 2, {.counters = 4}), histogram(&sample::d, {0.0, 1.0, 2.0}),
            even_histogram(&sample::d, {.width = 0.5}), funnel({.within = duration(1000)}, even, even),
            compose<sample>("n"_col = count(), "s"_col = sum(&sample::d), "users"_col = count_distinct(&sample::s)),
            retracting(max(&sample::s)));
  return 0;
}
