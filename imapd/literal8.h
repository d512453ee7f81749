/* SPDX-License-Identifier: ISC
 *
 * A message that a client gave as literal8 (RFC 3516 section 4.4) and that holds NUL: its parts that hold
 * one, and say that their encoding is "binary", are put in base64. So BODY[…] can be answered by the base
 * grammar. */
#ifndef IMAPD_LITERAL8_H
#define IMAPD_LITERAL8_H

#include <stdbool.h>

#include "../store/base/slice.h"
#include "spill.h"

enum literal8_result {
	LITERAL8_REWRITTEN,
	LITERAL8_UNKNOWN, /* NUL where no encoding allows it; `out` may hold part of the message */
	LITERAL8_NO_ROOM,
};

/* Adds the message, rewritten, to `out`. All its other bytes stay as they are. */
enum literal8_result literal8_rewrite(struct slice message, struct spill *out);

#endif
