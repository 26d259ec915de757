// SPDX-License-Identifier: Apache-2.0
#include "common/report_page.hpp"

#include <cerrno>
#include <cstdio>
#include <string>
#include <system_error>

#include <oriel/query/format.hpp>
#include <oriel/query/sql.hpp>

namespace apps {
namespace {

[[noreturn]] void fail(int code) {
  throw oriel::error(oriel::error_kind::unavailable,
                     "cannot write to standard output: " + std::generic_category().message(code));
}

std::string formatted(const oriel::result_set& answer, output_format format) {
  switch (format) {
    case output_format::json: return oriel::format_json(answer);
    case output_format::csv: return oriel::format_csv(answer);
    case output_format::table: break;
  }
  return oriel::format_table(answer);
}

}  // namespace

void print(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size()) fail(errno);
}

void finish_printing() {
  if (std::fflush(stdout) != 0) fail(errno);
}

oriel::result_set report_page::ask(std::string_view query) const {
  return oriel::sql(tables_, query, {.clock = now_chosen_ ? &fixed_ : &oriel::system_clock()});
}

void report_page::suggest_now(std::string_view query) {
  if (now_chosen_) return;
  const oriel::result_set found = ask(query);
  if (found.empty() || found.is_null(0, 0)) return;
  fixed_.set(found.as_timestamp(0, 0));
  now_chosen_ = true;
}

void report_page::answer(std::string_view query, std::string_view title) {
  const std::string text = formatted(ask(query), format_);
  if (begun_) print("\n");
  begun_ = true;
  if (format_ == output_format::table && !title.empty()) {
    print(title);
    print("\n\n");
  }
  print(text);
}

}  // namespace apps
