// SPDX-License-Identifier: Apache-2.0
#include <oriel/flow/watermark_hold.hpp>

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include <oriel/flow/graph.hpp>
#include <oriel/flow/typed_source_node.hpp>

using namespace oriel;
using namespace std::chrono_literals;

namespace {

using node_type = typed_source_node<timestamp, timestamp, pass, timestamp (*)(const timestamp&)>;

timestamp itself(const timestamp& t) { return t; }

struct silent_source final : source<timestamp> {
  source_state read(source_batch<timestamp>& out, std::size_t) override {
    out.clear();
    return source_state::waiting;
  }
};

struct fixture {
  node_type& add(const char* name, std::size_t partitions, bool pushed = true, event_time_options options = {}) {
    node_type::parts parts{[] { return std::make_unique<silent_source>(); }, {}, &itself, options,
                           &clock, &letters, {}, partitions, pushed};
    auto& made = g.add<node_type>(name, std::move(parts));
    sources.push_back(&made);
    return made;
  }
  static void push(node_type& to, std::int64_t t, std::size_t partition = 0) {
    const timestamp row = at_ms(t);
    to.push({&row, 1}, partition);
  }
  std::vector<std::string> why(std::int64_t end) const {
    std::vector<std::string> result;
    for (const watermark_hold& hold : what_holds(sources, {at_ms(0), at_ms(end)})) result.push_back(hold.why);
    return result;
  }

  manual_clock clock;
  graph g;
  dead_letter_node& letters = g.add<dead_letter_node>("dead_letters");
  std::vector<source_node*> sources;
};

using sentences = std::vector<std::string>;

}  // namespace

TEST_CASE("a window that is complete is held back by nothing") {
  fixture f;
  CHECK(f.why(1000).empty());
  auto& clicks = f.add("clicks", 1);
  fixture::push(clicks, 1000);
  CHECK(f.why(1000).empty());
  CHECK(f.why(1001).size() == 1);
  clicks.finish();
  CHECK(f.why(1001).empty());
}

TEST_CASE("an input that lags is named with what it lacks and what would move it") {
  fixture f;
  fixture::push(f.add("clicks", 1, true, {.out_of_orderness = 5s}), 50'000);
  const auto holds = what_holds(f.sources, {at_ms(0), at_ms(60'000)});
  REQUIRE(holds.size() == 1);
  CHECK(holds[0].input == "clicks");
  CHECK(holds[0].partition == 0);
  CHECK(holds[0].watermark == at_ms(45'000));
  CHECK(holds[0].missing == 15s);
  CHECK(holds[0].why == "input 'clicks': its watermark 1970-01-01T00:00:45Z is 15s short of the window's end; "
                        "an event at 1970-01-01T00:01:05Z or later moves it there");
}

TEST_CASE("of several partitions those are named that hold the others back") {
  fixture f;
  auto& clicks = f.add("clicks", 4);
  fixture::push(clicks, 60'000, 0);
  fixture::push(clicks, 58'000, 1);
  clicks.set_state(3, source_state::idle);
  CHECK(f.why(60'000) ==
        sentences{"input 'clicks', partition 1: its watermark 1970-01-01T00:00:58Z is 2s short of the window's end; "
                  "an event at 1970-01-01T00:01:00Z or later moves it there",
                  "input 'clicks', partition 2: nothing has been pushed into it yet, and it is not declared idle"});
  CHECK(!what_holds(f.sources, {at_ms(0), at_ms(60'000)})[1].missing);
  clicks.set_state(2, source_state::idle);
  fixture::push(clicks, 60'001, 1);
  CHECK(f.why(60'000).empty());
}

TEST_CASE("when every partition is idle, they say that only the host can go on") {
  fixture f;
  auto& clicks = f.add("clicks", 2);
  fixture::push(clicks, 500, 1);
  clicks.set_state(0, source_state::idle);
  clicks.set_state(1, source_state::idle);
  CHECK(f.why(500).empty());
  const sentences why = f.why(1000);
  REQUIRE(why.size() == 2);
  CHECK(why[0].find("partition 0: nothing has been pushed into it yet; every partition is idle or finished") !=
        std::string::npos);
  CHECK(why[1].find("500ms short of the window's end") != std::string::npos);
  clicks.advance_to(at_ms(1000));
  CHECK(f.why(1000).empty());
}

TEST_CASE("a source that is not open, and one that waits, say so") {
  fixture f;
  auto& pipe = f.add("pipe", 1, false);
  CHECK(f.why(1000) == sentences{"input 'pipe': its source is not open: the pipeline does not run"});
  pipe.open();
  pipe.fill(10);
  CHECK(f.why(1000) == sentences{"input 'pipe': no event yet; its source waits, and one may be on its way"});
  fixture::push(pipe, 1);
  CHECK(f.why(1000)[0].find(", and its source waits for one") != std::string::npos);
}

TEST_CASE("every input that lags is named, in the order of declaration") {
  fixture f;
  fixture::push(f.add("b", 1), 10);
  fixture::push(f.add("a", 1), 2000);
  f.add("c", 1);
  const auto holds = what_holds(f.sources, {at_ms(0), at_ms(1000)});
  REQUIRE(holds.size() == 2);
  CHECK(holds[0].input == "b");
  CHECK(holds[1].input == "c");
}
