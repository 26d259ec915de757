# SPDX-License-Identifier: Apache-2.0
# build_and_run.cmake - configures, builds and runs a consumer project; any failing step fails the test.
#
# The compiler and its settings are those of the build under test. The build folder is kept: with nothing
# changed, everything here is a no-op but the run.
execute_process(
  COMMAND ${CMAKE_COMMAND} -S ${PROJECT} -B ${BUILD} -G ${GENERATOR}
    -DCMAKE_CXX_COMPILER=${COMPILER}
    "-DCMAKE_CXX_COMPILER_LAUNCHER=${LAUNCHER}"
    -DCMAKE_BUILD_TYPE=Debug
    "-DCMAKE_CXX_FLAGS_DEBUG=${FLAGS}"
    -DCMAKE_POSITION_INDEPENDENT_CODE=ON
    -DORIEL_WERROR=ON
    -DCMAKE_PREFIX_PATH=${STAGE}
    -DORIEL_SOURCE=${ORIEL_SOURCE}
  COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${CMAKE_COMMAND} --build ${BUILD} --target consumer COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${BUILD}/consumer OUTPUT_VARIABLE output COMMAND_ERROR_IS_FATAL ANY)
file(READ ${PROJECT}/expected expected)
if(NOT output STREQUAL expected)
  message(FATAL_ERROR "The consumer printed:\n${output}\nand should have printed:\n${expected}")
endif()
