// SPDX-License-Identifier: Apache-2.0
// src/table/dictionary.cpp - interning a batch of strings.
#include <table/dictionary.hpp>

#include <limits>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <oriel/core/error.hpp>

namespace oriel::detail {
namespace {

std::uint32_t tag_of(std::string_view text) noexcept {
  return static_cast<std::uint32_t>(XXH3_64bits(text.data(), text.size()) >> 32);
}

}  // namespace

std::size_t dictionary::bytes() const noexcept {
  std::size_t total = index_.bytes() + bytes_.capacity();
  for (unsigned i = 0; i < segment_count; ++i) {
    const std::size_t length = std::size_t{1} << (i == 0 ? first_segment_bits : i + first_segment_bits - 1);
    if (segments_[i]) total += length * sizeof(const char*);
  }
  return total;
}

std::uint32_t dictionary::add(std::string_view text, std::uint32_t tag) {
  if (size_ >= hash_index::most)
    throw error(error_kind::exhausted, "a string column has more than 3 000 000 000 values");
  if (text.size() > std::numeric_limits<std::uint32_t>::max()) {
    throw error(error_kind::exhausted, "a string is longer than 4 294 967 295 bytes");
  }
  const auto id = static_cast<std::uint32_t>(size_);
  const unsigned index = segment_of(id);
  if (!segments_[index]) {
    const std::size_t length = std::size_t{1} << (index == 0 ? first_segment_bits : index + first_segment_bits - 1);
    segments_[index] = segment(new const char*[length]);
  }
  index_.reserve(size_ + 1);

  char* const stored = bytes_.reserve(text.size() + 1 + sizeof(std::uint32_t));
  char* out = stored;
  if (text.size() < 0xFF) {
    *out++ = static_cast<char>(static_cast<unsigned char>(text.size()));
  } else {
    const auto length = static_cast<std::uint32_t>(text.size());
    *out++ = static_cast<char>(static_cast<unsigned char>(0xFF));
    std::memcpy(out, &length, sizeof length);
    out += sizeof length;
  }
  if (!text.empty()) std::memcpy(out, text.data(), text.size());
  out += text.size();
  bytes_.commit(static_cast<std::size_t>(out - stored));

  segments_[index][id - start_of(index)] = stored;
  index_.insert(tag, id);
  ++size_;
  return id;
}

std::uint32_t dictionary::find(std::string_view text) const noexcept {
  return index_.find(tag_of(text), [&](std::uint32_t id) { return (*this)[id] == text; });
}

void dictionary::intern(const column_values& strings, std::size_t first, std::size_t count, std::uint32_t* ids) {
  constexpr std::size_t small = 4096;  // entries that stay in the cache: waiting costs less than the extra steps
  std::array<std::string_view, most_at_once> texts;
  std::array<std::uint32_t, most_at_once> tags;

  for (std::size_t i = 0; i < count; ++i) {
    if (!strings.is_null(first + i)) texts[i] = strings.read<std::string_view>(first + i);
    tags[i] = tag_of(texts[i]);
    index_.prefetch_slot(tags[i]);
  }
  for (std::size_t i = 0; i < count; ++i) {
    ids[i] = index_.guess(tags[i]);
    if (size_ > small && ids[i] != hash_index::none) prefetch(&entry(ids[i]));
  }
  if (size_ > small) {
    for (std::size_t i = 0; i < count; ++i) {
      if (ids[i] != hash_index::none) prefetch(entry(ids[i]));
    }
  }
  for (std::size_t i = 0; i < count; ++i) {
    const auto is_wanted = [&](std::uint32_t id) { return (*this)[id] == texts[i]; };
    if (ids[i] != hash_index::none && is_wanted(ids[i])) continue;
    ids[i] = index_.find(tags[i], is_wanted);
    if (ids[i] == hash_index::none) ids[i] = add(texts[i], tags[i]);
  }
}

}  // namespace oriel::detail
