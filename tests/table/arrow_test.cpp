// SPDX-License-Identifier: Apache-2.0
#include <oriel/table/arrow.hpp>

#include <doctest/doctest.h>

#include <cstring>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include <oriel/table/table.hpp>
#include <table/rows.hpp>

using namespace oriel;
using oriel_test::batch_of;
using oriel_test::cell;
using oriel_test::row;
using oriel_test::rows_of;
using rows = std::vector<row>;

namespace {

const std::vector<column_description> all_types{{"on", column_type::boolean, true},
                                                {"n", column_type::int64, true},
                                                {"x", column_type::float64},
                                                {"at", column_type::time, true},
                                                {"s", column_type::string, true},
                                                {"flags", column_type::boolean_list},
                                                {"ns", column_type::int64_list, true},
                                                {"xs", column_type::float64_list},
                                                {"ats", column_type::time_list},
                                                {"tags", column_type::string_list, true},
                                                {"id", column_type::int64}};

row random_row(std::int64_t id, std::mt19937& random) {
  const auto n = [&] { return static_cast<std::int64_t>(random() % 1000) - 500; };
  const auto maybe = [&](cell c) { return random() % 4 == 0 ? cell() : c; };
  const auto some = [&](auto make) {
    cell::list out;
    for (std::size_t k = random() % 4; k > 0; --k) out.emplace_back(make());
    return cell(out);
  };
  const auto text = [&] { return "text " + std::to_string(random() % 40); };
  return {maybe(random() % 2 == 0),
          maybe(n()),
          static_cast<double>(n()) / 8,
          maybe(n()),
          maybe(text()),
          some([&] { return random() % 2 == 0; }),
          maybe(some(n)),
          some([&] { return static_cast<double>(n()) / 4; }),
          some(n),
          maybe(some(text)),
          id};
}

/// A value read the way a consumer would that knows only the formats.
cell read(const ArrowSchema& s, const ArrowArray& a, std::int64_t i) {
  const auto* const validity = static_cast<const std::uint8_t*>(a.buffers[0]);
  if (validity != nullptr && (validity[i / 8] >> (i % 8) & 1) == 0) {
    CHECK((s.flags & ARROW_FLAG_NULLABLE) != 0);
    return {};
  }
  const std::string format = s.format;
  if (format == "b") return (static_cast<const std::uint8_t*>(a.buffers[1])[i / 8] >> (i % 8) & 1) != 0;
  if (format == "l" || format == "tsm:UTC") return static_cast<const std::int64_t*>(a.buffers[1])[i];
  if (format == "g") return static_cast<const double*>(a.buffers[1])[i];
  if (format == "I") {
    REQUIRE(std::string(s.dictionary->format) == "U");
    const std::uint32_t id = static_cast<const std::uint32_t*>(a.buffers[1])[i];
    const auto* const offsets = static_cast<const std::int64_t*>(a.dictionary->buffers[1]);
    REQUIRE(static_cast<std::int64_t>(id) < a.dictionary->length);
    return std::string(static_cast<const char*>(a.dictionary->buffers[2]) + offsets[id],
                       static_cast<std::size_t>(offsets[id + 1] - offsets[id]));
  }
  const auto* const offsets = static_cast<const std::int32_t*>(a.buffers[1]);
  if (format == "u") {
    const char* const bytes = static_cast<const char*>(a.buffers[2]);
    return std::string(bytes + offsets[i], bytes + offsets[i + 1]);
  }
  REQUIRE(format == "+l");
  cell::list out;
  for (std::int32_t k = offsets[i]; k < offsets[i + 1]; ++k) out.push_back(read(*s.children[0], *a.children[0], k));
  return cell(out);
}

/// The rows of a stream, and releases it all.
rows drain(ArrowArrayStream& stream) {
  rows out;
  ArrowSchema schema;
  REQUIRE(stream.get_schema(&stream, &schema) == 0);
  CHECK(std::string(schema.format) == "+s");
  for (;;) {
    ArrowArray batch;
    REQUIRE(stream.get_next(&stream, &batch) == 0);
    if (batch.release == nullptr) break;
    REQUIRE(batch.n_children == schema.n_children);
    for (std::int64_t i = 0; i < batch.length; ++i) {
      row r;
      for (std::int64_t c = 0; c < batch.n_children; ++c) r.push_back(read(*schema.children[c], *batch.children[c], i));
      out.push_back(std::move(r));
    }
    batch.release(&batch);
    CHECK((batch.release == nullptr));
  }
  CHECK(stream.get_last_error(&stream) == nullptr);
  schema.release(&schema);
  CHECK((schema.release == nullptr));
  stream.release(&stream);
  CHECK((stream.release == nullptr));
  return out;
}

}  // namespace

TEST_CASE("a stream of arrays has the rows of the snapshot, and outlives the table") {
  for (const bool by_key : {false, true}) {
    CAPTURE(by_key);
    std::mt19937 random(77);
    std::optional<table> t;
    t.emplace("t", schema(all_types, by_key ? std::vector<std::string>{"id"} : std::vector<std::string>{}));
    for (int round = 0; round < 6; ++round) {
      rows some;
      for (int i = 0; i < 500; ++i) some.push_back(random_row(static_cast<std::int64_t>(random() % 1500), random));
      batch_buffer batch = batch_of(t->schema(), some);
      by_key ? static_cast<void>(t->upsert(batch.view())) : t->append(batch.view());
    }
    const rows expected = rows_of(t->snapshot());
    ArrowArrayStream stream;
    export_arrow(t->snapshot(), &stream);
    t.reset();
    CHECK(drain(stream) == expected);
  }
}

TEST_CASE("strings without dictionary are exported as they are, in order or not") {
  for (const bool replaced : {false, true}) {
    CAPTURE(replaced);
    table t("t", schema({{"id", column_type::int64}, {"text", column_type::string, true}}, {"id"}));
    rows some;
    for (int i = 0; i < 80'000; ++i) some.push_back({i, i % 7 == 0 ? cell() : cell("text-" + std::to_string(i))});
    t.upsert(batch_of(t.schema(), some).view());
    REQUIRE_FALSE(t.snapshot().has_dictionary(1));
    if (replaced) t.upsert(batch_of(t.schema(), {{3, "a longer text"}, {900, "another longer text"}, {8, ""}}).view());
    const table_snapshot s = t.snapshot();
    ArrowArray first;
    export_arrow(s, 0, &first);
    CHECK((first.children[1]->buffers[2] == s.chunk(0).lists(1).elements) == !replaced);
    first.release(&first);
    ArrowArrayStream stream;
    export_arrow(s, &stream);
    CHECK(drain(stream) == rows_of(s));
  }
}

TEST_CASE("numbers, times and ids are not copied") {
  table t("t", schema(all_types));
  std::mt19937 random(3);
  rows some;
  for (int i = 0; i < 100; ++i) some.push_back(random_row(i, random));
  t.append(batch_of(t.schema(), some).view());
  const table_snapshot s = t.snapshot();
  ArrowArray batch;
  export_arrow(s, 0, &batch);
  CHECK(batch.children[1]->buffers[1] == s.chunk(0).int64s(1));
  CHECK(batch.children[1]->buffers[0] == s.chunk(0).validity(1));
  CHECK(batch.children[2]->buffers[1] == s.chunk(0).float64s(2));
  CHECK(batch.children[4]->buffers[1] == s.chunk(0).string_ids(4));
  CHECK(batch.children[6]->children[0]->buffers[1] == s.chunk(0).lists(6).elements);  // never replaced: in order
  batch.release(&batch);
}

TEST_CASE("a child that was taken out is good after its parent is gone") {
  table t("t", schema(all_types));
  std::mt19937 random(3);
  t.append(batch_of(t.schema(), {random_row(7, random)}).view());
  ArrowArray batch;
  export_arrow(t.snapshot(), 0, &batch);
  ArrowArray ids = *batch.children[10];
  batch.children[10]->release = nullptr;  // moved
  batch.release(&batch);
  CHECK(static_cast<const std::int64_t*>(ids.buffers[1])[0] == 7);
  ids.release(&ids);
}

TEST_CASE("an empty table is a stream of no arrays") {
  const table t("t", schema(all_types));
  ArrowArrayStream stream;
  export_arrow(t.snapshot(), &stream);
  CHECK(drain(stream).empty());
}
