// SPDX-License-Identifier: Apache-2.0
#include <oriel/flow/node.hpp>

#include <doctest/doctest.h>

#include <string>

using namespace oriel;

namespace {

class recorder final : public operator_node<int> {
 public:
  using operator_node::operator_node;
  void on_batch(const batch_view<int>& batch) override { log += "b" + std::to_string(batch.size()); }
  void on_watermark(timestamp w) override { log += "w" + std::to_string(to_ms(w)); }
  void on_end() override { log += "e"; }
  std::string log;
};

}  // namespace

TEST_CASE("an outlet sends to every inlet, and nothing for an empty batch") {
  recorder a("a");
  recorder b("b");
  outlet<int> out(a);
  CHECK(!out.connected());
  out.connect(a);
  out.connect(b);
  batch<int> rows;
  out.send(rows);
  rows.push_back(1, at_ms(0), at_ms(0));
  out.send(rows);
  out.watermark(at_ms(5));
  out.end();
  CHECK(a.log == "b1w5e");
  CHECK(b.log == a.log);
}

TEST_CASE("counters add and take") {
  counter c;
  c.add(5);
  c.take(2);
  CHECK(c.value() == 3);
}
