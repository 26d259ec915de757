// SPDX-License-Identifier: Apache-2.0
#include <oriel/flow/graph.hpp>

#include <unordered_set>

namespace oriel {
namespace {

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

}  // namespace

const node* graph::find(std::string_view name) const noexcept {
  for (const auto& n : nodes_) {
    if (n->name() == name) return n.get();
  }
  return nullptr;
}

bool graph::meets_itself(const node& from) const {
  std::unordered_set<const node*> reached{&from};
  std::vector<const node*> ahead{&from};
  while (!ahead.empty()) {
    const node* const at = ahead.back();
    ahead.pop_back();
    for (const edge& e : edges_) {
      if (e.from != at) continue;
      if (!reached.insert(e.to).second) return true;
      ahead.push_back(e.to);
    }
  }
  return false;
}

std::string graph::unique_name(std::string_view wanted) const {
  std::string name(wanted);
  for (int i = 2; find(name) != nullptr; ++i) name = std::string(wanted) + "_" + std::to_string(i);
  return name;
}

std::string graph::dot() const {
  std::string out = "digraph pipeline {\n  rankdir=LR;\n  node [shape=box];\n";
  for (const auto& n : nodes_) {
    out += "  " + quoted(n->name());
    if (n->label() != n->name()) out += " [label=" + quoted(n->name() + ": " + n->label()) + "]";
    out += ";\n";
  }
  for (const edge& e : edges_) {
    out += "  " + quoted(e.from->name()) + " -> " + quoted(e.to->name());
    if (!e.label.empty()) out += " [label=" + quoted(e.label) + "]";
    out += ";\n";
  }
  return out + "}\n";
}

}  // namespace oriel
