// SPDX-License-Identifier: Apache-2.0
#include <oriel/flow/source_node.hpp>

#include <doctest/doctest.h>

#include <string>

#include <oriel/flow/graph.hpp>

using namespace oriel;

namespace {

class listener final : public operator_node<dead_letter> {
 public:
  using operator_node::operator_node;
  void on_batch(const batch_view<dead_letter>& batch) override {
    for (const dead_letter& l : batch.rows) log += l.text + " ";
  }
  void on_watermark(timestamp w) override { log += w == end_of_time ? "over " : "early "; }
  void on_end() override { log += "end"; }
  std::string log;
};

}  // namespace

TEST_CASE("dead letters go on in the order they come, are counted, and end once") {
  graph g;
  auto& letters = g.add<dead_letter_node>("dead_letters");
  auto& to = g.add<listener>("listener");
  g.connect(letters.letters(), to);
  for (const char* text : {"one", "two", "three"}) {
    dead_letter letter;
    letter.text = text;
    letters.accept(letter);
  }
  letters.finish();
  CHECK(to.log == "one two three over end");
  CHECK(letters.counters().in.value() == 3);
  CHECK(letters.counters().out.value() == 3);
}
