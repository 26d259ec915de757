// SPDX-License-Identifier: Apache-2.0
// own_aggregate.cpp - an aggregate of one's own: the longest word per minute.
//
// Five members make a type an aggregate; nothing is registered and nothing inherited
// (`restrictable` only adds `.where`). Because `combine` is associative, slices, early
// results and late corrections work for it as they do for `sum`.
#include <fmt/format.h>

#include <oriel/oriel.hpp>

using namespace oriel::literals;
using namespace std::chrono_literals;

struct word {
  std::string_view text;
  oriel::timestamp ts;
};
BOOST_DESCRIBE_STRUCT(word, (), (text, ts))

struct longest : oriel::restrictable<longest> {
  using input = word;
  using partial = std::string;  // owns its characters: it outlives the event
  using output = std::string_view;

  partial identity() const { return {}; }
  partial lift(const word& w) const { return std::string(w.text); }
  partial combine(const partial& earlier, const partial& later) const {
    return later.size() > earlier.size() ? later : earlier;  // at equal length the first stays
  }
  output lower(const partial& p) const { return p; }
};
static_assert(oriel::aggregate<longest>);

int main() {
  oriel::catalog tables;
  oriel::pipeline p{tables};
  p.from(oriel::memory<word>{.rows = {{"bay", oriel::at_ms(1'000)},
                                      {"window", oriel::at_ms(2'000)},
                                      {"corbel", oriel::at_ms(3'000)},
                                      {"oriel", oriel::at_ms(61'000)}}})
      .event_time(&word::ts)
      .key_by("all"_col = [](const word&) { return true; })
      .window(oriel::tumbling{.size = 1min})
      .aggregate("longest"_col = longest{},
                 "longest_in_b"_col = longest{}.where([](const word& w) { return w.text.front() == 'b'; }))
      .into("words", {.columns = {"all", "window_start", "longest", "longest_in_b"}});
  p.run();
  fmt::print("{}", oriel::format_table(oriel::sql(tables, "SELECT longest, longest_in_b FROM words ORDER BY window_start")));
}
