/* SPDX-License-Identifier: ISC
 *
 * Batch SMTP: one message with its envelope as a mail server's pipe writes it (Exim's use_bsmtp).
 *
 *     [HELO name]
 *     MAIL FROM:<sender> [parameters]
 *     RCPT TO:<recipient> [parameters]      once or more
 *     DATA
 *     the message; a line that begins with a dot has one dot more
 *     .
 *     [QUIT]
 *
 * Lines end in LF, or in CRLF: what ends the DATA line ends the line with the last dot too. */
#ifndef QUARANTINE_DELIVER_BSMTP_H
#define QUARANTINE_DELIVER_BSMTP_H

#include "../../store/base/arena.h"
#include "../../store/base/slice.h"
#include "../../store/include/quarantine.h"

enum { BSMTP_RECIPIENTS_MAX = 100000 };

/* Reads such a batch. Sender and recipients of `env` become what it says, in the arena's memory;
 * *message becomes the message, which lies in `bytes` with its dots undone there. What HELO names, and
 * parameters, are ignored. QUARANTINE_OK, or _INVALID or _NO_MEMORY and *wrong is a short text. */
int bsmtp_read(char *bytes, size_t len, struct arena *arena, struct quarantine_envelope *env,
	       struct slice *message, const char **wrong);

#endif
