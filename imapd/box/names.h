/* SPDX-License-Identifier: ISC
 *
 * Names of mailboxes: what LIST shows, other names that are accepted because scripts use them, and the
 * wildcards of LIST. */
#ifndef IMAPD_BOX_NAMES_H
#define IMAPD_BOX_NAMES_H

#include <stdbool.h>

#include "../../store/base/slice.h"
#include "../../store/include/quarantine.h"

struct buf;
struct parser;
struct response;

#define BOX_SEPARATOR '/'

enum { BOX_PATTERN_MAX = 2048 }; /* bytes of a LIST pattern, reference included */

/* The name that LIST shows for a UTF-8 name, which may be one of the other names, or not in Unicode's
 * Normalization Form C: `name`, one in `room`, or a fixed one. */
enum { BOX_ROOM = QUARANTINE_NAME_MAX + 1 };
const char *box_name(const char *name, char room[BOX_ROOM]);

/* Appends a name or a pattern of LIST in the form that the client is told: UTF-8, or modified UTF-7. */
void box_wire(struct slice name, bool utf8, struct buf *out);

/* The mailbox of a UTF-8 name, which may be one of the other names. A QUARANTINE_ status. */
int box_find(struct quarantine *q, const char *name, struct quarantine_mailbox *out);

/* Appends the attributes of special uses (RFC 6154), each with a blank before it. */
void box_use(unsigned use, struct buf *out);

/* The use of an attribute, in any case; 0: none that can be given. */
unsigned box_use_of(struct slice attribute);

/* Reads the name of a mailbox that is to be made, changed or deleted; a separator at its end is dropped.
 * False: BAD with p->error, or the response says NO [CANNOT]. The names are in the arena, or fixed. */
struct box_given {
	const char *name; /* what LIST shows */
	const char *sent; /* what the client said */
};
bool box_parse(struct parser *p, struct response *r, struct box_given *out);

/* Whether a name matches a LIST pattern, both in the same form, of at most BOX_PATTERN_MAX bytes: "*" is any
 * text,
 * "%" any text without the separator, INBOX in any case. Takes time in proportion to both lengths
 * multiplied, whatever the pattern. */
bool box_matches(struct slice pattern, struct slice name);

#endif
