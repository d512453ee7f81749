/* SPDX-License-Identifier: ISC
 *
 * cut load STORE [handed]: deliveries by three processes (handed: through the server, where one runs), a
 * fourth that delivers to Incoming, expunges and purges, and the log moved now and then. What is acknowledged
 * goes to standard output, a record each, before the next thing begins.
 *
 * cut verify STORE: reads those records; all that was acknowledged is so, and nothing is half. */
#include <string.h>
#include <unistd.h>

#include "../../store/include/quarantine_admin.h"
#include "../store/work.h"

enum {
	DELIVERERS = 3,
	EXPUNGER = 3,
	CHECKPOINT_EVERY = 40,
	EXPUNGE_BEHIND = 5, /* messages that stay */
};

/* Told in `worker` of a record, above the numbers of workers. */
enum { BEGUN = 100, GONE = 101 };

static void deliver(const char *store, unsigned worker, unsigned flags)
{
	struct quarantine *q = work_open(store, QUARANTINE_WRITE | flags);

	quarantine_set_min_free(q, 0);
	for (unsigned n = 0; n < WORK_MESSAGES; n++) {
		int64_t id = 0;

		MUST_OK(q, work_deliver(q, worker, n, &id));
		work_ack(STDOUT_FILENO, worker, n, id);
		if (flags == 0 && n % CHECKPOINT_EVERY == CHECKPOINT_EVERY - 1)
			MUST_OK(q, quarantine_checkpoint(q, 0));
	}
	quarantine_close(q);
	_exit(0);
}

static void deliver_incoming(struct quarantine *q, unsigned n)
{
	struct quarantine_envelope env = QUARANTINE_ENVELOPE_INIT;
	struct buf bytes = {0};
	int64_t id = 0;

	env.direction = QUARANTINE_INCOMING;
	work_message(&bytes, EXPUNGER, n);
	MUST_OK(q, quarantine_deliver(q, &env, bytes.data, bytes.len, &id));
	buf_finish(&bytes);
	work_ack(STDOUT_FILENO, EXPUNGER, n, id);
}

/* Nobody else delivers there: the UID is the number and one. */
static void expunge(struct quarantine *q, int64_t mailbox, unsigned n)
{
	const struct quarantine_expunge_request request = {
		.size = sizeof(request), .reason = QUARANTINE_REMOVED, .max = 1};
	struct quarantine_range range = {n + 1, n + 1};
	size_t done = 0;

	work_ack(STDOUT_FILENO, BEGUN, n, 0);
	MUST_OK(q, quarantine_expunge(q, mailbox, &range, 1, &request, &done));
	MUST(done == 1);
	work_ack(STDOUT_FILENO, GONE, n, 0);
	MUST_OK(q, quarantine_purge(q, INT64_MAX, 1, &done));
}

static void deliver_and_expunge(const char *store, unsigned flags)
{
	struct quarantine *q = work_open(store, QUARANTINE_WRITE | flags);
	struct quarantine_mailbox box;

	quarantine_set_min_free(q, 0);
	MUST_OK(q, quarantine_mailbox_find(q, QUARANTINE_MAILBOX_INCOMING, &box));
	for (unsigned n = 0; n < WORK_MESSAGES; n++) {
		deliver_incoming(q, n);
		if (n >= EXPUNGE_BEHIND)
			expunge(q, box.id, n - EXPUNGE_BEHIND);
	}
	quarantine_close(q);
	_exit(0);
}

static int load(const char *store, unsigned flags)
{
	pid_t children[DELIVERERS + 1];

	for (unsigned i = 0; i <= DELIVERERS; i++) {
		children[i] = fork();
		MUST(children[i] >= 0);
		if (children[i] > 0)
			continue;
		if (i == EXPUNGER)
			deliver_and_expunge(store, flags);
		deliver(store, i, flags);
	}
	for (unsigned i = 0; i <= DELIVERERS; i++)
		work_wait(children[i]);
	return 0;
}

static struct {
	int64_t id[DELIVERERS + 1][WORK_MESSAGES];
	bool begun[WORK_MESSAGES], gone[WORK_MESSAGES];
} told;
static struct work_tally outgoing, incoming;

static void read_acks(void)
{
	struct work_ack ack;

	while (work_next_ack(STDIN_FILENO, &ack)) {
		MUST(ack.n < WORK_MESSAGES);
		if (ack.worker == BEGUN)
			told.begun[ack.n] = true;
		else if (ack.worker == GONE)
			told.gone[ack.n] = true;
		else
			told.id[ack.worker][ack.n] = ack.id;
	}
}

static int verify(const char *store)
{
	read_acks();
	work_verify(store, &outgoing);
	work_verify_in(store, QUARANTINE_MAILBOX_INCOMING, &incoming);
	for (unsigned n = 0; n < WORK_MESSAGES; n++) {
		int64_t id = told.id[EXPUNGER][n];

		for (unsigned w = 0; w < DELIVERERS; w++)
			MUST(told.id[w][n] == 0 || outgoing.id[w][n] == told.id[w][n]);
		MUST(id == 0 || incoming.id[EXPUNGER][n] == id ||
		     (incoming.id[EXPUNGER][n] == 0 && told.begun[n]));
		MUST(!told.gone[n] || incoming.id[EXPUNGER][n] == 0);
		MUST(incoming.id[EXPUNGER][n] == 0 || incoming.uid[EXPUNGER][n] == n + 1);
	}
	work_check(store);
	printf("%u %u %llu\n", outgoing.uidvalidity, outgoing.uidnext, (unsigned long long)outgoing.messages);
	return 0;
}

int main(int argc, char **argv)
{
	MUST(argc >= 3);
	if (strcmp(argv[1], "load") == 0)
		return load(argv[2], argc > 3 ? QUARANTINE_DELIVER : 0);
	return verify(argv[2]);
}
