# SPDX-License-Identifier: Apache-2.0
# libxxhash-dev.
from conan import ConanFile


class XxhashSystem(ConanFile):
    name = "xxhash"
    package_type = "shared-library"

    def package_id(self):
        self.info.clear()

    def package_info(self):
        self.cpp_info.includedirs = self.cpp_info.libdirs = self.cpp_info.bindirs = []
        self.cpp_info.set_property("cmake_file_name", "xxHash")
        self.cpp_info.set_property("cmake_target_name", "xxHash::xxhash")
        self.cpp_info.system_libs = ["xxhash"]
