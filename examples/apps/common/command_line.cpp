// SPDX-License-Identifier: Apache-2.0
#include "common/command_line.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include <oriel/core/near_names.hpp>
#include <oriel/flow/source_node.hpp>

namespace apps {
namespace {

constexpr std::int64_t most_workers = 256;

struct option {
  std::string_view name;
  std::string_view value;  // what stands for the value in messages; empty: there is none
  std::string_view meaning;
  void (*apply)(command_line& to, std::string_view value);
};

/// A whole number between `least` and `most`, and nothing else.
template <typename T>
T parse_number(std::string_view name, std::string_view text, T least, T most) {
  T value{};
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc{} || end != text.data() + text.size() || value < least || value > most) {
    throw usage_error(fmt::format("{} takes a whole number from {} to {}, not '{}'", name, least, most, text));
  }
  return value;
}

constexpr std::uint64_t any_number = std::numeric_limits<std::uint64_t>::max();

void add_input(command_line& to, std::string_view text) {
  const std::size_t equals = text.find('=');
  if (equals == 0 || equals == text.npos || equals + 1 == text.size()) {
    throw usage_error(fmt::format("--input takes STREAM=PATH, not '{}'", text));
  }
  to.inputs.push_back({std::string(text.substr(0, equals)), std::string(text.substr(equals + 1))});
}

void choose_format(command_line& to, std::string_view text) {
  static const std::vector<std::string> names{"table", "json", "csv"};
  const auto found = std::find(names.begin(), names.end(), text);
  if (found == names.end()) {
    throw usage_error(
        fmt::format("--format is table, json or csv, not '{}'{}", text, oriel::did_you_mean(text, names)));
  }
  to.format = static_cast<output_format>(found - names.begin());
}

void choose_dead_letters(command_line& to, std::string_view text) {
  if (text == "-" || text == "/dev/stdout" || text.empty()) {
    throw usage_error("--dead-letters takes the path of a file; standard output is for results");
  }
  to.dead_letters = text;
}

constexpr option options[] = {
    {"--input", "STREAM=PATH", "read a stream from a file of JSON Lines; \"-\" is standard input", add_input},
    {"--generate", "EVENTS", "make up so many events instead (default: {events})",
     [](command_line& to, std::string_view text) {
       to.events = parse_number<std::uint64_t>("--generate", text, 0, any_number);
     }},
    {"--seed", "N", "make up other events: the same N gives the same bytes (default: 1)",
     [](command_line& to, std::string_view text) {
       to.seed = parse_number<std::uint64_t>("--seed", text, 0, any_number);
     }},
    {"--write-input", "DIR", "write the made-up events to DIR/STREAM.jsonl and do nothing else",
     [](command_line& to, std::string_view text) {
       if (text.empty()) throw usage_error("--write-input takes the path of a folder");
       to.write_to = text;
     }},
    {"--sql", "QUERY", "ask this when all input is processed, instead of printing the report; repeatable",
     [](command_line& to, std::string_view text) { to.queries.emplace_back(text); }},
    {"--format", "table|json|csv", "how to print the answers; json is one object per row (default: table)",
     choose_format},
    {"--now", "EPOCH_MS", "the time that now() and ago() are told (default: the system's clock)",
     [](command_line& to, std::string_view text) {
       to.now = oriel::at_ms(parse_number("--now", text, oriel::to_ms(oriel::earliest_event_time),
                                          oriel::to_ms(oriel::latest_event_time)));
     }},
    {"--dead-letters", "PATH", "write malformed lines there: {{\"stream\",\"line\",\"reason\",\"text\"}} per line",
     choose_dead_letters},
    {"--workers", "N", "use N threads, all but one of them to decode input; the answers are the same (default: 1)",
     [](command_line& to, std::string_view text) {
       to.workers = static_cast<unsigned>(parse_number<std::int64_t>("--workers", text, 1, most_workers));
     }},
    {"--stats", "", "when done, print counts as a JSON object on standard error",
     [](command_line& to, std::string_view) { to.stats = true; }},
    {"--help", "", "print this", [](command_line& to, std::string_view) { to.help = true; }},
    {"--version", "", "print the version", [](command_line& to, std::string_view) { to.version = true; }},
};

std::vector<std::string> option_names() {
  std::vector<std::string> names;
  for (const option& o : options) names.emplace_back(o.name);
  return names;
}

/// "a", "a and b", "a, b and c"
std::string listed(std::span<const std::string> names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) text += i + 1 == names.size() ? " and " : ", ";
    text += names[i];
  }
  return text;
}

const option& find_option(std::string_view argument, std::span<const std::string> streams) {
  const std::string_view name = argument.substr(0, argument.find('='));
  const auto found =
      std::find_if(std::begin(options), std::end(options), [&](const option& o) { return o.name == name; });
  if (found != std::end(options)) return *found;
  if (!argument.starts_with('-')) {
    throw usage_error(fmt::format("'{0}' is no option; to read a file: --input {1}={0}", argument, streams.front()));
  }
  const std::vector<std::string> names = option_names();
  throw usage_error(fmt::format("unknown option '{}'{}\nthe options are {}", name, oriel::did_you_mean(name, names),
                                listed(names)));
}

/// Whether an argument is the name of an option rather than the value of the one before. A query may begin
/// with "--", which is SQL's comment.
bool is_option(std::string_view argument) {
  return std::any_of(std::begin(options), std::end(options), [&](const option& o) {
    return argument == o.name || (argument.starts_with(o.name) && argument[o.name.size()] == '=');
  });
}

void check_inputs(const command_line& chosen, std::span<const std::string> streams) {
  std::vector<std::string> missing(streams.begin(), streams.end());
  bool standard_input = false;
  for (const command_line::input& in : chosen.inputs) {
    if (std::find(streams.begin(), streams.end(), in.stream) == streams.end()) {
      throw usage_error(fmt::format("unknown stream '{}'{}\nthe stream{} {}", in.stream,
                                    oriel::did_you_mean(in.stream, streams), streams.size() == 1 ? " is" : "s are",
                                    listed(streams)));
    }
    if (std::erase(missing, in.stream) == 0) {
      throw usage_error(fmt::format("--input {}=... is given twice; join the files first", in.stream));
    }
    if (in.path == "-" && std::exchange(standard_input, true)) {
      throw usage_error("standard input can be one stream only");
    }
  }
  if (chosen.inputs.empty()) return;
  if (!missing.empty()) {
    throw usage_error(fmt::format("all streams are needed when one is given; --input is missing for {}",
                                  listed(missing)));
  }
  if (chosen.events || chosen.seed || chosen.write_to) {
    throw usage_error(fmt::format("{} is for made-up events; leave it out, or leave out --input",
                                  chosen.events ? "--generate" : chosen.seed ? "--seed" : "--write-input"));
  }
}

}  // namespace

command_line parse_command_line(std::span<const std::string> arguments, std::span<const std::string> streams) {
  command_line chosen;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string_view argument = arguments[i];
    const option& found = find_option(argument, streams);
    const bool joined = argument.size() > found.name.size();  // --option=value
    std::string_view value;
    if (found.value.empty()) {
      if (joined) throw usage_error(fmt::format("{} takes no value", found.name));
    } else if (joined) {
      value = argument.substr(found.name.size() + 1);
    } else if (i + 1 < arguments.size() && !is_option(arguments[i + 1])) {
      value = arguments[++i];
    } else {
      throw usage_error(fmt::format("{} needs a value: {} {}", found.name, found.name, found.value));
    }
    found.apply(chosen, value);
    if (chosen.help || chosen.version) return chosen;
  }
  check_inputs(chosen, streams);
  return chosen;
}

std::string describe_options(std::uint64_t default_events) {
  std::string text;
  for (const option& o : options) {
    const std::string usage = fmt::format("{} {}", o.name, o.value);
    const std::string meaning = fmt::format(fmt::runtime(o.meaning), fmt::arg("events", default_events));
    text += fmt::format("  {:<24} {}\n", usage, meaning);
  }
  return text;
}

}  // namespace apps
