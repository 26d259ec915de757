# SPDX-License-Identifier: Apache-2.0
# libhowardhinnant-date-dev: it reads the time zones of the system.
from conan import ConanFile


class DateSystem(ConanFile):
    name = "date"
    package_type = "shared-library"
    options = {"use_system_tz_db": [True]}
    default_options = {"use_system_tz_db": True}

    def package_id(self):
        self.info.clear()

    def package_info(self):
        self.cpp_info.set_property("cmake_file_name", "date")
        part = self.cpp_info.components["date-tz"]
        part.includedirs = part.libdirs = part.bindirs = []
        part.set_property("cmake_target_name", "date::date-tz")
        part.system_libs = ["date-tz", "pthread"]
        part.defines = ["HAS_STRING_VIEW=1", "ONLY_C_LOCALE=1", "USE_OS_TZDB=1"]
