/* SPDX-License-Identifier: ISC
 *
 * A store in a temporary directory, and short ways to fill and look into it. Everything here asserts. */
#ifndef TMPSTORE_H
#define TMPSTORE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "include/quarantine.h"
#include "include/quarantine_admin.h"

struct tmpstore {
	char dir[256];
	struct quarantine *q;
	int64_t outgoing; /* mailbox id */
};

/* For cmocka_unit_test_setup_teardown(): *state becomes a struct tmpstore with a new store, open for
 * writing. */
int tmpstore_setup(void **state);
int tmpstore_teardown(void **state);

#define store_test(name) cmocka_unit_test_setup_teardown(name, tmpstore_setup, tmpstore_teardown)

/* Removes a directory with all that is in it. */
void remove_tree(const char *path);

struct quarantine *tmpstore_open(const struct tmpstore *t, unsigned flags);

/* Delivers to Outgoing and returns the id. */
int64_t put(struct quarantine *q, const void *bytes, size_t len);
int64_t put_text(struct quarantine *q, const char *text);

/* A message of a spam run: `n` changes a few words in head and body. Returns its length. */
size_t spam_message(char *into, size_t room, unsigned n);

/* The whole message, to be freed. */
char *get(struct quarantine *q, int64_t message, size_t *len);

struct quarantine_mailbox mailbox_of(struct quarantine *q, const char *name);

/* The only column of the first row, asked over a connection of its own. */
int64_t ask(const struct tmpstore *t, const char *sql);

/* quarantine_check() finds nothing. */
void check_sound(const struct tmpstore *t);

/* Runs SQL over a connection of its own: to damage a store. */
void tamper(const struct tmpstore *t, const char *sql);

#endif
