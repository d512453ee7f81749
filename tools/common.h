/* SPDX-License-Identifier: ISC
 *
 * What the tools share: passwords from a person or a file, sizes for people, and hostile text made safe
 * for a terminal. */
#ifndef QUARANTINE_TOOLS_COMMON_H
#define QUARANTINE_TOOLS_COMMON_H

#include <stddef.h>
#include <stdint.h>

#include "../store/base/buf.h"
#include "../store/base/slice.h"

enum {
	PASSWORD_SIZE = 1024 + 2, /* of a buffer that holds any password that is accepted, and its end */
	SIZE_TEXT = 16,           /* of a buffer for size_text() */
};

enum password_status {
	PASSWORD_OK = 0,
	PASSWORD_CANCELLED = -1,   /* Ctrl-C or end of input */
	PASSWORD_NO_TERMINAL = -2, /* nobody to ask */
	PASSWORD_DIFFER = -3,      /* the second was not the first */
	PASSWORD_TOO_LONG = -4,
	PASSWORD_IO = -5, /* errno says why */
};

/* Asks on the terminal without showing what is typed, whatever standard input is. `into` becomes
 * NUL-terminated, *len its length. On failure nothing of what was typed is left in memory. */
int password_ask(const char *prompt, char *into, size_t size, size_t *len);

/* Asks twice, and takes the answer when both are the same. */
int password_ask_twice(const char *prompt, const char *again, char *into, size_t size, size_t *len);

/* The first line of a file, or of standard input for "-", without its line end. */
int password_read(const char *file, char *into, size_t size, size_t *len);

/* A fixed text for a status. Never NULL. */
const char *password_strerror(int status);

/* Overwrites memory that held a secret, in a way that no compiler leaves out. */
void wipe(void *memory, size_t len);

/* "512 B", "1.2 MiB": at most SIZE_TEXT bytes with its end, written to `into` and returned. */
const char *size_text(uint64_t bytes, char *into);

/* Appends text that somebody else wrote so that a terminal shows it and does nothing else: what is not
 * printable UTF-8 (control characters in 7 and 8 bits, marks that turn the writing direction or have no
 * width) becomes \xNN for each of its bytes. No line end comes out. */
void add_safe(struct buf *out, struct slice text);

#endif
