// SPDX-License-Identifier: Apache-2.0
#include <oriel/stream/key_spec.hpp>

#include <doctest/doctest.h>

#include <boost/describe/class.hpp>

using namespace oriel;
using namespace oriel::literals;

namespace {

struct click {
  std::string page;
  std::int64_t user = 0;
  std::int64_t other = 0;
  double cost = 0;  // not described
};
BOOST_DESCRIBE_STRUCT(click, (), (page, user, other))

template <typename... Parts>
auto key_by(Parts... parts) {
  return key_spec<click, Parts...>(parts...);
}

}  // namespace

TEST_CASE("one part is the key itself, several are a tuple; names come from the description") {
  const click c{"/home", 7, 8, 0};
  const auto page = key_by(&click::page);
  static_assert(std::is_same_v<decltype(page)::key_type, std::string_view>, "strings are keyed by their characters");
  CHECK(page(c) == "/home");
  CHECK(page.names() == std::vector<std::string>{"page"});

  const auto both = key_by(&click::other, &click::page);
  static_assert(std::is_same_v<decltype(both)::key_type, std::tuple<std::int64_t, std::string_view>>);
  CHECK(both(c) == std::tuple<std::int64_t, std::string_view>(8, "/home"));
  CHECK(both.names() == std::vector<std::string>{"other", "page"});
}

TEST_CASE("a computed key is named where it is computed") {
  const auto even = key_by("even"_col = [](const click& c) { return c.user % 2 == 0; });
  CHECK(even(click{"", 4, 0, 0}));
  CHECK(even.names() == std::vector<std::string>{"even"});
}

TEST_CASE("a member nobody described has no name, which is said when the pipeline is built") {
  struct bare {
    std::int64_t id = 0;
  };
  const key_spec<bare, std::int64_t bare::*> spec(&bare::id);
  try {
    static_cast<void>(spec.names());
    FAIL("no error");
  } catch (const error& e) {
    CHECK(e.kind() == error_kind::invalid);
    CHECK(e.message().find("BOOST_DESCRIBE_STRUCT") != std::string::npos);
  }
}
