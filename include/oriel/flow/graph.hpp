// SPDX-License-Identifier: Apache-2.0
// oriel/flow/graph.hpp - the operators of a pipeline and how they are connected.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <oriel/core/export.hpp>
#include <oriel/flow/node.hpp>

namespace oriel {

/// Owns nodes; knows who sends to whom.
///
/// Threads: built by one thread; counters of its nodes may be read from any.
class ORIEL_EXPORT graph {
 public:
  struct edge {
    const node* from;
    const node* to;
    std::string_view label;  ///< the outlet's name
  };

  /// Makes a node. A name already taken gets a number: "filter", "filter_2".
  template <typename Node, typename... Args>
  Node& add(std::string_view name, Args&&... args) {
    auto made = std::make_unique<Node>(unique_name(name), std::forward<Args>(args)...);
    Node& added = *made;
    nodes_.push_back(std::move(made));
    return added;
  }

  /// Sends the rows of `from` to `to`.
  template <typename T, typename Node>
  void connect(outlet<T>& from, Node& to) {
    connect(from, to, static_cast<inlet<T>&>(to));
  }

  /// Sends the rows of `from` to one inlet of `to`, for nodes with several.
  template <typename T>
  void connect(outlet<T>& from, const node& to, inlet<T>& at) {
    from.connect(at);
    edges_.push_back({&from.owner(), &to, from.name()});
  }

  std::span<const std::unique_ptr<node>> nodes() const noexcept { return {nodes_.data(), nodes_.size()}; }
  std::span<const edge> edges() const noexcept { return {edges_.data(), edges_.size()}; }

  /// The node of this name, or nullptr.
  const node* find(std::string_view name) const noexcept;

  /// Whether rows of `from` reach some node on two ways: through a merge, or a join of a stream with itself.
  bool meets_itself(const node& from) const;

  /// The graph in the language of Graphviz: `dot -Tsvg`.
  std::string dot() const;

 private:
  std::string unique_name(std::string_view wanted) const;

  std::vector<std::unique_ptr<node>> nodes_;
  std::vector<edge> edges_;
};

}  // namespace oriel
