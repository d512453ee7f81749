/* SPDX-License-Identifier: ISC
 *
 * The n-th write, sync, cut or open of a delivery fails, with EIO or ENOSPC, once or from then on, or the
 * process dies there; for every n. What was acknowledged is stored, everything stored is whole, the check is
 * clean, and delivering again with the same keys stores each message once. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../lib/faultio.h"
#include "work.h"

enum { EACH = 3, POINTS_MAX = 36, CREATION_POINTS_MAX = 4 };

static const struct fault {
	const char *name;
	enum faultio_call call;
	int error;
	int sticky;
} faults[] = {
	{"write EIO", FAULTIO_WRITE, EIO, 0},
	{"write ENOSPC from then on", FAULTIO_WRITE, ENOSPC, 1},
	{"write kill", FAULTIO_WRITE, FAULTIO_KILL, 0},
	{"sync EIO", FAULTIO_SYNC, EIO, 0},
	{"sync EIO from then on", FAULTIO_SYNC, EIO, 1},
	{"sync kill", FAULTIO_SYNC, FAULTIO_KILL, 0},
	{"truncate EIO", FAULTIO_TRUNCATE, EIO, 0},
	{"truncate kill", FAULTIO_TRUNCATE, FAULTIO_KILL, 0},
	{"open EIO", FAULTIO_OPEN, EIO, 0},
	{"open ENOSPC from then on", FAULTIO_OPEN, ENOSPC, 1},
	{"open kill", FAULTIO_OPEN, FAULTIO_KILL, 0},
};

static struct work_tally tally;

/* What one run does under faults: open, deliver, move the log. Failures are allowed, lies are not. */
static void deliver_some(const char *path, unsigned first, int acks)
{
	struct quarantine *q = NULL;

	if (quarantine_open(path, QUARANTINE_WRITE | QUARANTINE_CREATE, &q) != QUARANTINE_OK)
		return;
	for (unsigned n = first; n < first + EACH; n++) {
		int64_t id = 0;

		if (work_deliver(q, 0, n, &id) == QUARANTINE_OK)
			work_ack(acks, 0, n, id);
	}
	quarantine_checkpoint(q, 0);
	quarantine_close(q);
}

/* Runs with the n-th call failing, in a child. Returns the calls that were made, 0 when it was killed.
 * id[] becomes what was acknowledged. */
static unsigned run(const char *path, unsigned first, const struct fault *fault, unsigned n, int64_t id[EACH])
{
	struct work_ack ack;
	unsigned calls = 0;
	int acks[2], status;
	pid_t child;

	MUST(pipe(acks) == 0);
	child = fork();
	MUST(child >= 0);
	if (child == 0) {
		close(acks[0]);
		faultio_arm(fault->call, n, fault->error, fault->sticky);
		deliver_some(path, first, acks[1]);
		work_ack(acks[1], 1, faultio_count(fault->call), 0);
		_exit(0);
	}
	close(acks[1]);
	memset(id, 0, EACH * sizeof(*id));
	while (work_next_ack(acks[0], &ack)) {
		if (ack.worker == 1)
			calls = ack.n;
		else
			id[ack.n - first] = ack.id;
	}
	close(acks[0]);
	MUST(waitpid(child, &status, 0) == child);
	MUST(WIFSIGNALED(status) ? WTERMSIG(status) == SIGKILL && fault->error == FAULTIO_KILL
				 : WEXITSTATUS(status) == 0);
	return calls;
}

/* Delivers all again, without faults. */
static void deliver_again(const char *path, unsigned first, const int64_t id[EACH])
{
	struct quarantine *q = work_open(path, QUARANTINE_WRITE | QUARANTINE_CREATE);

	for (unsigned n = 0; n < EACH; n++) {
		int64_t again = 0;

		MUST_OK(q, work_deliver(q, 0, first + n, &again));
		MUST(id[n] == 0 || id[n] == again);
	}
	quarantine_close(q);
}

/* All places where one kind of call can fail; of many, evenly spread ones. */
static void sweep(const struct fault *fault)
{
	int64_t id[EACH];
	unsigned first = 0, calls, points = 0, acked = 0;
	char path[200];

	work_folder(path, sizeof(path));
	work_create(path);
	calls = run(path, first, fault, 0, id);
	MUST(calls > 0 || fault->call == FAULTIO_TRUNCATE);
	for (unsigned n = 1; n <= calls; n += 1 + calls / POINTS_MAX) {
		first += EACH;
		points++;
		run(path, first, fault, n, id);
		work_verify(path, &tally);
		MUST(tally.messages >= first);
		for (unsigned i = 0; i < EACH; i++) {
			MUST(id[i] == 0 || tally.id[0][first + i] == id[i]);
			acked += id[i] != 0;
		}
		work_check(path);
		deliver_again(path, first, id);
		work_verify(path, &tally);
		MUST(tally.messages == first + EACH);
	}
	printf("%-28s %3u places, %3u of %3u deliveries acknowledged\n", fault->name, points, acked,
	       points * EACH);
	MUST(points > 0);
	MUST(acked < points * EACH || fault->call == FAULTIO_TRUNCATE);
	work_check(path);
	work_remove(path);
}

/* The same while the store comes into being, each time a new one. */
static void sweep_creation(const struct fault *fault)
{
	int64_t id[EACH];
	unsigned calls = 1, points = 0;

	for (unsigned n = 0; n <= calls; n += 1 + calls / CREATION_POINTS_MAX) {
		char folder[200], path[250];

		work_folder(folder, sizeof(folder));
		snprintf(path, sizeof(path), "%s/store", folder);
		if (n == 0)
			calls = run(path, 0, fault, 0, id);
		else
			run(path, 0, fault, n, id);
		deliver_again(path, 0, id);
		work_verify(path, &tally);
		MUST(tally.messages == EACH);
		work_check(path);
		work_remove(folder);
		points++;
	}
	printf("creation, %-18s %3u places\n", fault->name, points);
}

int main(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(faults); i++) {
		sweep(&faults[i]);
		if (!faults[i].sticky)
			sweep_creation(&faults[i]);
	}
	return 0;
}
