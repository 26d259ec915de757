// SPDX-License-Identifier: Apache-2.0
// src/io/json_plan.hpp - a field table turned inside out: which key fills which member.
//
// A `json_plan` stands for one JSON object and has a slot for each key that is asked
// for. A nested struct that must be there shares the address of the struct around it
// (its members are at fixed offsets from it), and so does an object that only `paths`
// leads into; a struct inside a std::optional or a list has an address of its own.
//
// Objects of one stream nearly always have the same keys in the same order, so each slot
// remembers which slot came next the last time, and the key found there is compared with
// that one before it is looked up. Keys nobody asked for get slots as well, a bounded
// number of them, so that they too are recognised at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <oriel/core/fields.hpp>
#include <oriel/io/json_lines.hpp>

#include "io/json_text.hpp"

namespace oriel::detail {

struct json_plan;

/// One value of an object or list and where it goes.
struct json_slot {
  enum class kind : std::uint8_t {
    plain,     ///< a member that must be there
    nullable,  ///< a member that may be null or missing
    object,    ///< a nested object whose members share this one's address
    ignored,   ///< asked for by nobody
  };

  static constexpr std::size_t pattern_capacity = 32;

  char pattern[pattern_capacity] = {};  ///< "key": as it usually stands in the text, then zeros
  std::uint8_t pattern_size = 0;        ///< 0: too long or not plain, always looked up
  kind what = kind::plain;
  field_type type = field_type::int64;
  std::uint16_t next = 0;  ///< the slot that followed last time
  std::uint64_t bit = 0;   ///< of this slot among the slots that must or may be there; 0 for ignored ones
  std::size_t offset = 0;  ///< of the member from the address its object has
  const field_descriptor* field = nullptr;
  std::unique_ptr<json_plan> plan;     ///< of an object or structure; of an ignored value, should it be an object
  std::unique_ptr<json_slot> element;  ///< of a list
  std::string key;

  bool matches(const char* p) const noexcept;
};

/// The keys of one object.
struct json_plan {
  static constexpr std::size_t most_fields = 64;  ///< one bit each
  static constexpr std::size_t most_slots = 128;  ///< ignored ones included
  static constexpr std::size_t none = ~std::size_t{0};

  std::vector<json_slot> slots;
  std::uint64_t required = 0;
  std::uint64_t optional = 0;
  std::uint16_t first = 0;  ///< the slot that came first last time
  int depth = 0;            ///< 1 if nobody asks for the object

  /// The slot of a key, or `none`.
  std::size_t find(std::string_view key) const noexcept;

  /// Remembers a key nobody asks for, if there is room: its slot, or `none`.
  std::size_t ignore(std::string_view key);

  /// Makes `find` know the slots. To be called when they have been added.
  void index();

 private:
  std::vector<std::uint16_t> table_;  // slot + 1 by hash of the key, open addressing; 0 is empty
};

/// Errors: throws `error{invalid}` when `paths` does not fit the fields, `error{unsupported}` for more than
/// `most_fields` members in one object.
std::unique_ptr<json_plan> make_json_plan(std::span<const field_descriptor> fields, std::span<const json_path> paths);

inline bool json_slot::matches(const char* p) const noexcept {
#if ORIEL_IO_SSE2
  const auto load = [](const char* at) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(at)); };
  const auto differ = [&](std::size_t at) {
    return ~static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(load(p + at), load(pattern + at)))) & 0xFFFFu;
  };
  const unsigned size = pattern_size;
  if (size <= 16) return (differ(0) & ((1u << size) - 1)) == 0 && size != 0;
  return ((differ(0) | differ(16) << 16) & static_cast<unsigned>((std::uint64_t{1} << size) - 1)) == 0;
#else
  return pattern_size != 0 && std::memcmp(p, pattern, pattern_size) == 0;
#endif
}

}  // namespace oriel::detail
