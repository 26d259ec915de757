// SPDX-License-Identifier: Apache-2.0
#include <oriel/flow/sink_node.hpp>

#include <doctest/doctest.h>

#include <vector>

using namespace oriel;

namespace {

struct record_sink final : sink<int> {
  explicit record_sink(std::vector<int>& to) : log(to) {}
  void write(const batch_view<int>& batch) override { log.insert(log.end(), batch.rows.begin(), batch.rows.end()); }
  void finish() override { log.push_back(-1); }
  std::vector<int>& log;
};

}  // namespace

TEST_CASE("a sink gets every batch, and is finished once, at the end") {
  std::vector<int> log;
  sink_node<int> n("sink", std::make_unique<record_sink>(log));
  batch<int> rows;
  rows.push_back(3, at_ms(0), at_ms(0));
  n.on_batch(rows);
  n.on_watermark(end_of_time);
  n.on_end();
  CHECK(log == std::vector<int>{3, -1});
  CHECK(n.counters().in.value() == 1);
}

TEST_CASE("a callback gets the row, and the time if it asks for it") {
  std::vector<std::int64_t> log;
  auto with_time = [&](const int& row, timestamp t) { log.push_back(row + to_ms(t)); };
  callback_node<int, decltype(with_time)> n("callback", with_time);
  batch<int> rows;
  rows.push_back(3, at_ms(100), at_ms(0));
  n.on_batch(rows);
  CHECK(log == std::vector<std::int64_t>{103});
}
