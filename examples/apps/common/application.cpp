// SPDX-License-Identifier: Apache-2.0
#include "common/application.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <new>
#include <span>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

#include <oriel/core/version.hpp>
#include <oriel/query/sql.hpp>

#include "common/command_line.hpp"
#include "common/progress_line.hpp"
#include "common/stats.hpp"

namespace apps {
namespace {

void print_error(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::fputc('\n', stderr);
}

std::vector<std::string> stream_names(const application& app) {
  std::vector<std::string> names;
  for (const any_stream& s : app.streams) names.push_back(s.name());
  return names;
}

/// What the command line says about where events come from.
inputs chosen_inputs(const application& app, const command_line& chosen) {
  inputs in({chosen.events.value_or(app.default_events), chosen.seed.value_or(1)});
  // One thread carries events through the pipeline; the files share the others, and the first get what is left over.
  const auto files = static_cast<unsigned>(chosen.inputs.size());
  unsigned place = 0;
  for (const command_line::input& i : chosen.inputs) {
    const unsigned others = chosen.workers - 1;
    in.read(i.stream, i.path, others / files + (place++ < others % files ? 1 : 0));
  }
  return in;
}

/// --help. The tables are described by making them.
std::string help(const application& app) {
  std::string usage;
  for (const any_stream& s : app.streams) usage += fmt::format(" --input {}=PATH", s.name());
  std::string text = fmt::format("{}: {}\n\nUsage: {} [OPTION]...\n       {}{} [OPTION]...\n\n", app.name, app.summary,
                                 app.name, app.name, usage);
  text += fmt::format("Options:\n{}\nTables:\n", describe_options(app.default_events));

  oriel::catalog tables;
  oriel::pipeline p{tables};
  app.build(p, inputs({}));
  for (const std::string& name : tables.names()) {
    const oriel::schema& columns = tables.at(name).schema();
    text += fmt::format("  {}{}\n", name, columns.key().empty() ? "" : " (one row for each *)");
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const bool in_key = std::find(columns.key().begin(), columns.key().end(), i) != columns.key().end();
      text += fmt::format("    {:<15} {}{}\n", columns[i].name, to_string(columns[i].type), in_key ? " *" : "");
    }
  }
  return text + "\nExit status: 0 for success, 1 when running failed, 2 when the command line is wrong.\n";
}

/// --write-input
void write_streams(const application& app, const command_line& chosen) {
  const std::filesystem::path folder(*chosen.write_to);
  std::error_code failure;
  std::filesystem::create_directories(folder, failure);
  if (failure) {
    throw oriel::error(oriel::error_kind::unavailable, fmt::format("--write-input: cannot make the folder '{}': {}",
                                                                   *chosen.write_to, failure.message()));
  }
  const inputs in = chosen_inputs(app, chosen);
  for (const any_stream& s : app.streams) {
    oriel::catalog none;
    oriel::pipeline p{none};
    s.write(p, in, (folder / (s.name() + ".jsonl")).string());
    progress_line progress;
    p.run([&](const oriel::run_progress& now) { progress.show(now); });
  }
}

/// Finds what is wrong with a query while its tables are still empty, instead of after hours of input.
/// What only some rows can make wrong (an overflow, a text that cannot be cast) has to wait for them.
void check_query(const oriel::catalog& tables, const std::string& query, const oriel::clock& clock) {
  try {
    static_cast<void>(oriel::sql(tables, query, {.clock = &clock}));
  } catch (const oriel::error& e) {
    if (e.kind() != oriel::error_kind::exhausted && e.kind() != oriel::error_kind::malformed) throw;
  }
}

void keep_dead_letters(oriel::pipeline& p, const command_line& chosen) {
  const std::string& path = *chosen.dead_letters;
  for (const command_line::input& in : chosen.inputs) {
    std::error_code ignored;
    if (std::filesystem::is_regular_file(path, ignored) && std::filesystem::equivalent(in.path, path, ignored)) {
      throw usage_error(fmt::format("--dead-letters would overwrite the input of stream '{}'", in.stream));
    }
  }
  oriel::json_lines_sink letters{.path = path};
  if (path == "/dev/stderr") {  // opened once more, a file behind it would have two ends
    letters.write = [](std::string_view lines) { std::fwrite(lines.data(), 1, lines.size(), stderr); };
  }
  p.dead_letters().to(letters);
}

void process(const application& app, const command_line& chosen) {
  const auto begun = std::chrono::steady_clock::now();
  const oriel::manual_clock fixed(chosen.now.value_or(oriel::timestamp{}));
  const oriel::clock& clock = chosen.now ? fixed : oriel::system_clock();

  oriel::catalog tables;
  oriel::pipeline p{tables, {.clock = &clock}};
  app.build(p, chosen_inputs(app, chosen));
  for (const std::string& query : chosen.queries) check_query(tables, query, clock);
  if (chosen.dead_letters) keep_dead_letters(p, chosen);
  {
    progress_line progress;
    p.run([&](const oriel::run_progress& now) { progress.show(now); });
  }
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begun;

  report_page page(tables, chosen.now, chosen.format);
  for (const std::string& query : chosen.queries) page.answer(query);
  if (chosen.queries.empty()) app.report(page);
  finish_printing();
  if (chosen.stats) print_error(describe_run(p.graph(), tables, app.streams, taken.count()));
}

void run_arguments(const application& app, std::span<const std::string> arguments) {
  const command_line chosen = parse_command_line(arguments, stream_names(app));
  if (chosen.help) {
    print(help(app));
  } else if (chosen.version) {
    print(fmt::format("{} (Oriel {})\n", app.name, ORIEL_VERSION));
  } else if (chosen.write_to) {
    write_streams(app, chosen);
  } else {
    process(app, chosen);
  }
  finish_printing();
}

}  // namespace

int run(const application& app, int argc, const char* const* argv) {
  const auto failed = [&](std::string_view what) {
    print_error(fmt::format("{}: {}", app.name, what));
    return 1;
  };
  try {
    run_arguments(app, std::vector<std::string>(argv + std::min(argc, 1), argv + argc));
    return 0;
  } catch (const usage_error& e) {
    failed(e.what());
    print_error(fmt::format("{} --help explains all of it", app.name));
    return 2;
  } catch (const std::bad_alloc&) {
    return failed("out of memory");
  } catch (const std::exception& e) {
    return failed(e.what());
  }
}

}  // namespace apps
