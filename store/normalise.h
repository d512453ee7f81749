/* SPDX-License-Identifier: ISC
 *
 * Line ends. IMAP has CRLF; Unix programs hand over LF. */
#ifndef QUARANTINE_NORMALISE_H
#define QUARANTINE_NORMALISE_H

#include "base/buf.h"
#include "base/slice.h"

/* Whether all line ends are bare LF: then, and only then, making them CRLF can be undone. False for
 * bytes without a line end. */
bool normalise_needed(struct slice bytes);

/* Appends `bytes` with CR put before every LF. out->failed when memory runs out. */
void normalise(struct slice bytes, struct buf *out);

#endif
