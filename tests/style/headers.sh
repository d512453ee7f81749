#!/bin/sh
# SPDX-License-Identifier: ISC
# Each header compiles alone.
set -eu
cd "$1"
flags="-std=c11 -D_GNU_SOURCE -DPROGRAM_VERSION=\"0\" -Istore/include -Wall -Wextra -Werror -fsyntax-only -x c $(pkg-config --cflags libuv)"
bad=0
for header in $(find store auth imapd tools -name '*.h'); do
	# A header may use what the build generates; those are internal to one folder.
	# shellcheck disable=SC2086
	printf '#include "%s/%s"\n' "$PWD" "$header" | ${CC:-cc} $flags ${GENERATED:+-I$GENERATED} - || { echo "does not compile alone: $header"; bad=1; }
done
exit $bad
