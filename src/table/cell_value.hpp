// SPDX-License-Identifier: Apache-2.0
// src/table/cell_value.hpp - a stored value by itself.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include <oriel/table/column_batch.hpp>
#include <oriel/table/subscription.hpp>

namespace oriel::detail {

template <typename Stored, typename Convert>
auto list_value(list_elements list, Convert&& convert) {
  std::vector<decltype(convert(Stored{}))> out;
  out.reserve(list.size);
  const auto* const elements = static_cast<const Stored*>(list.first);
  for (std::size_t i = 0; i < list.size; ++i) out.push_back(convert(elements[i]));
  return out;
}

/// The value of a cell, or of a list. Requires: not null. `text_of(id)` gives a string of the column.
template <typename TextOf>
table_value cell_value(column_type type, const std::byte* cell, list_elements list, TextOf&& text_of) {
  const auto load = [cell]<typename T>(T value) {
    std::memcpy(&value, cell, sizeof value);
    return value;
  };
  const auto same = [](auto value) { return value; };
  const auto text = [&](std::uint32_t id) { return std::string(text_of(id)); };
  switch (type) {
    case column_type::boolean: return load(std::uint8_t{}) != 0;
    case column_type::int64: return load(std::int64_t{});
    case column_type::float64: return load(double{});
    case column_type::time: return at_ms(load(std::int64_t{}));
    case column_type::string: return text(load(std::uint32_t{}));
    case column_type::boolean_list: return list_value<std::uint8_t>(list, same);
    case column_type::int64_list: return list_value<std::int64_t>(list, same);
    case column_type::float64_list: return list_value<double>(list, same);
    case column_type::time_list: return list_value<std::int64_t>(list, at_ms);
    case column_type::string_list: return list_value<std::uint32_t>(list, text);
  }
  return {};
}

}  // namespace oriel::detail
