// SPDX-License-Identifier: Apache-2.0
// benchmarks/temporary_file.hpp - a file for as long as a benchmark wants one.
#pragma once

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>

/// An empty file of a name of its own, where temporary files go; removed in the end.
/// Errors: throws std::system_error when it cannot be made.
class temporary_file {
 public:
  temporary_file() : path_((std::filesystem::temp_directory_path() / "oriel-benchmark-XXXXXX").string()) {
    const int file = ::mkstemp(path_.data());
    if (file < 0) throw std::system_error(errno, std::generic_category(), path_);
    ::close(file);
  }
  temporary_file(const temporary_file&) = delete;
  temporary_file& operator=(const temporary_file&) = delete;
  ~temporary_file() {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
  }

  const std::string& path() const noexcept { return path_; }

 private:
  std::string path_;
};
