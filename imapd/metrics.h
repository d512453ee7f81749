/* SPDX-License-Identifier: ISC
 *
 * Figures of the server, and their text as Prometheus reads it. Counters belong to the loop thread. */
#ifndef IMAPD_METRICS_H
#define IMAPD_METRICS_H

#include <stdint.h>

#include "../store/base/buf.h"
#include "../store/include/quarantine.h"

enum { METRICS_BUCKETS = 8, METRICS_LOGINS = 4, METRICS_MAILBOXES = 3 };

struct metrics {
	uint64_t connections;
	uint64_t refused;                /* too many connections */
	uint64_t logins[METRICS_LOGINS]; /* by enum login_result */
	uint64_t commands[METRICS_BUCKETS + 1];
	uint64_t command_us; /* sum */
};

/* A command took so long, from its last byte to its tagged line; IDLE does not count. */
void metrics_command(struct metrics *m, uint64_t microseconds);

/* What is asked when somebody looks. */
struct metrics_now {
	unsigned waiting, logged_in;       /* sessions */
	unsigned store_queue, login_queue; /* jobs that wait for a thread */
	bool store_read;                   /* the rest is there */
	struct quarantine_sizes sizes;
	struct quarantine_mailbox mailbox[METRICS_MAILBOXES];
	int64_t oldest[METRICS_MAILBOXES]; /* received; 0: empty */
};

/* Reads the store's part. Worker thread. */
void metrics_read(struct metrics_now *now, struct quarantine *store);

void metrics_print(const struct metrics *m, const struct metrics_now *now, struct buf *out);

#endif
