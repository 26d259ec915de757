// SPDX-License-Identifier: Apache-2.0
// src/core/near_names.cpp - edit distance over a handful of names.
#include <oriel/core/near_names.hpp>

#include <algorithm>
#include <cstddef>

namespace oriel {
namespace {

char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = lower(c);
  return out;
}

// Optimal string alignment: Levenshtein plus swaps of neighbours. Three rows of the matrix are enough.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1);
  std::vector<std::size_t> above(b.size() + 1);
  std::vector<std::size_t> current(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) above[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    current[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t changed = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      current[j] = std::min({changed, above[j] + 1, current[j - 1] + 1});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        current[j] = std::min(current[j], before[j - 2] + 1);
      }
    }
    std::swap(before, above);
    std::swap(above, current);
  }
  return above[b.size()];
}

}  // namespace

std::vector<std::string> near_names(std::string_view wanted, std::span<const std::string> known) {
  constexpr std::size_t most = 3;
  constexpr std::size_t longest = 128;  // beyond this nobody mistyped a name
  struct candidate {
    std::size_t distance;
    const std::string* name;
  };
  std::vector<candidate> near;
  if (wanted.empty() || wanted.size() > longest) return {};
  const std::string text = lower(wanted);
  const std::size_t bound = std::clamp<std::size_t>(text.size() / 3, 1, 3);
  for (const std::string& name : known) {
    if (name.size() > longest) continue;
    const std::string other = lower(name);
    const std::size_t d = distance(text, other);
    if (d <= bound) {
      near.push_back({d, &name});
    } else if (text.size() >= 3 && other.starts_with(text)) {
      near.push_back({bound + 1, &name});
    }
  }
  std::stable_sort(near.begin(), near.end(),
                   [](const candidate& a, const candidate& b) { return a.distance < b.distance; });
  std::vector<std::string> names;
  for (const candidate& c : near) {
    if (names.size() == most) break;
    names.push_back(*c.name);
  }
  return names;
}

std::string did_you_mean(std::string_view wanted, std::span<const std::string> known) {
  const std::vector<std::string> names = near_names(wanted, known);
  if (names.empty()) return {};
  std::string text = "; did you mean ";
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) text += i + 1 == names.size() ? " or " : ", ";
    text += '\'';
    text += names[i];
    text += '\'';
  }
  text += '?';
  return text;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace oriel
