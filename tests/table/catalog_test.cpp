// SPDX-License-Identifier: Apache-2.0
#include <oriel/table/catalog.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include <oriel/core/error.hpp>

using namespace oriel;

namespace {

const schema counts({{"key", column_type::int64}, {"count", column_type::int64}}, {"key"});

void put(table& t, std::int64_t key, std::int64_t count) {
  const column_values columns[] = {&key, &count};
  t.upsert({1, columns});
}

template <typename F>
std::string failure(F&& f) {
  try {
    f();
  } catch (const error& e) {
    CHECK(e.kind() == error_kind::invalid);
    return e.message();
  }
  return "no error";
}

}  // namespace

TEST_CASE("a catalog finds its tables by name, exact case first") {
  catalog c;
  table& orders = c.create("Orders", counts);
  CHECK(c.find("Orders") == &orders);
  CHECK(c.find("ORDERS") == &orders);
  CHECK(c.find("order") == nullptr);
  CHECK(&c.at("orders") == &orders);
  c.create("products", counts);
  CHECK(c.names() == std::vector<std::string>{"Orders", "products"});
}

TEST_CASE("making the same table again finds it, making another of its name is refused") {
  catalog c;
  table& orders = c.create("orders", counts);
  CHECK(&c.create("orders", counts) == &orders);
  const std::string message =
      "table 'orders' cannot be made: there is a table 'orders' with another schema, key or options; choose another "
      "name";
  CHECK(failure([&] { c.create("orders", schema({{"key", column_type::int64}})); }) == message);
  CHECK(failure([&] { c.create("orders", counts, {.comparison = true}); }) == message);
  CHECK(failure([&] { c.create("Orders", counts); }) ==
        "table 'Orders' cannot be made: there is a table 'orders' with another schema, key or options; choose another "
        "name");
  CHECK(c.names().size() == 1);
}

TEST_CASE("an unknown table is an error that names what may have been meant") {
  catalog c;
  CHECK(failure([&] { c.at("orders"); }) == "no table 'orders'");
  c.create("orders", counts);
  CHECK(failure([&] { c.at("oders"); }) == "no table 'oders'; did you mean 'orders'?");
  CHECK(failure([&] { static_cast<void>(c.snapshot("oders")); }) == "no table 'oders'; did you mean 'orders'?");
  CHECK(failure([&] { static_cast<void>(c.snapshot(std::vector<std::string>{"orders", "x"})); }) == "no table 'x'");
  CHECK(failure([&] { static_cast<void>(c.snapshot().at("order")); }) == "no table 'order'; did you mean 'orders'?");
}

TEST_CASE("a catalog snapshot holds the tables it was asked for") {
  catalog c;
  put(c.create("a", counts), 1, 10);
  put(c.create("b", counts), 1, 20);
  put(c.create("c", counts), 1, 30);
  CHECK(c.snapshot("b").chunk(0).int64s(1)[0] == 20);

  const catalog_snapshot two = c.snapshot(std::vector<std::string>{"C", "a"});
  CHECK(two.names() == std::vector<std::string>{"c", "a"});
  CHECK(two.size() == 2);
  CHECK(two[0].name() == "c");
  CHECK(two.find("b") == nullptr);
  REQUIRE(two.find("A") != nullptr);
  CHECK(two.find("A")->chunk(0).int64s(1)[0] == 10);
  CHECK(two.at("c").row_count() == 1);

  const catalog_snapshot all = c.snapshot();
  std::size_t rows = 0;
  for (const table_snapshot& t : all) rows += t.row_count();
  CHECK(rows == 3);
  CHECK(catalog_snapshot().size() == 0);
}

TEST_CASE("a unit may contain units, writes and snapshots of its own thread") {
  catalog c;
  table& t = c.create("t", counts);
  auto outer = c.write();
  put(t, 1, 1);
  {
    auto inner = c.write();
    auto moved = std::move(inner);
    put(t, 2, 2);
  }
  CHECK(c.snapshot("t").row_count() == 2);
  c.create("u", counts);
  CHECK(c.names().size() == 2);
}

TEST_CASE("what is written in one unit is seen in all tables or in none") {
  catalog c;
  table& a = c.create("a", counts);
  table& b = c.create("b", counts);
  const auto step = [&](std::int64_t n) {
    auto unit = c.write();
    put(a, n % 1500, n);
    if (n % 16 == 0) std::this_thread::yield();  // on a busy machine it takes some milliseconds
    put(b, n % 1500, n);
  };
  const auto sum = [](const table_snapshot& t) {
    std::int64_t total = 0;
    for (std::size_t i = 0; i < t.chunk_count(); ++i) {
      for (std::size_t j = 0; j < t.chunk(i).size(); ++j) total += t.chunk(i).int64s(1)[j];
    }
    return total;
  };
  std::atomic<bool> stop{false};
  std::atomic<int> torn{0};
  std::atomic<int> seen{0};
  const auto read = [&] {
    while (!stop) {
      const catalog_snapshot now = c.snapshot();
      if (sum(now.at("a")) != sum(now.at("b")) || now.at("a").version() != now.at("b").version()) ++torn;
      ++seen;
    }
  };
  std::thread first(read);
  std::thread second(read);
  for (std::int64_t n = 0; n < 2000 || seen < 50; ++n) step(n);
  stop = true;
  first.join();
  second.join();
  CHECK(torn == 0);
  CHECK(seen >= 50);
}

TEST_CASE("writers that never pause do not keep a reader out") {
  catalog c;
  table& t = c.create("t", counts);
  std::atomic<bool> stop{false};
  std::atomic<int> writing{0};
  const auto write = [&] {
    std::int64_t n = 0;
    while (!stop) {
      auto unit = c.write();
      if (++n == 1) ++writing;
      put(t, n % 100, n);
    }
  };
  std::thread first(write);
  std::thread second(write);
  while (writing < 2) std::this_thread::yield();
  for (int i = 0; i < 200; ++i) CHECK(c.snapshot("t").row_count() > 0);  // each must come to its turn
  stop = true;
  first.join();
  second.join();
}
