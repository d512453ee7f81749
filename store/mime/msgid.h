/* SPDX-License-Identifier: ISC
 *
 * Message identifiers in Message-ID, References and In-Reply-To (RFC 5322 section 3.6.4). Pure and linear. */
#ifndef QUARANTINE_MIME_MSGID_H
#define QUARANTINE_MIME_MSGID_H

#include <stdbool.h>

#include "../base/buf.h"
#include "../base/slice.h"

/* Takes the next valid identifier out of *value: *out becomes what stands between the angle brackets,
 * without quoting and blanks (RFC 5256, "normalized form"). False when there is none. */
bool mime_msgid_next(struct slice *value, struct buf *out);

#endif
