#!/bin/sh
# SPDX-License-Identifier: ISC
# Stands at /usr/bin/quarantine-deliver and keeps what a mail server hands over: NUMBER.in the standard input,
# .args and .env what came with it. Then says "NUMBER STATUS" in the pipe, where the test waits.
cd /var/lib/handover || exit 75
capture=$(mktemp XXXXXXXX)
cat >"$capture.in"
printf '%s\0' "$@" >"$capture.args"
cat /proc/self/environ >"$capture.env"
/usr/lib/quarantine/quarantine-deliver "$@" <"$capture.in" 2>"$capture.err"
status=$?
cat "$capture.err" >&2
echo "$capture $status" >pipe
exit $status
