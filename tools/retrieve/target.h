/* SPDX-License-Identifier: ISC
 *
 * Which server, and how: what the administrator writes behind --imaphost. */
#ifndef QUARANTINE_TOOLS_RETRIEVE_TARGET_H
#define QUARANTINE_TOOLS_RETRIEVE_TARGET_H

#include <stdbool.h>

#include "channel.h"

struct target {
	char host[256]; /* a name or an address without brackets */
	char port[6];
	enum channel_security security;
};

/* Reads HOST, HOST:PORT, ADDRESS, [IPV6], [IPV6]:PORT, each also as a URL: imaps://… or imap://…, with or
 * without a / at the end. TLS on port 993 is the default. Port 143 and imap:// mean STARTTLS, and so does
 * `starttls`. A host that is this machine is spoken to without TLS, on port 143, unless imaps://, port 993 or
 * `starttls` is asked for. NULL, or why not: a text for people. */
const char *target_parse(const char *text, bool starttls, struct target *out);

#endif
