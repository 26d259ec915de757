// SPDX-License-Identifier: Apache-2.0
#include <oriel/aggregate/hyper_log_log.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

namespace oriel {

namespace {

constexpr unsigned sparse_precision = 26;
constexpr unsigned longest_sparse_run = 64 - sparse_precision + 1;

std::size_t sparse_limit(unsigned precision) { return (std::size_t{3} << precision) / 32; }

/// A register of a finer sketch, told in a coarser one: its number's lower bits are the first of the run.
struct register_value {
  std::size_t index;
  unsigned run;
};
register_value folded(std::uint32_t index, unsigned run, unsigned from, unsigned to) {
  const unsigned gone = from - to;
  const std::uint32_t low = index & ((std::uint32_t{1} << gone) - 1);
  return {index >> gone, low != 0 ? gone - static_cast<unsigned>(std::bit_width(low)) + 1 : gone + run};
}

// Ertl's sigma and tau: what registers that are still 0, or full, contribute.
double sigma(double x) {
  if (x == 1) return std::numeric_limits<double>::infinity();
  double y = 1;
  double z = x;
  for (double before = -1; z != before;) {
    x *= x;
    before = z;
    z += x * y;
    y += y;
  }
  return z;
}
double tau(double x) {
  if (x == 0 || x == 1) return 0;
  double y = 1;
  double z = 1 - x;
  for (double before = -1; z != before;) {
    x = std::sqrt(x);
    before = z;
    y /= 2;
    z -= (1 - x) * (1 - x) * y;
  }
  return z / 3;
}

}  // namespace

hyper_log_log::hyper_log_log(unsigned precision) : precision_(precision) {
  if (precision < least_precision || precision > greatest_precision) {
    throw_invalid("approx_count_distinct: the precision must be 4 to 18");
  }
}

void hyper_log_log::add_sparse(std::uint64_t hash) {
  const std::uint64_t rest = hash << sparse_precision | std::uint64_t{1} << (sparse_precision - 1);
  add_entry(static_cast<std::uint32_t>(hash >> (64 - sparse_precision)),
            static_cast<std::uint8_t>(std::countl_zero(rest) + 1));
}

void hyper_log_log::add_entry(std::uint32_t index, std::uint8_t run) {
  if (!is_sparse()) {
    const auto r = folded(index, run, sparse_precision, precision_);
    return raise(r.index, r.run);
  }
  const auto t = sparse_.touch(index);
  t.extra = std::max(t.extra, run);
  if (t.added && sparse_.size() > sparse_limit(precision_)) make_dense();
}

void hyper_log_log::make_dense() {
  registers_ = detail::slot_block<std::uint8_t, detail::no_extra>(precision_);
  const auto entries = std::exchange(sparse_, {});
  entries.for_each([&](std::uint32_t index, std::uint8_t run) { add_entry(index, run); });
}

void hyper_log_log::fold_to(unsigned precision) {
  const unsigned finer = std::exchange(precision_, precision);
  if (is_sparse()) {
    if (sparse_.size() > sparse_limit(precision_)) make_dense();
    return;
  }
  const auto registers = std::exchange(registers_, detail::slot_block<std::uint8_t, detail::no_extra>(precision));
  for (std::uint32_t i = 0; i < registers.capacity(); ++i) {
    if (registers.slots()[i] == 0) continue;
    const auto r = folded(i, registers.slots()[i], finer, precision);
    raise(r.index, r.run);
  }
}

void hyper_log_log::merge(const hyper_log_log& other) {
  if (other.precision_ < precision_) fold_to(other.precision_);
  if (other.is_sparse()) {
    other.sparse_.for_each([&](std::uint32_t index, std::uint8_t run) { add_entry(index, run); });
    return;
  }
  if (is_sparse()) make_dense();
  if (other.precision_ > precision_) {
    hyper_log_log coarser = other;
    coarser.fold_to(precision_);
    return merge(coarser);
  }
  std::uint8_t* const ours = registers_.slots();
  const std::uint8_t* const theirs = other.registers_.slots();
  const std::size_t size = registers_.capacity();
  for (std::size_t i = 0; i < size; i += 16) {  // at least so many there are; by way of copies, which overlap with nothing
    std::array<std::uint8_t, 16> a;
    std::array<std::uint8_t, 16> b;
    std::memcpy(a.data(), ours + i, a.size());
    std::memcpy(b.data(), theirs + i, b.size());
    for (std::size_t j = 0; j < a.size(); ++j) a[j] = a[j] < b[j] ? b[j] : a[j];
    std::memcpy(ours + i, a.data(), a.size());
  }
}

std::int64_t hyper_log_log::rounded_estimate() const { return std::llround(estimate()); }

double hyper_log_log::estimate() const {
  if (is_sparse()) {  // linear counting over 2^26 registers, of which next to none are taken
    constexpr double registers = 1u << sparse_precision;
    const auto entries = static_cast<double>(sparse_.size());
    const double x = entries / registers;
    return entries * (1 + x * (1.0 / 2 + x * (1.0 / 3 + x / 4)));
  }
  const unsigned longest = 64 - precision_;
  std::array<std::uint32_t, 66> counts{};
  const std::uint8_t* const registers = registers_.slots();
  const std::size_t size = registers_.capacity();
  for (std::size_t i = 0; i < size; ++i) ++counts[registers[i]];
  const auto m = static_cast<double>(size);
  double z = m * tau(1 - counts[longest + 1] / m);
  for (unsigned k = longest; k >= 1; --k) z = (z + counts[k]) / 2;
  z += m * sigma(counts[0] / m);
  return m * m / (2 * 0.69314718055994530942) / z;
}

detail::plain_array<std::uint32_t> hyper_log_log::sorted_entries() const {
  detail::plain_array<std::uint32_t> entries(sparse_.size());
  std::size_t n = 0;
  sparse_.for_each([&](std::uint32_t index, std::uint8_t run) { entries[n++] = index << 6 | run; });
  std::sort(entries.begin(), entries.end());
  return entries;
}

bool hyper_log_log::set_entry(std::uint32_t entry) {
  const auto run = static_cast<std::uint8_t>(entry & 63);
  if (run == 0 || run > longest_sparse_run) return false;
  add_entry(entry >> 6, run);
  return is_sparse();
}

bool hyper_log_log::set_registers(const char* registers, std::size_t size) {
  if (size != std::size_t{1} << precision_) return false;
  registers_ = detail::slot_block<std::uint8_t, detail::no_extra>(precision_);
  for (std::size_t i = 0; i < size; ++i) {
    const auto run = static_cast<unsigned char>(registers[i]);
    if (run > 64 - precision_ + 1) return false;
    registers_.slots()[i] = run;
  }
  return true;
}

}  // namespace oriel
