// SPDX-License-Identifier: Apache-2.0
// src/table/arrow.cpp - chunks as Arrow arrays.
//
// Every array owns itself: a consumer may take a child out and release it later than its
// parent. So each has its own share of the snapshot, in `private_data`, with what had to be
// copied; release deletes that, and children and dictionary if they are still there.
#include <oriel/table/arrow.hpp>

#include <bit>
#include <cerrno>
#include <cstring>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <oriel/table/schema.hpp>

namespace oriel {
namespace {

static_assert(std::endian::native == std::endian::little, "Arrow bitmaps are octets; the table's are 64-bit words");

const char* format_of(column_type type) noexcept {
  if (is_list(type)) return "+l";
  switch (type) {
    case column_type::boolean: return "b";
    case column_type::float64: return "g";
    case column_type::time: return "tsm:UTC";
    case column_type::string: return "I";
    default: return "l";
  }
}

// ---- schemas

struct schema_data {
  std::string name;
  std::vector<ArrowSchema*> children;
};

void release_schema(ArrowSchema* s) {
  const std::unique_ptr<schema_data> data(static_cast<schema_data*>(s->private_data));
  for (ArrowSchema* const child : data->children) {
    if (child->release != nullptr) child->release(child);
    delete child;
  }
  if (s->dictionary != nullptr) {
    if (s->dictionary->release != nullptr) s->dictionary->release(s->dictionary);
    delete s->dictionary;
  }
  s->release = nullptr;
}

ArrowSchema* add_child(schema_data& data) {
  data.children.reserve(data.children.size() + 1);
  data.children.push_back(new ArrowSchema{});
  return data.children.back();
}

void begin_schema(ArrowSchema* out, const char* format, std::string name, bool nullable) {
  auto data = std::make_unique<schema_data>();
  data->name = std::move(name);
  *out = {};
  out->format = format;
  out->name = data->name.c_str();
  out->flags = nullable ? ARROW_FLAG_NULLABLE : 0;
  out->private_data = data.release();
  out->release = release_schema;
}

void end_schema(ArrowSchema* out) {
  auto& children = static_cast<schema_data*>(out->private_data)->children;
  out->n_children = static_cast<std::int64_t>(children.size());
  out->children = children.data();
}

void describe(column_type type, const std::string& name, bool nullable, ArrowSchema* out) {
  begin_schema(out, format_of(type), name, nullable);
  if (type == column_type::string) {
    out->dictionary = new ArrowSchema{};
    begin_schema(out->dictionary, "U", "", false);
  }
  if (is_list(type)) {
    describe(element_of(type), "item", false, add_child(*static_cast<schema_data*>(out->private_data)));
  }
  end_schema(out);
}

// ---- arrays

/// A dictionary as Arrow has it, made once for all chunks of an export.
struct texts {
  std::vector<std::int64_t> offsets{0};
  std::string bytes;
};

std::shared_ptr<const texts> copy_texts(dictionary_view strings) {
  auto out = std::make_shared<texts>();
  out->offsets.reserve(strings.size() + 1);
  for (std::size_t id = 0; id < strings.size(); ++id) {
    out->bytes += strings[static_cast<std::uint32_t>(id)];
    out->offsets.push_back(static_cast<std::int64_t>(out->bytes.size()));
  }
  return out;
}

/// A snapshot and what is made of it for export.
struct export_state {
  explicit export_state(const table_snapshot& s) : rows(s), dictionaries(s.schema().size()) {
    for (std::size_t column = 0; column < dictionaries.size(); ++column) {
      if (has_dictionary(s.schema()[column].type)) dictionaries[column] = copy_texts(s.dictionary(column));
    }
  }

  table_snapshot rows;
  std::vector<std::shared_ptr<const texts>> dictionaries;  // by column
};

using state_pointer = std::shared_ptr<const export_state>;

struct array_data {
  state_pointer state;
  std::vector<const void*> buffers;
  std::vector<ArrowArray*> children;
  std::deque<std::vector<std::byte>> copies;
};

void release_array(ArrowArray* a) {
  const std::unique_ptr<array_data> data(static_cast<array_data*>(a->private_data));
  for (ArrowArray* const child : data->children) {
    if (child->release != nullptr) child->release(child);
    delete child;
  }
  if (a->dictionary != nullptr) {
    if (a->dictionary->release != nullptr) a->dictionary->release(a->dictionary);
    delete a->dictionary;
  }
  a->release = nullptr;
}

array_data& begin_array(ArrowArray* out, state_pointer state, std::size_t length, std::int64_t nulls) {
  auto data = std::make_unique<array_data>();
  data->state = std::move(state);
  *out = {};
  out->length = static_cast<std::int64_t>(length);
  out->null_count = nulls;
  out->private_data = data.release();
  out->release = release_array;
  return *static_cast<array_data*>(out->private_data);
}

void end_array(ArrowArray* out) {
  auto& data = *static_cast<array_data*>(out->private_data);
  out->n_buffers = static_cast<std::int64_t>(data.buffers.size());
  out->buffers = data.buffers.data();
  out->n_children = static_cast<std::int64_t>(data.children.size());
  out->children = data.children.data();
}

ArrowArray* add_child(array_data& data) {
  data.children.reserve(data.children.size() + 1);
  data.children.push_back(new ArrowArray{});
  return data.children.back();
}

std::byte* make_copy(array_data& data, std::size_t bytes) {
  return data.copies.emplace_back(bytes + 8).data();  // never empty: some readers want an address
}

const void* pack_bits(array_data& data, const std::uint8_t* values, std::size_t count) {
  std::byte* const out = make_copy(data, (count + 7) / 8);
  for (std::size_t i = 0; i < count; ++i) {
    if (values[i] != 0) out[i / 8] |= std::byte{1} << (i % 8);
  }
  return out;
}

void add_dictionary(ArrowArray* out, const state_pointer& state, std::size_t column) {
  const texts& strings = *state->dictionaries[column];
  out->dictionary = new ArrowArray{};
  array_data& data = begin_array(out->dictionary, state, strings.offsets.size() - 1, 0);
  data.buffers = {nullptr, strings.offsets.data(), strings.bytes.data()};
  end_array(out->dictionary);
}

std::size_t width_of(column_type element) noexcept {
  return element == column_type::boolean ? 1 : element == column_type::string ? 4 : 8;
}

/// Values of a type that is no list, wherever they lie.
void export_values(const state_pointer& state, std::size_t column, const void* values, std::size_t count,
                   const std::uint64_t* validity, std::int64_t nulls, ArrowArray* out) {
  const column_type type = element_of(state->rows.schema()[column].type);
  array_data& data = begin_array(out, state, count, nulls);
  if (type == column_type::boolean) values = pack_bits(data, static_cast<const std::uint8_t*>(values), count);
  if (values == nullptr) values = make_copy(data, 0);
  data.buffers = {validity, values};
  end_array(out);
  if (type == column_type::string) add_dictionary(out, state, column);
}

std::int64_t count_nulls(const std::uint64_t* validity, std::size_t rows) noexcept {
  std::int64_t nulls = 0;
  for (std::size_t i = 0; validity != nullptr && i < rows; ++i) nulls += (validity[i / 64] >> (i % 64) & 1) == 0;
  return nulls;
}

void export_lists(const state_pointer& state, std::size_t column, const chunk_view& chunk, std::int64_t nulls,
                  ArrowArray* out) {
  const list_view lists = chunk.lists(column);
  const std::size_t rows = chunk.size();
  array_data& data = begin_array(out, state, rows, nulls);
  std::vector<std::int32_t> offsets{0};
  bool in_order = true;
  std::uint32_t first = 0;  // where the first element lies
  for (std::size_t i = 0; i < rows; ++i) {
    const auto length = static_cast<std::int32_t>(lists.lengths[i]);
    if (length > 0 && offsets.back() == 0) first = lists.offsets[i];
    in_order = in_order && (length == 0 || lists.offsets[i] == first + static_cast<std::uint32_t>(offsets.back()));
    offsets.push_back(offsets.back() + length);
  }
  const std::size_t width = width_of(element_of(state->rows.schema()[column].type));
  const auto* elements = static_cast<const std::byte*>(lists.elements);
  ArrowArray* const child = add_child(data);
  if (elements != nullptr && in_order) {
    elements += first * width;
  } else if (elements != nullptr) {
    std::byte* const copy = make_copy(data, static_cast<std::size_t>(offsets.back()) * width);
    for (std::size_t i = 0; i < rows; ++i) {
      std::memcpy(copy + static_cast<std::size_t>(offsets[i]) * width, elements + lists.offsets[i] * width,
                  lists.lengths[i] * width);
    }
    elements = copy;
  }
  export_values(state, column, elements, static_cast<std::size_t>(offsets.back()), nullptr, 0, child);
  if (!in_order) {  // the copy belongs to the child, which may outlive this array
    static_cast<array_data*>(child->private_data)->copies.push_back(std::move(data.copies.back()));
    data.copies.pop_back();
  }
  std::byte* const copied = make_copy(data, offsets.size() * sizeof(std::int32_t));
  std::memcpy(copied, offsets.data(), offsets.size() * sizeof(std::int32_t));
  data.buffers = {chunk.validity(column), copied};
  end_array(out);
}

void export_column(const state_pointer& state, std::size_t column, const chunk_view& chunk, ArrowArray* out) {
  const std::uint64_t* const validity = chunk.validity(column);
  const std::int64_t nulls = count_nulls(validity, chunk.size());
  const auto plain = [&](const void* values) {
    export_values(state, column, values, chunk.size(), validity, nulls, out);
  };
  const column_type type = state->rows.schema()[column].type;
  if (is_list(type)) return export_lists(state, column, chunk, nulls, out);
  switch (type) {
    case column_type::boolean: return plain(chunk.booleans(column));
    case column_type::float64: return plain(chunk.float64s(column));
    case column_type::string: return plain(chunk.string_ids(column));
    default: return plain(chunk.int64s(column));
  }
}

void export_chunk(const state_pointer& state, std::size_t index, ArrowArray* out) {
  const chunk_view chunk = state->rows.chunk(index);
  array_data& data = begin_array(out, state, chunk.size(), 0);
  try {
    for (std::size_t column = 0; column < state->rows.schema().size(); ++column) {
      export_column(state, column, chunk, add_child(data));
    }
  } catch (...) {
    release_array(out);
    throw;
  }
  data.buffers = {nullptr};
  end_array(out);
}

// ---- streams

struct stream_data {
  state_pointer state;
  std::size_t next = 0;
  std::string message{};
};

/// Runs `f`; what it throws becomes a message and an error number.
template <typename F>
int guarded(ArrowArrayStream* stream, F&& f) {
  auto& data = *static_cast<stream_data*>(stream->private_data);
  try {
    f(data);
    return 0;
  } catch (const std::bad_alloc&) {
    return ENOMEM;
  } catch (const std::exception& e) {
    data.message = e.what();
    return EIO;
  }
}

int get_schema(ArrowArrayStream* stream, ArrowSchema* out) {
  return guarded(stream, [&](stream_data& data) { export_arrow(data.state->rows.schema(), out); });
}

int get_next(ArrowArrayStream* stream, ArrowArray* out) {
  return guarded(stream, [&](stream_data& data) {
    *out = {};
    if (data.next == data.state->rows.chunk_count()) return;  // released already: the end
    export_chunk(data.state, data.next, out);
    ++data.next;
  });
}

const char* get_last_error(ArrowArrayStream* stream) {
  const auto& data = *static_cast<stream_data*>(stream->private_data);
  return data.message.empty() ? nullptr : data.message.c_str();
}

void release_stream(ArrowArrayStream* stream) {
  delete static_cast<stream_data*>(stream->private_data);
  stream->release = nullptr;
}

}  // namespace

void export_arrow(const schema& columns, ArrowSchema* out) {
  begin_schema(out, "+s", "", false);
  try {
    for (const column_description& c : columns.columns()) {
      describe(c.type, c.name, c.nullable, add_child(*static_cast<schema_data*>(out->private_data)));
    }
  } catch (...) {
    release_schema(out);
    throw;
  }
  end_schema(out);
}

void export_arrow(const table_snapshot& rows, std::size_t chunk, ArrowArray* out) {
  export_chunk(std::make_shared<export_state>(rows), chunk, out);
}

void export_arrow(const table_snapshot& rows, ArrowArrayStream* out) {
  auto data = std::make_unique<stream_data>(stream_data{std::make_shared<export_state>(rows)});
  *out = {get_schema, get_next, get_last_error, release_stream, data.release()};
}

}  // namespace oriel
