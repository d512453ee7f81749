/* SPDX-License-Identifier: ISC
 *
 * The bytes that pass between a program that delivers and the server, over the Unix stream socket
 * DIR/deliver/socket. Numbers are little-endian. One request, one answer, and so on until either closes:
 *
 *     request  "QDq1"  u32 length of the envelope  u64 length of the message   HANDOVER_HEAD_SIZE bytes
 *              the envelope, as in a spool file (spool/spool.h), then the message
 *     answer   "QDa1"  i32 status  i64 message  u32 length of the text         HANDOVER_ANSWER_SIZE bytes
 *              the text for the log
 *
 * The digit is the version; who reads another one closes the connection, and the other side delivers by
 * itself. An envelope always has a delivery key, so that a message whose answer did not come can be given
 * again, in whatever way, and is there once. Pure functions; what is read is hostile. */
#ifndef QUARANTINE_HANDOVER_FORM_H
#define QUARANTINE_HANDOVER_FORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../base/arena.h"
#include "../base/buf.h"
#include "../include/quarantine.h"

#define HANDOVER_FOLDER "deliver" /* in DIR */
#define HANDOVER_SOCKET "socket"  /* in the folder */

enum {
	HANDOVER_HEAD_SIZE = 16,
	HANDOVER_ANSWER_SIZE = 20,
	HANDOVER_ENVELOPE_MAX = 4 * 1024 * 1024,
	HANDOVER_MESSAGE_MAX = QUARANTINE_MESSAGE_MAX_DEFAULT, /* longer ones are delivered by who has them */
	HANDOVER_TEXT_MAX = 511,
};

struct handover_head {
	size_t envelope, message; /* bytes of each; they follow in this order */
};

/* Appends all of a request but the message. False when the envelope cannot be said in this way (no key or
 * direction, a score that is no number, too long) or memory runs out. */
bool handover_request_write(struct buf *out, const struct quarantine_envelope *env, size_t length);

/* Reads HANDOVER_HEAD_SIZE bytes. False: no request of this version, or lengths above the limits. */
bool handover_head_read(const char *bytes, struct handover_head *out);

/* Reads the envelope of a request; its texts live in the arena. QUARANTINE_OK, _INVALID or _NO_MEMORY. */
int handover_envelope_read(struct slice envelope, const struct handover_head *head, struct arena *arena,
			   struct quarantine_envelope *out);

struct handover_answer {
	int status; /* enum quarantine_status */
	int64_t message;
	size_t text; /* bytes of it that follow */
};

/* Appends an answer; of the text at most HANDOVER_TEXT_MAX bytes. */
void handover_answer_write(struct buf *out, int status, int64_t message, struct slice text);

/* Reads HANDOVER_ANSWER_SIZE bytes. False: no answer of this version, no status, or a text that is too long.
 */
bool handover_answer_read(const char *bytes, struct handover_answer *out);

#endif
