// SPDX-License-Identifier: Apache-2.0
#include <oriel/runtime/executor.hpp>

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

#include <oriel/flow/graph.hpp>
#include <oriel/flow/sink_node.hpp>

using namespace oriel;
using namespace std::chrono_literals;

namespace {

struct tick {
  int source = 0;
  timestamp ts;
};

/// Delivers rows a few at a time, and pretends now and then that there is nothing just now.
class ragged_source final : public source<tick> {
 public:
  ragged_source(std::vector<tick> rows, unsigned seed) : rows_(std::move(rows)), random_(seed) {}

  source_state read(source_batch<tick>& out, std::size_t most) override {
    out.clear();
    const std::size_t count = std::min({most, rows_.size() - next_, std::size_t{random_() % 4}});
    for (std::size_t i = 0; i < count; ++i) out.rows.push_back(rows_[next_++]);
    return next_ == rows_.size() ? source_state::finished : source_state::ready;
  }

 private:
  std::vector<tick> rows_;
  std::size_t next_ = 0;
  std::mt19937 random_;
};

struct merged {
  graph g;
  dead_letter_node& letters = g.add<dead_letter_node>("dead_letters");
  std::vector<source_node*> sources;
  std::vector<std::string> seen;
  std::vector<timestamp> times;

  void add(std::vector<tick> rows, unsigned seed) {
    using node_type = typed_source_node<tick, tick, pass, timestamp tick::*>;
    auto& from = g.add<node_type>(
        "source", typename node_type::parts{[rows, seed] { return std::make_unique<ragged_source>(rows, seed); },
                                            {}, &tick::ts, {}, &system_clock(), &letters});
    auto note = [this](const tick& t) {
      seen.push_back(std::to_string(t.source) + "@" + std::to_string(to_ms(t.ts)));
      times.push_back(t.ts);
    };
    auto& to = g.add<callback_node<tick, decltype(note)>>("note", note);
    g.connect(from.rows(), to);
    sources.push_back(&from);
  }
};

}  // namespace

TEST_CASE("inputs are merged by event time, ties in the order of declaration") {
  for (unsigned seed = 0; seed < 20; ++seed) {
    merged m;
    m.add({{0, at_ms(1)}, {0, at_ms(5)}, {0, at_ms(5)}, {0, at_ms(9)}}, seed);
    m.add({{1, at_ms(0)}, {1, at_ms(5)}, {1, at_ms(6)}}, seed + 100);
    m.add({{2, at_ms(5)}, {2, at_ms(20)}}, seed + 200);
    CHECK(executor(m.sources, {.batch_size = 3}).run());
    CHECK(m.seen == std::vector<std::string>{"1@0", "0@1", "0@5", "0@5", "1@5", "2@5", "1@6", "0@9", "2@20"});
  }
}

TEST_CASE("an input out of order is merged by its next event, whatever comes after") {
  merged m;
  m.add({{0, at_ms(10)}, {0, at_ms(2)}, {0, at_ms(11)}}, 1);
  m.add({{1, at_ms(3)}, {1, at_ms(12)}}, 2);
  CHECK(executor(m.sources, {}).run());
  CHECK(m.seen == std::vector<std::string>{"1@3", "0@10", "0@2", "0@11", "1@12"});
}

TEST_CASE("the merge does not depend on the batch size") {
  std::mt19937 random(9);
  std::vector<std::vector<tick>> inputs(4);
  for (int s = 0; s < 4; ++s) {
    std::int64_t t = 0;
    for (int i = 0; i < 300; ++i) {
      t += random() % 5;
      inputs[static_cast<std::size_t>(s)].push_back({s, at_ms(t - static_cast<std::int64_t>(random() % 7))});
    }
  }
  std::vector<std::string> first;
  for (const std::size_t batch_size : {std::size_t{1}, std::size_t{7}, std::size_t{256}, std::size_t{4096}}) {
    merged m;
    for (unsigned s = 0; s < 4; ++s) m.add(inputs[s], s + static_cast<unsigned>(batch_size));
    CHECK(executor(m.sources, {.batch_size = batch_size}).run());
    if (first.empty()) first = m.seen;
    CHECK(m.seen.size() == 1200);
    CHECK(m.seen == first);
  }
}

TEST_CASE("a stop ends the run with what was read passed on") {
  merged m;
  std::vector<tick> rows;
  for (int i = 0; i < 1000; ++i) rows.push_back({0, at_ms(i)});
  m.add(rows, 3);
  std::stop_source stop;
  std::size_t reports = 0;
  executor e(m.sources, {.batch_size = 2, .on_progress = [&](const run_progress& p) {
                           if (++reports == 10) stop.request_stop();
                           CHECK(p.events == m.seen.size());
                         }});
  CHECK(!e.run(stop.get_token()));
  CHECK(m.seen.size() < 1000);
  CHECK(m.seen.size() >= 10);
}

TEST_CASE("what a unit of work encloses is one release") {
  struct counting_unit final : unit_of_work {
    int depth = 0;
    int units = 0;
    void begin() override {
      CHECK(depth++ == 0);
      ++units;
    }
    void end() override { --depth; }
  } unit;
  merged m;
  m.add({{0, at_ms(1)}, {0, at_ms(2)}}, 4);
  CHECK(executor(m.sources, {.unit = &unit}).run());
  CHECK(unit.depth == 0);
  CHECK(unit.units >= 2);
}
