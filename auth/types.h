/* SPDX-License-Identifier: ISC
 *
 * What the parts of auth/ and its users have in common: limits, statuses, what is told of an account. */
#ifndef QUARANTINE_AUTH_TYPES_H
#define QUARANTINE_AUTH_TYPES_H

#include <stdbool.h>
#include <stdint.h>

enum {
	AUTH_NAME_MAX = 255,
	AUTH_PASSWORD_MIN = 8,    /* when a password is set */
	AUTH_PASSWORD_MAX = 1024, /* bytes; longer ones are denied without hashing */
};

enum auth_status {
	AUTH_OK = 0,
	AUTH_DENIED = -1,      /* unknown name or wrong password: the two look alike, in time too */
	AUTH_UNAVAILABLE = -2, /* the accounts cannot be read just now */
	AUTH_NOT_FOUND = -3,   /* administration only: no such account */
	AUTH_INVALID = -4,     /* name or password not acceptable; auth_errmsg says why */
};

enum auth_open_flags { AUTH_READ = 0, AUTH_WRITE = 1, AUTH_CREATE = 2 };

struct auth_account {
	char name[AUTH_NAME_MAX + 1];
	int64_t changed; /* when the password was set, seconds since 1970 */
	bool scram;      /* it has keys for SCRAM */
};

#endif
