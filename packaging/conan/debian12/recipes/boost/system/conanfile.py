# SPDX-License-Identifier: Apache-2.0
# The headers of libboost1.81-dev.
from conan import ConanFile


class BoostSystem(ConanFile):
    name = "boost"
    package_type = "header-library"

    def package_id(self):
        self.info.clear()

    def package_info(self):
        self.cpp_info.set_property("cmake_file_name", "Boost")
        part = self.cpp_info.components["headers"]
        part.includedirs = part.libdirs = part.bindirs = []
        part.set_property("cmake_target_name", "Boost::headers")
