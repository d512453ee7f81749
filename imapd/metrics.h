/* SPDX-License-Identifier: ISC
 *
 * Figures of the server, and their text as Prometheus reads it. Counters belong to the loop thread, but those
 * of deliveries, which the intake's thread counts. */
#ifndef IMAPD_METRICS_H
#define IMAPD_METRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../store/base/buf.h"
#include "../store/include/quarantine.h"
#include "../store/include/quarantine_admin.h"

enum { METRICS_BUCKETS = 8, METRICS_LOGINS = 4, METRICS_MAILBOXES = 3, METRICS_RESULTS = 10 };

/* How long things took. One thread counts, any reads. */
struct metrics_times {
	_Atomic uint64_t count[METRICS_BUCKETS + 1];
	_Atomic uint64_t microseconds; /* sum */
};

void metrics_took(struct metrics_times *t, uint64_t microseconds);

/* What programs handed over. */
struct metrics_deliveries {
	_Atomic uint64_t results[METRICS_RESULTS]; /* as metrics_result() numbers them */
	struct metrics_times times;                /* from a request's last byte to its answer */
	_Atomic unsigned connections;              /* now */
};

/* Which result a status of the store is. */
size_t metrics_result(int status);

struct metrics {
	uint64_t connections, ended;     /* sessions that began, and ended */
	uint64_t refused;                /* too many connections */
	uint64_t logins[METRICS_LOGINS]; /* by enum login_result */
	struct metrics_times
		commands; /* from a command's last byte to its tagged line; IDLE does not count */
	struct metrics_deliveries deliveries;
};

/* The oldest message of a mailbox. Imports bring old ones at any UID, so all rows were looked at once, and
 * those that came since; all again when the oldest has left. */
struct metrics_oldest {
	uint32_t uidvalidity;
	uint32_t next; /* first UID that was not looked at */
	uint32_t uid;  /* the oldest one's; 0: none */
	int64_t received;
};

/* Looks on for some 20 ms. 1: a part is left; 0: `o` is right; or a negative status. Worker thread. */
int metrics_find_oldest(struct metrics_oldest *o, struct quarantine *store,
			const struct quarantine_mailbox *mailbox);

/* What is asked when somebody looks. */
struct metrics_now {
	unsigned waiting, logged_in;       /* sessions */
	unsigned store_queue, login_queue; /* jobs that wait for a thread */
	bool store_read;                   /* the rest is there */
	struct quarantine_sizes sizes;
	struct quarantine_mailbox mailbox[METRICS_MAILBOXES];
};

/* Reads the store's part; `oldest` is kept from one time to the next. True: a part is left, call it again.
 * Worker thread. */
bool metrics_read(struct metrics_now *now, struct metrics_oldest oldest[METRICS_MAILBOXES],
		  struct quarantine *store);

void metrics_print(const struct metrics *m, const struct metrics_now *now,
		   const struct metrics_oldest oldest[METRICS_MAILBOXES], struct buf *out);

#endif
