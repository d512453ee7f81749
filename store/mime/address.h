/* SPDX-License-Identifier: ISC
 *
 * Address lists (RFC 5322 section 3.4 with the obsolete forms), tolerant: any bytes give a list. */
#ifndef QUARANTINE_MIME_ADDRESS_H
#define QUARANTINE_MIME_ADDRESS_H

#include "../base/arena.h"
#include "../base/slice.h"

enum { MIME_ADDRESSES_MAX = 2000, MIME_COMMENT_DEPTH = 32 };

enum mime_address_kind { MIME_MAILBOX, MIME_GROUP_START, MIME_GROUP_END };

/* Texts live in the arena; an absent one is {NULL, 0}. Quoting and comments are undone, encoded
 * words are not. A group start has its name in `mailbox`. What is no address but stands where one
 * should has host {NULL, 0}: one word is its mailbox, several or quoted ones are its name. */
struct mime_address {
	enum mime_address_kind kind;
	struct slice name;    /* display name, or the comment of "a@b (Name)" */
	struct slice route;   /* "@a,@b", obsolete */
	struct slice mailbox; /* local part */
	struct slice host;
};

struct mime_addresses {
	struct mime_address *list;
	size_t count;
};

/* Reads an unfolded or folded field value. On lack of memory the list is what fitted. */
void mime_addresses_parse(struct slice value, struct arena *arena, struct mime_addresses *out);

#endif
