// SPDX-License-Identifier: Apache-2.0
// apps/common/streams.hpp - the streams an application reads: from files, or made up.
//
//   declared once          app_stream<org_event> events{"events", make_events};
//   read in the pipeline   p.from(in.of(events)).event_time(...)
//
// Whether `in` reads a file, standard input or the generator is the command line's
// business, not the pipeline's.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <oriel/io/json_lines.hpp>
#include <oriel/io/json_lines_sink.hpp>
#include <oriel/stream/pipeline.hpp>

namespace apps {

/// Whether so many epoch milliseconds can be the time of an event: what the `check` of a stream asks where time is a
/// plain integer.
inline bool is_event_time(std::int64_t epoch_ms) {
  const oriel::timestamp t = oriel::at_ms(epoch_ms);
  return oriel::earliest_event_time <= t && t <= oriel::latest_event_time;
}

/// What made-up events are made from.
struct generation {
  std::uint64_t events = 0;  ///< how many, all streams together
  std::uint64_t seed = 1;
};

/// One stream of an application: its name, its events' type, and how to make them up.
template <typename T>
struct app_stream {
  std::string name;
  std::function<std::unique_ptr<oriel::source<T>>(const generation&)> generate;
  oriel::json_times times = oriel::json_times::iso_8601;  ///< how made-up events are written
  const char* (*check)(const T&) = nullptr;               ///< as in `json_lines`
  std::int64_t T::*line = nullptr;                        ///< as in `json_lines`; the generator sets it itself
};

/// A source of the events of one stream, wherever they come from.
template <typename T>
struct stream_source {
  using event_type = T;

  std::string stream;
  std::function<std::unique_ptr<oriel::source<T>>()> begin;

  std::unique_ptr<oriel::source<T>> open() const { return begin(); }
};

/// Where the events of each stream come from.
class inputs {
 public:
  /// From the generator.
  explicit inputs(generation made_up) : made_up_(made_up) {}

  /// From here on the stream is a file, decoded by so many threads. Requires: every stream is, or none.
  void read(std::string stream, std::string path, unsigned decoders) {
    files_.push_back({std::move(stream), std::move(path), decoders});
  }

  template <typename T>
  stream_source<T> of(const app_stream<T>& stream) const {
    for (const file& f : files_) {
      if (f.stream != stream.name) continue;
      const oriel::json_lines<T> lines{
          .path = f.path, .stream = f.stream, .decoders = f.decoders, .check = stream.check, .line = stream.line};
      return {stream.name, [lines] { return lines.open(); }};
    }
    return {stream.name, [generate = stream.generate, size = made_up_] { return generate(size); }};
  }

 private:
  struct file {
    std::string stream;
    std::string path;
    unsigned decoders;
  };

  generation made_up_;
  std::vector<file> files_;
};

/// A stream of any type, for what does not depend on it.
class any_stream {
 public:
  template <typename T>
  any_stream(const app_stream<T>& stream)  // NOLINT: implicit on purpose
      : name_(stream.name), write_([stream](oriel::pipeline& p, const inputs& in, const std::string& path) {
          p.from(in.of(stream)).arrival_order().to(oriel::json_lines_sink{.path = path, .times = stream.times});
        }) {}

  const std::string& name() const noexcept { return name_; }

  /// Adds to the pipeline: the stream's events, written to a file.
  void write(oriel::pipeline& p, const inputs& in, const std::string& path) const { write_(p, in, path); }

 private:
  std::string name_;
  std::function<void(oriel::pipeline&, const inputs&, const std::string&)> write_;
};

}  // namespace apps
