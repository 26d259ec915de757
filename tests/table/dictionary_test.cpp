// SPDX-License-Identifier: Apache-2.0
#include <table/dictionary.hpp>

#include <doctest/doctest.h>

#include <map>
#include <random>
#include <string>
#include <vector>

using namespace oriel;
using oriel::detail::dictionary;

namespace {

std::vector<std::uint32_t> intern(dictionary& strings, const std::vector<std::string_view>& texts) {
  std::vector<std::uint32_t> ids(texts.size());
  for (std::size_t first = 0; first < texts.size(); first += 256) {
    const std::size_t count = std::min<std::size_t>(256, texts.size() - first);
    strings.intern(column_values(texts.data()), first, count, ids.data() + first);
  }
  return ids;
}

}  // namespace

TEST_CASE("strings are numbered from 0 as they first come") {
  dictionary strings;
  CHECK(intern(strings, {"b", "a", "b", "", "a", "c"}) == std::vector<std::uint32_t>{0, 1, 0, 2, 1, 3});
  CHECK(strings.size() == 4);
  CHECK(strings[0] == "b");
  CHECK(strings[2].empty());
  CHECK(strings[3] == "c");
}

TEST_CASE("null is interned as the empty string") {
  dictionary strings;
  const std::string_view texts[] = {"x", "ignored"};
  const std::uint64_t validity = 1;
  std::uint32_t ids[2];
  strings.intern(column_values(texts, sizeof texts[0], &validity), 0, 2, ids);
  CHECK(strings[ids[1]].empty());
}

TEST_CASE("strings of any bytes and length come back as they were") {
  dictionary strings;
  std::vector<std::string> texts;
  for (const std::size_t length : {0U, 1U, 7U, 8U, 253U, 254U, 255U, 256U, 257U, 65535U, 3000000U}) {
    texts.push_back(std::string(length, 'x'));
    texts.push_back(std::string(length, '\xFF'));
    texts.push_back(std::string(length, '\0'));
  }
  std::vector<std::string_view> views(texts.begin(), texts.end());
  const std::vector<std::uint32_t> ids = intern(strings, views);
  for (std::size_t i = 0; i < texts.size(); ++i) CHECK(strings[ids[i]] == texts[i]);
  CHECK(strings.size() == texts.size() - 2);  // the three empty ones are one
  CHECK(intern(strings, views) == ids);
}

TEST_CASE("a dictionary agrees with a map and its strings never move") {
  dictionary strings;
  std::map<std::string, std::uint32_t> model;
  std::vector<std::string_view> stored;
  std::mt19937 random(20240501);
  for (int round = 0; round < 300; ++round) {
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < 1 + random() % 256; ++i) texts.push_back("user-" + std::to_string(random() % 20'000));
    const std::vector<std::uint32_t> ids = intern(strings, {texts.begin(), texts.end()});
    for (std::size_t i = 0; i < texts.size(); ++i) {
      const auto [entry, is_new] = model.try_emplace(texts[i], static_cast<std::uint32_t>(model.size()));
      REQUIRE(ids[i] == entry->second);
      if (is_new) stored.push_back(strings[ids[i]]);
    }
    REQUIRE(strings.size() == model.size());
  }
  for (const auto& [text, id] : model) {
    REQUIRE(strings[id] == text);
    REQUIRE(strings[id].data() == stored[id].data());
  }
}

TEST_CASE("a dictionary of the strings in use has them by the same ids, and gives the others out again") {
  dictionary strings;
  std::mt19937 random(20240502);
  std::vector<std::string> texts;
  for (int i = 0; i < 1500; ++i) texts.push_back("user-" + std::to_string(i));
  intern(strings, {texts.begin(), texts.end()});
  std::vector<std::uint64_t> used((texts.size() + 63) / 64);
  std::map<std::string, std::uint32_t> kept;
  for (std::uint32_t id = 0; id < 1200; ++id) {  // none of the last 300
    if (random() % 3 != 0) continue;
    used[id / 64] |= std::uint64_t{1} << id % 64;
    kept.emplace(texts[id], id);
  }
  const std::shared_ptr<dictionary> fewer = strings.keep(used);
  CHECK(fewer->count() == kept.size());
  CHECK(fewer->size() <= 1200);
  CHECK(fewer->bytes() < strings.bytes());
  std::vector<bool> taken(fewer->size());
  for (const auto& [text, id] : kept) {
    CHECK((*fewer)[id] == text);
    taken[id] = true;
  }
  for (std::uint32_t id = 0; id < fewer->size(); ++id) CHECK((taken[id] || (*fewer)[id].empty()));

  const std::size_t size = fewer->size();
  std::vector<std::string> others;
  for (std::size_t i = kept.size(); i < size; ++i) others.push_back("other-" + std::to_string(i));
  for (const std::uint32_t id : intern(*fewer, {others.begin(), others.end()})) {
    REQUIRE(id < size);
    CHECK_FALSE(taken[id]);
    taken[id] = true;
  }
  CHECK(intern(*fewer, {"one more"}).front() == size);
  for (const auto& [text, id] : kept) CHECK(intern(*fewer, {text}).front() == id);
  for (std::uint32_t id = 0; id < texts.size(); ++id) CHECK(strings[id] == texts[id]);  // as it was
  CHECK(strings.keep(std::vector<std::uint64_t>(used.size()))->size() == 0);
}

TEST_CASE("a million distinct strings of ten bytes take less than 45 MB") {
  dictionary strings;
  std::vector<std::string> texts(256);
  std::vector<std::string_view> views(256);
  for (std::size_t i = 0; i < 1'000'000; i += 256) {
    for (std::size_t j = 0; j < 256; ++j) {
      texts[j] = std::to_string(1'000'000'000 + i + j);
      views[j] = texts[j];
    }
    intern(strings, views);
  }
  REQUIRE(strings.size() >= 1'000'000);
  CHECK(strings.bytes() < 45'000'000);
}
