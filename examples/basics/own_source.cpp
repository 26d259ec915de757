// SPDX-License-Identifier: Apache-2.0
// own_source.cpp - a source of one's own: a struct with `open`, a class with `read`.
//
//   pipeline ── read(batch, most) ──> source      pulled: nothing queues up
//
#include <algorithm>

#include <fmt/format.h>

#include <oriel/oriel.hpp>

using namespace oriel::literals;
using namespace std::chrono_literals;

struct sample {
  std::int64_t value = 0;
  oriel::timestamp ts;
};
BOOST_DESCRIBE_STRUCT(sample, (), (value, ts))

/// The numbers from 1 to `last`, one every 100 ms of event time.
struct countup {
  using event_type = sample;
  std::int64_t last = 0;

  class reader final : public oriel::source<sample> {
   public:
    explicit reader(std::int64_t last) : last_(last) {}

    oriel::source_state read(oriel::source_batch<sample>& out, std::size_t most) override {
      out.clear();
      while (next_ <= last_ && out.rows.size() < most) {
        out.rows.push_back({next_, oriel::at_ms(next_ * 100)});
        ++next_;
      }
      return next_ > last_ ? oriel::source_state::finished : oriel::source_state::ready;
    }

   private:
    std::int64_t last_;
    std::int64_t next_ = 1;
  };

  std::unique_ptr<oriel::source<sample>> open() const { return std::make_unique<reader>(last); }
};

int main() {
  oriel::catalog tables;
  oriel::pipeline p{tables};
  p.from(countup{.last = 25})
      .event_time(&sample::ts)
      .key_by("parity"_col = [](const sample& s) -> std::string_view { return s.value % 2 ? "odd" : "even"; })
      .window(oriel::tumbling{.size = 1s})
      .aggregate("numbers"_col = oriel::count(), "total"_col = oriel::sum(&sample::value))
      .into("seconds");
  p.run();
  fmt::print("{}", oriel::format_table(oriel::sql(
                       tables, "SELECT window_start, parity, numbers, total FROM seconds ORDER BY 1, 2")));
}
