/* SPDX-License-Identifier: ISC
 *
 * handed STORE: 1,000 deliveries by 8 processes, every other one without a key of its own; says "acked" after
 * each hundred, and at the end reads everything: what was acknowledged is there once, and nothing else. What
 * kills the server meanwhile is tests/imapd/handover.py. */
#include <string.h>
#include <unistd.h>

#include "work.h"

enum { WORKERS = 8, EACH = 125, HUNDRED = 100 };

static int64_t ids[WORKERS][EACH];
static struct work_tally tally;

static int deliver_without_key(struct quarantine *q, unsigned worker, unsigned n, int64_t *id)
{
	struct quarantine_envelope env = QUARANTINE_ENVELOPE_INIT;
	struct buf bytes = {0};
	int status;

	env.direction = QUARANTINE_OUTGOING;
	work_message(&bytes, worker, n);
	status = quarantine_deliver(q, &env, bytes.data, bytes.len, id);
	buf_finish(&bytes);
	return status;
}

static void deliver_all(const char *path, unsigned worker, int acks)
{
	struct quarantine *q = work_open(path, QUARANTINE_WRITE | (worker % 2 ? QUARANTINE_DELIVER : 0));

	for (unsigned n = 0; n < EACH; n++) {
		int64_t id = 0;

		MUST_OK(q, n % 2 ? work_deliver(q, worker, n, &id) : deliver_without_key(q, worker, n, &id));
		work_ack(acks, worker, n, id);
	}
	quarantine_close(q);
	_exit(0);
}

int main(int argc, char **argv)
{
	pid_t children[WORKERS];
	struct work_ack ack;
	unsigned acked = 0;
	int acks[2];

	MUST(argc == 2 && pipe(acks) == 0);
	for (unsigned i = 0; i < WORKERS; i++) {
		children[i] = fork();
		MUST(children[i] >= 0);
		if (children[i] == 0)
			deliver_all(argv[1], i, acks[1]);
	}
	close(acks[1]);
	while (work_next_ack(acks[0], &ack)) {
		ids[ack.worker][ack.n] = ack.id;
		if (++acked % HUNDRED == 0) {
			puts("acked");
			fflush(stdout);
		}
	}
	for (unsigned i = 0; i < WORKERS; i++)
		work_wait(children[i]);
	work_verify(argv[1], &tally);
	MUST(tally.messages == WORKERS * EACH);
	for (unsigned i = 0; i < WORKERS; i++) {
		for (unsigned n = 0; n < EACH; n++)
			MUST(tally.id[i][n] == ids[i][n]);
	}
	work_check(argv[1]);
	puts("all there");
	return 0;
}
