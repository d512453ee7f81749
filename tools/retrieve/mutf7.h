/* SPDX-License-Identifier: ISC
 *
 * Names of mailboxes as IMAP has them (RFC 3501, 5.1.3). */
#ifndef QUARANTINE_TOOLS_RETRIEVE_MUTF7_H
#define QUARANTINE_TOOLS_RETRIEVE_MUTF7_H

#include "../../store/base/buf.h"
#include "../../store/base/slice.h"

/* Appends the modified UTF-7 of a UTF-8 text: "Release & Train" → "Release &- Train". A byte that is no UTF-8
 * becomes U+FFFD. */
void mutf7_encode(struct slice utf8, struct buf *out);

#endif
