// SPDX-License-Identifier: Apache-2.0
#include <query/row_sorter.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <numeric>
#include <random>
#include <string>
#include <vector>

using namespace oriel;
using namespace oriel::detail;

namespace {

struct key_row {
  std::int64_t number = 0;
  bool null = false;
  std::string text;
};

}  // namespace

TEST_CASE("rows come out as a stable sort of all of them would have it, whatever the order of batches") {
  std::mt19937 random(11);
  for (int round = 0; round < 60; ++round) {
    CAPTURE(round);
    const std::size_t count = random() % 6'000;
    const std::size_t different = 1 + random() % 2'000;
    std::vector<key_row> rows(count);
    for (std::size_t i = 0; i < count; ++i) {
      key_row& r = rows[i];
      r.number = round % 5 == 0 ? static_cast<std::int64_t>(i) : static_cast<std::int64_t>(random() % different) - 3;
      r.null = random() % 10 == 0;
      r.text = "some text " + std::to_string(random() % different);
      if (random() % 20 == 0) r.text.resize(random() % 9);
    }
    const bool text_first = random() % 2 == 0;
    const sort_key number{0, random() % 2 == 0, random() % 2 == 0};
    const sort_key text{1, random() % 2 == 0, false};
    const std::vector<sort_key> keys =
        text_first ? std::vector<sort_key>{text, number} : std::vector<sort_key>{number, text};
    const std::size_t limit = random() % 3 == 0 ? row_sorter::no_limit : random() % 3'000;

    row_sorter sorter(keys, limit);
    std::vector<std::size_t> batches((count + vector_rows - 1) / vector_rows);
    std::iota(batches.begin(), batches.end(), std::size_t{0});
    if (round % 2 == 0) std::shuffle(batches.begin(), batches.end(), random);
    for (const std::size_t batch : batches) {
      const std::size_t first = batch * vector_rows;
      const std::size_t size = std::min(vector_rows, count - first);
      std::vector<std::int64_t> numbers(size);
      std::vector<std::string_view> texts(size);
      std::uint64_t validity[validity_words];
      std::fill_n(validity, validity_words, ~std::uint64_t{0});
      for (std::size_t i = 0; i < size; ++i) {
        numbers[i] = rows[first + i].number;
        texts[i] = rows[first + i].text;
        if (rows[first + i].null) clear_bit(validity, i);
      }
      const column_vector number_values{column_type::int64, numbers.data(), validity, nullptr};
      const column_vector text_values{column_type::string, texts.data(), nullptr, nullptr};
      const row_set all{nullptr, size, size, 1, true};
      if (text_first) {
        sorter.add(batch, all, std::vector<column_vector>{text_values, number_values});
      } else {
        sorter.add(batch, all, std::vector<column_vector>{number_values, text_values});
      }
    }

    std::vector<std::size_t> expected(count);
    std::iota(expected.begin(), expected.end(), std::size_t{0});
    const auto compare_numbers = [&](const key_row& a, const key_row& b) {
      if (a.null != b.null) return a.null == number.nulls_first ? -1 : 1;
      if (a.null || a.number == b.number) return 0;
      return (a.number < b.number) != number.descending ? -1 : 1;
    };
    const auto compare_texts = [&](const key_row& a, const key_row& b) {
      if (a.text == b.text) return 0;
      return (a.text < b.text) != text.descending ? -1 : 1;
    };
    std::stable_sort(expected.begin(), expected.end(), [&](std::size_t x, std::size_t y) {
      const int numbers = compare_numbers(rows[x], rows[y]);
      const int texts = compare_texts(rows[x], rows[y]);
      return text_first ? (texts != 0 ? texts < 0 : numbers < 0) : (numbers != 0 ? numbers < 0 : texts < 0);
    });
    expected.resize(std::min(count, limit));
    std::vector<std::size_t> found;
    for (const row_place place : sorter.finish()) found.push_back(place.batch * vector_rows + place.row);
    REQUIRE((found == expected));
  }
}
