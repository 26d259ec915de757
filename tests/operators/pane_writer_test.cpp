// SPDX-License-Identifier: Apache-2.0
#include <oriel/operators/pane_writer.hpp>

#include <doctest/doctest.h>

#include <vector>

#include <oriel/aggregate/sum.hpp>

using namespace oriel;

namespace {

using pane_type = pane<std::int64_t, std::int64_t>;
constexpr interval second{at_ms(1000), at_ms(2000)};

struct owner : node {
  owner() : node("owner") {}
  pane_writer<pane_type> writer{*this, counters_};
};

struct listener : inlet<pane_type> {
  void on_batch(const batch_view<pane_type>& batch) override {
    panes.insert(panes.end(), batch.rows.begin(), batch.rows.end());
    times.insert(times.end(), batch.times.begin(), batch.times.end());
  }
  void on_watermark(timestamp) override {}
  void on_end() override {}

  std::vector<pane_type> panes;
  std::vector<timestamp> times;
};

/// A sum that knows how many events are in it, as aggregates over changelogs do.
struct counted_sum : sum<std::int64_t> {
  bool is_empty(const partial& p) const { return lower(p) == 0; }
};

}  // namespace

TEST_CASE("the first pane of a window is an insert, those after it updates, at the window's last moment") {
  owner o;
  listener l;
  o.writer.panes().connect(l);
  const sum<std::int64_t> aggregate;
  std::uint32_t index = 0;
  o.writer.add(aggregate, 5, second, pane_timing::early, index, aggregate.lift(3), at_ms(0));
  o.writer.add(aggregate, 5, second, pane_timing::on_time, index, aggregate.lift(4), at_ms(0));
  CHECK(l.panes.empty());
  o.writer.send();
  CHECK(l.panes == std::vector<pane_type>{{5, second, change_kind::insert, pane_timing::early, 0, 3},
                                          {5, second, change_kind::update, pane_timing::on_time, 1, 4}});
  CHECK(l.times == std::vector<timestamp>{at_ms(1999), at_ms(1999)});
  CHECK(o.counters().out.value() == 2);
}

TEST_CASE("a window whose events were all taken back is erased, or never told of") {
  owner o;
  listener l;
  o.writer.panes().connect(l);
  const counted_sum aggregate;
  std::uint32_t index = 0;
  o.writer.add(aggregate, 5, second, pane_timing::early, index, aggregate.identity(), at_ms(0));
  CHECK(index == 0);
  o.writer.add(aggregate, 5, second, pane_timing::early, index, aggregate.lift(3), at_ms(0));
  o.writer.add(aggregate, 5, second, pane_timing::on_time, index, aggregate.identity(), at_ms(0));
  o.writer.send();
  REQUIRE(l.panes.size() == 2);
  CHECK(l.panes[1].kind == change_kind::erase);
}

TEST_CASE("panes are sent on when a batch is full") {
  owner o;
  listener l;
  o.writer.panes().connect(l);
  for (std::size_t i = 0; i < default_batch_size; ++i) o.writer.add(pane_type{}, at_ms(0));
  CHECK(l.panes.size() == default_batch_size);
  CHECK(o.writer.empty());
}
