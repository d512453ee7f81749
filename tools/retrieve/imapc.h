/* SPDX-License-Identifier: ISC
 *
 * What the report needs of an IMAP server, on libetpan's client. Answers are not trusted: each command has a
 * bound in bytes and time, what was not asked for is dropped. Blocking. */
#ifndef QUARANTINE_TOOLS_RETRIEVE_IMAPC_H
#define QUARANTINE_TOOLS_RETRIEVE_IMAPC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "../../store/base/slice.h"
#include "channel.h"
#include "day.h"

enum {
	IMAPC_BATCH = 500,                   /* messages asked for at once */
	IMAPC_BATCH_BYTES = 8 * 1024 * 1024, /* of header, estimated from above */
	IMAPC_HEADER_MAX = 1024 * 1024,      /* bytes of one header that are fetched */
};

enum imapc_status {
	IMAPC_OK = 0,
	IMAPC_REFUSED = -1, /* the server said no, or there is no such thing */
	IMAPC_BROKEN = -2,  /* the connection is of no use any more */
	IMAPC_MEMORY = -3,
	IMAPC_STOPPED = -4,     /* by the caller's function */
	IMAPC_INTERRUPTED = -5, /* by the descriptor of imapc_stop_at() */
	IMAPC_NO_IDLE = -6,     /* the server cannot say by itself that mail came */
};

struct imapc;

/* Connects and reads the greeting. NULL on failure, `why` then says why. */
struct imapc *imapc_open(const struct channel_options *options, char *why, size_t why_size);
void imapc_close(struct imapc *c); /* says goodbye; NULL is fine */

/* Detail of the last failure, for people: what the server said, made safe for a terminal. */
const char *imapc_why(const struct imapc *c);

/* From now on gives up whatever it does once `fd` can be read: IMAPC_INTERRUPTED. */
void imapc_stop_at(struct imapc *c, int fd);

int imapc_login(struct imapc *c, const char *user, const char *password);

/* Opens a mailbox for reading only. The name is UTF-8. */
int imapc_examine(struct imapc *c, const char *mailbox);

/* What the server said of the open mailbox; 0: nothing. */
uint32_t imapc_uidvalidity(const struct imapc *c);
uint32_t imapc_uidnext(const struct imapc *c);

/* Ascending UIDs. The memory is the caller's, freed by free(). */
struct imapc_uids {
	uint32_t *list;
	size_t count;
};

/* Those of what the server says arrived from `since` on and before `before`, by its own time zone. The year 0
 * in `before`: without end. */
int imapc_search(struct imapc *c, struct day since, struct day before, struct imapc_uids *uids);

/* Those above `uid`. */
int imapc_newer(struct imapc *c, uint32_t uid, struct imapc_uids *uids);

/* Waits until the server says something (RFC 2177), up to `seconds`; IMAPC_NO_IDLE: it knows no IDLE. */
int imapc_idle(struct imapc *c, unsigned seconds);

/* Waits `seconds`, then lets the server say what it has to. */
int imapc_pause(struct imapc *c, unsigned seconds);

struct imapc_arrival {
	uint32_t uid;
	uint32_t size; /* of the message; may be wrong above 4 GiB */
	time_t arrived;
};

/* When messages arrived. `uids` ascend, at most IMAPC_BATCH. `out` has room for as many; those that are gone
 * are left out. */
int imapc_arrivals(struct imapc *c, const uint32_t *uids, size_t count, struct imapc_arrival *out,
		   size_t *got);

struct imapc_names {
	const char *list[16];
	size_t count;
};

/* Gives each header, without the fields of the names, to `each`, in the order of the UIDs, until it returns
 * false. At most IMAPC_BATCH. */
typedef bool imapc_header_fn(void *context, const struct imapc_arrival *message, struct slice header);
int imapc_headers(struct imapc *c, const struct imapc_arrival *messages, size_t count,
		  const struct imapc_names *left_out, imapc_header_fn *each, void *context);

#endif
