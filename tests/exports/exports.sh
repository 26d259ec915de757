#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# exports.sh SCRATCH LIBRARY... - fails when an object file of SCRATCH/objects.txt needs what the libraries hide.
#
# A library may need what another one hides no more than a program may.
set -eu
scratch=$1
shift
export LC_ALL=C

# What a library hides: defined, global, and not to be seen from outside.
hidden() {
  readelf --syms --wide "$1" | awk '($5 == "GLOBAL" || $5 == "WEAK") && $6 == "HIDDEN" && $7 != "UND" {print $8}' | sort -u
}
needed() {
  nm --undefined-only --format=posix "$@" | awk 'NF >= 2 {print $1}' | sort -u
}

status=0
tr '\n' '\0' <"$scratch/objects.txt" | xargs -0 nm --undefined-only --format=posix |
  awk 'NF >= 2 {print $1}' | sort -u >"$scratch/needed"
[ -s "$scratch/needed" ] || { echo "no object file was read" >&2; exit 1; }
for library in "$@"; do
  hidden "$library" >"$scratch/hidden"
  [ -s "$scratch/hidden" ] || { echo "$library hides nothing: was it compiled with hidden visibility?" >&2; exit 1; }
  for other in "$@"; do
    [ "$other" = "$library" ] || needed "$other"
  done | sort -u - "$scratch/needed" | comm -12 - "$scratch/hidden" >"$scratch/missing"
  if [ -s "$scratch/missing" ]; then
    echo "$library hides what a program needs; mark it ORIEL_EXPORT:"
    c++filt <"$scratch/missing"
    status=1
  fi
done
exit $status
