// SPDX-License-Identifier: Apache-2.0
// src/table/snapshot_state.hpp - what a table_snapshot holds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <oriel/table/schema.hpp>
#include <table/chunk.hpp>
#include <table/chunk_block.hpp>
#include <table/dictionary.hpp>

namespace oriel::detail {

/// What a table is and how its chunks lie; shared with its snapshots.
struct table_description {
  table_description(std::string table_name, oriel::schema columns, std::size_t hidden,
                    std::span<const std::size_t> texts = {})
      : name(std::move(table_name)), schema(std::move(columns)), layout(schema, hidden, texts) {}

  std::string name;
  oriel::schema schema;
  chunk_layout layout;
};

struct snapshot_state {
  struct known_strings {
    std::shared_ptr<const detail::dictionary> dictionary;  // null unless a column has one
    std::size_t size = 0;
  };

  snapshot_state() = default;
  snapshot_state(const snapshot_state&) = delete;
  snapshot_state& operator=(const snapshot_state&) = delete;
  ~snapshot_state() {
    for (list_pool* const elements : tail_lists) {
      if (elements != nullptr) pool->release(elements);
    }
  }

  std::shared_ptr<const table_description> description;
  std::shared_ptr<chunk_pool> pool;
  std::vector<std::shared_ptr<const chunk_block>> blocks;
  std::size_t rows = 0;
  std::uint64_t version = 0;
  std::vector<known_strings> dictionaries;  // by column

  // The bitmaps of the last chunk when it is not full: the table goes on writing its own. See chunk.hpp.
  std::vector<const std::uint64_t*> tail_validity;  // by column; nullptr: no nulls
  std::vector<std::uint64_t> tail_words;
  std::vector<list_pool*> tail_lists;  // likewise, the elements of its lists; one reference to each
};

}  // namespace oriel::detail
