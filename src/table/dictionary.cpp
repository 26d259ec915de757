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

constexpr std::size_t segment_length(unsigned index, unsigned first_bits) noexcept {
  return std::size_t{1} << (index == 0 ? first_bits : index + first_bits - 1);
}

}  // namespace

std::size_t dictionary::bytes() const noexcept {
  std::size_t total = sizeof *this + index_.bytes() + bytes_.capacity() + free_.capacity() * sizeof(std::uint32_t);
  for (unsigned i = 0; i < segment_count; ++i) {
    if (segments_[i]) total += segment_length(i, first_segment_bits) * sizeof(address);
  }
  return total;
}

std::shared_ptr<dictionary> dictionary::keep(std::span<const std::uint64_t> used) const {
  const auto is_used = [used](std::size_t id) { return (used[id / 64] >> (id % 64) & 1) != 0; };
  std::size_t kept = 0;
  for (const std::uint64_t word : used) kept += static_cast<std::size_t>(std::popcount(word));
  std::size_t end = size_;
  while (end > 0 && !is_used(end - 1)) --end;

  auto out = std::make_shared<dictionary>();
  out->index_.reserve(kept);
  out->free_.reserve(end - kept);
  for (std::size_t i = 0; i < end; ++i) out->make_segment_of(static_cast<std::uint32_t>(i));
  out->size_ = end;
  for (std::size_t i = end; i-- > 0;) {
    const auto id = static_cast<std::uint32_t>(i);
    if (is_used(i)) continue;
    out->entry(id).store("", std::memory_order_relaxed);  // of length 0
    out->free_.push_back(id);
  }
  for (std::uint32_t id = 0; id < end; ++id) {
    if (is_used(id)) out->put(id, (*this)[id], tag_of((*this)[id]));
  }
  return out;
}

std::uint32_t dictionary::add(std::string_view text, std::uint32_t tag) {
  if (free_.empty() && size_ >= hash_index::most)
    throw error(error_kind::exhausted, "a string column has more than 3 000 000 000 values");
  if (text.size() > std::numeric_limits<std::uint32_t>::max()) {
    throw error(error_kind::exhausted, "a string is longer than 4 294 967 295 bytes");
  }
  const std::uint32_t id = free_.empty() ? static_cast<std::uint32_t>(size_) : free_.back();
  make_segment_of(id);
  index_.reserve(index_.size() + 1);
  put(id, text, tag);
  if (free_.empty()) {
    ++size_;
  } else {
    free_.pop_back();
  }
  return id;
}

void dictionary::make_segment_of(std::uint32_t id) {
  segment& s = segments_[segment_of(id)];
  if (!s) s = segment(new address[segment_length(segment_of(id), first_segment_bits)]);
}

/// Stores a string under an id. Requires: room in the index, and that the id's segment is there.
void dictionary::put(std::uint32_t id, std::string_view text, std::uint32_t tag) {
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

  entry(id).store(stored, std::memory_order_release);
  index_.insert(tag, id);
}

std::uint32_t dictionary::find(std::string_view text) const noexcept {
  return index_.find(tag_of(text), [&](std::uint32_t id) { return (*this)[id] == text; });
}

void dictionary::intern(const column_values& strings, std::size_t first, std::size_t count, std::uint32_t* ids) {
  constexpr std::size_t small = 4096;  // entries that stay in the cache: waiting costs less than the extra steps
  struct characters {  // a string view that is not set to zero: most calls are for a few strings
    const char* data;
    std::size_t size;
    operator std::string_view() const noexcept { return {data, size}; }
  };
  std::array<characters, most_at_once> texts;
  std::array<std::uint32_t, most_at_once> tags;

  for (std::size_t i = 0; i < count; ++i) {
    const std::string_view text = strings.is_null(first + i) ? std::string_view() : strings.read<std::string_view>(first + i);
    texts[i] = {text.data(), text.size()};
    tags[i] = tag_of(text);
    index_.prefetch_slot(tags[i]);
  }
  for (std::size_t i = 0; i < count; ++i) {
    ids[i] = index_.guess(tags[i]);
    if (size_ > small && ids[i] != hash_index::none) prefetch(&entry(ids[i]));
  }
  if (size_ > small) {
    for (std::size_t i = 0; i < count; ++i) {
      if (ids[i] != hash_index::none) prefetch(entry(ids[i]).load(std::memory_order_relaxed));
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
