// SPDX-License-Identifier: Apache-2.0
// src/io/json_lines_ahead.cpp - the reader behind json_lines, on threads of its own.
//
// Blocks are numbered as they are read, decoded by whichever thread read them, and handed
// out by number; so the caller sees the same rows in the same order as without threads.
// There are a few more blocks than threads: when the caller is slow, the threads find no
// free block and wait, which bounds the memory.
//
// A block goes round: free -> filled and queued (both under the reading lock, which is
// what makes the order) -> decoded -> handed out part by part -> free again, at the read
// after its last part, because the rows view it.
#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "io/line_decoder.hpp"

namespace oriel::detail {
namespace {

/// How long the caller waits for a pipe before `read` says so, and how often a thread looks whether to stop.
constexpr int patience_ms = 20;

/// The rows of a block that fit one batch.
struct decoded_part {
  std::unique_ptr<row_buffer> rows;
  std::size_t count = 0;
  arena bytes;
  std::uint64_t malformed = 0;
  std::vector<dead_letter> rejected;  // lines counted from the beginning of the block
};

struct decoding_job {
  line_block block;
  std::vector<decoded_part> parts;  // kept from use to use; the first `part_count` are this block's
  std::size_t part_count = 0;
  std::uint64_t lines = 0;
  std::optional<malformed_line> failed;
  std::exception_ptr broken;
  bool done = false;
};

class reader_ahead final : public json_lines_reader {
 public:
  reader_ahead(json_lines_options options, std::span<const field_descriptor> fields, std::size_t row_size,
               const row_buffer& prototype)
      : options_(std::move(options)),
        input_(options_.path, options_.block_size, options_.max_line),
        prototype_(prototype.make_empty()) {
    for (unsigned i = 0; i < options_.decoders; ++i) {
      decoders_.push_back(std::make_unique<line_decoder>(options_, fields, row_size));
    }
    for (std::size_t i = 0; i < decoders_.size() * 2 + 1; ++i) free_.push_back(std::make_unique<decoding_job>());
  }

  ~reader_ahead() override {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    freed_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }

  source_state read(row_buffer& rows, std::size_t most, decoded_lines out) override {
    if (threads_.empty()) start(most);
    for (;;) {
      if (!current_) {
        const source_state state = next_job();
        if (state != source_state::ready) {
          rows.resize(0);
          return state;
        }
      }
      if (part_ < current_->part_count) {
        hand_out(rows, most, out);
        return source_state::ready;
      }
      if (current_->failed) {
        malformed_line failed = *current_->failed;
        failed.line += lines_before_;
        throw to_error(options_, failed);
      }
      if (current_->broken) std::rethrow_exception(current_->broken);
      lines_before_ += current_->lines;
      release();
    }
  }

  source_progress progress() const override { return {done_bytes_, input_.total()}; }

 private:
  void start(std::size_t most) {
    part_size_ = most;
    for (const auto& decoder : decoders_) {
      threads_.emplace_back([this, &decoder] { run(*decoder); });
    }
  }

  // -- the caller's side

  /// Takes the next decoded block.
  source_state next_job() {
    std::unique_lock lock(mutex_);
    const auto decoded = [&] { return !queue_.empty() && queue_.front()->done; };
    while (!decoded()) {
      if (queue_.empty() && ended_) return source_state::finished;
      if (input_.is_file()) {
        decoded_.wait(lock);
      } else {
        const auto woken = decoded_.wait_for(lock, std::chrono::milliseconds{patience_ms});
        if (woken == std::cv_status::timeout && queue_.empty() && idle_) return source_state::waiting;
      }
    }
    current_ = std::move(queue_.front());
    queue_.pop_front();
    part_ = 0;
    first_ = 0;
    return source_state::ready;
  }

  /// Hands out the current part, or `most` rows of it when it is larger.
  void hand_out(row_buffer& rows, std::size_t most, decoded_lines& out) {
    decoded_part& part = current_->parts[part_];
    if (first_ == 0) {
      out.malformed = part.malformed;
      std::swap(out.rejected, part.rejected);
      for (dead_letter& letter : out.rejected) letter.line += lines_before_;
    }
    if (first_ == 0 && part.count <= most) {
      rows.swap(*part.rows);  // what the rows view stays in the job until the next read
      rows.renumber(static_cast<std::int64_t>(lines_before_));
      ++part_;
      return;
    }
    const std::size_t count = std::min(most, part.count - first_);
    rows.move_from(*part.rows, first_, count);
    rows.renumber(static_cast<std::int64_t>(lines_before_));
    first_ += count;
    if (first_ == part.count) {
      first_ = 0;
      ++part_;
    }
  }

  void release() {
    done_bytes_ = current_->block.end_offset;
    {
      const std::lock_guard lock(mutex_);
      free_.push_back(std::move(current_));
    }
    freed_.notify_one();
  }

  // -- the threads' side

  void run(line_decoder& decoder) {
    while (decoding_job* const job = fill_next()) {
      decode(*job, decoder);
      {
        const std::lock_guard lock(mutex_);
        job->done = true;
      }
      decoded_.notify_one();
    }
  }

  /// Reads the next block and queues its job, or nullptr when there is no more to do.
  decoding_job* fill_next() {
    const std::lock_guard reading(reading_);
    std::unique_ptr<decoding_job> job;
    {
      std::unique_lock lock(mutex_);
      freed_.wait(lock, [&] { return stopping_ || ended_ || !free_.empty(); });
      if (stopping_ || ended_) return nullptr;
      job = std::move(free_.back());
      free_.pop_back();
    }
    job->part_count = 0;
    job->lines = 0;
    job->failed.reset();
    job->broken = nullptr;
    job->done = false;
    for (;;) {
      input_state state = input_state::lines;
      try {
        state = input_.fill(job->block, patience_ms);
      } catch (...) {
        job->block.size = 0;
        job->broken = std::current_exception();
      }
      const std::lock_guard lock(mutex_);
      idle_ = state == input_state::waiting;
      ended_ = state == input_state::finished || job->broken != nullptr;
      if (state == input_state::lines) {
        queue_.push_back(std::move(job));
        return queue_.back().get();
      }
      decoded_.notify_one();
      if (ended_ || stopping_) {
        freed_.notify_all();
        return nullptr;
      }
    }
  }

  void decode(decoding_job& job, line_decoder& decoder) {
    if (job.broken) return;
    try {
      line_cursor cursor{job.block.begin(), 0};
      while (cursor.at != job.block.end() && !job.failed) {
        if (job.part_count == job.parts.size()) {
          job.parts.emplace_back();
          job.parts.back().rows = prototype_->make_empty();
        }
        decoded_part& part = job.parts[job.part_count];
        part.bytes.clear();
        part.malformed = 0;
        part.rejected.clear();
        part.count = decoder.decode(job.block, cursor, *part.rows, part_size_,
                                    {part.bytes, part.malformed, part.rejected}, job.failed);
        if (part.count != 0 || part.malformed != 0) ++job.part_count;
      }
      job.lines = cursor.line;
    } catch (...) {
      job.broken = std::current_exception();
    }
  }

  json_lines_options options_;
  line_input input_;
  std::unique_ptr<row_buffer> prototype_;
  std::vector<std::unique_ptr<line_decoder>> decoders_;
  std::size_t part_size_ = 0;

  // The caller's alone.
  std::unique_ptr<decoding_job> current_;
  std::size_t part_ = 0;   // of the current job
  std::size_t first_ = 0;  // row of that part
  std::uint64_t lines_before_ = 0;
  std::uint64_t done_bytes_ = 0;

  std::mutex reading_;  // held while the input is read; taken before mutex_
  std::mutex mutex_;    // guards what follows
  std::condition_variable freed_;
  std::condition_variable decoded_;
  std::vector<std::unique_ptr<decoding_job>> free_;
  std::deque<std::unique_ptr<decoding_job>> queue_;  // in the order of the input
  bool stopping_ = false;
  bool ended_ = false;  // of input
  bool idle_ = false;   // the pipe had nothing when last asked

  std::vector<std::thread> threads_;
};

}  // namespace

std::unique_ptr<json_lines_reader> make_reader_ahead(json_lines_options options,
                                                     std::span<const field_descriptor> fields, std::size_t row_size,
                                                     const row_buffer& prototype) {
  return std::make_unique<reader_ahead>(std::move(options), fields, row_size, prototype);
}

}  // namespace oriel::detail
