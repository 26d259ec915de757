// SPDX-License-Identifier: Apache-2.0
#include <oriel/stream/stream.hpp>

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include <oriel/aggregate/count.hpp>
#include <oriel/io/json_lines_sink.hpp>
#include <oriel/testing/driver.hpp>
#include <oriel/window/tumbling.hpp>

using namespace oriel;
using namespace oriel::literals;
using namespace oriel::testing;
using namespace std::chrono_literals;

namespace {

struct place {
  std::string_view city;
  std::optional<std::int32_t> zip;
};
BOOST_DESCRIBE_STRUCT(place, (), (city, zip))

struct order {
  std::int64_t id = 0;
  timestamp ts;
  place where;
  double total = 0;
};
BOOST_DESCRIBE_STRUCT(order, (), (id, ts, where, total))

std::string message_of(const std::function<void()>& build) {
  try {
    build();
  } catch (const error& e) {
    CHECK(e.kind() == error_kind::invalid);
    return e.message();
  }
  return "";
}

}  // namespace

TEST_CASE("steps without state are composed, and a stream used twice sends its rows both ways") {
  driver d;
  auto in = d.input<order>("orders");
  const auto dear = d.from(in).event_time(&order::ts).filter([](const order& o) { return o.total >= 10; });
  auto ids = d.collect(dear.map([](const order& o) { return o.id; }));
  auto cents = d.collect(dear.map([](const order& o) { return o.total; }).map([](double t) { return t * 100; }));
  auto twice = d.collect(dear.flat_map<std::string>([](const order& o, auto&& emit) {
    emit(std::to_string(o.id));
    emit(std::to_string(-o.id));
  }));
  const order rows[] = {{1, {}, {}, 5}, {2, {}, {}, 10}, {3, {}, {}, 20}};
  in.push(rows);
  CHECK(ids.rows() == std::vector<std::int64_t>{2, 3});
  CHECK(cents.rows() == std::vector<double>{1000, 2000});
  CHECK(twice.rows() == std::vector<std::string>{"2", "-2", "3", "-3"});
}

TEST_CASE("rows without a key are appended, nested members under dotted names") {
  driver d;
  auto in = d.input<order>("orders");
  d.from(in).event_time(&order::ts).into("orders");
  const order rows[] = {{1, at_ms(5), {"Bern", 3000}, 5}, {1, at_ms(4), {"Basel", {}}, 6}};
  in.push(rows);
  const table_snapshot now = d.tables().snapshot("orders");
  CHECK(now.row_count() == 2);
  std::vector<std::string> names;
  for (const auto& c : now.schema().columns()) names.push_back(c.name);
  CHECK(names == std::vector<std::string>{"id", "ts", "where.city", "where.zip", "total"});
  CHECK(now.schema()[3].nullable);
  CHECK(now.dictionary(2)[now.chunk(0).string_ids(2)[1]] == "Basel");
  CHECK(now.chunk(0).int64s(3)[0] == 3000);
}

TEST_CASE("with a key, the row with the greater event time stays") {
  driver d;
  auto in = d.input<order>("orders");
  d.from(in).event_time(&order::ts).into("orders", {.key = {"id"}, .columns = {"total", "id"}});
  const order rows[] = {{1, at_ms(5), {}, 50}, {1, at_ms(4), {}, 40}, {2, at_ms(1), {}, 1}, {1, at_ms(5), {}, 51}};
  in.push(rows);
  const table_snapshot now = d.tables().snapshot("orders");
  REQUIRE(now.row_count() == 2);
  CHECK(now.schema()[0].name == "total");
  CHECK(now.chunk(0).float64s(0)[0] == 51);
  CHECK(d.pipeline().graph().find("into_orders")->counters().dropped.value() == 1);
}

TEST_CASE("with a comparison column, the row with the greater value stays, and the others may be had") {
  for (const bool with_time : {true, false}) {
    driver d;
    auto in = d.input<order>("orders");
    const into_options options{.key = {"where.city"}, .comparison = "id"};
    const order rows[] = {{7, at_ms(5), {"Bern", {}}, 1}, {6, at_ms(9), {"Bern", {}}, 2}, {7, at_ms(4), {"Bern", {}}, 3}};
    std::vector<double> old;
    const auto keep = [&old](const order& o) { old.push_back(o.total); };
    if (with_time) {
      d.from(in).event_time(&order::ts, {.out_of_orderness = 1s}).into("orders", options).out_of_order().to(keep);
    } else {
      d.from(in).arrival_order().into("orders", options).out_of_order().to(keep);
    }
    in.push(rows);
    CHECK(d.tables().snapshot("orders").chunk(0).float64s(4)[0] == 3);
    CHECK(old == std::vector<double>{2});
  }
}

TEST_CASE("a comparison that cannot be is refused while building") {
  driver d;
  const auto orders = d.from(d.input<order>("orders")).event_time(&order::ts);
  const auto failure = [&](const into_options& options) { return message_of([&] { orders.into("t", options); }); };
  CHECK(failure({.key = {"id"}, .comparison = "tss"}) ==
        "into 't': .comparison is 'tss', which is no column; did you mean 'ts'?");
  CHECK(failure({.key = {"id"}, .comparison = "where.zip"}) ==
        "into 't': .comparison is 'where.zip', which is LONG or null; it must be LONG or TIMESTAMP, and never null");
  CHECK(failure({.comparison = "ts"}).find(".comparison says which of two rows is the newer one") != std::string::npos);
  CHECK_THROWS_AS(orders.key_by(&order::id).unbounded().newest().into("t", {.key = {"id"}, .comparison = "id"}), error);
}

TEST_CASE("two rows of a changelog that take each other's keys are both in the table") {
  driver d;
  auto in = d.input<order>("orders");
  d.from(in).event_time(&order::ts).key_by(&order::id).unbounded().newest().into("orders", {.key = {"where.city"}});
  const order first[] = {{1, at_ms(1), {"Bern", {}}, 1}, {2, at_ms(1), {"Ulm", {}}, 2}};
  const order swapped[] = {{1, at_ms(2), {"Ulm", {}}, 1}, {2, at_ms(2), {"Bern", {}}, 2}};
  in.push(first);
  in.push(swapped);
  const table_snapshot now = d.tables().snapshot("orders");
  REQUIRE(now.row_count() == 2);
  for (std::size_t i = 0; i < 2; ++i) {
    CHECK(now.text(now.chunk(0), 2, i) == (now.chunk(0).int64s(0)[i] == 1 ? "Ulm" : "Bern"));
  }
}

TEST_CASE("without event time, the row that came last stays") {
  driver d;
  auto in = d.input<order>("orders");
  d.from(in).arrival_order().into("orders", {.key = {"id"}});
  const order rows[] = {{1, at_ms(5), {}, 50}, {1, at_ms(4), {}, 40}};
  in.push(rows);
  CHECK(d.tables().snapshot("orders").chunk(0).float64s(4)[0] == 40);
}

TEST_CASE("panes go into a table with their key and window_start as primary key") {
  driver d;
  auto in = d.input<order>("orders");
  d.from(in)
      .event_time(&order::ts)
      .key_by(&order::id, "city"_col = [](const order& o) { return o.where.city; })
      .window(tumbling{.size = 1s, .allowed_lateness = 10s})
      .emit({.early = each_batch})
      .aggregate("n"_col = count())
      .into("counts", {.columns = {"window_start", "window_end", "city", "id", "n"}});
  const order rows[] = {{1, at_ms(100), {"Bern", {}}, 1}, {1, at_ms(200), {"Bern", {}}, 1}, {1, at_ms(5000), {"Ulm", {}}, 1}};
  in.push(rows);
  in.push({1, at_ms(300), {"Bern", {}}, 1});
  in.finish();
  const table_snapshot now = d.tables().snapshot("counts");
  REQUIRE(now.row_count() == 2);
  CHECK(now.schema().key().size() == 3);
  CHECK(now.chunk(0).int64s(4)[0] == 3);
}

TEST_CASE("running aggregates go into a table by key") {
  driver d;
  auto in = d.input<order>("orders");
  d.from(in).arrival_order().key_by(&order::id).unbounded().aggregate("n"_col = count()).into("totals");
  for (int i = 0; i < 5; ++i) in.push({i % 2, {}, {}, 1});
  const table_snapshot now = d.tables().snapshot("totals");
  REQUIRE(now.row_count() == 2);
  CHECK(now.chunk(0).int64s(1)[0] == 3);
  CHECK(now.chunk(0).int64s(1)[1] == 2);
}

TEST_CASE("an append stream may be written to a sink") {
  driver d;
  auto in = d.input<order>("orders");
  std::string text;
  d.from(in).event_time(&order::ts).to(json_lines_sink{.write = [&](std::string_view lines) { text += lines; }});
  in.push({7, at_ms(1), {"Genève", 1200}, 0.5});
  in.finish();
  CHECK(text == "{\"id\":7,\"ts\":1,\"where\":{\"city\":\"Genève\",\"zip\":1200},\"total\":0.5}\n");
}

TEST_CASE("what is wrong with a pipeline is said while it is built") {
  driver d;
  auto in = d.input<order>("orders");
  const auto orders = d.from(in).event_time(&order::ts);
  CHECK(message_of([&] { orders.into("t", {.columns = {"totl"}}); }).find("no column 'totl'; it has id, ts,") !=
        std::string::npos);
  CHECK(message_of([&] { orders.into("t", {.key = {"nope"}}); }).find("nope") != std::string::npos);
  const auto totals = orders.key_by(&order::id).unbounded().aggregate("n"_col = count());
  CHECK(message_of([&] { totals.into("t", {.key = {"id"}}); }) ==
        "into 't': the key of this stream is already known; leave out .key");
  CHECK(message_of([&] { orders.key_by(&order::id).window(tumbling{}); }).find("size is 0") != std::string::npos);
  CHECK(message_of([&] { orders.key_by(&order::id).ttl(0s); }).find("ttl is 0") != std::string::npos);
  orders.into("orders");
  CHECK(message_of([&] { orders.map([](const order& o) { return o.where; }).into("orders"); }).find("'orders'") !=
        std::string::npos);
}
