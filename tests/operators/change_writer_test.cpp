// SPDX-License-Identifier: Apache-2.0
#include <oriel/operators/change_writer.hpp>

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

#include <oriel/core/keyed_row.hpp>
#include <oriel/core/row.hpp>

using namespace oriel;
using namespace oriel::literals;

namespace {

using page = keyed_row<int, row<column<"title", std::string_view>>>;

struct owner final : node {
  owner() : node("owner") {}
  counter& out() { return counters_.out; }
};

struct collected final : inlet<change<page>> {
  std::vector<std::string> seen;

  void on_batch(const batch_view<change<page>>& batch) override {
    for (std::size_t i = 0; i < batch.size(); ++i) {
      const change<page>& c = batch.rows[i];
      std::string text = std::string(to_string(c.kind)) + " at " + std::to_string(to_ms(batch.times[i]));
      if (c.kind != change_kind::insert) text += " -" + std::string(c.before.row["title"_col]);
      if (c.kind != change_kind::erase) text += " +" + std::string(c.after.row["title"_col]);
      seen.push_back(text);
    }
  }
  void on_watermark(timestamp) override {}
  void on_end() override {}
};

}  // namespace

TEST_CASE("a row is told with what it replaces, if it says something new, even when its strings are gone") {
  owner o;
  outlet<change<page>> out(o);
  collected to;
  out.connect(to);
  change_writer<page> writer;
  change_writer<page>::last_row last;
  const auto tell = [&](change_kind kind, std::string title, std::int64_t time) {
    writer.tell(last, {1, kind, {{title}}}, at_ms(time), at_ms(0));
    writer.send(out, o.out());
  };
  tell(change_kind::erase, "never there", 1);
  tell(change_kind::insert, "a title of some length, so that it is on the heap", 1);
  tell(change_kind::update, "b", 1);
  tell(change_kind::update, "b", 2);
  tell(change_kind::update, "c", 3);
  tell(change_kind::erase, "whatever", 4);
  tell(change_kind::insert, "d", 5);
  CHECK(to.seen == std::vector<std::string>{"insert at 1 +a title of some length, so that it is on the heap",
                                            "update at 1 -a title of some length, so that it is on the heap +b",
                                            "erase at 1 -b", "insert at 3 +c", "erase at 3 -c", "insert at 5 +d"});
  CHECK(o.counters().out.value() == 6);
}
