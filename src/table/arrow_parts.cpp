// SPDX-License-Identifier: Apache-2.0
// src/table/arrow_parts.cpp - ownership, release and streams.
#include <table/arrow_parts.hpp>

#include <bit>
#include <cerrno>
#include <exception>
#include <new>
#include <utility>

namespace oriel::detail {
namespace {

static_assert(std::endian::native == std::endian::little, "Arrow bitmaps are octets; the table's are 64-bit words");

template <typename T>
void drop(T* part) {
  if (part == nullptr) return;
  if (part->release != nullptr) part->release(part);
  delete part;
}

template <typename T>
T* add_to(std::vector<T*>& children) {
  auto child = std::make_unique<T>();
  children.push_back(child.get());
  return child.release();
}

struct schema_parts {
  std::string name;
  std::vector<ArrowSchema*> children;
};

schema_parts& parts_of(ArrowSchema* s) noexcept { return *static_cast<schema_parts*>(s->private_data); }
arrow_array_parts& parts_of(ArrowArray* a) noexcept { return *static_cast<arrow_array_parts*>(a->private_data); }

struct stream_parts {
  std::function<void(ArrowSchema*)> schema;
  std::function<bool(ArrowArray*)> next;
  std::string message{};
};

/// Runs `f`; what it throws becomes a message and an error number.
template <typename F>
int guarded(ArrowArrayStream* stream, F&& f) {
  auto& parts = *static_cast<stream_parts*>(stream->private_data);
  try {
    f(parts);
    return 0;
  } catch (const std::bad_alloc&) {
    return ENOMEM;
  } catch (const std::exception& e) {
    parts.message = e.what();
    return EIO;
  }
}

int get_schema(ArrowArrayStream* stream, ArrowSchema* out) {
  return guarded(stream, [out](stream_parts& parts) { parts.schema(out); });
}

int get_next(ArrowArrayStream* stream, ArrowArray* out) {
  return guarded(stream, [out](stream_parts& parts) {
    *out = {};  // released already: the end
    static_cast<void>(parts.next(out));
  });
}

const char* get_last_error(ArrowArrayStream* stream) {
  const auto& parts = *static_cast<stream_parts*>(stream->private_data);
  return parts.message.empty() ? nullptr : parts.message.c_str();
}

void release_stream(ArrowArrayStream* stream) {
  delete static_cast<stream_parts*>(stream->private_data);
  stream->release = nullptr;
}

}  // namespace

ArrowArray* arrow_array_parts::add_child() { return add_to(children); }

std::byte* arrow_array_parts::make_copy(std::size_t bytes) {
  return copies.emplace_back(bytes + 8).data();  // never empty: some readers want an address
}

const void* arrow_array_parts::pack_bits(const std::uint8_t* values, std::size_t count) {
  std::byte* const out = make_copy((count + 7) / 8);
  for (std::size_t i = 0; i < count; ++i) {
    if (values[i] != 0) out[i / 8] |= std::byte{1} << (i % 8);
  }
  return out;
}

arrow_array_parts& begin_arrow(ArrowArray* out, std::shared_ptr<const void> owner, std::size_t length,
                               std::int64_t nulls) {
  auto parts = std::make_unique<arrow_array_parts>();
  parts->owner = std::move(owner);
  *out = {};
  out->length = static_cast<std::int64_t>(length);
  out->null_count = nulls;
  out->private_data = parts.release();
  out->release = [](ArrowArray* a) { release_arrow(a); };
  return parts_of(out);
}

void end_arrow(ArrowArray* out) {
  arrow_array_parts& parts = parts_of(out);
  out->n_buffers = static_cast<std::int64_t>(parts.buffers.size());
  out->buffers = parts.buffers.data();
  out->n_children = static_cast<std::int64_t>(parts.children.size());
  out->children = parts.children.data();
}

void release_arrow(ArrowArray* out) {
  const std::unique_ptr<arrow_array_parts> parts(&parts_of(out));
  for (ArrowArray* const child : parts->children) drop(child);
  drop(out->dictionary);
  out->release = nullptr;
}

ArrowArray* add_arrow_dictionary(ArrowArray* out) { return out->dictionary = new ArrowArray{}; }

void begin_arrow(ArrowSchema* out, const char* format, std::string name, bool nullable) {
  auto parts = std::make_unique<schema_parts>();
  parts->name = std::move(name);
  *out = {};
  out->format = format;
  out->name = parts->name.c_str();
  out->flags = nullable ? ARROW_FLAG_NULLABLE : 0;
  out->private_data = parts.release();
  out->release = [](ArrowSchema* s) { release_arrow(s); };
}

ArrowSchema* add_arrow_child(ArrowSchema* out) { return add_to(parts_of(out).children); }

void end_arrow(ArrowSchema* out) {
  std::vector<ArrowSchema*>& children = parts_of(out).children;
  out->n_children = static_cast<std::int64_t>(children.size());
  out->children = children.data();
}

void release_arrow(ArrowSchema* out) {
  const std::unique_ptr<schema_parts> parts(&parts_of(out));
  for (ArrowSchema* const child : parts->children) drop(child);
  drop(out->dictionary);
  out->release = nullptr;
}

const char* arrow_format(column_type type) noexcept {
  switch (type) {
    case column_type::boolean: return "b";
    case column_type::float64: return "g";
    case column_type::time: return "tsm:UTC";
    default: return "l";
  }
}

void export_arrow_struct(ArrowSchema* out, std::size_t columns,
                         const std::function<void(std::size_t, ArrowSchema*)>& describe) {
  begin_arrow(out, "+s", "", false);
  try {
    for (std::size_t i = 0; i < columns; ++i) describe(i, add_arrow_child(out));
  } catch (...) {
    release_arrow(out);
    throw;
  }
  end_arrow(out);
}

void export_arrow_struct(ArrowArray* out, std::shared_ptr<const void> owner, std::size_t columns, std::size_t rows,
                         const std::function<void(std::size_t, ArrowArray*)>& fill) {
  arrow_array_parts& parts = begin_arrow(out, std::move(owner), rows, 0);
  try {
    for (std::size_t i = 0; i < columns; ++i) fill(i, parts.add_child());
    parts.buffers = {nullptr};
  } catch (...) {
    release_arrow(out);
    throw;
  }
  end_arrow(out);
}

void make_arrow_stream(ArrowArrayStream* out, std::function<void(ArrowSchema*)> schema,
                       std::function<bool(ArrowArray*)> next) {
  auto parts = std::make_unique<stream_parts>(stream_parts{std::move(schema), std::move(next)});
  *out = {get_schema, get_next, get_last_error, release_stream, parts.release()};
}

std::int64_t count_nulls(const std::uint64_t* validity, std::size_t rows) noexcept {
  std::int64_t nulls = 0;
  for (std::size_t i = 0; validity != nullptr && i < rows; ++i) nulls += (validity[i / 64] >> (i % 64) & 1) == 0;
  return nulls;
}

}  // namespace oriel::detail
