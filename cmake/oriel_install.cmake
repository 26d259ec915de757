# SPDX-License-Identifier: Apache-2.0
# cmake/oriel_install.cmake - `cmake --install`, and what find_package(oriel) reads afterwards.
#
# The core has its own export file, so that a project which asks for that component only does not
# have to have the packages of the rest.
include(CMakePackageConfigHelpers)

set(oriel_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/oriel)

install(TARGETS oriel_core EXPORT oriel_core FILE_SET HEADERS)
install(TARGETS oriel_oriel oriel_testing EXPORT oriel_rest FILE_SET HEADERS)
install(EXPORT oriel_core NAMESPACE oriel:: FILE orielTargets-core.cmake DESTINATION ${oriel_package_dir})
install(EXPORT oriel_rest NAMESPACE oriel:: FILE orielTargets.cmake DESTINATION ${oriel_package_dir})

get_target_property(oriel_library_type oriel_oriel TYPE)
configure_package_config_file(cmake/orielConfig.cmake.in ${PROJECT_BINARY_DIR}/orielConfig.cmake
  INSTALL_DESTINATION ${oriel_package_dir})
# Before 1.0 a minor version may change the interface.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/orielConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(
  FILES
    ${PROJECT_BINARY_DIR}/orielConfig.cmake
    ${PROJECT_BINARY_DIR}/orielConfigVersion.cmake
    ${PROJECT_SOURCE_DIR}/cmake/FindxxHash.cmake
  DESTINATION ${oriel_package_dir})
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})

# For builds without CMake: `pkg-config --cflags --libs oriel`. A static library hands on what it is built
# on, a shared one keeps that to itself. Paths are relative to the file, so that the whole may be moved.
set(oriel_pc_requires "fmt >= 9.1, simdjson >= 3.0")
set(oriel_pc_core_libs "-ldate-tz")
if(oriel_library_type STREQUAL "STATIC_LIBRARY")
  string(PREPEND oriel_pc_requires ", ")
  string(PREPEND oriel_pc_core_libs " ")
else()
  string(PREPEND oriel_pc_requires "\nRequires.private: ")
  string(PREPEND oriel_pc_core_libs "\nLibs.private: ")
endif()
set(oriel_pc_dir ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
file(RELATIVE_PATH oriel_pc_prefix /prefix/${oriel_pc_dir} /prefix)
string(REGEX REPLACE "/$" "" oriel_pc_prefix ${oriel_pc_prefix})
foreach(name IN ITEMS oriel oriel-core)
  configure_file(cmake/${name}.pc.in ${PROJECT_BINARY_DIR}/${name}.pc @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/${name}.pc DESTINATION ${oriel_pc_dir})
endforeach()
