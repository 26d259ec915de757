// SPDX-License-Identifier: Apache-2.0
#include "apps/program.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <iterator>
#include <sstream>

extern char** environ;

namespace apps_test {

scratch_folder::scratch_folder() {
  static std::atomic<int> counter{0};
  path_ = std::filesystem::temp_directory_path() /
          ("oriel-apps-" + std::to_string(::getpid()) + "-" + std::to_string(counter++));
  std::filesystem::create_directories(path_);
}

scratch_folder::~scratch_folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string scratch_folder::file(std::string_view name, std::string_view text) const {
  std::ofstream(path(name), std::ios::binary) << text;
  return path(name);
}

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<std::string> sorted_lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  std::sort(lines.begin(), lines.end());
  return lines;
}

outcome run(const std::string& name, const std::vector<std::string>& arguments, std::string_view input,
            const std::string& out_path) {
  const scratch_folder scratch;
  const std::string program = std::string(ORIEL_APPS_DIR) + "/" + name;
  const std::string out = out_path.empty() ? scratch.path("out") : out_path;
  const std::string err = scratch.path("err");
  constexpr int create = O_WRONLY | O_CREAT | O_TRUNC;

  int feed[2];
  REQUIRE(::pipe2(feed, O_CLOEXEC) == 0);
  posix_spawn_file_actions_t files;
  ::posix_spawn_file_actions_init(&files);
  ::posix_spawn_file_actions_adddup2(&files, feed[0], 0);
  ::posix_spawn_file_actions_addopen(&files, 1, out.c_str(), create, 0666);
  ::posix_spawn_file_actions_addopen(&files, 2, err.c_str(), create, 0666);

  // A program that does not read its input breaks the pipe; that is for this process to ignore, not for it.
  ::signal(SIGPIPE, SIG_IGN);
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  sigset_t signals;
  ::sigemptyset(&signals);
  ::sigaddset(&signals, SIGPIPE);
  ::posix_spawnattr_setsigdefault(&attributes, &signals);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);

  std::vector<std::string> words{program};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);

  pid_t child = 0;
  const int failure = ::posix_spawn(&child, program.c_str(), &files, &attributes, argv.data(), environ);
  ::posix_spawn_file_actions_destroy(&files);
  ::posix_spawnattr_destroy(&attributes);
  ::close(feed[0]);
  while (failure == 0 && !input.empty()) {
    const ssize_t written = ::write(feed[1], input.data(), input.size());
    if (written < 0) break;
    input.remove_prefix(static_cast<std::size_t>(written));
  }
  ::close(feed[1]);
  REQUIRE_MESSAGE(failure == 0, "cannot run " << program);

  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), out_path.empty() ? read_file(out) : "",
          read_file(err)};
}

}  // namespace apps_test
