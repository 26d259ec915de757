# SPDX-License-Identifier: Apache-2.0
# must_not_compile.cmake - compiles FILE with its mistake in and looks for the expected objection.
#
#   cmake -DCOMPILE=<command;...> -DCOMPILER=<gcc|clang> -DFILE=<path> -P must_not_compile.cmake
set(expected)
file(STRINGS ${FILE} lines REGEX "^// expect(\\(${COMPILER}\\))?: ")
foreach(line IN LISTS lines)
  string(REGEX REPLACE "^// expect[^:]*: *" "" phrase "${line}")
  list(APPEND expected "${phrase}")
endforeach()
if(NOT expected)
  message(FATAL_ERROR "${FILE}: no '// expect: ...' line for ${COMPILER}")
endif()

set(ENV{LC_ALL} C)
execute_process(COMMAND ${COMPILE} -DSHOULD_NOT_COMPILE=1 ${FILE}
  RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
if(result EQUAL 0)
  message(FATAL_ERROR "${FILE}: compiles with SHOULD_NOT_COMPILE=1; it must not")
endif()
foreach(phrase IN LISTS expected)
  string(FIND "${output}" "${phrase}" at)
  if(at EQUAL -1)
    message(FATAL_ERROR "${FILE}: the compiler objects, but not with '${phrase}':\n${output}")
  endif()
endforeach()
