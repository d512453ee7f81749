#!/bin/sh
# SPDX-License-Identifier: ISC
# clang-format has nothing to say.
set -eu
cd "$1"
find store auth imapd tools tests -name '*.[ch]' -print0 | xargs -0 clang-format --dry-run -Werror
