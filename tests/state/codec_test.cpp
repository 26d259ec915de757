// SPDX-License-Identifier: Apache-2.0
#include <oriel/state/codec.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <random>

#include <oriel/core/time.hpp>

using namespace oriel;

namespace {

enum class colour : std::uint16_t { red = 1, blue = 300 };

struct span_of_days {
  int from = 0;
  int to = 0;

  template <typename Writer>
  void encode(Writer& out) const {
    out.put(from);
    out.put(to);
  }
  template <typename Reader>
  bool decode(Reader& in) {
    return in.get(from) && in.get(to) && from <= to;
  }
  friend bool operator==(const span_of_days&, const span_of_days&) = default;
};

template <typename T>
void goes_and_comes_back(const T& value) {
  const std::string bytes = encode(value);
  const auto back = decode<T>(bytes);
  REQUIRE(back.has_value());
  REQUIRE((*back == value));
  for (std::size_t n = 0; n < bytes.size(); ++n) {
    const auto cut = decode<T>(std::string_view(bytes).substr(0, n));
    REQUIRE(!cut.has_value());
    REQUIRE(cut.error().kind() == error_kind::malformed);
  }
  REQUIRE(!decode<T>(bytes + '\0').has_value());
}

}  // namespace

TEST_CASE("every kind of value comes back, and nothing that was cut off or made longer does") {
  goes_and_comes_back(true);
  goes_and_comes_back('x');
  goes_and_comes_back(std::int8_t{-1});
  goes_and_comes_back(std::uint16_t{65535});
  goes_and_comes_back(std::numeric_limits<std::int64_t>::min());
  goes_and_comes_back(std::numeric_limits<std::uint64_t>::max());
  goes_and_comes_back(-0.5f);
  goes_and_comes_back(std::numeric_limits<double>::infinity());
  goes_and_comes_back(colour::blue);
  goes_and_comes_back(at_ms(-7));
  goes_and_comes_back(duration(9));
  goes_and_comes_back(wide_integer(-(static_cast<int128>(1) << 100)));
  goes_and_comes_back(std::string("with a \0 in it", 14));
  goes_and_comes_back(std::string(300, 'z'));
  goes_and_comes_back(std::optional<int>());
  goes_and_comes_back(std::optional<std::string>("here"));
  goes_and_comes_back(std::pair<int, std::string>(3, "three"));
  goes_and_comes_back(std::tuple<int, double, std::optional<bool>>(1, 2.5, false));
  goes_and_comes_back(std::array<std::int16_t, 3>{1, -2, 3});
  goes_and_comes_back(std::vector<std::vector<std::string>>{{}, {"a", ""}, {"b"}});
  goes_and_comes_back(std::vector<bool>{true, false, true});
  goes_and_comes_back(span_of_days{2, 5});
  const auto nan = decode<double>(encode(std::numeric_limits<double>::quiet_NaN()));
  CHECK(std::isnan(*nan));
}

TEST_CASE("the bytes are the same on every machine") {
  CHECK(encode(std::uint32_t{0x01020304}) == std::string("\x04\x03\x02\x01", 4));
  CHECK(encode(1.0) == std::string("\0\0\0\0\0\0\xf0\x3f", 8));
  CHECK(encode(std::string("hi")) == "\x02hi");
  CHECK(encode(std::string(200, 'a')).substr(0, 2) == "\xc8\x01");
  CHECK(encode(std::optional<std::int8_t>(5)) == "\x01\x05");
  CHECK(encode(std::tuple<std::int8_t, bool>(7, true)) == "\x07\x01");
  CHECK(encode(std::vector<std::int8_t>{1, 2}) == "\x02\x01\x02");
}

TEST_CASE("impossible bytes are malformed, whatever length they claim") {
  CHECK(!decode<bool>("\x02").has_value());
  CHECK(!decode<std::optional<int>>("\x02").has_value());
  CHECK(!decode<std::string>("\xff\xff\xff\xff\xff\xff\xff\xff\x7f").has_value());
  CHECK(!decode<std::vector<std::int64_t>>("\xff\xff\xff\xff\xff\xff\xff\xff\x7fxxxxxxxx").has_value());
  CHECK(!decode<std::vector<std::tuple<>>>("\xff\xff\xff\xff\x7f").has_value());
  CHECK(!decode<span_of_days>(encode(std::pair<int, int>(5, 2))).has_value());
}

TEST_CASE("random bytes never do harm") {
  using odd = std::tuple<std::vector<std::optional<std::string>>, std::vector<std::pair<bool, double>>, span_of_days>;
  std::mt19937 random(1);
  int good = 0;
  for (int round = 0; round < 20000; ++round) {
    std::string bytes(random() % 40, '\0');
    for (char& b : bytes) b = static_cast<char>(random() % 4 == 0 ? random() : random() % 3);
    good += decode<odd>(bytes).has_value();
  }
  CHECK(good < 20000);
}
