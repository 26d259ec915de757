// SPDX-License-Identifier: Apache-2.0
#include <oriel/stream/pipeline.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <oriel/aggregate/count.hpp>
#include <oriel/aggregate/sum.hpp>
#include <oriel/io/memory.hpp>
#include <oriel/stream/join.hpp>
#include <oriel/window/tumbling.hpp>

using namespace oriel;
using namespace oriel::literals;
using namespace std::chrono_literals;

namespace {

struct click {
  std::string_view page;
  timestamp ts;
  double cost = 0;
};
BOOST_DESCRIBE_STRUCT(click, (), (page, ts, cost))

/// Fails in the middle.
struct broken {
  using event_type = click;
  std::unique_ptr<source<click>> open() const {
    struct reader final : source<click> {
      source_state read(source_batch<click>& out, std::size_t) override {
        if (reads++ == 1) throw error(error_kind::unavailable, "the disk is gone");
        out.clear();
        out.rows.push_back({"/a", at_ms(1), 1});
        return source_state::ready;
      }
      int reads = 0;
    };
    return std::make_unique<reader>();
  }
};

/// Fails when all has been written.
struct full_disk {
  template <typename T>
  std::unique_ptr<sink<T>> open() const {
    struct writer final : sink<T> {
      void write(const batch_view<T>&) override {}
      void finish() override { throw error(error_kind::unavailable, "the disk is full"); }
    };
    return std::make_unique<writer>();
  }
};

std::int64_t views(const catalog& tables) {
  const table_snapshot now = tables.snapshot("minutes");
  std::int64_t total = 0;
  for (std::size_t c = 0; c < now.chunk_count(); ++c) {
    for (std::size_t i = 0; i < now.chunk(c).size(); ++i) total += now.chunk(c).int64s(3)[i];
  }
  return total;
}

template <typename From>
void count_per_minute(pipeline& p, From from) {
  p.from(std::move(from))
      .event_time(&click::ts)
      .key_by(&click::page)
      .window(tumbling{.size = 1min})
      .emit({.early = each_batch})
      .aggregate("views"_col = count(), "spend"_col = sum(&click::cost))
      .into("minutes");
}

}  // namespace

TEST_CASE("a pipeline counts per key and minute into a table, the same for every batch size") {
  for (const std::size_t batch_size : {std::size_t{1}, std::size_t{2}, std::size_t{1024}}) {
    catalog tables;
    pipeline p{tables, {.batch_size = batch_size}};
    count_per_minute(p, memory<click>{.rows = {{"/a", at_ms(0), 1}, {"/b", at_ms(59'999), 2}, {"/a", at_ms(60'000), 4}}});
    p.run();
    CHECK(tables.snapshot("minutes").row_count() == 3);
    CHECK(views(tables) == 3);
  }
}

TEST_CASE("a stream that meets itself is judged the same for every batch size") {
  // The last two are late: the minute is complete when they come, on whichever way.
  const std::vector<click> clicks{{"/a", at_ms(0)}, {"/a", at_ms(90'000)}, {"/b", at_ms(1)}, {"/a", at_ms(2)}};
  for (const std::size_t batch_size : {std::size_t{1}, std::size_t{2}, std::size_t{3}, std::size_t{1024}}) {
    catalog tables;
    pipeline p{tables, {.batch_size = batch_size}};
    const auto rows = p.from(memory<click>{.rows = clicks}).event_time(&click::ts);
    rows.merge(rows.filter([](const click& c) { return c.page == "/a"; }))
        .key_by(&click::page)
        .window(tumbling{.size = 1min})
        .aggregate("views"_col = count(), "spend"_col = sum(&click::cost))
        .into("minutes");
    interval_join(rows, rows, on(&click::page, &click::page), {.lower = -1s, .upper = 1s})
        .map([](const auto& both) { return click{both.left->page, both.left->ts, both.right->cost}; })
        .into("pairs");
    p.run();
    CAPTURE(batch_size);
    CHECK(tables.snapshot("minutes").row_count() == 2);
    CHECK(views(tables) == 4);
    CHECK(tables.snapshot("pairs").row_count() == 2);
  }
}

TEST_CASE("a run reports its progress") {
  catalog tables;
  pipeline p{tables, {.batch_size = 2}};
  count_per_minute(p, memory<click>{.rows = std::vector<click>(5, {"/a", at_ms(7), 1})});
  std::vector<std::uint64_t> events;
  p.run([&](const run_progress& progress) {
    events.push_back(progress.events);
    CHECK(progress.watermark == at_ms(7));
    CHECK(progress.input.total == 5);
  });
  CHECK(events == std::vector<std::uint64_t>{2, 4, 5});
}

TEST_CASE("what ends a run is thrown to whoever ran it, in the background too") {
  {
    catalog tables;
    pipeline p{tables};
    count_per_minute(p, broken{});
    CHECK_THROWS_WITH(p.run(), "the disk is gone");
  }
  catalog tables;
  pipeline p{tables};
  count_per_minute(p, broken{});
  p.start();
  CHECK_THROWS_WITH(p.wait(), "the disk is gone");
  CHECK(views(tables) == 1);
}

TEST_CASE("tables can be read by others when the sink of the dead letters fails in the end") {
  const auto tables = std::make_shared<catalog>();  // its own while somebody still waits for it
  pipeline p{*tables};
  count_per_minute(p, memory<click>{.rows = {{"/a", at_ms(1), 1}}});
  p.dead_letters().to(full_disk{});
  CHECK_THROWS_WITH(p.run(), "the disk is full");
  std::promise<std::int64_t> seen;
  std::future<std::int64_t> answer = seen.get_future();
  std::thread reader([tables, to = std::move(seen)]() mutable { to.set_value(views(*tables)); });
  const bool answered = answer.wait_for(10s) == std::future_status::ready;
  answered ? reader.join() : reader.detach();
  REQUIRE(answered);
  CHECK(answer.get() == 1);
}

TEST_CASE("a pipeline runs once") {
  catalog tables;
  pipeline p{tables};
  count_per_minute(p, memory<click>{});
  p.run();
  CHECK_THROWS_AS(p.run(), error);
  CHECK_THROWS_AS(p.start(), error);
}

TEST_CASE("tables are read from other threads while the pipeline runs in the background") {
  catalog tables;
  pipeline p{tables};
  auto in = p.input<click>("clicks");
  count_per_minute(p, in);
  p.start();
  constexpr std::int64_t total = 20'000;
  std::atomic<bool> done = false;
  std::vector<std::jthread> readers;
  std::atomic<bool> ordered = true;
  for (int r = 0; r < 2; ++r) {
    readers.emplace_back([&] {
      std::int64_t last = 0;
      while (!done) {
        const std::int64_t now = views(tables);
        if (now < last) ordered = false;
        last = now;
      }
    });
  }
  for (std::int64_t i = 0; i < total; ++i) in.push({i % 2 ? "/a" : "/b", at_ms(i), 1});
  in.finish();
  p.wait();
  done = true;
  readers.clear();
  CHECK(ordered);
  CHECK(views(tables) == total);
}

TEST_CASE("time declared by the host reaches every input") {
  catalog tables;
  pipeline p{tables};
  auto one = p.input<click>("one");
  auto two = p.input<click>("two");
  int panes = 0;
  for (auto& in : {one, two}) {
    p.from(in).event_time(&click::ts).key_by(&click::page).window(tumbling{.size = 1s}).aggregate("n"_col = count()).to(
        [&](const auto&) { ++panes; });
  }
  one.push({"/a", at_ms(1), 1});
  two.push({"/a", at_ms(1), 1});
  p.advance_to(at_ms(999));
  CHECK(panes == 0);
  p.advance_to(at_ms(1000));
  CHECK(panes == 2);
  p.finish();
}

TEST_CASE("every operator keeps the books: in = applied + corrected + late + dropped + filtered + rejected") {
  catalog tables;
  manual_clock clock{at_ms(1'000'000)};
  pipeline p{tables, {.clock = &clock}};
  auto in = p.input<click>("clicks");
  const auto clicks = p.from(in).event_time(&click::ts, {.out_of_orderness = 1s, .max_future = 1h}).filter([](const click& c) {
    return c.page != "/health";
  });
  clicks.into("latest", {.key = {"page"}});
  auto minutes = clicks.key_by(&click::page)
                     .window(tumbling{.size = 1s, .allowed_lateness = 2s})
                     .aggregate("views"_col = count());
  minutes.into("minutes");
  int late = 0;
  minutes.late_events().to([&](const click&) { ++late; });
  clicks.key_by(&click::page).ttl(5s).aggregate("views"_col = count()).into("running");
  std::vector<click> events;
  for (std::int64_t i = 0; i < 3000; ++i) {
    const std::int64_t behind = i % 7 == 0 ? (i * 37) % 9'000 : 0;
    events.push_back({i % 11 == 0 ? "/health" : i % 2 ? "/a" : "/b", at_ms(i % 97 == 0 ? 90'000'000 : i * 20 - behind), 1});
  }
  in.push(std::span<const click>(events));
  in.finish();
  CHECK(late > 0);
  for (const auto& node : p.graph().nodes()) {
    CAPTURE(node->name());
    const node_counters& n = node->counters();
    CHECK(n.in.value() == n.applied.value() + n.corrected.value() + n.late.value() + n.dropped.value() +
                              n.filtered.value() + n.rejected.value());
  }
  CHECK(p.graph().find("clicks")->counters().rejected.value() == 31);
  CHECK(p.graph().find("window_aggregate")->counters().corrected.value() > 0);
  CHECK(p.graph().find("into_latest")->counters().dropped.value() > 0);
}

TEST_CASE("a quiet input does not hold up another in the background, unless it may still be first") {
  catalog tables;
  pipeline p{tables};
  auto quiet = p.input<click>("quiet");
  auto busy = p.input<click>("busy");
  std::atomic<int> seen = 0;
  p.from(quiet).event_time(&click::ts).to([&](const click&) { ++seen; });
  p.from(busy).event_time(&click::ts).to([&](const click&) { ++seen; });
  p.start();
  for (int i = 0; i < 100'000; ++i) busy.push({"/a", at_ms(i), 1});  // far more than the queue holds
  while (seen < 100'000) std::this_thread::yield();
  quiet.push({"/b", at_ms(0), 1});
  p.finish();
  p.wait();
  CHECK(seen == 100'001);
}

TEST_CASE("processing time stands still within a batch and moves from batch to batch") {
  struct counting_clock final : oriel::clock {
    timestamp now() const override { return at_ms(++reads); }
    mutable std::int64_t reads = 0;
  } clock;
  catalog tables;
  pipeline p{tables, {.clock = &clock}};
  auto in = p.input<click>("clicks");
  std::vector<std::int64_t> times;
  p.from(in).event_time(&click::ts).to([&](const click&) { times.push_back(to_ms(p.clock().now())); });
  const std::vector<click> two(2, click{"/a", at_ms(1), 1});
  in.push(std::span<const click>(two));
  in.push(std::span<const click>(two));
  REQUIRE(times.size() == 4);
  CHECK(times[0] == times[1]);
  CHECK(times[2] == times[3]);
  CHECK(times[0] < times[2]);
}

TEST_CASE("a filter on panes takes back the rows that no longer pass: the table does not depend on early results") {
  for (const bool early : {false, true}) {
    catalog tables;
    pipeline p{tables};
    auto in = p.input<click>("clicks");
    p.from(in)
        .event_time(&click::ts)
        .key_by(&click::page)
        .window(tumbling{.size = 1min})
        .emit({.early = early ? std::optional(each_batch) : std::nullopt})
        .aggregate("views"_col = count())
        .filter([](const auto& pane) { return pane.row["views"_col] < 3; })
        .into("few");
    for (int i = 0; i < 5; ++i) in.push({"/many", at_ms(i), 1});
    for (int i = 0; i < 2; ++i) in.push({"/few", at_ms(i), 1});
    in.finish();
    CHECK(tables.snapshot("few").row_count() == 1);
  }
}

TEST_CASE("the graph of a pipeline can be drawn") {
  catalog tables;
  pipeline p{tables};
  count_per_minute(p, memory<click>{});
  const std::string dot = p.graph().dot();
  CHECK(dot.find("\"source\" -> \"window_aggregate\"") != std::string::npos);
  CHECK(dot.find("\"window_aggregate\" -> \"into_minutes\"") != std::string::npos);
}

TEST_CASE("SEMANTICS 1.4: the end of all partitions' events closes every window") {
  catalog tables;
  pipeline p{tables};
  auto in = p.input<click>("clicks", {.partitions = 2});
  p.from(in)
      .event_time(&click::ts)
      .key_by(&click::page)
      .window(tumbling{.size = 1min})
      .aggregate("views"_col = count(), "spend"_col = sum(&click::cost))
      .into("minutes");
  in.partition(0).push({"/a", at_ms(600'000), 1});
  in.partition(1).push({"/a", at_ms(0), 1});
  CHECK(tables.snapshot("minutes").row_count() == 0);
  in.finish();
  CHECK(tables.snapshot("minutes").row_count() == 2);
  CHECK(p.why_not_emitted({at_ms(0), end_of_time}).empty());
}

TEST_CASE("a pipeline says what its windows wait for") {
  catalog tables;
  pipeline p{tables};
  auto clicks = p.input<click>("clicks", {.partitions = 2});
  count_per_minute(p, clicks);
  p.from(p.input<click>("log")).arrival_order().to([](const click&) {});
  const interval minute{at_ms(0), at_ms(60'000)};
  CHECK(p.why_not_emitted(minute).size() == 2);  // an input without event time holds nothing back
  clicks.partition(0).push({"/a", at_ms(61'000), 1});
  const auto holds = p.why_not_emitted(minute);
  REQUIRE(holds.size() == 1);
  CHECK(holds[0].input == "clicks");
  CHECK(holds[0].partition == 1);
  CHECK(holds[0].why == "input 'clicks', partition 1: nothing has been pushed into it yet, and it is not declared idle");
  clicks.partition(1).push({"/a", at_ms(60'000), 1});
  CHECK(p.why_not_emitted(minute).empty());
}

TEST_CASE("the lateness of an input that measures it has a name, and a mistaken name a proposal") {
  catalog tables;
  pipeline p{tables};
  auto clicks = p.input<click>("clicks");
  p.from(clicks).event_time(&click::ts, {.measure_lateness = true}).to([](const click&) {});
  count_per_minute(p, p.input<click>("views"));
  for (const std::int64_t t : {100, 40, 90, 200}) clicks.push({"/a", at_ms(t), 1});
  const lateness seen = p.lateness("clicks");
  CHECK(seen.events() == 4);
  CHECK(seen.max() == 60ms);
  CHECK(seen.suggested_out_of_orderness(0.75) == 10ms);
  CHECK_THROWS_WITH(p.lateness("click"), "lateness: there is no input 'click'; did you mean 'clicks'?");
  CHECK_THROWS_WITH(p.lateness("views"), "lateness: input 'views' does not measure it; build it with "
                                         "event_time(..., {.measure_lateness = true})");
}

TEST_CASE("other threads may ask what is waited for and how late events are while the pipeline runs") {
  catalog tables;
  pipeline p{tables};
  auto clicks = p.input<click>("clicks", {.partitions = 3});
  p.from(clicks).event_time(&click::ts, {.measure_lateness = true}).to([](const click&) {});
  p.start();
  std::jthread asking([&](const std::stop_token& stop) {
    std::uint64_t events = 0;
    while (!stop.stop_requested()) {
      CHECK(p.why_not_emitted({at_ms(0), at_ms(3000)}).size() <= 3);
      const std::uint64_t now = p.lateness("clicks").events();
      CHECK(now >= events);
      events = now;
    }
  });
  for (int i = 0; i < 3000; ++i) clicks.partition(static_cast<std::size_t>(i) % 3).push({"/a", at_ms(i), 1});
  clicks.finish();
  p.wait();
  asking = {};
  CHECK(p.lateness("clicks").events() == 3000);
}
