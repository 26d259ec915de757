// SPDX-License-Identifier: Apache-2.0
#include "common/progress_line.hpp"

#include <unistd.h>

#include <cstdio>
#include <string>

#include <fmt/format.h>

namespace apps {
namespace {

constexpr std::chrono::milliseconds between_updates{100};

/// "950", "12.3 k", "4.5 M"
std::string counted(double n) {
  if (n >= 1e6) return fmt::format("{:.1f} M", n / 1e6);
  if (n >= 1e4) return fmt::format("{:.1f} k", n / 1e3);
  return fmt::format("{:.0f}", n);
}

}  // namespace

progress_line::progress_line()
    : terminal_(::isatty(STDERR_FILENO) == 1), begun_(clock::now()), next_(begun_ + between_updates) {}

progress_line::~progress_line() {
  if (shown_) std::fputs("\r\x1b[K", stderr);
}

void progress_line::show(const oriel::run_progress& progress) {
  if (!terminal_) return;
  const clock::time_point now = clock::now();
  if (now < next_) return;
  next_ = now + between_updates;
  shown_ = true;

  const double seconds = std::chrono::duration<double>(now - begun_).count();
  const double events = static_cast<double>(progress.events);
  std::string line = fmt::format("\r{} events, {}/s", counted(events), counted(events / seconds));
  if (progress.watermark > oriel::beginning_of_time && progress.watermark < oriel::end_of_time) {
    line += ", " + oriel::format_timestamp(progress.watermark);
  }
  if (progress.input.total > 0) {
    const double share = static_cast<double>(progress.input.done) / static_cast<double>(progress.input.total);
    line += fmt::format(", {:.0f} %", 100 * share);
  }
  line += "\x1b[K";  // clears what is left of a longer line
  std::fputs(line.c_str(), stderr);
}

}  // namespace apps
