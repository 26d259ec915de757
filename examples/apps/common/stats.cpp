// SPDX-License-Identifier: Apache-2.0
#include "common/stats.hpp"

#include <cstdint>

#include <fmt/format.h>

namespace apps {

std::string describe_run(const oriel::graph& operators, const oriel::catalog& tables,
                         std::span<const any_stream> streams, double seconds) {
  std::string text = "{\"streams\":{";
  const char* comma = "";
  for (const any_stream& s : streams) {
    const oriel::node_counters& counters = operators.find(s.name())->counters();  // a source has its stream's name
    text += fmt::format("{}\"{}\":{{\"in\":{},\"malformed\":{}}}", comma, s.name(), counters.in.value(),
                        counters.rejected.value());
    comma = ",";
  }

  std::uint64_t late = 0;
  std::uint64_t duplicates = 0;
  for (const auto& node : operators.nodes()) {
    late += node->counters().late.value();
    if (node->name().starts_with("deduplicate")) duplicates += node->counters().dropped.value();
  }

  std::string rows;
  comma = "";
  for (const std::string& name : tables.names()) {
    const oriel::table& table = tables.at(name);
    rows += fmt::format("{}\"{}\":{}", comma, name, table.row_count());
    comma = ",";
  }
  return text + fmt::format("}},\"late\":{},\"duplicates\":{},\"tables\":{{{}}},\"seconds\":{:.3f}}}", late,
                            duplicates, rows, seconds);
}

}  // namespace apps
