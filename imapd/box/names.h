/* SPDX-License-Identifier: ISC
 *
 * Names of mailboxes: what LIST shows, other names that are accepted because scripts use them, and the
 * wildcards of LIST. */
#ifndef IMAPD_BOX_NAMES_H
#define IMAPD_BOX_NAMES_H

#include <stdbool.h>

#include "../../store/base/slice.h"
#include "../../store/include/quarantine.h"

#define BOX_SEPARATOR '/'

enum { BOX_PATTERN_MAX = 2048 }; /* bytes of a LIST pattern, reference included */

/* The mailbox of a UTF-8 name, which may be one of the other names. A QUARANTINE_ status. */
int box_find(struct quarantine *q, const char *name, struct quarantine_mailbox *out);

/* Whether a name (in wire form) matches a LIST pattern of at most BOX_PATTERN_MAX bytes: "*" is any text,
 * "%" any text without the separator, INBOX in any case. Takes time in proportion to both lengths
 * multiplied, whatever the pattern. */
bool box_matches(struct slice pattern, struct slice name);

#endif
