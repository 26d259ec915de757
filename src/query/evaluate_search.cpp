// SPDX-License-Identifier: Apache-2.0
// src/query/evaluate_search.cpp - parts of strings, and what is found in them.
#include <query/evaluator.hpp>

#include <algorithm>
#include <limits>
#include <memory>
#include <optional>
#include <string>

#include <query/regex.hpp>

namespace oriel::detail {
namespace {

constexpr bool continues(char c) noexcept { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

// Behind the next `count` characters.
std::size_t skip(std::string_view text, std::size_t at, std::int64_t count) noexcept {
  for (; count > 0 && at < text.size(); --count) {
    do {
      ++at;
    } while (at < text.size() && continues(text[at]));
  }
  return at;
}

// PostgreSQL's: positions before the first character count, but are empty. Nothing for a negative length.
std::optional<std::string_view> substring(std::string_view text, std::int64_t start,
                                          std::optional<std::int64_t> length) noexcept {
  if (length && *length < 0) return std::nullopt;
  std::int64_t end = std::numeric_limits<std::int64_t>::max();  // one behind
  if (std::int64_t sum = 0; length && !__builtin_add_overflow(start, *length, &sum)) end = sum;
  start = std::max<std::int64_t>(start, 1);
  if (end <= start) return std::string_view{};
  const std::size_t first = skip(text, 0, start - 1);
  return text.substr(first, skip(text, first, end - start) - first);
}

// The first byte of each character of `characters` is found by its whole length, so UTF-8 stays whole.
std::string_view trimmed(std::string_view text, std::string_view characters, int side) noexcept {
  const auto has = [&](std::string_view c) { return !c.empty() && characters.find(c) != characters.npos; };
  while (side <= 0 && !text.empty()) {
    const std::size_t length = skip(text, 0, 1);
    if (!has(text.substr(0, length))) break;
    text.remove_prefix(length);
  }
  while (side >= 0 && !text.empty()) {
    std::size_t first = text.size() - 1;
    while (first > 0 && continues(text[first])) --first;
    if (!has(text.substr(first))) break;
    text.remove_suffix(text.size() - first);
  }
  return text;
}

std::string replaced(std::string_view text, std::string_view from, std::string_view to) {
  std::string out;
  for (;;) {
    const std::size_t at = from.empty() ? text.npos : text.find(from);
    out += text.substr(0, at);
    if (at == text.npos) return out;
    out += to;
    text.remove_prefix(at + from.size());
  }
}

// The n-th part, counted from the end if negative; empty where there is none.
std::string_view split_part(std::string_view text, std::string_view separator, std::int64_t n) noexcept {
  if (separator.empty()) return n == 1 || n == -1 ? text : std::string_view{};
  for (; n > 1; --n) {
    const std::size_t at = text.find(separator);
    if (at == text.npos) return {};
    text.remove_prefix(at + separator.size());
  }
  for (; n < -1; ++n) {
    const std::size_t at = text.rfind(separator);
    if (at == text.npos) return {};
    text = text.substr(0, at);
  }
  return n > 0 ? text.substr(0, text.find(separator))
               : text.substr(text.rfind(separator) == text.npos ? 0 : text.rfind(separator) + separator.size());
}

// Calls `body(i)` for the rows that are worked on and not null; strings elsewhere are empty.
template <typename T, typename Body>
void each(kernel_call& call, Body body) {
  T* const out = call.values<T>();
  for_each_row(call.rows, [&](std::size_t i) { out[i] = call.is_null(i) ? T{} : body(i); });
}

void split_kernel(kernel_call& call, const evaluator& self) {
  const std::int64_t* const parts = call.operands[2].int64s();
  for_each_selected(call.rows, [&](std::size_t i) {
    if (!call.is_null(i) && parts[i] == 0) self.fail(call.node, error_kind::invalid, "SPLIT_PART counts from 1 or -1");
  });
  each<std::string_view>(call, [&](std::size_t i) {
    return split_part(call.operands[0].text(i), call.operands[1].text(i), parts[i]);
  });
}

void regexp_kernel(kernel_call& call, const evaluator& self) {
  const plan_node& pattern = self.expressions()[call.node.operands[1]];
  const bool ignore_case = call.node.sign < 0;
  if (pattern.op == opcode::constant) {
    if (std::holds_alternative<std::monostate>(pattern.value)) {
      return each<std::uint8_t>(call, [](std::size_t) { return std::uint8_t{0}; });
    }
    if (!call.prepared) call.prepared = std::make_shared<regex>(std::get<std::string>(pattern.value), ignore_case);
    const auto& compiled = *static_cast<const regex*>(call.prepared.get());
    return each<std::uint8_t>(
        call, [&](std::size_t i) -> std::uint8_t { return compiled.found_in(call.operands[0].text(i)); });
  }
  std::uint8_t* const out = call.values<std::uint8_t>();
  if (!call.rows.all()) std::fill_n(out, vector_rows, std::uint8_t{0});
  std::optional<regex> compiled;
  std::string_view compiled_from;
  for_each_selected(call.rows, [&](std::size_t i) {
    out[i] = 0;
    if (call.is_null(i)) return;
    const std::string_view text = call.operands[1].text(i);
    if (!compiled || text != compiled_from) {
      try {
        compiled.emplace(text, ignore_case);
      } catch (const error& problem) {
        self.fail(call.node, error_kind::malformed, problem.message());
      }
      compiled_from = text;
    }
    out[i] = compiled->found_in(call.operands[0].text(i));
  });
}

}  // namespace

void search_kernel(kernel_call& call, const evaluator& self) {
  const auto text = [&](std::size_t operand, std::size_t i) { return call.operands[operand].text(i); };
  switch (call.node.op) {
    case opcode::substring: {
      const std::int64_t* const start = call.operands[1].int64s();
      const std::int64_t* const length = call.operands.size() > 2 ? call.operands[2].int64s() : nullptr;
      return each<std::string_view>(call, [&](std::size_t i) {
        return substring(text(0, i), start[i], length != nullptr ? std::optional(length[i]) : std::nullopt)
            .value_or(std::string_view{});
      });
    }
    case opcode::trim:
      return each<std::string_view>(call,
                                    [&](std::size_t i) { return trimmed(text(0, i), text(1, i), call.node.sign); });
    case opcode::replace:
      return each<std::string_view>(
          call, [&](std::size_t i) { return call.text.store(replaced(text(0, i), text(1, i), text(2, i))); });
    case opcode::split_part: return split_kernel(call, self);
    case opcode::starts_with:
      return each<std::uint8_t>(call,
                                [&](std::size_t i) -> std::uint8_t { return text(0, i).starts_with(text(1, i)); });
    default: return regexp_kernel(call, self);
  }
}

}  // namespace oriel::detail
