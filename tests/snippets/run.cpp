// SPDX-License-Identifier: Apache-2.0
// tests/snippets/run.cpp - runs the programs found in the pages.
//
//     oriel_snippets FILES SCRATCH
//
// Each runs in the folder SCRATCH, which holds a fresh copy of FILES: what the pages' programs
// read. A program fails when it returns something else than 0 or throws.
#include "run.hpp"

#include <cstdlib>
#include <exception>
#include <filesystem>
#include <iostream>
#include <vector>

namespace {

std::vector<oriel_snippets::program>& programs() {
  static std::vector<oriel_snippets::program> all;
  return all;
}

bool succeeds(const oriel_snippets::program& program) {
  try {
    const int status = program.run();
    if (status != 0) std::cout << program.place << ": returned " << status << "\n";
    return status == 0;
  } catch (const std::exception& failure) {
    std::cout << program.place << ": threw: " << failure.what() << "\n";
    return false;
  }
}

}  // namespace

oriel_snippets::registration::registration(const char* place, int (*run)()) { programs().push_back({place, run}); }

int main(int argc, char** argv) {
  namespace fs = std::filesystem;
  if (argc != 3) {
    std::cerr << "usage: oriel_snippets FILES SCRATCH\n";
    return EXIT_FAILURE;
  }
  const fs::path files = fs::absolute(argv[1]);
  const fs::path scratch = fs::absolute(argv[2]);
  std::size_t failed = 0;
  for (const auto& program : programs()) {
    std::cout << "--- " << program.place << std::endl;
    fs::remove_all(scratch);
    fs::create_directories(scratch);
    fs::copy(files, scratch, fs::copy_options::recursive);
    fs::current_path(scratch);
    if (!succeeds(program)) ++failed;
    fs::current_path(files);
  }
  std::cout << "--- " << programs().size() << " programs, " << failed << " failed\n";
  return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
