// SPDX-License-Identifier: Apache-2.0
#include <oriel/flow/watermark_hold.hpp>

#include <algorithm>

namespace oriel {
namespace {

std::string nothing_yet(const source_standing& source) {
  if (source.pushed && !source.held) return "nothing has been pushed into it yet";
  if (!source.open) return "its source is not open: the pipeline does not run";
  if (source.state == source_state::waiting) return "no event yet; its source waits, and one may be on its way";
  return "no event yet";
}

std::string short_of(const source_standing& source, timestamp watermark, timestamp end) {
  std::string text = "its watermark " + format_timestamp(watermark);
  text += " is " + format_duration(end - watermark) + " short of the window's end";
  text += "; an event at " + format_timestamp(saturating_add(end, source.out_of_orderness)) + " or later moves it there";
  if (source.state == source_state::waiting) text += ", and its source waits for one";
  return text;
}

std::string reason(const source_standing& source, const partition_standing& partition, bool all_idle, timestamp end) {
  std::string text = partition.watermark == beginning_of_time ? nothing_yet(source)
                                                              : short_of(source, partition.watermark, end);
  if (all_idle) {
    text += "; every partition is idle or finished, so only an event, advance_to or finish moves the input on";
  } else if (partition.watermark == beginning_of_time && source.partitions.size() > 1) {
    text += ", and it is not declared idle";
  }
  if (source.held) text += "; rows that are read wait for another input, which may bring earlier ones";
  return text;
}

void add_holds(const source_node& node, timestamp end, std::vector<watermark_hold>& out) {
  const source_standing source = node.standing();
  if (!source.timed || source.state == source_state::finished || source.watermark >= end) return;
  const auto active = [](const partition_standing& p) { return p.state == source_state::ready; };
  const bool none_active = std::none_of(source.partitions.begin(), source.partitions.end(), active);
  const bool several = source.partitions.size() > 1;
  for (std::size_t p = 0; p < source.partitions.size(); ++p) {
    const partition_standing& partition = source.partitions[p];
    if (partition.watermark >= end || !(none_active || active(partition))) continue;
    watermark_hold hold{node.name(), p, partition.watermark, {}, "input '" + node.name() + "'"};
    if (several) hold.why += ", partition " + std::to_string(p);
    hold.why += ": " + reason(source, partition, none_active, end);
    if (partition.watermark != beginning_of_time) hold.missing = end - partition.watermark;
    out.push_back(std::move(hold));
  }
}

}  // namespace

std::vector<watermark_hold> what_holds(std::span<source_node* const> sources, interval window) {
  std::vector<watermark_hold> result;
  for (const source_node* source : sources) add_holds(*source, window.end, result);
  return result;
}

}  // namespace oriel
