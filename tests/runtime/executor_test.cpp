// SPDX-License-Identifier: Apache-2.0
#include <oriel/runtime/executor.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <random>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <oriel/flow/graph.hpp>
#include <oriel/flow/sink_node.hpp>
#include <oriel/flow/typed_source_node.hpp>

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

namespace {

/// An event or a declaration of one partition, as a source will tell it.
struct told {
  std::size_t partition = 0;
  std::optional<timestamp> event;  // nothing: `state` is said of the partition
  source_state state = source_state::ready;
};

/// Tells a story in batches as large as the story and `most` allow, or smaller; says now and then that it has nothing.
class telling_source final : public source<tick> {
 public:
  telling_source(std::vector<told> story, std::size_t partitions, int id, unsigned seed)
      : story_(std::move(story)), partitions_(partitions), id_(id), random_(seed) {}

  source_state read(source_batch<tick>& out, std::size_t most) override {
    out.clear();
    if (next_ == story_.size()) return source_state::finished;
    if (random_() % 32 == 0) return source_state::waiting;
    out.partition = story_[next_].partition;
    const std::size_t count = 1 + random_() % most;
    while (next_ < story_.size() && story_[next_].partition == out.partition && out.rows.size() < count) {
      const told& now = story_[next_++];
      if (!now.event) {
        out.partition_state = now.state;
        break;
      }
      out.rows.push_back({id_, *now.event});
    }
    return source_state::ready;
  }
  std::size_t partitions() const override { return partitions_; }

 private:
  std::vector<told> story_;
  std::size_t partitions_;
  int id_;
  std::size_t next_ = 0;
  std::mt19937 random_;
};

/// What came out: "source@time<watermark" of every row, in order. Checks the promises of flow/node.hpp.
class judge final : public operator_node<tick> {
 public:
  judge(std::string name, std::vector<std::string>& log) : operator_node(std::move(name)), log_(log) {}
  void on_batch(const batch_view<tick>& batch) override {
    for (std::size_t i = 0; i < batch.size(); ++i) {
      CHECK(batch.watermarks[i] >= last_);
      last_ = batch.watermarks[i];
      log_.push_back(std::to_string(batch.rows[i].source) + "@" + std::to_string(to_ms(batch.times[i])) + "<" +
                     std::to_string(to_ms(batch.watermarks[i])));
    }
  }
  void on_watermark(timestamp w) override {
    CHECK(w >= last_);
    last_ = w;
  }
  void on_end() override { CHECK(last_ == end_of_time); }

 private:
  std::vector<std::string>& log_;
  timestamp last_ = beginning_of_time;
};

struct story {
  std::size_t partitions;
  duration bound;
  std::vector<told> told_;
};

/// The definition, one event at a time: lowest next event first, ties to the source declared first, and each row
/// judged by the least watermark of its source's partitions that are neither idle nor finished.
std::vector<std::string> merged_by_definition(const std::vector<story>& stories) {
  struct standing {
    std::vector<timestamp> own;
    std::vector<source_state> state;
    timestamp watermark = beginning_of_time;
    std::size_t next = 0;
  };
  std::vector<standing> all;
  for (const story& s : stories) {
    all.push_back({std::vector<timestamp>(s.partitions, beginning_of_time),
                   std::vector<source_state>(s.partitions, source_state::ready)});
  }
  const auto judged_anew = [](standing& s) {
    timestamp least = end_of_time;
    bool any = false;
    for (std::size_t p = 0; p < s.own.size(); ++p) {
      if (s.state[p] != source_state::ready) continue;
      any = true;
      least = std::min(least, s.own[p]);
    }
    s.watermark = std::max(s.watermark, any ? least : *std::max_element(s.own.begin(), s.own.end()));
  };
  std::vector<std::string> log;
  while (true) {
    std::size_t chosen = stories.size();
    for (std::size_t i = 0; i < stories.size(); ++i) {
      const auto& events = stories[i].told_;
      while (all[i].next < events.size() && !events[all[i].next].event) {
        all[i].state[events[all[i].next].partition] = events[all[i].next].state;
        judged_anew(all[i]);
        ++all[i].next;
      }
      if (all[i].next == events.size()) continue;
      if (chosen == stories.size() ||
          *events[all[i].next].event < *stories[chosen].told_[all[chosen].next].event) {
        chosen = i;
      }
    }
    if (chosen == stories.size()) return log;
    standing& s = all[chosen];
    const told& event = stories[chosen].told_[s.next++];
    log.push_back(std::to_string(chosen) + "@" + std::to_string(to_ms(*event.event)) + "<" +
                  std::to_string(to_ms(s.watermark)));
    s.own[event.partition] = std::max(s.own[event.partition], *event.event - stories[chosen].bound);
    s.state[event.partition] = source_state::ready;
    judged_anew(s);
  }
}

story made_up(std::mt19937& random) {
  story s{1 + random() % 4, duration{random() % 10}, {}};
  std::vector<std::int64_t> at(s.partitions, static_cast<std::int64_t>(random() % 20));
  std::vector<bool> finished(s.partitions, false);
  for (int i = 0; i < 60; ++i) {
    const std::size_t p = random() % s.partitions;
    if (finished[p]) continue;
    if (random() % 8 == 0) {
      finished[p] = random() % 4 == 0;
      s.told_.push_back({p, {}, finished[p] ? source_state::finished : source_state::idle});
      continue;
    }
    for (std::uint64_t run = random() % 5; run > 0; --run) {
      at[p] += static_cast<std::int64_t>(random() % 6);
      s.told_.push_back({p, at_ms(at[p] - static_cast<std::int64_t>(random() % 8))});
    }
  }
  return s;
}

}  // namespace

TEST_CASE("SEMANTICS 1.4, 1.5: sources with partitions are merged and judged as the definition says, for every batch size") {
  std::mt19937 random(20240502);
  for (int round = 0; round < 25; ++round) {
    std::vector<story> stories(1 + random() % 3);
    for (story& s : stories) s = made_up(random);
    const std::vector<std::string> expected = merged_by_definition(stories);
    for (const std::size_t batch_size : {std::size_t{1}, std::size_t{3}, std::size_t{64}}) {
      CAPTURE(round);
      CAPTURE(batch_size);
      graph g;
      auto& letters = g.add<dead_letter_node>("dead_letters");
      wake_signal wake;
      std::vector<source_node*> sources;
      std::vector<std::string> log;
      for (std::size_t i = 0; i < stories.size(); ++i) {
        using node_type = typed_source_node<tick, tick, pass, timestamp tick::*>;
        const story& s = stories[i];
        const auto seed = static_cast<unsigned>(random());
        auto& from = g.add<node_type>(
            "source",
            typename node_type::parts{[&s, i, seed] {
                                        return std::make_unique<telling_source>(s.told_, s.partitions,
                                                                                static_cast<int>(i), seed);
                                      },
                                      {}, &tick::ts, {.out_of_orderness = s.bound}, &system_clock(), &letters});
        g.connect(from.rows(), g.add<judge>("judge", log));
        sources.push_back(&from);
      }
      std::jthread hurry([&](std::stop_token stop) {  // so that waiting takes no time
        while (!stop.stop_requested()) {
          wake.notify();
          std::this_thread::yield();
        }
      });
      CHECK(executor(sources, {.batch_size = batch_size, .wake = &wake}).run());
      REQUIRE(log == expected);
    }
  }
}

TEST_CASE("SEMANTICS 1.4: a finished source leaves the minimum that a run reports") {
  merged m;
  m.add({{0, at_ms(1)}}, 1);
  m.add({{1, at_ms(5)}, {1, at_ms(9)}}, 2);
  timestamp last = beginning_of_time;
  CHECK(executor(m.sources, {.batch_size = 1, .on_progress = [&](const run_progress& p) { last = p.watermark; }}).run());
  CHECK(last == at_ms(9));
}

TEST_CASE("while a source waits, rows of others that are read but not released move no watermark") {
  // The judge sees an on_watermark ahead of the rows if they do.
  std::vector<std::string> log;
  graph g;
  auto& letters = g.add<dead_letter_node>("dead_letters");
  struct quiet_at_first final : source<tick> {
    source_state read(source_batch<tick>& out, std::size_t) override {
      out.clear();
      if (++reads < 3) return source_state::waiting;
      out.rows.push_back({0, at_ms(50)});
      return source_state::finished;
    }
    int reads = 0;
  };
  using node_type = typed_source_node<tick, tick, pass, timestamp tick::*>;
  auto& quiet = g.add<node_type>("quiet", typename node_type::parts{[] { return std::make_unique<quiet_at_first>(); },
                                                                    {}, &tick::ts, {}, &system_clock(), &letters});
  auto& busy = g.add<node_type>(
      "busy", typename node_type::parts{[] {
                                          return std::make_unique<ragged_source>(
                                              std::vector<tick>{{1, at_ms(10)}, {1, at_ms(90)}, {1, at_ms(80)}}, 11);
                                        },
                                        {}, &tick::ts, {}, &system_clock(), &letters});
  g.connect(quiet.rows(), g.add<judge>("judge", log));
  g.connect(busy.rows(), g.add<judge>("judge", log));
  CHECK(executor({&quiet, &busy}, {}).run());
  CHECK(log == std::vector<std::string>{"1@10<" + std::to_string(to_ms(beginning_of_time)),
                                        "0@50<" + std::to_string(to_ms(beginning_of_time)), "1@90<10", "1@80<90"});
}

TEST_CASE("a source that waits for longer than the wall-clock timeout no longer holds up the others") {
  manual_clock clock{at_ms(0)};
  bool others_are_done = false;
  struct quiet final : source<tick> {
    quiet(manual_clock& c, bool& d) : clock(c), done(d) {}
    source_state read(source_batch<tick>& out, std::size_t) override {
      out.clear();
      clock.advance(10s);
      return done ? source_state::finished : source_state::waiting;
    }
    manual_clock& clock;
    bool& done;
  };
  graph g;
  auto& letters = g.add<dead_letter_node>("dead_letters");
  using node_type = typed_source_node<tick, tick, pass, timestamp tick::*>;
  auto& pipe = g.add<node_type>(
      "pipe", typename node_type::parts{[&] { return std::make_unique<quiet>(clock, others_are_done); },
                                        {}, &tick::ts, {.wall_clock_idle_timeout = 30s}, &clock, &letters});
  auto& file = g.add<node_type>(
      "file", typename node_type::parts{[] {
                                          return std::make_unique<ragged_source>(std::vector<tick>{{1, at_ms(10)}}, 1);
                                        },
                                        {}, &tick::ts, {}, &clock, &letters});
  const auto note = [&](const tick&) { others_are_done = true; };
  g.connect(file.rows(), g.add<callback_node<tick, decltype(note)>>("note", note));
  CHECK(executor({&pipe, &file}, {}).run());
  CHECK(others_are_done);
  CHECK(clock.now() >= at_ms(30'000));
}
