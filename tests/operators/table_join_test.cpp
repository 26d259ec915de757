// SPDX-License-Identifier: Apache-2.0
#include <oriel/operators/table_join.hpp>

#include <doctest/doctest.h>

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
                                      on(&sale::user_id, &user::id), join_kind::left));
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
}

TEST_CASE("whatever the interleaving, the result is the join of the final tables, on random changes") {
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    const join_kind kind = std::vector{join_kind::inner, join_kind::left, join_kind::full}[random() % 3];
    const std::vector<std::string> names{"ann", "bob", "cid"};
    driver d;
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
      } else if (kind != join_kind::inner) {
        want.insert(shown(joined<sale, user>{s, std::nullopt}));
      }
    }
    for (const auto& [id, u] : user_table) {
      if (kind == join_kind::full && !matched.contains(id)) want.insert(shown(joined<sale, user>{std::nullopt, u}));
    }
    REQUIRE(now == want);
  }
}

TEST_CASE("the same row twice is there twice, and taking one back leaves the other") {
  driver d;
  auto users = d.input<user>("users");
  auto sales = d.input<sale>("sales");
  std::multiset<std::string> now;
  table_join(d.from(sales).arrival_order(), d.from(users).arrival_order(), on(&sale::user_id, &user::id), join_kind::inner)
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
                             join_kind::anti),
                  error);
}
