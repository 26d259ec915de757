// SPDX-License-Identifier: Apache-2.0
// tests/apps/program.hpp - runs an application as a shell would, and keeps what it says.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace apps_test {

/// A folder that is gone after the test.
class scratch_folder {
 public:
  scratch_folder();
  scratch_folder(const scratch_folder&) = delete;
  scratch_folder& operator=(const scratch_folder&) = delete;
  ~scratch_folder();

  std::string path(std::string_view name) const { return (path_ / name).string(); }

  /// Writes a file and gives its path.
  std::string file(std::string_view name, std::string_view text) const;

 private:
  std::filesystem::path path_;
};

std::string read_file(const std::string& path);

/// The lines of a text, sorted.
std::vector<std::string> sorted_lines(const std::string& text);

struct outcome {
  int status = 0;  ///< exit status, or 128 and the signal's number
  std::string out;
  std::string err;
};

/// Runs the application `name`. `input` comes through a pipe. Standard output goes to the file `out_path`, if given.
outcome run(const std::string& name, const std::vector<std::string>& arguments, std::string_view input = {},
            const std::string& out_path = {});

}  // namespace apps_test
