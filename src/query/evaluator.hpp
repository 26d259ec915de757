// SPDX-License-Identifier: Apache-2.0
// src/query/evaluator.hpp - values of expressions, a batch of rows at a time.
//
// `load` moves to a batch of the relation; `evaluate` gives an expression's values for
// the rows that are asked for. What has been evaluated once in a batch is kept, so
// expressions that occur twice cost once.
//
// Two modes. If many rows of the batch are selected, whole arrays are worked on (the
// loops vectorise), if few, only the selected positions. Work on positions that
// are not selected is wasted but harmless: an error counts only where a row is
// selected and nothing is null.
//
// Dictionary maps. An expression that looks at one string column only (and cannot
// fail) is evaluated once for each string of the dictionary when there are fewer of
// those than rows; then it is an array indexed by id. LIKE, LOWER, CASE, comparisons:
// all cost one load per row.
//
// Threads: one evaluator per thread; program and relation may be shared.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <oriel/core/arena.hpp>
#include <oriel/core/error.hpp>
#include <query/column_vector.hpp>
#include <query/plan.hpp>
#include <query/relation.hpp>

namespace oriel::detail {

class constant_set;
class like_pattern;

/// The values of an expression for each string of a dictionary, and behind them for null.
struct dictionary_map {
  std::vector<std::int64_t> int64s;
  std::vector<double> float64s;
  std::vector<std::uint8_t> booleans;
  std::vector<std::uint32_t> ids;
  std::vector<std::uint8_t> valid;  ///< 0 where the value is null
  bool makes_nulls = false;         ///< whether a string gives null
  text_dictionary texts;            ///< what `ids` mean
};

/// What a kernel is given: operands, where to work, where to put the result.
struct kernel_call {
  const plan_node& node;
  std::span<const column_vector> operands;
  const row_set& rows;
  void* out;
  std::uint64_t* validity;  ///< of the result: operands combined; a kernel may clear bits
  bool& has_nulls;          ///< whether `validity` counts
  arena& text;              ///< for the bytes of strings, kept until the next batch
  std::shared_ptr<void>& prepared;  ///< what a kernel makes of its constants the first time, for the next ones

  template <typename T>
  T* values() const noexcept {
    return static_cast<T*>(out);
  }
  bool is_null(std::size_t row) const noexcept { return has_nulls && !bit_at(validity, row); }
};

class evaluator {
 public:
  /// `text` is the query, for errors. Requires: all live as long as the evaluator.
  evaluator(const program& expressions, const relation& input, std::string_view text, bool may_map = true);
  ~evaluator();

  const relation& input() const noexcept { return input_; }
  const program& expressions() const noexcept { return program_; }

  /// Moves to a batch; vectors of the batch before are dead.
  void load(std::size_t batch);

  /// Tells the processor that a batch is next: columns of a chunk lie apart, so it would not find out by itself.
  void prefetch(std::size_t batch) const noexcept;

  std::size_t batch() const noexcept { return batch_; }

  /// All rows of the batch.
  const row_set& all_rows() const noexcept { return all_; }

  /// A row set of these positions. Requires: `rows` outlives it.
  row_set select(const selection& rows) noexcept;

  /// The expression's values. Errors: as the expression says, with its place in the query.
  column_vector evaluate(node_id id, const row_set& rows);

  /// Says which element of its list `each_element` gives from now on. Rows where there is none are null.
  void set_element(node_id id, std::size_t element) { elements_[id] = element; }

  /// The rows for which the condition is true. Uses `storage` unless that is all of `rows`.
  row_set filter(node_id condition, const row_set& rows, selection& storage);

  /// For strings: the dictionary `evaluate` gives ids into; nullptr if it gives views.
  const text_dictionary* dictionary(node_id id);

  /// A map's table of booleans for a condition that is one, true where neither false nor null; or nullptr.
  const dictionary_map* map_of(node_id id);

  [[noreturn]] void fail(const plan_node& node, error_kind kind, const std::string& message) const;

 private:
  struct node_state;

  void compute(node_id id, const row_set& rows, node_state& state);
  void compute_strict(const plan_node& node, const row_set& rows, node_state& state);
  bool compute_plain_connective(const plan_node& node, const row_set& rows, node_state& state);
  void compute_connective(const plan_node& node, const row_set& rows, node_state& state);
  void compute_plain_choose(const plan_node& node, const row_set& rows, node_state& state);
  void compute_choose(const plan_node& node, const row_set& rows, node_state& state);
  void compute_coalesce(const plan_node& node, const row_set& rows, node_state& state);
  void compute_null_if(const plan_node& node, const row_set& rows, node_state& state);
  void compute_is_null(const plan_node& node, const row_set& rows, node_state& state);
  void compute_concat(const plan_node& node, const row_set& rows, node_state& state);
  template <typename Keep>
  bool filter_by_constant(const plan_node& node, const row_set& rows, Keep keep);
  void run_kernel(kernel_call& call, node_state& state);
  void make_constant(const plan_node& node, node_state& state);
  void make_choice_texts(const plan_node& node, node_state& state);
  void look_up_map(node_id id, const row_set& rows, node_state& state);
  void compute_each_element(node_id id, const row_set& rows, node_state& state);
  void prepare_storage(const plan_node& node, node_state& state);
  void finish(const plan_node& node, node_state& state, bool has_nulls);

  std::unique_ptr<dictionary_map> build_map(node_id id, node_id column);
  node_id only_text_column(node_id id);

  const program& program_;
  const relation& input_;
  std::string_view text_;
  bool may_map_;
  std::size_t batch_ = 0;
  std::uint64_t batch_stamp_ = 0;
  std::uint64_t next_id_ = 1;
  row_set all_;
  std::vector<std::unique_ptr<node_state>> states_;
  std::vector<std::size_t> elements_;                // per node: what `set_element` said
  std::vector<node_id> only_column_;  // per node: the one string column it looks at, or a marker
};

// Kernels, by subject. Each fills `call.out` for the rows to work on.
void arithmetic_kernel(kernel_call& call, const evaluator& self);
void time_kernel(kernel_call& call, const evaluator& self);
void comparison_kernel(kernel_call& call);
void in_set_kernel(kernel_call& call, const constant_set& set);
void like_kernel(kernel_call& call, const like_pattern* pattern);
void text_kernel(kernel_call& call);
void convert_kernel(kernel_call& call, const evaluator& self);
void list_kernel(kernel_call& call);
void search_kernel(kernel_call& call, const evaluator& self);
void calendar_kernel(kernel_call& call, const evaluator& self);

}  // namespace oriel::detail
