// SPDX-License-Identifier: Apache-2.0
#include <oriel/flow/source.hpp>

#include <doctest/doctest.h>

using namespace oriel;

namespace {

struct countdown {
  using event_type = int;
  int from = 0;

  std::unique_ptr<source<int>> open() const {
    struct reader final : source<int> {
      explicit reader(int start) : next(start) {}
      source_state read(source_batch<int>& out, std::size_t most) override {
        out.clear();
        while (next > 0 && out.rows.size() < most) out.rows.push_back(next--);
        return next == 0 ? source_state::finished : source_state::ready;
      }
      int next;
    };
    return std::make_unique<reader>(from);
  }
};
static_assert(source_spec<countdown>);

}  // namespace

TEST_CASE("a source of one's own is a struct with open and a class with read") {
  const auto s = countdown{.from = 3}.open();
  source_batch<int> b;
  b.malformed = 7;
  b.reached = at_ms(0);
  CHECK(s->read(b, 2) == source_state::ready);
  CHECK(b.rows == std::vector<int>{3, 2});
  CHECK(b.malformed == 0);
  CHECK(!b.reached);
  CHECK(s->read(b, 2) == source_state::finished);
  CHECK(b.rows == std::vector<int>{1});
  CHECK(s->progress().total == 0);
}
