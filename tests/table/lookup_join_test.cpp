// SPDX-License-Identifier: Apache-2.0
#include <oriel/table/lookup_join.hpp>

#include <doctest/doctest.h>

#include <limits>
#include <map>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <oriel/stream/join.hpp>
#include <oriel/testing/driver.hpp>

using namespace oriel;
using namespace oriel::testing;
using namespace std::chrono_literals;

namespace {

struct product {
  std::string_view shop;
  std::int64_t number = 0;
  std::optional<std::string_view> name;
  double price = 0;
};
BOOST_DESCRIBE_STRUCT(product, (), (shop, number, name, price))

struct view {
  std::optional<std::string_view> shop;
  std::int64_t number = 0;
  std::string_view user;
};
BOOST_DESCRIBE_STRUCT(view, (), (shop, number, user))

struct part {
  std::uint64_t id = 0;
  std::int8_t size = 0;
};
BOOST_DESCRIBE_STRUCT(part, (), (id, size))

struct use {
  std::uint64_t id = 0;
};
BOOST_DESCRIBE_STRUCT(use, (), (id))

using pair_type = joined<view, product>;

std::string shown(const pair_type& p) {
  return std::string(p.left->user) + "+" + (p.right ? std::string(p.right->name.value_or("?")) : "-");
}

struct desk {
  explicit desk(std::size_t batch_size = 1024) : d(timestamp{}, batch_size) {
    d.from(products).arrival_order().into("products", {.key = {"number", "shop"}});  // another order than the join's
  }

  driver d;
  oriel::input<product> products = d.input<product>("products");
  oriel::input<view> views = d.input<view>("views");

  auto join(join_kind kind) {
    return lookup_join(d.from(views).arrival_order(), d.tables().at("products"),
                       on(std::tuple(&view::shop, &view::number), std::tuple(&product::shop, &product::number)), kind);
  }
};

}  // namespace

TEST_CASE("a row is joined with what the table holds when it is processed; earlier pairs stay as they are") {
  desk t;
  std::vector<std::string> found;
  t.join(join_kind::left).to([&](const pair_type& p) { found.push_back(shown(p)); });
  t.views.push({"bern", 1, "ann"});
  t.products.push({"bern", 1, "shoe", 5});
  t.views.push({"bern", 1, "bob"});
  t.products.push({"bern", 1, std::nullopt, 6});
  t.views.push({"bern", 1, "cid"});
  t.views.push({"basel", 1, "dan"});
  CHECK(found == std::vector<std::string>{"ann+-", "bob+shoe", "cid+?", "dan+-"});
}

TEST_CASE("rows without a key match nothing and are counted") {
  desk t;
  std::vector<std::string> found;
  t.join(join_kind::inner).to([&](const pair_type& p) { found.push_back(shown(p)); });
  t.products.push({"", 1, "shoe", 5});
  t.views.push({std::nullopt, 1, "ann"});
  t.views.push({"", 1, "bob"});
  t.views.push({"", 2, "cid"});
  CHECK(found == std::vector<std::string>{"bob+shoe"});
  const node& join = *t.d.pipeline().graph().find("lookup_join");
  CHECK(join.counters().in.value() == 3);
  CHECK(join.counters().dropped.value() == 1);
  CHECK(join.counters().applied.value() == 2);
  CHECK(join.state_bytes() == 0);
}

TEST_CASE("the join agrees with a map that is kept alongside, on random upserts, for any batch size") {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    const join_kind kind = random() % 2 == 0 ? join_kind::inner : join_kind::left;
    desk t(random() % 2 == 0 ? 1 : 300);
    std::vector<std::string> found;
    std::vector<std::string> want;
    t.join(kind).to([&](const pair_type& p) { found.push_back(shown(p)); });
    std::map<std::pair<std::string, std::int64_t>, std::string> model;
    for (int round = 0; round < 10; ++round) {
      for (std::uint64_t i = random() % 80; i > 0; --i) {
        const std::string shop = "shop " + std::to_string(random() % 5);
        const auto number = static_cast<std::int64_t>(random() % 40) - 20;
        const std::string name = "a name " + std::to_string(random());
        t.products.push({shop, number, name, 1});
        model[{shop, number}] = name;
      }
      std::vector<view> views;
      std::vector<std::string> shops;
      for (int i = 0; i < 8; ++i) shops.push_back("shop " + std::to_string(i));
      for (std::uint64_t i = random() % 400; i > 0; --i) {
        views.push_back({shops[random() % 8], static_cast<std::int64_t>(random() % 50) - 20, "u"});
        const auto at = model.find({std::string(*views.back().shop), views.back().number});
        if (at != model.end()) want.push_back("u+" + at->second);
        if (at == model.end() && kind == join_kind::left) want.push_back("u+-");
      }
      t.views.push(views);
    }
    REQUIRE(found == want);
  }
}

TEST_CASE("a table that cannot be looked up in this way is refused while the pipeline is built") {
  desk t;
  const auto views = t.d.from(t.views).arrival_order();
  const table& products = t.d.tables().at("products");
  CHECK_THROWS_WITH_AS(lookup_join(views, products, on(&view::number, &product::number)),
                       "table 'products': rows are looked up by its whole primary key, which is number, shop", error);
  CHECK_THROWS_AS(t.join(join_kind::full), error);

  catalog others;
  const table& elsewhere = others.create("products", products.schema());
  const auto by_key = on(std::tuple(&view::shop, &view::number), std::tuple(&product::shop, &product::number));
  CHECK_THROWS_WITH_AS(lookup_join(views, elsewhere, by_key),
                       "lookup_join: table 'products' is not in the catalog of this pipeline; make it in that catalog, "
                       "or build the pipeline with the catalog that has the table",
                       error);
}

TEST_CASE("a number above those of a LONG column has no partner, least of all the row of the negative number") {
  constexpr auto above = std::uint64_t{1} << 63;
  driver d;
  const schema columns({{"id", column_type::int64}, {"size", column_type::int64}}, {"id"});
  table& parts = d.tables().create("parts", columns);
  batch_buffer rows(columns);
  for (const std::int64_t id : {std::numeric_limits<std::int64_t>::min(), std::int64_t{-1}, std::int64_t{7}}) {
    rows[0].push_back(id);
    rows[1].push_back(70);
  }
  parts.upsert(rows.view());
  auto uses = d.input<use>("uses");
  using answers = std::vector<std::pair<std::uint64_t, bool>>;
  answers seen;
  lookup_join(d.from(uses).arrival_order(), parts, on(&use::id, &part::id), join_kind::left)
      .to([&](const joined<use, part>& j) { seen.emplace_back(j.left->id, j.right.has_value()); });
  uses.push(std::vector<use>{{above}, {7}, {~std::uint64_t{}}, {8}});
  CHECK(seen == answers{{above, false}, {7, true}, {~std::uint64_t{}, false}, {8, false}});
  const node& join = *d.pipeline().graph().find("lookup_join");
  CHECK(join.counters().applied.value() == 4);
  CHECK(join.counters().dropped.value() == 0);
}

TEST_CASE("a batch that fails leaves no keys behind") {
  driver d;
  const schema columns({{"id", column_type::int64}, {"size", column_type::int64}}, {"id"});
  table& parts = d.tables().create("parts", columns);
  batch_buffer rows(columns);
  for (const std::int64_t id : {1, 2}) {
    rows[0].push_back(id);
    rows[1].push_back(id == 1 ? 1000 : 20);
  }
  parts.upsert(rows.view());
  auto uses = d.input<use>("uses");
  std::vector<int> sizes;
  const auto id_of = [](const use& u) {
    if (u.id == 99) throw std::runtime_error("no such use");
    return u.id;
  };
  lookup_join(d.from(uses).arrival_order(), parts, on(id_of, &part::id)).to([&](const joined<use, part>& j) {
    sizes.push_back(j.right->size);
  });
  CHECK_THROWS_AS(uses.push({1}), error);  // its size does not fit
  CHECK_NOTHROW(uses.push({2}));
  CHECK_THROWS_AS(uses.push(std::vector<use>{{1}, {99}}), std::runtime_error);
  CHECK_NOTHROW(uses.push({2}));
  CHECK(sizes == std::vector<int>{20, 20});
}
