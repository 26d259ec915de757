# SPDX-License-Identifier: Apache-2.0
# cmake/oriel_target.cmake - what every target of ours has in common.

# The compiler settings of our own code. They are private: a project that uses Oriel keeps its own.
function(oriel_compile_options target)
  set_target_properties(${target} PROPERTIES CXX_EXTENSIONS OFF)
  if(MSVC)
    target_compile_options(${target} PRIVATE /W4 /permissive- $<$<BOOL:${ORIEL_WERROR}>:/WX>)
  else()
    target_compile_options(${target} PRIVATE
      -Wall -Wextra -Wpedantic -Wconversion -Wshadow $<$<BOOL:${ORIEL_WERROR}>:-Werror>)
  endif()
endfunction()

# A public library `oriel_NAME`, known to everyone as oriel::NAME, made of the headers and sources
# of some folders. Without sources it is an interface.
#
#   oriel_library(core FOLDERS core aggregate window)
function(oriel_library name)
  cmake_parse_arguments(arg "" "" "FOLDERS;HEADERS" ${ARGN})
  set(headers ${arg_HEADERS})
  set(sources)
  foreach(folder IN LISTS arg_FOLDERS)
    file(GLOB found CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/include/oriel/${folder}/*.hpp)
    list(APPEND headers ${found})
    file(GLOB found CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/${folder}/*.cpp)
    list(APPEND sources ${found})
  endforeach()

  set(target oriel_${name})
  if(sources)
    set(scope PUBLIC)
    add_library(${target} ${sources})
    oriel_compile_options(${target})
    target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR}/src)
    # A shared library shows what ORIEL_EXPORT marks; a static one is compiled the same way, so that a
    # mark that is missing is noticed there as well (tests/exports).
    set_target_properties(${target} PROPERTIES
      VERSION ${PROJECT_VERSION}
      SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR}
      DEFINE_SYMBOL ""
      CXX_VISIBILITY_PRESET hidden
      VISIBILITY_INLINES_HIDDEN ON
      WINDOWS_EXPORT_ALL_SYMBOLS ON)
  else()
    set(scope INTERFACE)
    add_library(${target} INTERFACE)
  endif()
  add_library(oriel::${name} ALIAS ${target})
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${name})
  target_compile_features(${target} ${scope} cxx_std_20)
  target_sources(${target} ${scope}
    FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR}/include FILES ${headers})
endfunction()
