// SPDX-License-Identifier: Apache-2.0
// apps/common/command_line.hpp - the command line all five applications share.
//
// One table of options (in command_line.cpp) says what there is; parsing, the messages
// about mistakes and --help all read it, so they cannot disagree.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <oriel/core/time.hpp>

namespace apps {

enum class output_format : std::uint8_t { table, json, csv };

/// What the user asked for.
struct command_line {
  /// `--input STREAM=PATH`
  struct input {
    std::string stream;
    std::string path;
  };

  std::vector<input> inputs = {};               ///< one for every stream; or none: events are made up
  std::optional<std::uint64_t> events = {};     ///< how many to make up
  std::optional<std::uint64_t> seed = {};       ///< from what
  std::optional<std::string> write_to = {};     ///< the folder for made-up events, instead of processing them
  std::vector<std::string> queries = {};        ///< instead of the application's own report
  output_format format = output_format::table;
  std::optional<oriel::timestamp> now = {};     ///< instead of the system's clock
  std::optional<std::string> dead_letters = {};  ///< the file for malformed lines
  unsigned workers = 1;                         ///< threads
  bool stats = false;
  bool help = false;
  bool version = false;
};

/// A command line that cannot be understood. The message says what is known instead.
class usage_error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Reads the arguments, without the program's name, for an application that reads `streams`.
///
/// After --help or --version nothing else counts.
/// Errors: throws `usage_error`.
command_line parse_command_line(std::span<const std::string> arguments, std::span<const std::string> streams);

/// The part of --help about options, a line or two for each.
std::string describe_options(std::uint64_t default_events);

}  // namespace apps
