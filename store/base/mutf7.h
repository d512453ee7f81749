/* SPDX-License-Identifier: ISC
 *
 * Modified UTF-7, the wire form of mailbox names in IMAP4rev1 (RFC 3501 section 5.1.3). Pure. */
#ifndef QUARANTINE_BASE_MUTF7_H
#define QUARANTINE_BASE_MUTF7_H

#include "buf.h"
#include "slice.h"

/* Appends the name as UTF-8. False when `name` is not modified UTF-7 in its only correct form, or holds
 * U+0000; a part may then be appended. */
bool mutf7_decode(struct slice name, struct buf *utf8);

/* Appends the name as modified UTF-7; bytes that are not UTF-8 become U+FFFD. */
void mutf7_encode(struct slice utf8, struct buf *name);

#endif
