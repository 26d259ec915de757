// SPDX-License-Identifier: Apache-2.0
#include <oriel/operators/table_join.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <oriel/stream/join.hpp>
#include <oriel/testing/driver.hpp>

using namespace oriel;
using namespace oriel::testing;

namespace {

struct user {
  std::int64_t id = 0;
  std::string_view name;

  friend bool operator==(const user&, const user&) = default;
};
BOOST_DESCRIBE_STRUCT(user, (), (id, name))

struct sale {
  std::int64_t number = 0;
  std::optional<std::int64_t> user_id;

  friend bool operator==(const sale&, const sale&) = default;
};
BOOST_DESCRIBE_STRUCT(sale, (), (number, user_id))

template <typename Pair>
std::string shown(const Pair& p) {
  return (p.left ? std::to_string(p.left->number) : "-") + "+" + (p.right ? std::string(p.right->name) : "-");
}

/// Replays a changelog; a row can be taken back only if it is there.
template <typename Pair>
void replay(const change<Pair>& c, std::multiset<std::string>& now) {
  if (c.kind != change_kind::insert) {
    const auto gone = now.find(shown(c.before));
    REQUIRE(gone != now.end());
    now.erase(gone);
  }
  if (c.kind != change_kind::erase) now.insert(shown(c.after));
}

}  // namespace

TEST_CASE("null-padded rows are retracted when the match arrives, and every update corrects the result") {
  driver d;
  auto users = d.input<user>("users");
  auto sales = d.input<sale>("sales");
  auto changes = d.collect(table_join(d.from(sales).arrival_order(),
                                      d.from(users).arrival_order().key_by(&user::id).unbounded().newest(),
                                      on(&sale::user_id, &user::id), join_kind::left, unbounded));
  const auto texts = [&] {
    std::vector<std::string> out;
    for (const auto& c : changes.take()) out.push_back(std::string(to_string(c.kind)) + " " + shown(c.row()));
    return out;
  };
  sales.push({1, 7});
  CHECK(texts() == std::vector<std::string>{"insert 1+-"});
  users.push({7, "ann"});
  CHECK(texts() == std::vector<std::string>{"erase 1+-", "insert 1+ann"});
  users.push({7, "anna"});
  CHECK(texts() == std::vector<std::string>{"erase 1+ann", "insert 1+-", "erase 1+-", "insert 1+anna"});
  sales.push({2, std::nullopt});
  CHECK(texts() == std::vector<std::string>{"insert 2+-"});
  const node_counters& c = d.pipeline().graph().find("table_join")->counters();
  CHECK(c.in.value() == 4);
  CHECK(c.dropped.value() == 1);  // null matches nothing
  CHECK(c.applied.value() == 3);
}

TEST_CASE("whatever the interleaving, the result is the join of the final tables, on random changes") {
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    const join_kind kind = std::vector{join_kind::inner, join_kind::left, join_kind::right, join_kind::full}[random() % 4];
    const std::vector<std::string> names{"ann", "bob", "cid"};
    driver d(timestamp{}, seed % 3 == 0 ? 1 : 1024);
    auto users = d.input<user>("users");
    auto sales = d.input<sale>("sales");
    std::multiset<std::string> now;
    table_join(d.from(sales).arrival_order().key_by(&sale::number).unbounded().newest(),
               d.from(users).arrival_order().key_by(&user::id).unbounded().newest(), on(&sale::user_id, &user::id), kind)
        .to([&](const auto& c) { replay(c, now); });
    std::map<std::int64_t, user> user_table;
    std::map<std::int64_t, sale> sale_table;
    std::vector<user> user_batch;
    std::vector<sale> sale_batch;
    for (int i = 0; i < 80; ++i) {
      if (random() % 2 == 0) {
        user_batch.push_back({static_cast<std::int64_t>(random() % 4), names[random() % 3]});
        user_table[user_batch.back().id] = user_batch.back();
      } else {
        sale_batch.push_back({static_cast<std::int64_t>(random() % 8),
                              random() % 6 == 0 ? std::nullopt : std::optional<std::int64_t>(random() % 5)});
        sale_table[sale_batch.back().number] = sale_batch.back();
      }
      if (random() % 4 == 0) {
        users.push(user_batch);
        sales.push(sale_batch);
        user_batch.clear();
        sale_batch.clear();
      }
    }
    users.push(user_batch);
    sales.push(sale_batch);

    std::multiset<std::string> want;
    std::set<std::int64_t> matched;
    for (const auto& [number, s] : sale_table) {
      const auto found = s.user_id ? user_table.find(*s.user_id) : user_table.end();
      if (found != user_table.end()) {
        want.insert(shown(joined<sale, user>{s, found->second}));
        matched.insert(found->first);
      } else if (kind == join_kind::left || kind == join_kind::full) {
        want.insert(shown(joined<sale, user>{s, std::nullopt}));
      }
    }
    for (const auto& [id, u] : user_table) {
      if ((kind == join_kind::right || kind == join_kind::full) && !matched.contains(id)) want.insert(shown(joined<sale, user>{std::nullopt, u}));
    }
    REQUIRE(now == want);
  }
}

TEST_CASE("the same row twice is there twice, and taking one back leaves the other") {
  driver d;
  auto users = d.input<user>("users");
  auto sales = d.input<sale>("sales");
  std::multiset<std::string> now;
  table_join(d.from(sales).arrival_order(), d.from(users).arrival_order(), on(&sale::user_id, &user::id), join_kind::inner,
             unbounded)
      .to([&](const auto& c) { replay(c, now); });
  users.push({1, "ann"});
  users.push({1, "ann"});
  sales.push({5, 1});
  CHECK(now == std::multiset<std::string>{"5+ann", "5+ann"});
}

TEST_CASE("kinds that are not there are refused") {
  driver d;
  auto users = d.input<user>("users");
  auto sales = d.input<sale>("sales");
  CHECK_THROWS_AS(table_join(d.from(sales).arrival_order(), d.from(users).arrival_order(), on(&sale::user_id, &user::id),
                             join_kind::anti, unbounded),
                  error);
}

namespace {

struct price {
  std::string_view name;  // of the user it is for
  std::int64_t cents = 0;

  friend bool operator==(const price&, const price&) = default;
};
BOOST_DESCRIBE_STRUCT(price, (), (name, cents))

/// A sale with its user: what is joined again.
struct known_sale {
  sale s;
  std::optional<user> u;

  friend bool operator==(const known_sale&, const known_sale&) = default;
};
BOOST_DESCRIBE_STRUCT(known_sale, (), (s, u))

std::optional<std::string_view> name_of(const known_sale& k) {
  return k.u ? std::optional(k.u->name) : std::nullopt;
}

known_sale known(const joined<sale, user>& j) { return j.left ? known_sale{*j.left, j.right} : known_sale{}; }

}  // namespace

TEST_CASE("three tables in a chain, by foreign keys, end as the join of the final tables, in every order of changes") {
  const std::vector<user> users{{1, "ann"}, {1, "bob"}, {2, "ann"}};
  const std::vector<sale> sales{{10, 1}, {11, 2}, {10, 2}};
  const std::vector<price> prices{{"ann", 5}, {"bob", 6}, {"ann", 7}};
  // Which of the three is told next, in every possible order.
  std::string turns = "pppsssuuu";
  std::size_t orders = 0;
  do {
    driver d;
    auto in_users = d.input<user>("users");
    auto in_sales = d.input<sale>("sales");
    auto in_prices = d.input<price>("prices");
    std::multiset<std::string> now;
    const auto first = table_join(d.from(in_sales).arrival_order().key_by(&sale::number).unbounded().newest(),
                                  d.from(in_users).arrival_order().key_by(&user::id).unbounded().newest(),
                                  on(&sale::user_id, &user::id), join_kind::left)
                           .map([](const change<joined<sale, user>>& c) {
                             return change<known_sale>{c.kind, known(c.before), known(c.after)};
                           });
    table_join(first, d.from(in_prices).arrival_order().key_by(&price::name).unbounded().newest(),
               on(name_of, &price::name), join_kind::full)
        .to([&](const auto& c) {
          const auto text = [](const joined<known_sale, price>& j) {
            return (j.left ? std::to_string(j.left->s.number) : "-") + "+" +
                   (j.right ? std::to_string(j.right->cents) : "-");
          };
          if (c.kind != change_kind::insert) {
            const auto gone = now.find(text(c.before));
            REQUIRE(gone != now.end());
            now.erase(gone);
          }
          if (c.kind != change_kind::erase) now.insert(text(c.after));
        });
    std::size_t u = 0, s = 0, p = 0;
    for (const char turn : turns) {
      if (turn == 'u') in_users.push(users[u++]);
      if (turn == 's') in_sales.push(sales[s++]);
      if (turn == 'p') in_prices.push(prices[p++]);
    }
    REQUIRE(now == std::multiset<std::string>{"10+7", "11+7", "-+6"});
    ++orders;
  } while (std::next_permutation(turns.begin(), turns.end()));
  CHECK(orders == 1680);
}

TEST_CASE("a row with ten thousand partners is updated without searching all of them for each") {
  driver d;
  auto users = d.input<user>("users");
  auto sales = d.input<sale>("sales");
  std::int64_t balance = 0;
  // The second join takes back one row of ten thousand ten thousand times.
  const auto all_users = d.from(users).arrival_order().key_by(&user::id).unbounded().newest();
  const auto first = table_join(d.from(sales).arrival_order(), all_users, on(&sale::user_id, &user::id), join_kind::inner,
                                unbounded)
                         .map([](const change<joined<sale, user>>& c) {
                           return change<known_sale>{c.kind, known(c.before), known(c.after)};
                         });
  const auto shop = [](const known_sale&) { return std::int64_t{7}; };
  table_join(first, all_users, on(shop, &user::id), join_kind::left)
      .to([&](const auto& c) { balance += c.kind == change_kind::insert ? 1 : -1; });
  std::vector<sale> many;
  for (std::int64_t i = 0; i < 10'000; ++i) many.push_back({i, 1});
  users.push({1, "ann"});
  sales.push(many);
  users.push({1, "anna"});
  users.push({7, "shop"});
  CHECK(balance == 10'000);
}

TEST_CASE("rows and keys that are taken back are forgotten, and one that is not there is counted") {
  driver d;
  auto users = d.input<user>("users");
  auto sales = d.input<sale>("sales");
  table_join(d.from(sales).arrival_order().map([](const sale& s) {
    return s.number < 0 ? change<sale>::erase({-s.number, s.user_id}) : change<sale>::insert(s);
  }),
             d.from(users).arrival_order(), on(&sale::user_id, &user::id), join_kind::full, unbounded)
      .to([](const auto&) {});
  const node& join = *d.pipeline().graph().find("table_join");
  std::size_t most = 0;
  std::vector<sale> batch;
  for (std::int64_t i = 1; i <= 60'000; ++i) {
    batch.push_back({i, i});
    if (i > 100) batch.push_back({-(i - 100), i - 100});
    if (batch.size() < 500) continue;
    sales.push(batch);
    batch.clear();
    most = std::max(most, join.state_bytes());
  }
  CHECK(most > 10'000);
  CHECK(most < 4'000'000);
  CHECK(join.counters().dropped.value() == 0);
  sales.push({-70'000, 7});
  CHECK(join.counters().dropped.value() == 1);
}
