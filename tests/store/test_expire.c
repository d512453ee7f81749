/* SPDX-License-Identifier: ISC
 *
 * A big expiry while mail arrives: nothing young goes, nothing old stays, and deliveries do not wait long.
 * The times are printed; `test_store_expire N` does it with N old messages. */
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "work.h"

enum { OLD = 3000, YOUNG = 300, GROUP = 500, MONTH = 30 * 86400 };

static char path[200];

static void put_old(struct quarantine *q, unsigned count)
{
	static struct quarantine_delivery list[GROUP];
	struct quarantine_envelope env = QUARANTINE_ENVELOPE_INIT;

	env.direction = QUARANTINE_OUTGOING;
	env.class_name = "spam";
	env.received = (int64_t)time(NULL) - MONTH;
	for (unsigned n = 0; n < count; n += GROUP) {
		unsigned size = count - n < GROUP ? count - n : GROUP;

		for (unsigned i = 0; i < size; i++)
			list[i] = (struct quarantine_delivery){
				.envelope = &env, .bytes = "Subject: x\r\n\r\nold\r\n", .len = 19};
		MUST_OK(q, quarantine_deliver_group(q, list, size));
	}
}

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Delivers YOUNG messages, some 500 a second. */
static void deliver_young(unsigned worker, const char *what)
{
	struct quarantine *q = work_open(path, QUARANTINE_WRITE);
	static double took[YOUNG];
	int64_t id;

	for (unsigned n = 0; n < YOUNG; n++) {
		double began = now_ms();

		MUST_OK(q, work_deliver(q, worker, n, &id));
		took[n] = now_ms() - began;
		if (took[n] < 2)
			nanosleep(&(struct timespec){.tv_nsec = (long)((2 - took[n]) * 1e6)}, NULL);
	}
	qsort(took, YOUNG, sizeof(took[0]), by_size);
	printf("%s: a delivery takes %.1f ms, 99 in 100 below %.1f, most %.1f\n", what, took[YOUNG / 2],
	       took[YOUNG * 99 / 100], took[YOUNG - 1]);
	fflush(stdout);
	quarantine_close(q);
}

static size_t expire(struct quarantine *q)
{
	struct quarantine_expiry pass = {.now = time(NULL)};
	size_t total = 0;

	while (!pass.finished) {
		size_t done = 0;

		MUST_OK(q, quarantine_expire(q, &pass, &done));
		total += done;
		nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
	}
	return total;
}

int main(int argc, char **argv)
{
	unsigned old = argc > 1 ? (unsigned)atoi(argv[1]) : OLD;
	struct quarantine_mailbox box;
	struct quarantine *q;
	double began;
	pid_t child;

	work_folder(path, sizeof(path));
	work_create(path);
	deliver_young(0, "before");
	q = work_open(path, QUARANTINE_WRITE);
	put_old(q, old);
	quarantine_close(q);
	child = fork();
	MUST(child >= 0);
	if (child == 0) {
		deliver_young(1, "during expiry");
		_exit(0);
	}
	q = work_open(path, QUARANTINE_WRITE);
	began = now_ms();
	MUST(expire(q) == old);
	printf("%u messages expired in %.0f ms\n", old, now_ms() - began);
	work_wait(child);
	MUST(expire(q) == 0);
	MUST_OK(q, quarantine_mailbox_find(q, QUARANTINE_MAILBOX_OUTGOING, &box));
	MUST(box.messages == 2 * YOUNG);
	quarantine_close(q);
	work_check(path);
	work_remove(path);
	return 0;
}
