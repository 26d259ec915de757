// SPDX-License-Identifier: Apache-2.0
// lookup_join.cpp - views with the price that stands in a table when they pass.
//
//   prices (table)   shoe: 5 ─────────── shoe: 6 ──>
//   views            ────────v1───────────────v2───>     v1 at 5, v2 at 6
//
// The table is written by the same pipeline here; another one, or the host, would do as well.
// Nothing is remembered for the join, and what it has told is not corrected.
#include <fmt/format.h>

#include <oriel/oriel.hpp>

struct price {
  std::string_view product;
  double amount = 0;
};
BOOST_DESCRIBE_STRUCT(price, (), (product, amount))

struct view {
  std::string_view product, user;
};
BOOST_DESCRIBE_STRUCT(view, (), (product, user))

int main() {
  oriel::catalog tables;
  oriel::pipeline p{tables};
  auto prices = p.input<price>("prices");
  auto views = p.input<view>("views");

  p.from(prices).arrival_order().into("prices", {.key = {"product"}});
  // The table's rows are read into `price`, whose members are named as the columns are.
  oriel::lookup_join(p.from(views).arrival_order(), tables.at("prices"), oriel::on(&view::product, &price::product),
                     oriel::join_kind::left)
      .to([](const oriel::joined<view, price>& j) {
        if (j.right) {
          fmt::print("{} sees {} at {}\n", j.left->user, j.left->product, j.right->amount);
        } else {
          fmt::print("{} sees {}, which has no price\n", j.left->user, j.left->product);
        }
      });

  views.push({"shoe", "ann"});
  prices.push({"shoe", 5});
  views.push({"shoe", "bob"});
  prices.push({"shoe", 6});
  views.push({"shoe", "cid"});
  views.push({"hat", "dan"});
}
