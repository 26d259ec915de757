// SPDX-License-Identifier: Apache-2.0
// src/query/lift.cpp - expressions over rows to expressions over groups.
#include <query/lift.hpp>

#include <algorithm>
#include <utility>

namespace oriel::detail {

std::optional<node_id> lifter::lift(node_id id) {
  if (const auto found = done_.find(id); found != done_.end()) return found->second;
  const plan_node& node = from_[id];
  plan_node lifted = node;
  // A constant stays one, even if it is grouped by: lists and patterns are made from constants.
  const auto key = node.op == opcode::constant ? keys_.end() : std::find(keys_.begin(), keys_.end(), id);
  if (key != keys_.end() || node.op == opcode::aggregate) {
    lifted.op = opcode::column;
    lifted.column = key != keys_.end() ? static_cast<std::size_t>(key - keys_.begin()) : keys_.size() + node.column;
    lifted.operands.clear();
    lifted.value = {};
    lifted.unit = time_unit::millisecond;
    lifted.length = {};
    lifted.part = time_part::millisecond;
    lifted.sign = 1;
    lifted.fallible = false;
  } else if (node.op == opcode::column) {
    missing_ = node.column;
    return std::nullopt;
  } else {
    for (node_id& operand : lifted.operands) {
      const auto below = lift(operand);
      if (!below) return std::nullopt;
      operand = *below;
    }
  }
  const node_id out = to_.add(std::move(lifted));
  done_.emplace(id, out);
  return out;
}

}  // namespace oriel::detail
