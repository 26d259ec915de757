// SPDX-License-Identifier: Apache-2.0
// tests/operators/words.hpp - what the operators with windows are tested with: words that are put together.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <oriel/testing/driver.hpp>
#include <oriel/testing/non_commutative.hpp>

namespace words {

struct word {
  std::int64_t key = 0;
  oriel::timestamp ts;
  std::string text;

  friend bool operator==(const word&, const word&) = default;
};
BOOST_DESCRIBE_STRUCT(word, (), (key, ts, text))

using strings = std::vector<std::string>;

inline oriel::timestamp at(oriel::duration d) { return oriel::timestamp{d}; }
inline std::string seconds(oriel::timestamp t) { return std::to_string(oriel::to_ms(t) / 1000); }

/// A driver whose words are put together, per key and window, in the order of arrival.
struct word_driver {
  oriel::testing::driver d;
  oriel::input<word> in = d.input<word>("words");

  template <typename Windows, typename... Columns>
  auto collect(Windows windows, oriel::duration out_of_orderness, oriel::emit when, Columns... columns) {
    using namespace oriel::literals;
    auto panes = d.from(in)
                     .event_time(&word::ts, {.out_of_orderness = out_of_orderness})
                     .key_by(&word::key)
                     .window(windows)
                     .emit(when)
                     .aggregate("text"_col = oriel::testing::concatenation(&word::text), columns...);
    late = d.collect(panes.late_events());
    return d.collect(panes);
  }
  void send(std::int64_t key, oriel::duration t, std::string text) { in.push({key, at(t), std::move(text)}); }

  oriel::testing::output<word> late;
};

/// "key[start,end)", in seconds.
template <typename Pane>
std::string key_and_window(const Pane& p) {
  return std::to_string(p.key) + "[" + seconds(p.window.start) + "," + seconds(p.window.end) + ")";
}

}  // namespace words
