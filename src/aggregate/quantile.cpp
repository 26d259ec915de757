// SPDX-License-Identifier: Apache-2.0
#include <oriel/aggregate/quantile.hpp>

#include <algorithm>
#include <bit>
#include <cmath>

namespace oriel {

namespace {

constexpr std::uint64_t exponent_bits = 0x7ff0'0000'0000'0000u;

/// The least k whose buckets keep the bound: 1 / (2^(k+1) + 1) <= relative_error.
std::uint8_t bits_for(double relative_error, std::uint8_t all_bits) {
  if (!(relative_error >= 0 && relative_error < 1)) {
    throw_invalid("quantile: the relative error must be at least 0 and less than 1");
  }
  std::uint8_t bits = 0;
  while (bits < all_bits && 1 / (std::ldexp(1, bits + 1) + 1) > relative_error) ++bits;
  return bits;
}

}  // namespace

quantile_sketch::quantile_sketch(double relative_error) : bits_wanted_(bits_for(relative_error, all_bits)) {}

void quantile_sketch::make_coarser(std::uint8_t bits) {
  if (bits >= bits_) return;
  bits_ = bits;
  const auto finer = std::exchange(counts_, {});
  finer.for_each([&](std::uint64_t key, const detail::occurrences& o) {
    if (o.count != 0) counts_.touch(key & mask()).extra.count += o.count;
  });
}

void quantile_sketch::merge(const quantile_sketch& other, std::int64_t sign) {
  bits_wanted_ = std::min(bits_wanted_, other.bits_wanted_);
  if (!is_exact() || !other.is_exact()) make_coarser(std::min(bits_wanted_, other.bits_));
  other.counts_.for_each([&](std::uint64_t key, const detail::occurrences& o) {
    if (o.count == 0) return;
    counts_.touch(key & mask()).extra.count += sign * o.count;
    if (is_exact() && counts_.size() > exact_values) make_coarser(bits_wanted_);
  });
}

bool quantile_sketch::is_key(std::uint64_t key) const noexcept {
  const bool is_nan = (key & ~(std::uint64_t{1} << 63)) > exponent_bits;
  return !is_nan && (key & ~mask()) == 0 && (is_exact() || (key << 1) != 0 || key == 0);
}

double quantile_sketch::value_of(std::uint64_t key) const noexcept {
  const auto nearest_zero = std::bit_cast<double>(key);
  const std::uint64_t exponent = key & exponent_bits;
  if (is_exact() || exponent == 0 || exponent == exponent_bits) return nearest_zero;
  // The point as far, relatively, from both ends a and a + w of the bucket: a * 2 (a + w) / (2 a + w).
  const double width = std::ldexp(1, -bits_);
  const auto least = std::bit_cast<double>((key & ~exponent_bits & ~(std::uint64_t{1} << 63)) | std::bit_cast<std::uint64_t>(1.0));
  return nearest_zero * (2 * (least + width) / (2 * least + width));
}

detail::plain_array<quantile_sketch::entry> quantile_sketch::sorted_entries() const {
  std::size_t live = 0;
  counts_.for_each([&](std::uint64_t, const detail::occurrences& o) { live += o.count != 0; });
  detail::plain_array<entry> entries(live);
  std::size_t n = 0;
  counts_.for_each([&](std::uint64_t key, const detail::occurrences& o) {
    if (o.count != 0) entries[n++] = {key, o};
  });
  std::sort(entries.begin(), entries.end(),
            [](const entry& a, const entry& b) { return in_order(a.key) < in_order(b.key); });
  return entries;
}

std::optional<double> quantile_sketch::quantile(double q) const {
  std::optional<double> result;
  quantiles(&q, 1, &result);
  return result;
}

void quantile_sketch::quantiles(const double* q, std::size_t n, std::optional<double>* results) const {
  const auto entries = sorted_entries();
  std::int64_t values = 0;
  for (const entry& e : entries) values += std::max<std::int64_t>(e.times.count, 0);
  for (std::size_t i = 0; i < n; ++i) {
    results[i] = std::nullopt;
    const auto rank = std::max<std::int64_t>(1, static_cast<std::int64_t>(std::ceil(q[i] * static_cast<double>(values))));
    std::int64_t seen = 0;
    for (const entry& e : entries) {
      if (e.times.count <= 0) continue;
      seen += e.times.count;
      if (seen >= rank) {
        results[i] = value_of(e.key);
        break;
      }
    }
  }
}

}  // namespace oriel
