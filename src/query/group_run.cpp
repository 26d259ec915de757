// SPDX-License-Identifier: Apache-2.0
// src/query/group_run.cpp - a grouping stage at work.
#include <query/group_run.hpp>

#include <algorithm>
#include <cmath>
#include <string>
#include <type_traits>
#include <utility>

#include <query/diagnostic.hpp>
#include <query/funnel.hpp>

namespace oriel::detail {
group_run::group_run(const group_stage& stage, const relation& input, std::string_view text, query_watch& watch)
    : stage_(stage),
      text_(text),
      watch_(watch),
      values_(stage.expressions, input, text),
      batches_(plan_scan(stage.expressions, stage.filters, input)),
      groups_(values_, stage.keys, batches_),
      group_of_row_(vector_rows),
      group_at_(vector_rows) {
  for (const aggregate_call& call : stage.aggregates) parts_.push_back(parts_of(call));
  for (const node_id key : stage.keys) {
    if (stage.expressions[key].op == opcode::each_element) list_keys_.push_back(key);
  }
}

std::size_t group_run::source_of(const aggregate_call& call) {
  const std::optional<node_id> distinct = call.distinct ? call.argument : std::nullopt;
  const std::optional<node_id> list = call.elements ? call.argument : std::nullopt;
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    if (sources_[i]->filter == call.filter && sources_[i]->distinct == distinct && sources_[i]->list == list) return i;
  }
  auto source = std::make_unique<row_source>();
  source->filter = call.filter;
  source->distinct = distinct;
  source->list = list;
  source->groups.resize(vector_rows);
  if (distinct) source->told_apart = std::make_unique<distinct_filter>(values_, *distinct, batches_);
  sources_.push_back(std::move(source));
  return sources_.size() - 1;
}

std::size_t group_run::slot_of(accumulator_kind kind, std::optional<node_id> argument, std::size_t source,
                               const aggregate_call* call) {
  std::vector<node_id> more;
  if (call != nullptr && call->second) more.push_back(*call->second);
  if (call != nullptr) more.insert(more.end(), call->steps.begin(), call->steps.end());
  const bool has_parameter = kind == accumulator_kind::registers || kind == accumulator_kind::funnel ||
                             kind == accumulator_kind::funnel_max_step;
  for (std::size_t i = 0; i < slots_.size() && !has_parameter; ++i) {
    const slot& s = slots_[i];
    if (s.kind == kind && s.argument == argument && s.more == more && s.source == source) return i;
  }
  const column_type type = argument ? element_of(stage_.expressions[*argument].type) : column_type::int64;
  const text_dictionary* const dictionary = argument ? values_.dictionary(*argument) : nullptr;
  std::unique_ptr<accumulator> kept;
  switch (kind) {
    case accumulator_kind::registers:
    case accumulator_kind::quantiles: kept = make_sketch(kind, type, static_cast<unsigned>(call->parameter)); break;
    case accumulator_kind::funnel: kept = make_funnel(call->steps.size(), call->funnel); break;
    case accumulator_kind::funnel_count: kept = make_funnel_count(call->steps.size()); break;
    case accumulator_kind::funnel_max_step:
      kept = make_funnel_max_step(call->steps.size(), call->funnel, call->keeps_all);
      break;
    default: kept = make_accumulator(kind, type, dictionary); break;
  }
  slots_.push_back({kind, argument, std::move(more), source, std::move(kept)});
  return slots_.size() - 1;
}

group_run::parts group_run::parts_of(const aggregate_call& call) {
  const std::size_t source = source_of(call);
  switch (call.kind) {
    case aggregate_kind::count_rows: return {slot_of(accumulator_kind::rows, call.argument, source), {}};
    case aggregate_kind::count:
      // What is left after telling values apart is not null.
      if (call.distinct || call.elements) return {slot_of(accumulator_kind::rows, std::nullopt, source), {}};
      return {slot_of(accumulator_kind::values, call.argument, source), {}};
    case aggregate_kind::sum: return {slot_of(accumulator_kind::sum, call.argument, source), {}};
    case aggregate_kind::mean: {
      const std::size_t sum = slot_of(accumulator_kind::sum, call.argument, source);
      const bool counts_rows = call.distinct || call.elements || !stage_.expressions[*call.argument].nullable;
      if (counts_rows) return {sum, slot_of(accumulator_kind::rows, std::nullopt, source)};
      return {sum, slot_of(accumulator_kind::values, call.argument, source)};
    }
    case aggregate_kind::minimum: return {slot_of(accumulator_kind::minimum, call.argument, source), {}};
    case aggregate_kind::variance:
    case aggregate_kind::deviation: return {slot_of(accumulator_kind::moments, call.argument, source), {}};
    case aggregate_kind::percentile: return {slot_of(accumulator_kind::samples, call.argument, source), {}};
    case aggregate_kind::mode: return {slot_of(accumulator_kind::mode, call.argument, source), {}};
    case aggregate_kind::first_by: return {slot_of(accumulator_kind::first_by, call.argument, source, &call), {}};
    case aggregate_kind::last_by: return {slot_of(accumulator_kind::last_by, call.argument, source, &call), {}};
    case aggregate_kind::about_percentile:
      return {slot_of(accumulator_kind::quantiles, call.argument, source, &call), {}};
    case aggregate_kind::about_distinct_count:
      return {slot_of(accumulator_kind::registers, call.argument, source, &call), {}};
    case aggregate_kind::funnel: return {slot_of(accumulator_kind::funnel, call.argument, source, &call), {}};
    case aggregate_kind::funnel_count:
      return {slot_of(accumulator_kind::funnel_count, call.argument, source, &call), {}};
    case aggregate_kind::funnel_max_step:
      return {slot_of(accumulator_kind::funnel_max_step, call.argument, source, &call), {}};
    case aggregate_kind::maximum: break;
  }
  return {slot_of(accumulator_kind::maximum, call.argument, source), {}};
}

const relation& group_run::run() {
  const bool ungrouped = stage_.keys.empty();
  for (slot& s : slots_) s.kept->resize(ungrouped ? 1 : 0);
  for (std::size_t i = 0; i < batches_.size(); ++i) {
    watch_.check();
    if (i + 1 < batches_.size()) values_.prefetch(batches_[i + 1].batch);
    run_batch(batches_[i]);
    note_memory();
  }

  // Without keys there is one group, even if there was no row.
  const std::size_t groups = ungrouped ? 1 : groups_.size();
  std::vector<column_data> columns = groups_.key_columns();
  for (std::size_t i = 0; i < parts_.size(); ++i) columns.push_back(result_of(stage_.aggregates[i], parts_[i], groups));
  output_.emplace(std::move(columns), groups);
  return *output_;
}

// What groups keep, about: keys and their hash entries, and a part for each accumulator. Aggregates that remember
// values count them themselves.
void group_run::note_memory() {
  constexpr std::size_t of_key = 32;
  constexpr std::size_t of_part = 16;
  std::size_t bytes = (groups_.size() - noted_) * (stage_.keys.size() * of_key + slots_.size() * of_part);
  noted_ = groups_.size();
  const std::size_t of_keys = groups_.bytes();
  bytes += of_keys - std::min(of_keys, noted_bytes_);
  noted_bytes_ = std::max(of_keys, noted_bytes_);
  for (slot& s : slots_) bytes += s.kept->grown();
  for (const auto& source : sources_) bytes += source->told_apart ? source->told_apart->grown() : 0;
  if (bytes > 0) watch_.use(bytes);
}

void group_run::run_batch(const scanned_batch& batch) {
  values_.load(batch.batch);
  row_set rows = values_.all_rows();
  for (const node_id filter : batch.filters) {
    rows = values_.filter(filter, rows, selected_);
    if (rows.count == 0) return;
  }
  run_elements(rows, 0);
}

// A row is in a group for each different element of a list it is grouped by: first the rows with their first elements,
// then those that have a second, and so on. With several lists, every combination.
void group_run::run_elements(const row_set& rows, std::size_t key) {
  if (key == list_keys_.size()) return run_rows(rows);
  const column_vector lists = values_.evaluate(stage_.expressions[list_keys_[key]].operands[0], rows);
  std::size_t longest = 0;
  for_each_selected(rows, [&](std::size_t i) { longest = std::max(longest, lists.length(i)); });
  const auto is_new = [&](std::size_t i, std::size_t at) {
    const auto differs = [&](const auto* list) { return std::find(list, list + at, list[at]) == list + at; };
    switch (element_of(lists.type)) {
      case column_type::boolean: return differs(lists.list<std::uint8_t>(i));
      case column_type::float64: return differs(lists.list<double>(i));
      case column_type::string: return differs(lists.list<std::uint32_t>(i));
      default: return differs(lists.list<std::int64_t>(i));
    }
  };
  const auto chosen = std::make_unique<selection>();
  for (std::size_t at = 0; at < longest; ++at) {
    chosen->count = 0;
    for_each_selected(rows, [&](std::size_t i) {
      if (at < lists.length(i) && is_new(i, at)) chosen->index[chosen->count++] = static_cast<row_index>(i);
    });
    if (chosen->count == 0) continue;
    values_.set_element(list_keys_[key], at);
    run_elements(values_.select(*chosen), key + 1);
  }
}

void group_run::run_rows(const row_set& rows) {
  grouped_rows base{rows, nullptr};
  if (!stage_.keys.empty()) {
    base.runs = groups_.assign(rows, group_of_row_.data());
    base.groups = group_of_row_.data();
    for (slot& s : slots_) s.kept->resize(groups_.size());
  }
  find_rows(base);
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    if (sources_[i]->list) update_elements(i, rows);
  }
  for (slot& s : slots_) {
    const grouped_rows& in = sources_[s.source]->now;
    if (in.rows.count == 0 || sources_[s.source]->list) continue;
    if (s.kind == accumulator_kind::sum && add_known_sum(s, in)) continue;
    // What cannot fail is evaluated for all rows of the batch at once, whoever asks first.
    const auto argument = [&](std::optional<node_id> id) {
      return id ? values_.evaluate(*id, stage_.expressions[*id].fallible ? in.rows : rows) : column_vector{};
    };
    if (s.more.empty()) {
      s.kept->update(argument(s.argument), in);
    } else {
      std::vector<column_vector> more;
      for (const node_id id : s.more) more.push_back(argument(id));
      s.kept->update_many(argument(s.argument), more, in);
    }
  }
}

// A batch that is all in one group need not be read where the sum of the column is known.
bool group_run::add_known_sum(slot& s, const grouped_rows& in) {
  const plan_node& argument = stage_.expressions[*s.argument];
  const bool is_one_group = in.groups == nullptr || in.runs.size() == 1;
  if (argument.op != opcode::column || !in.rows.all() || !is_one_group) return false;
  const zone known = values_.input().bounds(values_.batch(), argument.column);
  if (known.summed) s.kept->add_sum(known, in.groups == nullptr ? 0 : in.runs[0].group);
  return known.summed;
}

// The elements of the lists of a source's rows, one behind the other, as values in the groups of their rows.
void group_run::update_elements(std::size_t source, const row_set& base) {
  const grouped_rows& in = sources_[source]->now;
  if (in.rows.count == 0) return;
  const node_id list = *sources_[source]->list;
  const column_vector lists = values_.evaluate(list, stage_.expressions[list].fallible ? in.rows : base);
  std::vector<std::uint64_t> room(vector_rows);
  std::vector<std::uint32_t> groups(vector_rows);
  column_vector elements;
  elements.type = element_of(lists.type);
  elements.data = room.data();
  elements.dictionary = lists.dictionary;
  std::size_t n = 0;
  const auto flush = [&] {
    if (n == 0) return;
    grouped_rows some;
    some.rows.count = n;
    some.rows.size = n;
    some.groups = in.groups != nullptr ? groups.data() : nullptr;
    update_slots(source, elements, some);
    n = 0;
  };
  const auto take = [&](auto* out) {
    using T = std::remove_pointer_t<decltype(out)>;
    std::size_t k = 0;
    for_each_selected(in.rows, [&](std::size_t i) {
      const std::uint32_t group = in.groups != nullptr ? in.groups[k] : 0;
      ++k;
      for (std::size_t at = 0; at < lists.length(i); ++at) {
        out[n] = lists.list<T>(i)[at];
        groups[n] = group;
        if (++n == vector_rows) flush();
      }
    });
  };
  switch (elements.type) {
    case column_type::boolean: take(reinterpret_cast<std::uint8_t*>(room.data())); break;
    case column_type::float64: take(reinterpret_cast<double*>(room.data())); break;
    case column_type::string: take(reinterpret_cast<std::uint32_t*>(room.data())); break;
    default: take(reinterpret_cast<std::int64_t*>(room.data())); break;
  }
  flush();
}

void group_run::update_slots(std::size_t source, const column_vector& elements, const grouped_rows& in) {
  row_source& from = *sources_[source];
  const grouped_rows rows =
      from.told_apart ? from.told_apart->keep_new(elements, in, from.rows, from.groups.data()) : in;
  for (slot& s : slots_) {
    if (s.source == source && rows.rows.count > 0) s.kept->update(elements, rows);
  }
}

// For each source, its rows of this batch.
void group_run::find_rows(const grouped_rows& base) {
  bool placed = false;
  for (const auto& source : sources_) {
    source->now = base;
    if (source->filter) {
      source->now.rows = values_.filter(*source->filter, base.rows, source->rows);
      // All of them passed: their order is that of the base.
      const bool narrowed = source->now.rows.id != base.rows.id;
      if (narrowed) source->now.runs = {};
      if (narrowed && base.groups != nullptr) {
        if (!placed) {
          for (std::size_t k = 0; k < base.rows.count; ++k) group_at_[base.rows[k]] = base.groups[k];
          placed = true;
        }
        for (std::size_t k = 0; k < source->now.rows.count; ++k) source->groups[k] = group_at_[source->now.rows[k]];
        source->now.groups = source->groups.data();
      }
    }
    if (source->told_apart && !source->list && source->now.rows.count > 0) {
      const column_vector v = values_.evaluate(*source->distinct, source->now.rows);
      source->now = source->told_apart->keep_new(v, source->now, source->rows, source->groups.data());
    }
  }
}

column_data group_run::result_of(const aggregate_call& call, const parts& from, std::size_t groups) const {
  const accumulator& kept = *slots_[from.first].kept;
  switch (call.kind) {
    case aggregate_kind::minimum:
    case aggregate_kind::maximum:
    case aggregate_kind::mode:
    case aggregate_kind::first_by:
    case aggregate_kind::last_by:
    case aggregate_kind::about_distinct_count:
    case aggregate_kind::funnel:
    case aggregate_kind::funnel_count:
    case aggregate_kind::funnel_max_step: return kept.values(groups);
    case aggregate_kind::about_percentile:
    case aggregate_kind::percentile: return kept.percentiles(groups, call.parameter);
    default: break;
  }
  const bool whole = call.argument && element_of(stage_.expressions[*call.argument].type) == column_type::int64;
  column_data out(call.type);
  for (std::size_t g = 0; g < groups; ++g) {
    if (call.kind == aggregate_kind::count || call.kind == aggregate_kind::count_rows) {
      out.push_int64(kept.count(g));
    } else if (call.kind == aggregate_kind::variance || call.kind == aggregate_kind::deviation) {
      const auto variance = kept.variance(g);
      if (!variance) {
        out.push_null();
      } else {
        out.push_float64(call.kind == aggregate_kind::variance ? *variance : std::sqrt(*variance));
      }
    } else if (call.kind == aggregate_kind::mean) {
      const std::int64_t n = slots_[*from.count].kept->count(g);
      if (n == 0) {
        out.push_null();
      } else {
        const double sum = whole ? static_cast<double>(kept.int64_sum(g)) : kept.float64_sum(g);
        out.push_float64(sum / static_cast<double>(n));
      }
    } else if (whole) {
      const int128 sum = kept.int64_sum(g);
      if (!wide_integer(sum).fits_int64()) {
        throw error_at(error_kind::exhausted, text_, call.span,
                       "this SUM does not fit LONG; SUM(CAST(... AS DOUBLE)) does not overflow");
      }
      out.push_int64(static_cast<std::int64_t>(sum));
    } else {
      out.push_float64(kept.float64_sum(g));
    }
  }
  return out;
}

}  // namespace oriel::detail
