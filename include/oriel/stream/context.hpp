// SPDX-License-Identifier: Apache-2.0
// oriel/stream/context.hpp - what the streams of one pipeline share while it is built.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <oriel/core/clock.hpp>
#include <oriel/core/error.hpp>
#include <oriel/core/export.hpp>
#include <oriel/flow/graph.hpp>
#include <oriel/flow/run.hpp>
#include <oriel/flow/source_node.hpp>
#include <oriel/table/catalog.hpp>

namespace oriel {

/// How a pipeline runs.
struct pipeline_options {
  const oriel::clock* clock = &system_clock();     ///< processing time; must outlive the pipeline
  std::size_t batch_size = default_batch_size;     ///< rows per batch; changes speed, never results
};

namespace detail {

struct pipeline_context {
  ORIEL_EXPORT pipeline_context(catalog& known_tables, pipeline_options chosen);

  catalog& tables;
  pipeline_options options;
  graph nodes;
  dead_letter_node& dead_letters;
  std::vector<source_node*> sources;  // in order of declaration
};

/// Refuses to let streams of two pipelines meet: each runs its own graph.
inline void require_one_pipeline(const char* word, const pipeline_context* a, const pipeline_context* b) {
  if (a == b) return;
  throw error(error_kind::invalid, std::string(word) + ": its streams are of different pipelines; build them with one, "
                                                       "or push the rows of one into an input of the other");
}

/// Where a stream comes from: an outlet, and the stateless steps since.
template <typename In, typename Run>
struct upstream {
  pipeline_context* context;
  outlet<In>* from;
  Run run;

  /// Connects `to` behind the steps; they become a node of their own unless there are none.
  template <typename Out, typename Node>
  void attach(Node& to) const {
    attach<Out>(to, static_cast<inlet<Out>&>(to));
  }

  /// The same, for nodes with several inlets.
  template <typename Out>
  void attach(const node& to, inlet<Out>& at) const {
    if constexpr (std::is_same_v<Run, pass>) {
      context->nodes.connect(*from, to, at);
    } else {
      auto& steps = context->nodes.template add<run_node<In, Out, Run>>("steps", run);
      context->nodes.connect(*from, steps);
      context->nodes.connect(steps.rows(), to, at);
    }
  }
};

}  // namespace detail
}  // namespace oriel
