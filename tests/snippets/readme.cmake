# SPDX-License-Identifier: Apache-2.0
# readme.cmake - the README's program is examples/readme.cpp, and what it is said to print is what it prints.
file(READ ${ROOT}/README.md page)
file(READ ${ROOT}/examples/readme.cpp program)
file(READ ${ROOT}/examples/readme.expected output)

# The program begins after the head of its file.
string(FIND "${program}" "#include" start)
string(SUBSTRING "${program}" ${start} -1 program)
foreach(part IN ITEMS program output)
  string(FIND "${page}" "${${part}}" at)
  if(at EQUAL -1)
    message(SEND_ERROR "README.md does not show the ${part} of examples/readme.cpp as it is:\n${${part}}")
  endif()
endforeach()
