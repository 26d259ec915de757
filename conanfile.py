# SPDX-License-Identifier: Apache-2.0
# conanfile.py - Oriel as a Conan 2 package.
#
#   conan create . --build=missing
#
# With Debian's own packages instead of those of the public index: docs/install.md.
import os
import re

from conan import ConanFile
from conan.errors import ConanInvalidConfiguration
from conan.tools.build import check_min_cppstd
from conan.tools.cmake import CMake, CMakeDeps, CMakeToolchain, cmake_layout
from conan.tools.files import copy, load, rmdir
from conan.tools.scm import Version

required_conan_version = ">=2.4"


class OrielConan(ConanFile):
    name = "oriel"
    description = "Real-time analytics as a C++20 library"
    license = "Apache-2.0"
    topics = ("analytics", "streaming", "windows", "sql", "event-time")
    package_type = "library"
    settings = "os", "arch", "compiler", "build_type"
    options = {"shared": [True, False], "fPIC": [True, False]}
    # Boost is needed for its headers only; time zones come from the system.
    default_options = {"shared": False, "fPIC": True, "date/*:use_system_tz_db": True}
    implements = ["auto_shared_fpic"]
    exports = "CMakeLists.txt"
    exports_sources = "CMakeLists.txt", "LICENSE", "cmake/*", "include/*", "src/*"
    test_package_folder = "packaging/conan/test_package"

    def set_version(self):
        project = load(self, os.path.join(self.recipe_folder, "CMakeLists.txt"))
        self.version = re.search(r"project\(oriel\s+VERSION\s+([\d.]+)", project).group(1)

    def layout(self):
        cmake_layout(self)

    def requirements(self):
        # Public headers include Boost.Describe, Boost.MP11, Boost.Unordered and xxHash.
        self.requires("boost/[>=1.81 <2]", transitive_headers=True, libs=False)
        self.requires("xxhash/[>=0.8.1 <1]", transitive_headers=True)
        self.requires("date/[>=3.0 <4]")
        self.requires("fmt/[>=9.1 <13]")
        self.requires("simdjson/[>=3.0 <5]")

    def build_requirements(self):
        self.tool_requires("cmake/[>=3.25]")

    def validate(self):
        check_min_cppstd(self, 20)
        oldest = {"gcc": "12", "clang": "14", "apple-clang": "15"}.get(str(self.settings.compiler))
        if oldest is None:
            raise ConanInvalidConfiguration(f"Oriel is not written for {self.settings.compiler}: use gcc or clang")
        if Version(self.settings.compiler.version) < oldest:
            raise ConanInvalidConfiguration(f"Oriel needs {self.settings.compiler} {oldest} or later")

    def generate(self):
        CMakeDeps(self).generate()
        toolchain = CMakeToolchain(self)
        for what in "BUILD_TESTS", "BUILD_EXAMPLES", "BUILD_BENCHMARKS", "WERROR":
            toolchain.cache_variables[f"ORIEL_{what}"] = False
        toolchain.generate()

    def build(self):
        cmake = CMake(self)
        cmake.configure()
        cmake.build()

    def package(self):
        CMake(self).install()
        copy(self, "LICENSE", self.source_folder, os.path.join(self.package_folder, "licenses"))
        # CMakeDeps and PkgConfigDeps write these for whoever uses the package.
        rmdir(self, os.path.join(self.package_folder, "lib", "cmake"))
        rmdir(self, os.path.join(self.package_folder, "lib", "pkgconfig"))
        rmdir(self, os.path.join(self.package_folder, "share"))

    def package_info(self):
        self.cpp_info.set_property("cmake_file_name", "oriel")

        core = self.cpp_info.components["core"]
        core.set_property("cmake_target_name", "oriel::core")
        core.set_property("pkg_config_name", "oriel-core")
        core.libs = ["oriel_core"]
        core.requires = ["boost::headers", "xxhash::xxhash", "date::date"]

        oriel = self.cpp_info.components["oriel"]
        oriel.set_property("cmake_target_name", "oriel::oriel")
        oriel.set_property("pkg_config_name", "oriel")
        oriel.libs = ["oriel"]
        oriel.requires = ["core", "fmt::fmt", "simdjson::simdjson"]
        if self.settings.os in ("Linux", "FreeBSD"):
            oriel.system_libs = ["pthread"]

        testing = self.cpp_info.components["testing"]
        testing.set_property("cmake_target_name", "oriel::testing")
        testing.set_property("pkg_config_name", "oriel-testing")
        testing.requires = ["oriel"]
