#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# build_and_run.sh SCRATCH COMPILER VERSION - compiles the consumers by hand, with what pkg-config says.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
scratch=$1
compiler=$2
version=$3
PKG_CONFIG_PATH=$(dirname "$(find "$scratch/stage" -name oriel.pc)")
export PKG_CONFIG_PATH

for package in oriel oriel-core; do
  found=$(pkg-config --modversion "$package")
  [ "$found" = "$version" ] || { echo "$package.pc says $found, the project is $version" >&2; exit 1; }
done

build_and_run() { # package, source, file with what it has to print
  # shellcheck disable=SC2046
  $compiler -std=c++20 "$here/$2" -o "$scratch/$1" $(pkg-config --cflags --libs "$1")
  LD_LIBRARY_PATH=$(pkg-config --variable=libdir "$1") "$scratch/$1" | diff "$here/$3" -
}
build_and_run oriel pipeline.cpp find_package/expected
build_and_run oriel-core find_core/main.cpp find_core/expected
