# SPDX-License-Identifier: Apache-2.0
# libfmt-dev.
from conan import ConanFile


class FmtSystem(ConanFile):
    name = "fmt"
    package_type = "shared-library"

    def package_id(self):
        self.info.clear()

    def package_info(self):
        self.cpp_info.includedirs = self.cpp_info.libdirs = self.cpp_info.bindirs = []
        self.cpp_info.set_property("cmake_file_name", "fmt")
        self.cpp_info.set_property("cmake_target_name", "fmt::fmt")
        self.cpp_info.system_libs = ["fmt"]
        self.cpp_info.defines = ["FMT_SHARED"]
