// SPDX-License-Identifier: Apache-2.0
#include <oriel/operators/bucket_marks.hpp>

#include <cstdint>
#include <map>
#include <random>
#include <vector>

#include <doctest/doctest.h>

using namespace oriel;

namespace {

using buckets = std::vector<std::int64_t>;

template <bool Counted>
buckets qualified(const bucket_marks<Counted>& marks, std::int64_t last) {
  buckets found;
  marks.for_each_qualified(last, [&](std::int64_t b) { return found.push_back(b), true; });
  return found;
}
template <bool Counted>
buckets returned(const bucket_marks<Counted>& marks, std::int64_t first) {
  buckets found;
  marks.for_each_return(first, [&](std::int64_t b) { return found.push_back(b), true; });
  return found;
}

}  // namespace

TEST_CASE("only the first event of a bucket changes something") {
  bucket_marks<false> marks;
  CHECK(marks.qualify(3, 1) == 1);
  CHECK(marks.qualify(3, 1) == 0);
  CHECK(marks.come_back(3, 1) == 1);
  CHECK(marks.come_back(-2, 1) == 1);
  CHECK(marks.qualify(-2, 1) == 1);
  CHECK(qualified(marks, 3) == buckets{-2, 3});
  CHECK(qualified(marks, 2) == buckets{-2});
  CHECK(marks.first_qualified_except(-2) == 3);
  CHECK(marks.last_return_except(std::nullopt) == 3);
  CHECK(marks.last_return_except(3) == -2);
}

TEST_CASE("marks that count agree with a map of counts at every step") {
  std::mt19937 random(5);
  bucket_marks<true> marks;
  std::map<std::int64_t, int> qualifying, returning;
  const auto present = [](const std::map<std::int64_t, int>& counts) {
    buckets found;
    for (const auto& [b, n] : counts) {
      if (n > 0) found.push_back(b);
    }
    return found;
  };
  for (int step = 0; step < 3'000; ++step) {
    CAPTURE(step);
    const std::int64_t bucket = static_cast<std::int64_t>(random() % 9) - 4;
    const bool qualifies = random() % 2 == 0;
    int& n = (qualifies ? qualifying : returning)[bucket];
    const int sign = random() % 2 == 0 ? 1 : -1;  // taken back before it was added as well
    const int before = n > 0;
    n += sign;
    REQUIRE((qualifies ? marks.qualify(bucket, sign) : marks.come_back(bucket, sign)) == (n > 0) - before);
    REQUIRE(qualified(marks, 10) == present(qualifying));
    REQUIRE(returned(marks, -10) == present(returning));
    buckets others = present(qualifying);
    std::erase(others, bucket);
    REQUIRE(marks.first_qualified_except(bucket) == (others.empty() ? std::nullopt : std::optional(others.front())));
    others = present(returning);
    std::erase(others, bucket);
    REQUIRE(marks.last_return_except(bucket) == (others.empty() ? std::nullopt : std::optional(others.back())));
  }
}
