#!/bin/sh
# SPDX-License-Identifier: ISC
# Installs into a temporary root: everything is in its place, and a filter's author can build against it.
set -eu
build=$1
root=$(mktemp -d "${TMPDIR:-/tmp}/qi-XXXXXX")
trap 'rm -rf "$root"' EXIT
DESTDIR=$root meson install -C "$build" --no-rebuild --quiet

prefix=$root$(meson introspect "$build" --buildoptions |
	python3 -c 'import json, sys; print(next(o["value"] for o in json.load(sys.stdin) if o["name"] == "prefix"))')
missing=0
for pattern in bin/quarantine bin/quarantine-deliver bin/retrieve_quarantine_info sbin/quarantine-imapd \
	include/quarantine.h include/quarantine_admin.h 'lib/*/libquarantine.so' 'lib/*/libquarantine.so.0' 'lib/*/libquarantine.a' \
	'lib/*/pkgconfig/quarantine.pc' lib/systemd/system/quarantine-imapd.service \
	share/man/man1/quarantine.1 share/man/man1/quarantine-deliver.1 share/man/man1/retrieve_quarantine_info.1 \
	share/man/man8/quarantine-imapd.8 share/man/man5/quarantine-imapd.conf.5 \
	share/doc/quarantine/examples/quarantine-imapd.conf.example \
	share/doc/quarantine/examples/quarantine-imapd.jail.example share/doc/quarantine/examples/fail2ban/quarantine-imapd.conf; do
	# shellcheck disable=SC2086  # patterns
	ls $prefix/$pattern >/dev/null 2>&1 || { echo "not installed: $pattern"; missing=1; }
done
[ $missing = 0 ]

# Only quarantine_* is visible.
library=$(ls "$prefix"/lib/*/libquarantine.so)
odd=$(nm -D --defined-only "$library" | awk '$2 != "A" {sub(/@.*/, "", $3); print $3}' | grep -v '^quarantine_' || true)
[ -z "$odd" ] || { echo "libquarantine.so shows: $odd"; exit 1; }

# The example on the header's first page, built with pkg-config, delivers.
cat >"$root/filter.c" <<'END'
#include <quarantine.h>
#include <stdio.h>
int main(int argc, char **argv)
{
	struct quarantine *q;
	struct quarantine_envelope env = QUARANTINE_ENVELOPE_INIT;
	const char *rcpt[] = {"victim@example.net"};
	const char bytes[] = "Subject: test\r\n\r\nbody\r\n";
	int64_t id = 0;

	if (argc != 2 || quarantine_open(argv[1], QUARANTINE_WRITE | QUARANTINE_CREATE, &q) != QUARANTINE_OK)
		return 1;
	env.direction = QUARANTINE_OUTGOING;
	env.class_name = "spam";
	env.sender = "shop@customer.example";
	env.recipients = rcpt, env.recipient_count = 1;
	if (quarantine_deliver(q, &env, bytes, sizeof(bytes) - 1, &id) != QUARANTINE_OK)
		fprintf(stderr, "%s\n", quarantine_errmsg(q));
	quarantine_close(q);
	return id != 1;
}
END
PKG_CONFIG_PATH=$(dirname "$(ls "$prefix"/lib/*/pkgconfig/quarantine.pc)")
PKG_CONFIG_SYSROOT_DIR=$root
export PKG_CONFIG_PATH PKG_CONFIG_SYSROOT_DIR
# shellcheck disable=SC2046  # flags
${CC:-cc} -Wall -Werror -o "$root/filter" "$root/filter.c" $(pkg-config --cflags --libs quarantine)
LD_LIBRARY_PATH=$(dirname "$library") "$root/filter" "$root/store"
# The static library alone.
mkdir "$root/static"
cp "$(dirname "$library")/libquarantine.a" "$root/static/"
# shellcheck disable=SC2046
${CC:-cc} -Wall -Werror -o "$root/filter-static" "$root/filter.c" $(pkg-config --cflags quarantine) \
	-L"$root/static" $(PKG_CONFIG_SYSROOT_DIR='' pkg-config --static --libs-only-l quarantine) -pthread
"$root/filter-static" "$root/store-static"
echo "installed files and both libraries are right"
