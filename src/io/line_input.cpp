// SPDX-License-Identifier: Apache-2.0
#include "io/line_input.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "io/json_text.hpp"

namespace oriel::detail {
namespace {

const char* find_newline(const char* first, const char* last) noexcept {
  return static_cast<const char*>(std::memchr(first, '\n', static_cast<std::size_t>(last - first)));
}

/// Behind the last newline in [first, last), or nullptr.
const char* behind_last_newline(const char* first, const char* last) noexcept {
  while (last != first) {
    if (*--last == '\n') return last + 1;
  }
  return nullptr;
}

}  // namespace

void line_block::reserve(std::size_t wanted, std::size_t keep) {
  if (wanted + json_padding <= capacity) return;
  const std::size_t room = wanted + wanted / 8 + json_padding;
  // Zeroed: what lies behind the text is compared with, if never believed.
  std::unique_ptr<char[]> grown(new char[room]());
  if (keep != 0) std::memcpy(grown.get(), bytes.get(), keep);
  bytes = std::move(grown);
  capacity = room;
}

line_input::line_input(const std::string& path, std::size_t block_size, std::size_t max_line)
    : path_(path), block_size_(std::max<std::size_t>(block_size, 1)), max_line_(std::max<std::size_t>(max_line, 1)) {
  if (path == "-") {
    file_ = STDIN_FILENO;
  } else {
    do {
      file_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    } while (file_ < 0 && errno == EINTR);
    if (file_ < 0) fail(errno, "give the path of a file that can be read, or \"-\" for standard input");
    owned_ = true;
  }
  struct stat about {};
  int code = ::fstat(file_, &about) == 0 ? 0 : errno;
  if (code == 0 && S_ISDIR(about.st_mode)) code = EISDIR;
  if (code != 0) {
    if (owned_) ::close(file_);
    fail(code, "give the path of a file that can be read, or \"-\" for standard input");
  }
  is_file_ = S_ISREG(about.st_mode);
  if (is_file_) total_ = static_cast<std::uint64_t>(std::max<off_t>(about.st_size, 0));
}

line_input::~line_input() {
  if (owned_) ::close(file_);
}

void line_input::fail(int code, const char* advice) const {
  const std::string name = path_ == "-" ? "standard input" : "'" + path_ + "'";
  throw error(error_kind::unavailable,
              "json_lines: cannot read " + name + ": " + std::generic_category().message(code) + "; " + advice);
}

/// Reads what there is behind the `size` bytes of the block, up to `block_size`.
line_input::got line_input::read_more(line_block& block, int patience_ms) {
  if (ended_) return got::end;
  block.reserve(block.size + block_size_ + 1, block.size);  // one more for a missing last newline
  for (;;) {
    if (!is_file_) {
      pollfd waited{file_, POLLIN, 0};
      const int ready = ::poll(&waited, 1, patience_ms);
      if (ready == 0 || (ready < 0 && errno == EINTR)) return got::nothing;
    }
    const ssize_t count = ::read(file_, block.bytes.get() + block.size, block_size_);
    if (count > 0) {
      block.size += static_cast<std::size_t>(count);
      offset_ += static_cast<std::uint64_t>(count);
      return got::bytes;
    }
    if (count == 0) {
      ended_ = true;
      return got::end;
    }
    if (errno == EAGAIN || errno == EWOULDBLOCK) return got::nothing;
    if (errno != EINTR) fail(errno, "mend the file or its disk and run again");
  }
}

void line_input::skip_byte_order_mark(line_block& block) {
  constexpr std::string_view mark = "\xEF\xBB\xBF";
  const std::string_view text{block.begin(), std::min(block.size, mark.size())};
  if (text != mark.substr(0, text.size())) {
    at_start_ = false;
  } else if (text.size() == mark.size()) {
    at_start_ = false;
    block.size -= mark.size();
    std::memmove(block.bytes.get(), block.bytes.get() + mark.size(), block.size);
  }
}

/// Drops the rest of a line that was too long, as far as it is here.
void line_input::drop_line(line_block& block) {
  const char* const newline = find_newline(block.begin(), block.end());
  const std::size_t dropped = newline == nullptr ? block.size : static_cast<std::size_t>(newline + 1 - block.begin());
  block.size -= dropped;
  std::memmove(block.bytes.get(), block.bytes.get() + dropped, block.size);
  dropping_ = newline == nullptr;
}

input_state line_input::fill(line_block& block, int patience_ms) {
  block.overlong = false;
  block.reserve(carry_.size() + block_size_ + 1, 0);
  block.size = carry_.size();
  if (!carry_.empty()) std::memcpy(block.bytes.get(), carry_.data(), carry_.size());
  carry_.clear();

  for (std::size_t searched = 0;;) {  // no newline in front of this
    const got result = read_more(block, patience_ms);
    if (at_start_ || dropping_) searched = 0;
    if (at_start_) skip_byte_order_mark(block);
    if (dropping_) drop_line(block);

    const char* const begin = block.begin();
    const char* const behind = behind_last_newline(begin + searched, block.end());
    if (behind != nullptr) {
      carry_.assign(behind, block.end());
      block.size = static_cast<std::size_t>(behind - begin);
    } else if (block.size > max_line_) {
      block.overlong = true;
      dropping_ = true;
      block.size = max_line_;
    } else if (result == got::end) {
      if (block.size == 0) return input_state::finished;
      block.bytes[block.size++] = '\n';
    } else if (result == got::nothing) {
      carry_.assign(begin, block.end());
      return input_state::waiting;
    } else {
      searched = block.size;
      continue;
    }
    block.end_offset = offset_ - carry_.size();
    return input_state::lines;
  }
}

}  // namespace oriel::detail
