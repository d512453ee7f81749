/* SPDX-License-Identifier: ISC
 *
 * Owners and modes of a store:
 *   DIR              root:GROUP   0751   the server may not replace accounts.db
 *   DIR/accounts.db  root:GROUP   0640   it reads it
 *   DIR/deliver      USER:quarantine-deliver   2750   who is in the group may hand mail to the server
 *   DIR/mail         USER:GROUP   0750   what is stored; the same for folders in it
 *   DIR/mail/…       USER:GROUP   0640   database, log and lock */
#ifndef QUARANTINE_TOOLS_OWNERS_H
#define QUARANTINE_TOOLS_OWNERS_H

#include <stdbool.h>

#include "word.h"

#define OWNER_DEFAULT "quarantine"
#define OWNER_DELIVER "quarantine-deliver" /* the group */

/* The options --user and --group; the input is a `struct owners`, which owners_argp fills in whole. */
struct argp;
struct owners {
	const char *user;
	const char *group;
	bool named; /* by an option */
};
extern const struct argp owners_argp;

/* An argument, --store, and these: for words that make a store from something. */
struct owned_args {
	struct simple_args simple; /* `name` and `doc` set */
	struct owners owners;      /* out */
};

/* Like argp_parse(), ends the program on a mistake and after --help. */
void parse_owned(int argc, char **argv, struct owned_args *args);

/* As root, before anything is made: fails when an option names a user or group that does not exist, warns
 * when the default ones do not. Returns an exit code. */
int owners_check(const char *word, const struct owners *owners);

/* Sets owners (as root only) and modes, and tells on standard output what holds now. Returns an exit code. */
int owners_set(const char *word, const char *store, const struct owners *owners);

#endif
