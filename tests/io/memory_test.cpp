// SPDX-License-Identifier: Apache-2.0
#include <oriel/io/memory.hpp>

#include <cstddef>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

using namespace oriel;

namespace {

struct click {
  std::string_view page;
  timestamp ts;

  friend bool operator==(const click&, const click&) = default;
};

static_assert(source_spec<memory<click>>);

}  // namespace

TEST_CASE("rows in memory come out in order, whatever the batch size") {
  const memory<click> spec{.rows = {{"/home", at_ms(0)}, {"/cart", at_ms(1500)}, {"/pay", at_ms(9000)}}};
  for (std::size_t most = 1; most <= 4; ++most) {
    CAPTURE(most);
    const auto source = spec.open();
    source_batch<click> batch;
    std::vector<click> seen;
    source_state state = source_state::ready;
    while (state == source_state::ready) {
      state = source->read(batch, most);
      CHECK(batch.rows.size() <= most);
      seen.insert(seen.end(), batch.rows.begin(), batch.rows.end());
    }
    CHECK(state == source_state::finished);
    CHECK((seen == spec.rows));
    CHECK(source->progress().done == 3);
    CHECK(source->progress().total == 3);
  }
}

TEST_CASE("no rows are finished at once") {
  const auto source = memory<int>{}.open();
  source_batch<int> batch;
  CHECK(source->read(batch, 10) == source_state::finished);
  CHECK(batch.rows.empty());
}

TEST_CASE("every open begins again") {
  const memory<int> spec{.rows = {1, 2, 3}};
  source_batch<int> batch;
  for (int i = 0; i < 2; ++i) {
    CHECK(spec.open()->read(batch, 10) == source_state::finished);
    CHECK(batch.rows == spec.rows);
  }
}
