#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# exports.sh SCRATCH LIBRARY... - fails when the libraries hide what programs need.
#
# That is what an object file of SCRATCH/objects.txt needs, what another library needs, and whatever is
# not in oriel::detail: what sources share among themselves is.
set -eu
scratch=$1
shift
export LC_ALL=C

# What a library hides: defined, of this binding, and not to be seen from outside.
hidden() {
  readelf --syms --wide "$1" | awk -v binding="$2" '$5 ~ binding && $6 == "HIDDEN" && $7 != "UND" {print $8}' | sort -u
}
needed() {
  nm --undefined-only --format=posix "$@" | awk 'NF >= 2 {print $1}' | sort -u
}

status=0
tr '\n' '\0' <"$scratch/objects.txt" | xargs -0 nm --undefined-only --format=posix |
  awk 'NF >= 2 {print $1}' | sort -u >"$scratch/needed"
[ -s "$scratch/needed" ] || { echo "no object file was read" >&2; exit 1; }
for library in "$@"; do
  hidden "$library" 'GLOBAL|WEAK' >"$scratch/hidden"
  [ -s "$scratch/hidden" ] || { echo "$library hides nothing: was it compiled with hidden visibility?" >&2; exit 1; }
  for other in "$@"; do
    [ "$other" = "$library" ] || needed "$other"
  done | sort -u - "$scratch/needed" | comm -12 - "$scratch/hidden" >"$scratch/missing"
  {
    c++filt <"$scratch/missing"
    hidden "$library" GLOBAL | c++filt | grep '^oriel::' | grep -v '^oriel::detail::'
  } | sort -u >"$scratch/unmarked" || true
  if [ -s "$scratch/unmarked" ]; then
    echo "$library hides what a program needs; mark it ORIEL_EXPORT:"
    cat "$scratch/unmarked"
    status=1
  fi
done
exit $status
