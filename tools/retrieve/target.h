/* SPDX-License-Identifier: ISC
 *
 * Which server, and how: what the administrator writes behind --imaphost. */
#ifndef QUARANTINE_TOOLS_RETRIEVE_TARGET_H
#define QUARANTINE_TOOLS_RETRIEVE_TARGET_H

#include <stdbool.h>

struct target {
	char host[256]; /* a name or an address without brackets */
	char port[6];
	bool tls; /* from the first byte */
};

/* Reads HOST, HOST:PORT, ADDRESS, [IPV6], [IPV6]:PORT, each also behind imaps:// or imap://. TLS on port 993
 * is the default. A host that is this machine is spoken to without TLS, on port 143, unless imaps:// or port
 * 993 is asked for. NULL, or why not: a text for people. */
const char *target_parse(const char *text, struct target *out);

#endif
