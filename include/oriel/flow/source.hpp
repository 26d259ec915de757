// SPDX-License-Identifier: Apache-2.0
// oriel/flow/source.hpp - where events come from.
//
// A source is pulled: the runtime asks for the next rows when it is ready for
// them, so nothing queues up and a file larger than memory streams through one
// batch. What cannot be decoded is not thrown but handed over beside the rows,
// with the place it stood and why.
//
// Writing one means writing `read`; oriel/io/memory.hpp is the shortest example.
#pragma once

#include <cstddef>
#include <cstdint>
#include <concepts>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <oriel/core/arena.hpp>
#include <oriel/core/batch.hpp>
#include <oriel/core/time.hpp>

namespace oriel {

/// Input that could not be turned into an event, kept so that nothing is lost.
struct dead_letter {
  std::string stream;      ///< name of the input
  std::uint64_t line = 0;  ///< where: the line counted from 1, or the number of the event
  std::string reason;      ///< what is wrong with it, and with which field
  std::string text;        ///< the input itself

  friend bool operator==(const dead_letter&, const dead_letter&) = default;
};

/// What a source does with input it cannot decode.
enum class on_malformed : std::uint8_t {
  dead_letter,  ///< hand it to `dead_letters()`, count it and go on (default)
  skip,         ///< count it and go on
  fail,         ///< stop the run with an error that names the place
};

/// What a source has to say after a read, of itself or of one of its partitions.
enum class source_state : std::uint8_t {
  ready,     ///< ask again at once
  waiting,   ///< nothing just now, but an event may already be on its way: others must wait for it
  idle,      ///< nothing, and that is certain: every event there is has been read; others need not wait
  finished,  ///< nothing will ever come again
};

/// In place of a partition: all of them.
inline constexpr std::size_t every_partition = static_cast<std::size_t>(-1);

/// Rows as a source delivers them: no event times yet.
///
/// The rows of one batch are all of one partition. A source without partitions leaves that alone.
template <typename T>
struct source_batch {
  std::vector<T> rows;                ///< views in them live until the next `read`
  arena bytes;                        ///< for sources that must copy strings
  std::uint64_t malformed = 0;        ///< inputs that could not be decoded, also those not kept
  std::vector<dead_letter> rejected;  ///< those of them to hand on
  std::size_t partition = 0;          ///< where the rows, and what follows here, come from
  std::optional<timestamp> reached;   ///< set when the source knows that nothing earlier will follow these rows

  /// How the partition stands after these rows. `idle` only when that is proven: the consumer's position
  /// equals the broker's end, the file has no more bytes. It ends with the partition's next row.
  source_state partition_state = source_state::ready;

  void clear() noexcept {
    rows.clear();
    bytes.clear();
    malformed = 0;
    rejected.clear();
    forget_news();
  }

  /// Back to partition 0, of which nothing is known.
  void forget_news() noexcept {
    partition = 0;
    reached.reset();
    partition_state = source_state::ready;
  }
};

/// How far a source is, for progress lines. Units are the source's own (bytes of a file).
struct source_progress {
  std::uint64_t done = 0;
  std::uint64_t total = 0;  ///< 0 when unknown
};

/// A supplier of rows.
///
/// Threads: called by one thread at a time.
template <typename T>
class source {
 public:
  using event_type = T;

  source() = default;
  source(const source&) = delete;
  source& operator=(const source&) = delete;
  virtual ~source() = default;

  /// Replaces the contents of `out` with at most `most` rows. What the rows view stays
  /// valid until the next call. Errors: throws `error` when the input itself breaks.
  virtual source_state read(source_batch<T>& out, std::size_t most) = 0;

  virtual source_progress progress() const { return {}; }

  /// How many partitions it reads, each with a watermark of its own. Asked once, when it is open.
  virtual std::size_t partitions() const { return 1; }
};

/// A description of a source: plain options, and `open` to begin reading.
///
/// `open` may throw `error{unavailable}`: the file is not there. It is called when the
/// pipeline starts to run, not while it is built.
template <typename S>
concept source_spec = requires(const S& s) {
  typename S::event_type;
  { s.open() } -> std::same_as<std::unique_ptr<source<typename S::event_type>>>;
};

}  // namespace oriel
