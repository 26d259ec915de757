// SPDX-License-Identifier: Apache-2.0
// src/query/plan.cpp - one node for equal expressions.
#include <query/plan.hpp>

#include <bit>
#include <functional>
#include <utility>

namespace oriel::detail {
namespace {

std::size_t mix(std::size_t seed, std::size_t value) noexcept {
  return (seed ^ value) * 0x9e3779b97f4a7c15u + (seed >> 29);
}

std::size_t hash_of(const constant_value& value) noexcept {
  if (const auto* const b = std::get_if<bool>(&value)) return *b ? 3 : 2;
  if (const auto* const i = std::get_if<std::int64_t>(&value)) return std::hash<std::int64_t>{}(*i);
  if (const auto* const d = std::get_if<double>(&value)) return std::bit_cast<std::uint64_t>(*d);
  if (const auto* const s = std::get_if<std::string>(&value)) return std::hash<std::string>{}(*s);
  return 1;
}

bool same(const constant_value& a, const constant_value& b) {
  const double* const x = std::get_if<double>(&a);
  const double* const y = std::get_if<double>(&b);
  if (x != nullptr && y != nullptr) return std::bit_cast<std::uint64_t>(*x) == std::bit_cast<std::uint64_t>(*y);
  return a == b;
}

std::size_t hash_of(const plan_node& node) noexcept {
  std::size_t h = mix(static_cast<std::size_t>(node.op), static_cast<std::size_t>(node.type));
  h = mix(h, node.column);
  h = mix(h, hash_of(node.value));
  for (const node_id operand : node.operands) h = mix(h, operand);
  return h;
}

bool same(const plan_node& a, const plan_node& b) {
  return a.op == b.op && a.type == b.type && a.operands == b.operands && a.column == b.column &&
         same(a.value, b.value) && a.unit == b.unit && a.length == b.length && a.part == b.part && a.sign == b.sign;
}

}  // namespace

node_id program::add(plan_node node) {
  const std::size_t hash = hash_of(node);
  const auto [first, last] = by_hash_.equal_range(hash);
  for (auto it = first; it != last; ++it) {
    if (same(nodes_[it->second], node)) return it->second;
  }
  const auto id = static_cast<node_id>(nodes_.size());
  nodes_.push_back(std::move(node));
  by_hash_.emplace(hash, id);
  return id;
}

}  // namespace oriel::detail
