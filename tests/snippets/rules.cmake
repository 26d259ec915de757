# SPDX-License-Identifier: Apache-2.0
# rules.cmake - the extractor refuses what it cannot place, naming page and line.
file(MAKE_DIRECTORY ${SCRATCH})
function(refused page message)
  execute_process(COMMAND ${EXTRACT} ${PAGES}/${page}.md ${SCRATCH}/${page}.cpp
    RESULT_VARIABLE result ERROR_VARIABLE error)
  if(result EQUAL 0 OR EXISTS ${SCRATCH}/${page}.cpp)
    message(SEND_ERROR "${page}.md was accepted")
  endif()
  string(FIND "${error}" "${page}.md:3: ${message}" at)
  if(at EQUAL -1)
    message(SEND_ERROR "${page}.md was refused, but with: ${error}")
  endif()
endfunction()

refused(unknown_word "'ignore' is not understood")
refused(no_reason "'no-compile' is not understood")
refused(not_closed "the block is not closed")
