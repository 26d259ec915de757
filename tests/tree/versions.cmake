# SPDX-License-Identifier: Apache-2.0
# versions.cmake - whoever states the version of Oriel states the one of project() in CMakeLists.txt.
#
# conanfile.py, the pkg-config files and the docs are not here: they take it from there.
function(must_say file pattern)
  file(READ ${file} text)
  if(NOT text MATCHES "${pattern}")
    message(SEND_ERROR "${file} does not state the version at all: expected ${pattern}")
  elseif(NOT CMAKE_MATCH_1 STREQUAL VERSION)
    message(SEND_ERROR "${file} says ${CMAKE_MATCH_1}, CMakeLists.txt says ${VERSION}")
  endif()
endfunction()

must_say(include/oriel/core/version.hpp "#define ORIEL_VERSION \"([0-9.]+)\"")
must_say(packaging/vcpkg/oriel/vcpkg.json "\"version\": \"([0-9.]+)\"")
must_say(CHANGELOG.md "\n## ([0-9.]+)")
