// SPDX-License-Identifier: Apache-2.0
#include <oriel/state/key_dictionary.hpp>

#include <doctest/doctest.h>

#include <map>
#include <random>
#include <string>
#include <tuple>
#include <vector>

using namespace oriel;

namespace {

template <typename Key>
std::vector<std::uint32_t> intern(key_dictionary<Key>& keys, const std::vector<Key>& batch) {
  std::vector<std::uint32_t> ids(batch.size());
  keys.intern(std::span(ids), [&](std::size_t i) { return batch[i]; });
  return ids;
}

}  // namespace

TEST_CASE("ids count up in the order of first appearance, also within a batch") {
  key_dictionary<std::int64_t> keys;
  CHECK(intern(keys, {7, 7, -1, 7, 0}) == std::vector<std::uint32_t>{0, 0, 1, 0, 2});
  CHECK(keys.intern(-1) == 1);
  CHECK(keys[1] == -1);
  CHECK(keys.size() == 3);
}

TEST_CASE("strings are kept after the batch they came in is gone") {
  key_dictionary<std::string_view> keys;
  {
    std::string gone = "a key that lives in the batch";
    keys.intern(gone);
    gone.assign(gone.size(), '#');
  }
  CHECK(keys[0] == "a key that lives in the batch");
  CHECK(keys.intern("") == 1);
  CHECK(keys.intern("") == 1);
}

TEST_CASE("two truth values are keys like any other") {
  key_dictionary<bool> keys;
  CHECK(intern<bool>(keys, {true, false, true}) == std::vector<std::uint32_t>{0, 1, 0});
  CHECK(keys[1] == false);
}

TEST_CASE("a batch gets the ids a map would give, whatever the sizes of batches and table") {
  std::mt19937_64 random(11);
  for (const std::size_t distinct : {1u, 10u, 1'000u, 30'000u}) {
    key_dictionary<std::tuple<std::string_view, std::int64_t>> keys;
    std::map<std::pair<std::string, std::int64_t>, std::uint32_t> oracle;
    std::vector<std::string> names;
    for (std::size_t i = 0; i < distinct; ++i) names.push_back("user-" + std::to_string(i * i));
    for (int round = 0; round < 60; ++round) {
      std::vector<std::tuple<std::string_view, std::int64_t>> batch;
      const std::size_t size = 1 + random() % 1500;
      for (std::size_t i = 0; i < size; ++i) {
        batch.emplace_back(names[random() % distinct], static_cast<std::int64_t>(random() % 3) - 1);
      }
      const auto ids = intern(keys, batch);
      for (std::size_t i = 0; i < size; ++i) {
        const auto [at, fresh] = oracle.try_emplace({std::string(std::get<0>(batch[i])), std::get<1>(batch[i])},
                                                    static_cast<std::uint32_t>(oracle.size()));
        REQUIRE(ids[i] == at->second);
      }
    }
    CHECK(keys.size() == oracle.size());
  }
}

TEST_CASE("clearing forgets the keys and starts again at 0") {
  key_dictionary<std::int64_t> keys;
  for (std::int64_t k = 0; k < 1000; ++k) keys.intern(k);
  keys.clear();
  CHECK(keys.size() == 0);
  CHECK(keys.intern(999) == 0);
}

TEST_CASE("a 64-bit key costs at most 30 bytes") {
  key_dictionary<std::int64_t> keys;
  for (std::int64_t k = 0; k < 100'000; ++k) keys.intern(k * 7919);
  CHECK(keys.bytes() <= 30 * keys.size());
}
