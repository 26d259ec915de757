// SPDX-License-Identifier: Apache-2.0
// benchmarks/pipelines/app_input.hpp - an application's generated events, in memory and as a file; and what one would write
// with simdjson to read that file.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <simdjson.h>

#include <oriel/core/arena.hpp>
#include <oriel/core/owned.hpp>
#include <oriel/io/json_lines.hpp>
#include <oriel/io/json_lines_sink.hpp>
#include <oriel/io/memory.hpp>
#include <oriel/query/sql.hpp>
#include <oriel/stream/pipeline.hpp>

#include "temporary_file.hpp"

namespace pipelines {

/// Events once made up: as rows, and written to a temporary file when first asked for it.
template <typename T>
class app_input {
 public:
  app_input(std::unique_ptr<oriel::source<T>> made_up, oriel::json_times times) : times_(times) {
    oriel::source_batch<T> batch;
    for (oriel::source_state s = oriel::source_state::ready; s != oriel::source_state::finished;) {
      s = made_up->read(batch, oriel::default_batch_size);
      for (const T& row : batch.rows) {
        rows_.push_back(row);
        oriel::for_each_text(rows_.back(), [&](std::string_view& text) { text = strings_.store(text); });
      }
    }
  }

  std::span<const T> rows() const { return rows_; }

  const std::string& path() {
    if (file_) return file_->path();
    file_.emplace();
    oriel::catalog none;
    oriel::pipeline p{none};
    p.from(oriel::memory<T>{.rows = rows_}).arrival_order().to(oriel::json_lines_sink{.path = file_->path(), .times = times_});
    p.run();
    return file_->path();
  }

 private:
  oriel::json_times times_;
  std::vector<T> rows_;
  oriel::arena strings_;
  std::optional<temporary_file> file_;
};

/// Calls `f(object)` for every line of a file, read in blocks of 256 KiB as Oriel's source does.
template <typename F>
void for_each_object(const std::string& path, F&& f) {
  constexpr std::size_t block_size = std::size_t{1} << 18;
  simdjson::ondemand::parser parser;
  const std::unique_ptr<char[]> block(new char[2 * block_size + simdjson::SIMDJSON_PADDING]());
  const int file = ::open(path.c_str(), O_RDONLY);
  for (std::size_t kept = 0;;) {  // of a line cut off
    const ssize_t count = ::read(file, block.get() + kept, block_size);
    if (count <= 0) break;
    const std::size_t size = kept + static_cast<std::size_t>(count);
    std::size_t whole = size;
    while (whole > 0 && block[whole - 1] != '\n') --whole;
    simdjson::ondemand::document_stream documents;
    if (parser.iterate_many(block.get(), whole, 2 * block_size).get(documents)) std::abort();
    for (auto document : documents) {
      simdjson::ondemand::object object;
      if (document.get_object().get(object)) std::abort();
      f(object);
    }
    kept = size - whole;
    std::memmove(block.get(), block.get() + whole, kept);
  }
  ::close(file);
}

/// The next field of an object, which must be there; of an optional, null is nothing.
template <typename T>
void read(simdjson::ondemand::object& object, std::string_view key, T& to) {
  if (object.find_field(key).get(to)) std::abort();
}
template <typename T>
void read(simdjson::ondemand::object& object, std::string_view key, std::optional<T>& to) {
  simdjson::ondemand::value value;
  if (object.find_field(key).get(value)) std::abort();
  bool null = false;
  if (value.is_null().get(null)) std::abort();
  if (null) return to.reset();
  T present{};
  if (value.get(present)) std::abort();
  to = present;
}

/// "2025-10-22T08:00:00.557Z" or without fraction: what the generators write.
inline void read(simdjson::ondemand::object& object, std::string_view key, oriel::timestamp& to) {
  std::string_view s;
  read(object, key, s);
  const auto digits = [&](std::size_t at, std::size_t n) {
    int value = 0;
    for (std::size_t i = at; i < at + n; ++i) value = value * 10 + (s[i] - '0');
    return value;
  };
  using namespace std::chrono;
  to = sys_days{year{digits(0, 4)} / digits(5, 2) / digits(8, 2)} + hours{digits(11, 2)} + minutes{digits(14, 2)} +
       seconds{digits(17, 2)} + milliseconds{s.size() > 20 ? digits(20, 3) : 0};
}

/// The numbers of all answers, added up.
inline std::uint64_t checksum(const oriel::catalog& tables, std::initializer_list<std::string_view> queries) {
  double sum = 0;
  for (const std::string_view query : queries) {
    const oriel::result_set rows = oriel::sql(tables, query);
    for (std::size_t c = 0; c < rows.column_count(); ++c) sum += static_cast<double>(c + 1) * rows.as_float64(0, c);
  }
  return static_cast<std::uint64_t>(sum);
}

/// Bytes of state of all operators.
inline std::size_t state_bytes(const oriel::graph& operators) {
  std::size_t n = 0;
  for (const auto& node : operators.nodes()) n += node->state_bytes();
  return n;
}

}  // namespace pipelines
