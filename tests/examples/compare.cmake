# SPDX-License-Identifier: Apache-2.0
# compare.cmake - runs PROGRAM in the folder SCRATCH, empty but for a copy of FILES, and compares what it
# prints with EXPECTED.
#
# CASE, when given, is the path without extension of an application's case; CMakeLists.txt here
# lists the files that may belong to it. What was printed stays in SCRATCH.
file(REMOVE_RECURSE ${SCRATCH})
file(MAKE_DIRECTORY ${SCRATCH})
if(FILES AND EXISTS ${FILES})
  file(COPY ${FILES}/ DESTINATION ${SCRATCH})
endif()

set(arguments)
set(input /dev/null)
set(wanted_status 0)
if(CASE)
  cmake_path(GET CASE PARENT_PATH files)
  file(STRINGS ${CASE}.args arguments)
  string(REPLACE "{files}" "${files}" arguments "${arguments}")
  if(EXISTS ${CASE}.stdin)
    set(input ${CASE}.stdin)
  endif()
  if(EXISTS ${CASE}.status)
    file(STRINGS ${CASE}.status wanted_status)
  endif()
endif()

execute_process(COMMAND ${PROGRAM} ${arguments}
  WORKING_DIRECTORY ${SCRATCH} INPUT_FILE ${input}
  OUTPUT_FILE ${SCRATCH}/stdout ERROR_FILE ${SCRATCH}/stderr RESULT_VARIABLE status)

if(NOT status EQUAL wanted_status)
  file(READ ${SCRATCH}/stderr errors)
  message(SEND_ERROR "${NAME}: status ${status}, not ${wanted_status}. Standard error:\n${errors}")
endif()

if(NOT EXISTS ${EXPECTED})
  message(SEND_ERROR "${NAME}: ${EXPECTED} is missing; if ${SCRATCH}/stdout is right, copy it there")
else()
  execute_process(COMMAND ${CMAKE_COMMAND} -E compare_files ${EXPECTED} ${SCRATCH}/stdout
    RESULT_VARIABLE differs ERROR_QUIET)
  if(differs)
    execute_process(COMMAND diff -u ${EXPECTED} ${SCRATCH}/stdout OUTPUT_VARIABLE difference)
    message(SEND_ERROR "${NAME}: printed something else than ${EXPECTED}:\n${difference}")
  endif()
endif()

if(CASE AND EXISTS ${CASE}.stderr)
  file(READ ${SCRATCH}/stderr errors)
  file(STRINGS ${CASE}.stderr phrases)
  foreach(phrase IN LISTS phrases)
    string(FIND "${errors}" "${phrase}" at)
    if(at EQUAL -1)
      message(SEND_ERROR "${NAME}: '${phrase}' is not in its standard error:\n${errors}")
    endif()
  endforeach()
endif()
