# SPDX-License-Identifier: Apache-2.0
# libsimdjson-dev.
from conan import ConanFile


class SimdjsonSystem(ConanFile):
    name = "simdjson"
    package_type = "shared-library"

    def package_id(self):
        self.info.clear()

    def package_info(self):
        self.cpp_info.includedirs = self.cpp_info.libdirs = self.cpp_info.bindirs = []
        self.cpp_info.set_property("cmake_file_name", "simdjson")
        self.cpp_info.set_property("cmake_target_name", "simdjson::simdjson")
        self.cpp_info.system_libs = ["simdjson", "pthread"]
        self.cpp_info.defines = ["SIMDJSON_THREADS_ENABLED=1"]
