// SPDX-License-Identifier: Apache-2.0
#include <oriel/flow/typed_source_node.hpp>

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include <oriel/flow/graph.hpp>

using namespace oriel;
using namespace std::chrono_literals;

namespace {

struct tick {
  int id = 0;
  timestamp ts;
};

class recorder final : public operator_node<tick> {
 public:
  using operator_node::operator_node;
  void on_batch(const batch_view<tick>& batch) override {
    for (std::size_t i = 0; i < batch.size(); ++i) {
      log += std::to_string(batch.rows[i].id) + "(" + shown(batch.watermarks[i]) + ") ";
    }
  }
  void on_watermark(timestamp w) override { log += "w" + shown(w) + " "; }
  void on_end() override { log += "end"; }

  static std::string shown(timestamp t) {
    if (t == beginning_of_time) return "-";
    if (t == end_of_time) return "+";
    return std::to_string(to_ms(t));
  }
  std::string log;
};

struct fixture {
  using node_type = typed_source_node<tick, tick, pass, timestamp tick::*>;

  explicit fixture(event_time_options options, std::size_t partitions = 1)
      : from(g.add<node_type>("ticks", typename node_type::parts{{}, {}, &tick::ts, options, &clock, &letters,
                                                                 [](const tick& t) { return std::to_string(t.id); },
                                                                 partitions})) {
    g.connect(from.rows(), to);
    struct listener final : operator_node<dead_letter> {
      listener(std::string name, std::vector<std::string>& texts, std::vector<std::uint64_t>& lines)
          : operator_node(std::move(name)), dead(texts), numbers(lines) {}
      void on_batch(const batch_view<dead_letter>& batch) override {
        for (const dead_letter& l : batch.rows) {
          dead.push_back(l.text + ": " + l.reason);
          numbers.push_back(l.line);
        }
      }
      void on_watermark(timestamp) override {}
      void on_end() override {}
      std::vector<std::string>& dead;
      std::vector<std::uint64_t>& numbers;
    };
    g.connect(letters.letters(), g.add<listener>("listener", dead, numbers));
  }

  manual_clock clock{at_ms(1'000'000)};
  graph g;
  dead_letter_node& letters = g.add<dead_letter_node>("dead_letters");
  node_type& from;
  recorder& to = g.add<recorder>("recorder");
  std::vector<std::string> dead;
  std::vector<std::uint64_t> numbers;
};

}  // namespace

TEST_CASE("SEMANTICS 1.3: each row carries the watermark made by the rows before it") {
  fixture f({.out_of_orderness = 5ms});
  const tick rows[] = {{1, at_ms(100)}, {2, at_ms(90)}, {3, at_ms(110)}, {4, at_ms(110)}};
  f.from.push(rows);
  CHECK(f.to.log == "1(-) 2(95) 3(95) 4(105) w105 ");
  f.to.log.clear();
  f.from.push({rows, 1});
  f.from.advance_to(at_ms(107));
  f.from.advance_to(at_ms(50));
  f.from.finish();
  CHECK(f.to.log == "1(105) w105 w107 w107 w+ end");
}

TEST_CASE("SEMANTICS 1.6: an event more than max_future ahead of the clock goes to dead letters and does not move the watermark") {
  fixture f({.out_of_orderness = 0ms, .max_future = 10s});
  const tick rows[] = {{1, at_ms(1'010'000)}, {2, at_ms(1'010'001)}, {3, at_ms(1'010'000)}};
  f.from.push(rows);
  CHECK(f.to.log == "1(-) 3(1010000) w1010000 ");
  REQUIRE(f.dead.size() == 1);
  CHECK(f.dead[0].find("2: event time") == 0);
  CHECK(f.dead[0].find("10s ahead of the clock") != std::string::npos);
  const node_counters& n = f.from.counters();
  CHECK(n.in.value() == 3);
  CHECK(n.rejected.value() == 1);
  CHECK(n.applied.value() == 2);
}

TEST_CASE("SEMANTICS 1.6: nor does it move its partition's watermark, end its idleness or count as lateness") {
  fixture f({.max_future = 10s, .measure_lateness = true}, 2);
  const tick rows[] = {{1, at_ms(1'000)}, {2, at_ms(2'000'000)}, {3, at_ms(1'001)}, {4, latest_event_time}};
  f.from.push(rows, 0);
  f.from.set_state(1, source_state::idle);
  f.to.log.clear();
  f.from.push({rows + 1, 1}, 1);
  CHECK(f.to.log.empty());
  CHECK(f.from.standing().partitions[0].watermark == at_ms(1'001));
  CHECK(f.from.standing().partitions[1].watermark == beginning_of_time);
  CHECK(f.from.standing().partitions[1].state == source_state::idle);
  CHECK(f.dead.size() == 3);
  CHECK(f.from.measured_lateness()->snapshot().events() == 2);
  CHECK(f.from.measured_lateness()->snapshot().max() == 0ms);
}

TEST_CASE("SEMANTICS 1.4: rows of several partitions are judged by the least watermark of those not idle and not finished") {
  fixture f({.out_of_orderness = 5ms}, 3);
  const tick rows[] = {{1, at_ms(100)}, {2, at_ms(110)}};
  f.from.push(rows, 0);
  f.from.push({rows, 1}, 1);
  CHECK(f.to.log == "1(-) 2(-) w- 1(-) w- ");
  f.to.log.clear();
  f.from.push({rows + 1, 1}, 2);  // the first of partition 2: from now on all have sent something
  CHECK(f.to.log == "2(-) w95 ");
  f.to.log.clear();
  f.from.set_state(1, source_state::finished);
  CHECK(f.to.log == "w105 ");
  f.from.advance_to(0, at_ms(300));
  f.from.advance_to(at_ms(200));
  f.from.finish();
  CHECK(f.to.log == "w105 w105 w200 w+ end");
}

TEST_CASE("SEMANTICS 1.5: an idle partition holds nothing back, and its older events do not take the watermark back") {
  fixture f({}, 2);
  const tick ahead[] = {{1, at_ms(100)}, {2, at_ms(200)}, {3, at_ms(300)}};
  const tick behind[] = {{4, at_ms(50)}, {5, at_ms(120)}};
  f.from.push({ahead, 1}, 0);
  f.from.set_state(1, source_state::idle);
  CHECK(f.to.log == "1(-) w- w100 ");
  f.to.log.clear();
  f.from.push({behind, 1}, 1);  // late: judged by 100, and from now on waited for again
  f.from.push({ahead + 1, 1}, 0);
  f.from.push({behind + 1, 1}, 1);
  f.from.push({ahead + 2, 1}, 0);
  CHECK(f.to.log == "4(100) w100 2(100) w100 5(100) w120 3(120) w120 ");
}

TEST_CASE("a partition silent for the wall-clock timeout counts as idle until its next event") {
  fixture f({.wall_clock_idle_timeout = 30s}, 2);
  const tick rows[] = {{1, at_ms(100)}, {2, at_ms(200)}, {3, at_ms(150)}};
  f.from.push({rows, 1}, 0);
  f.clock.advance(29s);
  f.from.pass_time();
  f.to.log.clear();
  f.from.push({rows + 1, 1}, 0);
  f.clock.advance(1s);
  f.from.pass_time();
  CHECK(f.to.log == "2(-) w- w200 ");
  CHECK(f.from.standing().partitions[0].state == source_state::ready);
  CHECK(f.from.standing().partitions[1].state == source_state::idle);
  f.from.push({rows + 2, 1}, 1);
  CHECK(f.to.log == "2(-) w- w200 3(200) w200 ");
  CHECK(f.from.standing().partitions[1].state == source_state::ready);
}

TEST_CASE("without the timeout the clock never makes a partition idle") {
  fixture f({}, 2);
  const tick row{1, at_ms(100)};
  f.from.push({&row, 1}, 0);
  f.clock.advance(duration{std::int64_t{1} << 50});
  f.from.pass_time();
  CHECK(f.to.log == "1(-) w- w- ");
}

TEST_CASE("rows of a partition there is not are refused with the source's name") {
  fixture f({}, 2);
  const tick row{1, at_ms(100)};
  try {
    f.from.push({&row, 1}, 2);
    FAIL("no error");
  } catch (const error& e) {
    CHECK(e.message().find("source 'ticks': partition 2, but it has 2") == 0);
  }
  CHECK_THROWS_AS(f.from.advance_to(2, at_ms(0)), error);
  CHECK_THROWS_AS(f.from.set_state(2, source_state::idle), error);
}

namespace {

/// Says what it is told to, one batch per read.
class scripted_source final : public source<tick> {
 public:
  struct step {
    std::size_t partition;
    std::vector<tick> rows;
    source_state partition_state = source_state::ready;
    source_state state = source_state::ready;
  };
  scripted_source(std::vector<step> steps, std::size_t partitions) : steps_(std::move(steps)), partitions_(partitions) {}

  source_state read(source_batch<tick>& out, std::size_t) override {
    out.clear();
    if (next_ == steps_.size()) return source_state::waiting;
    const step& now = steps_[next_++];
    out.partition = now.partition;
    out.rows = now.rows;
    out.partition_state = now.partition_state;
    return now.state;
  }
  std::size_t partitions() const override { return partitions_; }

 private:
  std::vector<step> steps_;
  std::size_t partitions_;
  std::size_t next_ = 0;
};

struct scripted {
  using node_type = fixture::node_type;

  scripted(const std::vector<scripted_source::step>& steps, std::size_t partitions, event_time_options options = {})
      : from(g.add<node_type>(
            "ticks", typename node_type::parts{
                         [=] { return std::make_unique<scripted_source>(steps, partitions); }, {}, &tick::ts, options,
                         &clock, &letters})) {
    g.connect(from.rows(), to);
  }

  manual_clock clock{at_ms(0)};
  graph g;
  dead_letter_node& letters = g.add<dead_letter_node>("dead_letters");
  node_type& from;
  recorder& to = g.add<recorder>("recorder");
};

}  // namespace

TEST_CASE("a source says how many partitions it has, and which is idle behind its rows") {
  scripted s({{1, {{1, at_ms(10)}, {2, at_ms(20)}}, source_state::idle},
              {0, {{3, at_ms(15)}}},
              {0, {}, source_state::finished},
              {1, {{4, at_ms(40)}}}},
             2);
  CHECK(!s.from.standing().open);
  s.from.open();
  CHECK(s.from.standing().open);
  CHECK(s.from.standing().partitions.size() == 2);
  CHECK(s.from.fill(10) == source_state::ready);
  CHECK(!s.from.unsettled());  // not before its rows are released
  s.from.release(end_of_time, true);
  CHECK(s.to.log == "1(-) 2(-) w- ");
  REQUIRE(s.from.unsettled());
  s.from.settle();
  CHECK(s.to.log == "1(-) 2(-) w- w- ");
  s.to.log.clear();
  s.from.fill(10);
  s.from.release(end_of_time, true);
  CHECK(s.to.log == "3(-) w15 ");
  s.from.fill(10);
  REQUIRE(s.from.unsettled());
  s.from.settle();  // no partition is left: nobody waits
  s.from.fill(10);
  s.from.release(end_of_time, true);
  CHECK(s.to.log == "3(-) w15 w20 4(20) w40 ");
}

TEST_CASE("how a source stands counts the rows released, not those read ahead") {
  scripted s({{0, {{1, at_ms(10)}, {2, at_ms(30)}, {3, at_ms(20)}, {4, at_ms(50)}}}}, 2);
  s.from.open();
  s.from.set_state(1, source_state::idle);
  s.to.log.clear();
  s.from.fill(10);
  s.from.pass_time();
  CHECK(s.from.standing().held);
  s.from.release(at_ms(20), true);
  s.from.pass_time();
  CHECK(s.from.standing().partitions[0].watermark == at_ms(10));
  s.from.release(at_ms(30), true);
  CHECK(s.from.standing().partitions[0].watermark == at_ms(30));
  CHECK(s.from.standing().held);
  s.from.release(end_of_time, true);
  CHECK(!s.from.standing().held);
  CHECK(s.from.standing().partitions[0].watermark == at_ms(50));
  CHECK(s.to.log == "w- 1(-) w10 w10 2(10) 3(30) w30 4(30) w50 ");
}

TEST_CASE("time in which a source had more to give is not silence of a partition it has not given yet") {
  scripted s({{0, {{1, at_ms(10)}}}, {1, {{2, at_ms(5)}}}, {0, {{3, at_ms(20)}}, source_state::ready, source_state::waiting}},
             2, {.wall_clock_idle_timeout = 30s});
  s.from.open();
  for (int read = 0; read < 3; ++read) {
    s.from.fill(10);
    s.clock.advance(60s);  // the pipeline is slow: what comes next waits in a queue
    s.from.pass_time();
    s.from.release(end_of_time, true);
  }
  CHECK(s.from.standing().partitions[1].state == source_state::ready);
  s.to.log.clear();
  CHECK(s.from.fill(10) == source_state::waiting);
  s.clock.advance(30s);  // now it was asked
  CHECK(s.from.fill(10) == source_state::idle);
  REQUIRE(s.from.unsettled());
  s.from.settle();
  CHECK(s.from.standing().partitions[1].state == source_state::idle);
  CHECK(s.to.log == "w20 ");
}

TEST_CASE("event times no arithmetic survives go to dead letters") {
  fixture f({});
  const tick rows[] = {{1, timestamp::max()}, {2, timestamp::min()}, {3, latest_event_time}, {4, earliest_event_time}};
  f.from.push(rows);
  CHECK(f.dead.size() == 2);
  CHECK(f.from.counters().applied.value() == 2);
}

TEST_CASE("a dead letter of an event time has the number of its event") {
  fixture f({});
  const tick rows[] = {{1, at_ms(1)}, {2, timestamp::max()}, {3, at_ms(2)}, {4, timestamp::max()}, {5, at_ms(3)}};
  f.from.push({rows, 1});
  f.from.push(rows);
  CHECK(f.numbers == std::vector<std::uint64_t>{3, 5});
}
