/* SPDX-License-Identifier: ISC
 *
 * BODY from BODYSTRUCTURE: the stored wire form without its extension data (RFC 3501 section 7.4.2), so
 * that a FETCH of BODY needs no look at the message. Pure. */
#ifndef IMAPD_BODY_H
#define IMAPD_BODY_H

#include <stdbool.h>

#include "../store/base/buf.h"
#include "../store/base/slice.h"

/* Appends the body; false when `structure` is not of the grammar, and nothing is appended. */
bool body_from_structure(struct slice structure, struct buf *out);

#endif
