// SPDX-License-Identifier: Apache-2.0
#include <oriel/flow/source_node.hpp>

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

  explicit fixture(event_time_options options)
      : from(g.add<node_type>("ticks", typename node_type::parts{{}, {}, &tick::ts, options, &clock, &letters,
                                                                 [](const tick& t) { return std::to_string(t.id); }})) {
    g.connect(from.rows(), to);
    struct listener final : operator_node<dead_letter> {
      explicit listener(std::string name, std::vector<std::string>& out) : operator_node(std::move(name)), dead(out) {}
      void on_batch(const batch_view<dead_letter>& batch) override {
        for (const dead_letter& l : batch.rows) dead.push_back(l.text + ": " + l.reason);
      }
      void on_watermark(timestamp) override {}
      void on_end() override {}
      std::vector<std::string>& dead;
    };
    g.connect(letters.letters(), g.add<listener>("listener", dead));
  }

  manual_clock clock{at_ms(1'000'000)};
  graph g;
  dead_letter_node& letters = g.add<dead_letter_node>("dead_letters");
  node_type& from;
  recorder& to = g.add<recorder>("recorder");
  std::vector<std::string> dead;
};

}  // namespace

TEST_CASE("each row carries the watermark made by the rows before it") {
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

TEST_CASE("an event too far ahead of the clock goes to dead letters and does not move the watermark") {
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

TEST_CASE("event times no arithmetic survives go to dead letters") {
  fixture f({});
  const tick rows[] = {{1, timestamp::max()}, {2, timestamp::min()}, {3, latest_event_time}, {4, earliest_event_time}};
  f.from.push(rows);
  CHECK(f.dead.size() == 2);
  CHECK(f.from.counters().applied.value() == 2);
}
