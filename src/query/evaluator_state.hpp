// SPDX-License-Identifier: Apache-2.0
// src/query/evaluator_state.hpp - what the evaluator keeps for each node of a program.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include <oriel/core/arena.hpp>
#include <query/constant_set.hpp>
#include <query/evaluator.hpp>
#include <query/like_pattern.hpp>

namespace oriel::detail {

struct evaluator::node_state {
  column_vector result;
  std::uint64_t valid_batch = 0;  ///< the batch for all of which `result` holds
  std::uint64_t valid_for = 0;    ///< the row set for which `result` holds
  bool constant = false;          ///< `result` holds for ever
  bool map_considered = false;
  std::unique_ptr<dictionary_map> map;
  std::unique_ptr<constant_set> set;
  std::unique_ptr<like_pattern> pattern;
  std::shared_ptr<void> prepared;
  std::unique_ptr<text_dictionary> choice_texts;  ///< CASE with constant strings: what its ids mean
  std::vector<std::uint32_t> choice_ids;          ///< and the id of each operand
  bool choice_considered = false;
  std::unique_ptr<std::byte[]> storage;
  std::uint64_t validity[validity_words];
  arena text;
};

}  // namespace oriel::detail
