/* SPDX-License-Identifier: ISC
 *
 * SASL PLAIN (RFC 4616), the server's side, without sockets. Pure functions. */
#ifndef QUARANTINE_AUTH_SASL_H
#define QUARANTINE_AUTH_SASL_H

#include <stdbool.h>
#include <stddef.h>

struct sasl_plain {
	const char *authzid; /* "" when absent */
	const char *authcid;
	char *password;
	size_t password_len;
};

/* Takes a decoded PLAIN message apart in place: `message` has `len` bytes and one byte of room after
 * them, and stays the caller's to wipe. False when it is no PLAIN message. */
bool sasl_plain_parse(char *message, size_t len, struct sasl_plain *out);

#endif
