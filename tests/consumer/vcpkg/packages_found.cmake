# SPDX-License-Identifier: Apache-2.0
# packages_found.cmake - once the project is configured, leaves the packages it found beside its cache.
function(oriel_write_packages_found)
  get_property(found GLOBAL PROPERTY PACKAGES_FOUND)
  file(WRITE ${CMAKE_BINARY_DIR}/packages_found.txt "${found}")
endfunction()
cmake_language(DEFER DIRECTORY ${CMAKE_SOURCE_DIR} CALL oriel_write_packages_found)
