// SPDX-License-Identifier: Apache-2.0
// dead_letters.cpp - input that is not what it should be stops nothing and is not lost.
//
//   lines ──> json_lines ──> events ──> table
//                 └── malformed: line number, reason and text ──> dead_letters()
//
#include <cstdio>
#include <fstream>

#include <fmt/format.h>

#include <oriel/oriel.hpp>

struct signup {
  std::string_view user;
  std::optional<std::int64_t> age;  // may be null or missing; everything else is required
  oriel::timestamp ts;
};
BOOST_DESCRIBE_STRUCT(signup, (), (user, age, ts))

int main() {
  std::ofstream("signups.jsonl") << R"({"user": "ada", "age": 36, "ts": "2025-10-04T14:12:08Z"})" "\n"
                                 << R"({"user": "bob", "ts": 1759587129000, "referrer": {"ad": 7}})" "\n"
                                 << R"({"user": "eve", "age": "old", "ts": 1759587130000})" "\n"
                                 << "\n"
                                 << R"({"user": "dan"})" "\n"
                                 << "not even JSON\n";
  oriel::catalog tables;
  oriel::pipeline p{tables};
  p.from(oriel::json_lines<signup>{.path = "signups.jsonl"}).event_time(&signup::ts).into("signups");
  p.dead_letters().to([](const oriel::dead_letter& d) {
    fmt::print("{} line {}: {}\n", d.stream, d.line, d.reason);
  });
  p.run();
  fmt::print("{}", oriel::format_json(oriel::sql(tables, "SELECT * FROM signups ORDER BY ts")));
  std::remove("signups.jsonl");
}
