// SPDX-License-Identifier: Apache-2.0
#include <oriel/core/row.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <string>

using namespace oriel;
using namespace oriel::literals;

namespace {

using page_row = row<column<"page", std::string>, column<"views", std::int64_t>>;
using spend_row = row<column<"spend", double>>;

static_assert(has_column<page_row, "views"> && !has_column<page_row, "clicks">);
static_assert(is_row<page_row> && !is_row<int>);
static_assert(std::is_same_v<joined_row<page_row, spend_row>,
                             row<column<"page", std::string>, column<"views", std::int64_t>, column<"spend", double>>>);

}  // namespace

TEST_CASE("columns of a row are read and written by name") {
  page_row r{{"/home"}, {3}};
  r["views"_col] += 1;
  CHECK(r["page"_col] == "/home");
  const page_row& same = r;
  CHECK(same["views"_col] == 4);
  CHECK(r == page_row{{"/home"}, {4}});
  CHECK(!(r == page_row{{"/home"}, {5}}));
}
