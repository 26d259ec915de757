// SPDX-License-Identifier: Apache-2.0
// table_join.cpp - sales with their customers, kept right while either of them changes.
//
//   sales      ──s1────────────s2──────────>
//   customers  ──────ann──────────anna─────>     s1 alone; s1 ann; s2 ann; both anna
//
// A side is a table: here the newest row of each key. Every update on either side corrects
// the result, so in the end it is the join of the final tables, in whatever order they were read.
#include <fmt/format.h>

#include <oriel/oriel.hpp>

struct sale {
  std::int64_t number = 0;
  std::int64_t customer = 0;

  friend bool operator==(const sale&, const sale&) = default;  // a row is taken back by being equal
};
BOOST_DESCRIBE_STRUCT(sale, (), (number, customer))

struct customer {
  std::int64_t id = 0;
  std::string_view name;

  friend bool operator==(const customer&, const customer&) = default;
};
BOOST_DESCRIBE_STRUCT(customer, (), (id, name))

int main() {
  oriel::catalog tables;
  oriel::pipeline p{tables};
  auto sales = p.input<sale>("sales");
  auto customers = p.input<customer>("customers");

  const auto all_sales = p.from(sales).arrival_order();
  const auto all_customers = p.from(customers).arrival_order().key_by(&customer::id).unbounded().newest();
  // The sales are never taken back: a table that only grows, which has to be said.
  oriel::table_join(all_sales, all_customers, oriel::on(&sale::customer, &customer::id), oriel::join_kind::left,
                    oriel::unbounded)
      .to([](const oriel::change<oriel::joined<sale, customer>>& c) {
        const auto& j = c.row();
        fmt::print("  {} sale {}, {}\n", to_string(c.kind), j.left->number, j.right ? j.right->name : "nobody");
      });

  fmt::print("sale 1\n");
  sales.push({1, 7});
  fmt::print("customer ann\n");
  customers.push({7, "ann"});
  fmt::print("sale 2\n");
  sales.push({2, 7});
  fmt::print("customer ann is now anna\n");
  customers.push({7, "anna"});
}
