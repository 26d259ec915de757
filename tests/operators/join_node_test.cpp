// SPDX-License-Identifier: Apache-2.0
#include <oriel/operators/join_node.hpp>

#include <doctest/doctest.h>

#include <vector>

using namespace oriel;

namespace {

/// Passes on rows of both sides that are not negative, and hands out the others.
class either final : public join_node<either, int, int, int> {
  friend join_node;

 public:
  either() : join_node("either") {}

 private:
  template <bool Left, typename Batch>
  void accept(const Batch& batch) {
    std::uint64_t late = 0;
    for (std::size_t i = 0; i < batch.size(); ++i) {
      if (batch.rows[i] < 0) {
        ++late;
        turn_away<Left>(batch, i);
      } else {
        out(batch.rows[i], batch.times[i]);
      }
    }
    count(batch.size(), late, 0);
    send();
  }
  void advance() { send_watermark(duration{10}); }
};

struct listener : inlet<int> {
  void on_batch(const batch_view<int>& batch) override { rows.insert(rows.end(), batch.rows.begin(), batch.rows.end()); }
  void on_watermark(timestamp w) override { watermark = w; }
  void on_end() override { ++ends; }

  std::vector<int> rows;
  timestamp watermark = beginning_of_time;
  int ends = 0;
};

batch<int> rows_of(const std::vector<int>& values) {
  batch<int> out;
  for (const int value : values) out.push_back(value, at_ms(100), at_ms(0));
  return out;
}

}  // namespace

TEST_CASE("a join's watermark is the lesser of its sides', held back, until both have ended") {
  either join;
  listener rows;
  listener late_left;
  join.rows().connect(rows);
  join.late_left().connect(late_left);
  join.left().on_watermark(at_ms(100));
  CHECK(rows.watermark == beginning_of_time);
  CHECK(late_left.watermark == at_ms(100));
  join.right().on_watermark(at_ms(50));
  CHECK(rows.watermark == at_ms(40));
  join.left().on_watermark(end_of_time);
  join.left().on_end();
  CHECK(rows.watermark == at_ms(40));
  CHECK(rows.ends == 0);
  join.right().on_watermark(end_of_time);
  join.right().on_end();
  CHECK(rows.watermark == end_of_time);
  CHECK(rows.ends == 1);
  CHECK(late_left.ends == 1);
}

TEST_CASE("late rows go out on their own side, and the books hold") {
  either join;
  listener rows;
  listener late_left;
  listener late_right;
  join.rows().connect(rows);
  join.late_left().connect(late_left);
  join.late_right().connect(late_right);
  join.left().on_batch(rows_of({1, -2, 3}));
  join.right().on_batch(rows_of({-4, 5}));
  CHECK(rows.rows == std::vector<int>{1, 3, 5});
  CHECK(late_left.rows == std::vector<int>{-2});
  CHECK(late_right.rows == std::vector<int>{-4});
  CHECK(join.counters().in.value() == 5);
  CHECK(join.counters().applied.value() == 3);
  CHECK(join.counters().late.value() == 2);
  CHECK(join.counters().out.value() == 3);
}
