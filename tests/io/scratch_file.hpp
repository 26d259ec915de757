// SPDX-License-Identifier: Apache-2.0
// tests/io/scratch_file.hpp - a file that is gone after the test, and a source read to its end.
#pragma once

#include <unistd.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include <oriel/flow/source.hpp>

namespace io_test {

using namespace oriel;

class scratch_file {
 public:
  explicit scratch_file(std::string_view text = {}, const std::string& name = "events.jsonl") {
    static std::atomic<int> counter{0};
    folder_ = std::filesystem::temp_directory_path() /
              ("oriel-io-" + std::to_string(::getpid()) + "-" + std::to_string(counter++));
    std::filesystem::create_directories(folder_);
    path_ = (folder_ / name).string();
    std::ofstream(path_, std::ios::binary) << text;
  }
  scratch_file(const scratch_file&) = delete;
  scratch_file& operator=(const scratch_file&) = delete;
  ~scratch_file() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  const std::string& path() const { return path_; }
  std::string folder() const { return folder_.string(); }
  std::string text() const {
    std::ifstream in(path_, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

 private:
  std::filesystem::path folder_;
  std::string path_;
};

/// All a source has to say, rows turned into values that own their text by `keep`.
template <typename Kept>
struct everything {
  std::vector<Kept> rows;
  std::vector<dead_letter> rejected;
  std::uint64_t malformed = 0;

  friend bool operator==(const everything&, const everything&) = default;
};

template <typename Kept, typename T, typename Keep>
everything<Kept> read_everything(source<T>& from, Keep keep, std::size_t most = 1024) {
  everything<Kept> all;
  source_batch<T> batch;
  for (;;) {
    const source_state state = from.read(batch, most);
    for (const T& row : batch.rows) all.rows.push_back(keep(row));
    all.rejected.insert(all.rejected.end(), batch.rejected.begin(), batch.rejected.end());
    all.malformed += batch.malformed;
    if (state == source_state::finished) return all;
  }
}

template <typename T>
everything<T> read_everything(source<T>& from, std::size_t most = 1024) {
  return read_everything<T>(from, [](const T& row) { return row; }, most);
}

}  // namespace io_test
