// SPDX-License-Identifier: Apache-2.0
// tests/model/semantics_test.cpp - what the names of windows, emission, changes and aggregates mean, row by row.
//
// Each case quotes a row of docs/semantics.md, sections 2 to 5, and tells it as a story through the public API. The random
// proofs against recomputation stand with the operators and aggregates themselves; section 1 is in tests/flow.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include <oriel/oriel.hpp>
#include <oriel/testing/driver.hpp>

using namespace oriel;
using namespace oriel::literals;
using namespace oriel::testing;
using namespace std::chrono_literals;

namespace {

struct event {
  std::string_view key;
  timestamp ts;
  std::int64_t n = 0;
  std::optional<double> x;
  std::string_view text;
};
BOOST_DESCRIBE_STRUCT(event, (), (key, ts, n, x, text))

timestamp at(duration d) { return timestamp{d}; }

/// One key's events in one kind of windows; panes as "start-end n" in seconds, erasures with a minus.
template <typename Windows>
struct counted {
  driver d;
  oriel::input<event> in = d.input<event>("events");

  auto panes(Windows windows, emit when = {}, duration out_of_orderness = 0s) {
    auto all = d.from(in)
                   .event_time(&event::ts, {.out_of_orderness = out_of_orderness})
                   .key_by(&event::key)
                   .window(windows)
                   .emit(when)
                   .aggregate("n"_col = count());
    late = d.collect(all.late_events());
    return d.collect(all);
  }
  void send(duration t, std::string_view key = "k") { in.push({key, at(t), 1, {}, ""}); }

  output<event> late;
};

template <typename Pane>
std::vector<std::string> shown(const std::vector<Pane>& panes) {
  std::vector<std::string> out;
  for (const Pane& p : panes) {
    const auto seconds = [](timestamp t) { return std::to_string(oriel::to_ms(t) / 1000); };
    out.push_back((p.kind == change_kind::erase ? "-" : "") + seconds(p.window.start) + "-" + seconds(p.window.end) + " " +
                  std::to_string(p.row["n"_col]));
  }
  return out;
}
using strings = std::vector<std::string>;

/// The answer of one aggregate over events of one window.
template <typename Aggregate>
auto answer(const std::vector<event>& events, const Aggregate& aggregate) {
  const auto all = compose<event>("a"_col = aggregate);
  auto p = all.identity();
  std::uint64_t arrival = 0;
  for (const event& e : events) add_to(all, p, e, {oriel::to_ms(e.ts), arrival++});
  const auto row = all.lower(p);
  return row["a"_col];
}
event value(std::int64_t n, duration t = 0s) { return {"k", at(t), n, static_cast<double>(n), ""}; }
event text(std::string_view s, duration t = 0s) { return {"k", at(t), 0, {}, s}; }
const event nothing{"k", at(0s), 0, std::nullopt, ""};

}  // namespace

TEST_CASE("SEMANTICS 2, tumbling: start = offset + floor((t - offset)/size)*size") {
  counted<tumbling> w;
  auto panes = w.panes({.size = 10s, .offset = 3s});
  w.send(-8s);
  w.send(2s);
  w.send(3s);
  w.in.finish();
  CHECK(shown(panes.take()) == strings{"-17--7 1", "-7-3 1", "3-13 1"});
}

TEST_CASE("SEMANTICS 2, hopping: every start = offset (mod hop) with start <= t < start + size") {
  counted<hopping> w;
  auto panes = w.panes({.size = 10s, .hop = 5s, .offset = 1s});
  w.send(6s);
  w.in.finish();
  CHECK(shown(panes.take()) == strings{"1-11 1", "6-16 1"});
}

TEST_CASE("SEMANTICS 2, cumulating: ends start+step, start+2 step, ... <= start+size that are > t") {
  counted<cumulating> w;
  auto panes = w.panes({.size = 30s, .step = 10s});
  w.send(10s);
  w.in.finish();
  CHECK(shown(panes.take()) == strings{"0-20 1", "0-30 1"});
}

TEST_CASE("SEMANTICS 2, session: difference <= gap shares; end = last + gap; a bridging event merges, retracting both") {
  counted<session> w;
  auto panes = w.panes({.gap = 10s}, {.early = each_batch}, 30s);
  w.send(0s);
  w.send(10s);  // exactly the gap
  w.send(25s);
  CHECK(shown(panes.take()).back() == "25-35 1");
  w.send(17s);  // between both
  const auto merged = shown(panes.take());
  CHECK(merged.back() == "0-35 4");
  const auto taken_back = [&](const std::string& window) {
    return std::count_if(merged.begin(), merged.end(), [&](const std::string& p) { return p.starts_with(window); });
  };
  CHECK(taken_back("-25-35 ") == 1);
  CHECK(taken_back("-0-20 ") == 1);
}

TEST_CASE("SEMANTICS 2, sliding: per key one pane per event, of the events in (t - size, t]") {
  counted<sliding> w;
  auto panes = w.panes({.size = 10s});
  w.send(1s);
  w.send(10s);
  w.send(11s);  // the one at 1 s is size away: outside
  w.in.finish();
  const auto all = panes.take();
  REQUIRE(all.size() == 3);
  CHECK(all[0].row["n"_col] == 1);
  CHECK(all[1].row["n"_col] == 2);
  CHECK(all[2].row["n"_col] == 2);
}

TEST_CASE("SEMANTICS 2, count_window: per key, by arrival order") {
  counted<count_window> w;
  auto panes = w.panes({.size = 2});
  w.send(9s);
  w.send(1s, "other");
  w.send(5s);  // arrived second
  const auto all = panes.take();
  REQUIRE(all.size() == 1);
  CHECK(all[0].key == "k");
  CHECK(all[0].row["n"_col] == 2);
}

TEST_CASE("SEMANTICS 2, calendar: days in an IANA zone; 23 h and 25 h days correct") {
  const calendar days{.unit = calendar_unit::day, .zone = "Europe/Berlin"};
  CHECK(days.assign(*parse_timestamp("2025-03-30T12:00:00Z")).length() == 23h);
  CHECK(days.assign(*parse_timestamp("2025-10-26T12:00:00Z")).length() == 25h);
  CHECK(days.assign(*parse_timestamp("2025-10-25T21:59:59Z")).end == *parse_timestamp("2025-10-25T22:00:00Z"));
}

TEST_CASE("SEMANTICS 2, none: a running aggregate per key; state needs .ttl or an explicit unbounded") {
  driver d;
  auto in = d.input<event>("events");
  auto rows = d.collect(d.from(in).event_time(&event::ts).key_by(&event::key).unbounded().aggregate("n"_col = count()));
  in.push({"k", at(5s), 1, {}, ""});
  in.push({"k", at(1s), 1, {}, ""});  // however late
  CHECK(rows.rows().back().row["n"_col] == 2);
}

TEST_CASE("SEMANTICS 2: a window is complete when watermark >= end, a session when watermark > end") {
  counted<tumbling> w;
  auto panes = w.panes({.size = 10s});
  w.send(1s);
  w.in.advance_to(at(9'999ms));
  CHECK(panes.take().empty());
  w.in.advance_to(at(10s));
  CHECK(panes.take().size() == 1);

  counted<session> s;
  auto sessions = s.panes({.gap = 10s});
  s.send(0s);
  s.in.advance_to(at(10s));
  CHECK(sessions.take().empty());  // an event at exactly 10 s would still join it
  s.in.advance_to(at(10'001ms));
  CHECK(sessions.take().size() == 1);
}

TEST_CASE("SEMANTICS 2: with allowed lateness L an event is late for a window iff end + L <= watermark on arrival") {
  counted<tumbling> w;
  auto panes = w.panes({.size = 10s, .allowed_lateness = 5s});
  w.send(1s);
  w.in.advance_to(at(14'999ms));
  w.send(2s);
  CHECK(shown(panes.take()) == strings{"0-10 1", "0-10 2"});
  w.in.advance_to(at(15s));
  w.send(3s);
  CHECK(w.late.take().size() == 1);
}

TEST_CASE("SEMANTICS 2: late for some of its hopping windows, an event is applied to the others; late for all, it is late") {
  counted<hopping> w;
  auto panes = w.panes({.size = 10s, .hop = 5s});
  w.in.advance_to(at(10s));
  w.send(6s);
  w.send(3s);
  w.in.finish();
  CHECK(shown(panes.take()) == strings{"5-15 1"});
  CHECK(w.late.take().size() == 1);
}

TEST_CASE("SEMANTICS 3: no early panes; one on_time pane when complete; a late pane per batch that corrected the window") {
  counted<tumbling> w;
  auto panes = w.panes({.size = 10s, .allowed_lateness = 60s});
  w.send(1s);
  w.send(2s);
  CHECK(panes.take().empty());
  w.in.advance_to(at(10s));
  const auto on_time = panes.take();
  REQUIRE(on_time.size() == 1);
  CHECK(on_time[0].timing == pane_timing::on_time);
  w.in.push(std::vector<event>{{"k", at(3s), 1, {}, ""}, {"k", at(4s), 1, {}, ""}});
  const auto late = panes.take();
  REQUIRE(late.size() == 1);
  CHECK(late[0].timing == pane_timing::late);
  CHECK(late[0].index == 1);
  CHECK(late[0].row["n"_col] == 4);
}

TEST_CASE("SEMANTICS 3: early = every(1s) of processing time, from the clock; a pane carries window, timing, index, row") {
  counted<tumbling> w;
  auto panes = w.panes({.size = 10s}, {.early = every(1s)});
  w.send(1s);
  CHECK(panes.take().size() == 1);
  w.send(2s);
  CHECK(panes.take().empty());
  w.d.clock().advance(1s);
  w.send(3s);
  const auto early = panes.take();
  REQUIRE(early.size() == 1);
  CHECK(early[0].timing == pane_timing::early);
  CHECK(early[0].index == 1);
  CHECK(early[0].window == interval{at(0s), at(10s)});
  CHECK(early[0].row["n"_col] == 3);
}

TEST_CASE("SEMANTICS 3: windows nobody touched produce no pane") {
  counted<tumbling> w;
  auto panes = w.panes({.size = 1s});
  w.send(0s);
  w.send(24h * 30);  // another key's or nobody's: thirty days of nothing
  w.in.finish();
  CHECK(panes.take().size() == 2);
}

TEST_CASE("SEMANTICS 3: a table holds, at the end of input, exactly the final rows, whatever the emission settings") {
  const auto final_rows = [](emit when, bool discarding) {
    driver d;
    auto in = d.input<event>("events");
    auto windowed = d.from(in)
                        .event_time(&event::ts, {.out_of_orderness = 3s})
                        .key_by(&event::key)
                        .window(tumbling{.size = 5s, .allowed_lateness = 5s})
                        .emit(when);
    if (discarding) {  // what was added since the pane before: summed up, the same
      windowed.discarding().aggregate("n"_col = count()).into("pieces");
    } else {
      windowed.aggregate("n"_col = count()).into("minutes");
    }
    for (const int s : {1, 7, 3, 12, 5, 14, 9, 20, 11, 17}) in.push({"k", at(s * 1s), 1, {}, ""});
    in.finish();
    return format_csv(sql(d.tables(), discarding ? "SELECT window_start, SUM(n) AS n FROM pieces GROUP BY window_start ORDER BY 1"
                                                 : "SELECT window_start, n FROM minutes ORDER BY 1"));
  };
  const std::string rows = final_rows({}, false);
  CHECK(rows == final_rows({.early = each_batch}, false));
  CHECK(rows == final_rows({.early = every(1s)}, false));
  CHECK(rows == final_rows({.early = each_batch}, true));
}

TEST_CASE("SEMANTICS 4: insert(after), update(before, after), erase(before); streams are append, upsert or retract, statically") {
  CHECK(change<int>::insert(1).row() == 1);
  CHECK(change<int>::update(1, 2).row() == 2);
  CHECK(change<int>::erase(1).row() == 1);
  static_assert(stream_kind_of<event> == stream_kind::append);
  static_assert(stream_kind_of<pane<int, int>> == stream_kind::upsert);
  static_assert(stream_kind_of<change<event>> == stream_kind::retract);
}

TEST_CASE("SEMANTICS 4: aggregating a changelog applies remove(before) and add(after), min and max included") {
  driver d;
  auto in = d.input<event>("events");
  auto newest = d.from(in).event_time(&event::ts).key_by(&event::key).unbounded().newest();
  auto rows = d.collect(newest.key_by().unbounded().aggregate("sum"_col = sum(&event::n), "most"_col = oriel::max(&event::n)));
  in.push({"a", at(1s), 10, {}, ""});
  in.push({"b", at(2s), 3, {}, ""});
  in.push({"a", at(3s), 1, {}, ""});  // was the greatest
  CHECK(rows.rows().back().row["sum"_col] == 4);
  CHECK(rows.rows().back().row["most"_col] == 3);
}

TEST_CASE("SEMANTICS 5, count and count_if: int64") {
  CHECK(answer({value(1), value(2)}, count()) == 2);
  CHECK(answer({value(1), value(2)}, count_if([](const event& e) { return e.n > 1; })) == 1);
}

TEST_CASE("SEMANTICS 5, sum: int64 for integers, overflow is an error and never wraps, double otherwise; empty = 0") {
  CHECK(answer({}, sum(&event::n)) == 0);
  CHECK(answer({value(1), value(2), nothing}, sum(&event::x)) == 3.0);
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  CHECK(answer({value(most), value(most), value(-most)}, sum(&event::n)) == most);
  CHECK_THROWS_AS(answer({value(most), value(1)}, sum(&event::n)), error);
}

TEST_CASE("SEMANTICS 5, mean: double; null when empty; exact integer numerator") {
  CHECK(answer({}, mean(&event::n)) == std::nullopt);
  CHECK(answer({value(1), value(2)}, mean(&event::n)) == 1.5);
}

TEST_CASE("SEMANTICS 5, min and max: type of x; null when empty; strings by bytes") {
  CHECK(answer({}, oriel::min(&event::n)) == std::nullopt);
  CHECK(answer({value(3), value(-1)}, oriel::min(&event::n)) == -1);
  const auto all = compose<event>("a"_col = oriel::max(&event::text));
  auto p = all.identity();
  for (const char* s : {"Z", "a", "B"}) add_to(all, p, text(s));
  CHECK(all.lower(p)["a"_col] == "a");
}

TEST_CASE("SEMANTICS 5, first and last: by (event time, arrival)") {
  CHECK(answer({value(1, 5s), value(2, 3s), value(3, 3s)}, first(&event::n)) == 2);
  CHECK(answer({value(1, 5s), value(2, 5s), value(3, 3s)}, last(&event::n)) == 2);
}

TEST_CASE("SEMANTICS 5, arg_min and arg_max: ties: first arrival") {
  const std::vector<event> events{{"k", at(9s), 1, 5.0, ""}, {"k", at(1s), 2, 5.0, ""}, {"k", at(2s), 3, 1.0, ""}};
  CHECK(answer(events, arg_max(&event::n, &event::x)) == 1);
  CHECK(answer(events, arg_min(&event::n, &event::x)) == 3);
}

TEST_CASE("SEMANTICS 5, count_distinct: int64, exact; every integral, floating, string type") {
  CHECK(answer({value(1), value(1), value(2)}, count_distinct(&event::n)) == 2);
  CHECK(answer({value(1), value(1), nothing}, count_distinct(&event::x)) == 1);
  CHECK(answer({text("a"), text("b"), text("a")}, count_distinct(&event::text)) == 2);
}

TEST_CASE("SEMANTICS 5, sum_distinct: sum over the set of distinct values") {
  CHECK(answer({value(7), value(7), value(2)}, sum_distinct(&event::n)) == 9);
}

TEST_CASE("SEMANTICS 5, approx_count_distinct: HyperLogLog, standard error 1.04/sqrt(2^p)") {
  std::vector<event> events;
  for (std::int64_t i = 0; i < 100'000; ++i) events.push_back(value(i % 50'000));
  const auto estimate = static_cast<double>(answer(events, approx_count_distinct(&event::n, {.precision = 14})));
  CHECK(std::abs(estimate - 50'000) < 4 * 50'000 * 1.04 / 128);
}

TEST_CASE("SEMANTICS 5, quantile: deterministic sketch, exact for small n") {
  CHECK(answer({}, quantile(&event::n, 0.5)) == std::nullopt);
  CHECK(answer({value(1), value(2), value(9)}, quantile(&event::n, 0.5)) == 2.0);
}

TEST_CASE("SEMANTICS 5, variance and stddev: sample; stable") {
  CHECK(answer({value(1)}, variance(&event::n)) == std::nullopt);
  CHECK(answer({value(2), value(4)}, variance(&event::n)) == 2.0);
  CHECK(*answer({value(2), value(4)}, stddev(&event::n)) == doctest::Approx(std::sqrt(2.0)));
  CHECK(answer({value(1'000'000'000'000), value(1'000'000'000'002)}, variance(&event::n)) == 2.0);
}

TEST_CASE("SEMANTICS 5, top_k: exact; approx_top_k with an error bound; collect; histogram") {
  const std::vector<event> events{value(5), value(7), value(5), value(9)};
  const auto top = answer(events, top_k(&event::n, 1));
  REQUIRE(top.size() == 1);
  CHECK(top[0].value == 5);
  CHECK(top[0].count == 2);
  CHECK(answer(events, approx_top_k(&event::n, 1))[0].value == 5);
  CHECK(answer(events, collect(&event::n)) == std::vector<std::int64_t>{5, 7, 5, 9});
  CHECK(answer(events, histogram(&event::n, {6, 8}))[0].count == 2);
}

TEST_CASE("SEMANTICS 5, any: .where(p) restricts any aggregate") {
  const auto big = [](const event& e) { return e.n > 5; };
  const std::vector<event> events{value(5), value(7), value(7)};
  CHECK(answer(events, count_distinct(&event::n).where(big)) == 1);
  CHECK(answer(events, mean(&event::n).where(big)) == 7.0);
  CHECK(answer(events, collect(&event::n).where(big)) == std::vector<std::int64_t>{7, 7});
}
