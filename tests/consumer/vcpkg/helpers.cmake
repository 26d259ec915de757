# SPDX-License-Identifier: Apache-2.0
# helpers.cmake - what a vcpkg port calls, for machines without vcpkg.
#
# Each function does the work of its namesake as far as the port can tell: the project is configured and
# built in both configurations, installed, and what find_package reads is moved to where vcpkg keeps it.
# The order of calls and every path are the port's own.
#
# Build folders are BUILD-dbg and BUILD-rel. The library is compiled as in the build under test, warnings being
# errors included, so that a compiler cache which has seen it compiles little again.
set(vcpkg_configurations dbg rel)
set(vcpkg_type_dbg Debug)
set(vcpkg_type_rel Release)
set(vcpkg_prefix_dbg ${CURRENT_PACKAGES_DIR}/debug)
set(vcpkg_prefix_rel ${CURRENT_PACKAGES_DIR})

function(run)
  execute_process(COMMAND ${ARGN} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

function(vcpkg_cmake_configure)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "SOURCE_PATH" "OPTIONS")
  foreach(configuration IN LISTS vcpkg_configurations)
    execute_process(
      COMMAND ${CMAKE_COMMAND} --fresh -S ${arg_SOURCE_PATH} -B ${BUILD}-${configuration} -G Ninja
        -DCMAKE_BUILD_TYPE=${vcpkg_type_${configuration}}
        -DCMAKE_INSTALL_PREFIX=${vcpkg_prefix_${configuration}}
        -DCMAKE_INSTALL_LIBDIR:STRING=lib -DCMAKE_INSTALL_BINDIR:STRING=bin
        -DCMAKE_ERROR_ON_ABSOLUTE_INSTALL_DESTINATION=ON
        -DBUILD_SHARED_LIBS=OFF
        -DCMAKE_PROJECT_INCLUDE=${CMAKE_CURRENT_FUNCTION_LIST_DIR}/packages_found.cmake
        ${arg_OPTIONS}
        -DCMAKE_CXX_COMPILER=${COMPILER} -DCMAKE_POSITION_INDEPENDENT_CODE=ON -DORIEL_WERROR=ON
        "-DCMAKE_CXX_FLAGS_DEBUG=${FLAGS}" "-DCMAKE_CXX_FLAGS_RELEASE=${FLAGS}"
      ERROR_VARIABLE errors COMMAND_ERROR_IS_FATAL ANY)
    # CMake warns of variables that the project does not read: an option of the port must not be among them.
    foreach(option IN LISTS arg_OPTIONS)
      string(REGEX REPLACE "^-D([^=]+)=.*$" "\\1" variable ${option})
      if(errors MATCHES "${variable}")
        message(FATAL_ERROR "the project has no option ${variable}")
      endif()
    endforeach()
  endforeach()
endfunction()

function(vcpkg_cmake_install)
  foreach(configuration IN LISTS vcpkg_configurations)
    run(${CMAKE_COMMAND} --build ${BUILD}-${configuration} --target install)
  endforeach()
endfunction()

# Of the debug build only what says where its libraries are is kept, beside what the release build installed.
# Moved, the files are two folders below the prefix, whatever they were before.
function(vcpkg_cmake_config_fixup)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "CONFIG_PATH" "")
  set(share ${CURRENT_PACKAGES_DIR}/share/${PORT})
  file(GLOB files ${CURRENT_PACKAGES_DIR}/${arg_CONFIG_PATH}/*)
  if(NOT files)
    message(FATAL_ERROR "${arg_CONFIG_PATH} holds nothing")
  endif()
  file(COPY ${files} DESTINATION ${share})
  file(GLOB files ${CURRENT_PACKAGES_DIR}/debug/${arg_CONFIG_PATH}/*-debug.cmake)
  foreach(file IN LISTS files)
    cmake_path(GET file FILENAME name)
    file(READ ${file} text)
    string(REPLACE "\${_IMPORT_PREFIX}/lib" "\${_IMPORT_PREFIX}/debug/lib" text "${text}")
    file(WRITE ${share}/${name} "${text}")
  endforeach()
  foreach(prefix IN ITEMS ${CURRENT_PACKAGES_DIR} ${CURRENT_PACKAGES_DIR}/debug)
    cmake_path(GET arg_CONFIG_PATH PARENT_PATH parent)
    file(REMOVE_RECURSE ${prefix}/${parent})
  endforeach()

  set(up "get_filename_component(_IMPORT_PREFIX \"\${_IMPORT_PREFIX}\" PATH)\n")
  set(up_pattern "get_filename_component\\(_IMPORT_PREFIX \"\\\${_IMPORT_PREFIX}\" PATH\\)\n")
  file(GLOB files ${share}/*.cmake)
  foreach(file IN LISTS files)
    file(READ ${file} text)
    string(REGEX REPLACE "(${up_pattern})+" "${up}${up}" text "${text}")
    string(REGEX REPLACE "\\\${CMAKE_CURRENT_LIST_DIR}/(\\.\\./)+" "\${CMAKE_CURRENT_LIST_DIR}/../../" text "${text}")
    file(WRITE ${file} "${text}")
  endforeach()
endfunction()

# Ours are relative already, as this makes others.
function(vcpkg_fixup_pkgconfig)
  file(GLOB_RECURSE files ${CURRENT_PACKAGES_DIR}/*.pc)
  foreach(file IN LISTS files)
    cmake_path(GET file STEM name)
    cmake_path(GET file PARENT_PATH folder)
    run(${CMAKE_COMMAND} -E env PKG_CONFIG_PATH=${folder} pkg-config --print-errors --exists ${name})
  endforeach()
endfunction()

function(vcpkg_install_copyright)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "" "FILE_LIST")
  file(INSTALL ${arg_FILE_LIST} DESTINATION ${CURRENT_PACKAGES_DIR}/share/${PORT} RENAME copyright)
endfunction()
