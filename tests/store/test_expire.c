/* SPDX-License-Identifier: ISC
 *
 * A big expiry while mail arrives: nothing young goes, nothing old stays, and deliveries do not wait long.
 * The times are printed; `test_store_expire N` does it with N old messages, and from 100,000 on wants 99 of
 * 100 deliveries to take less than twice as long as before. */
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "work.h"

enum {
	OLD = 3000,
	MANY = 100000,
	BEFORE = 300, /* deliveries that are timed before */
	BEFORE_MANY = 3000,
	MOST = (WORK_WORKERS - 1) * WORK_MESSAGES, /* and meanwhile */
	GROUP = 500,
	MONTH = 30 * 86400
};

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

/* Readable, by its end, when it is time to stop. */
static bool is_over(int stop)
{
	char c;

	return stop >= 0 && read(stop, &c, 1) == 0;
}

/* Delivers messages of workers from `worker` on, some 500 a second: `count`, or until told to stop. Returns
 * how many milliseconds 99 of 100 took at most; *done becomes their number. */
static double deliver_young(unsigned worker, unsigned count, int stop, unsigned *done)
{
	struct quarantine *q = work_open(path, QUARANTINE_WRITE);
	static double took[MOST];
	unsigned n;
	int64_t id;

	for (n = 0; n < count && !is_over(stop); n++) {
		double began = now_ms();

		MUST_OK(q, work_deliver(q, worker + n / WORK_MESSAGES, n % WORK_MESSAGES, &id));
		took[n] = now_ms() - began;
		if (took[n] < 2)
			nanosleep(&(struct timespec){.tv_nsec = (long)((2 - took[n]) * 1e6)}, NULL);
	}
	quarantine_close(q);
	*done = n;
	if (n == 0)
		return 0;
	qsort(took, n, sizeof(took[0]), by_size);
	printf("%u deliveries: half within %.1f ms, 99 in 100 within %.1f, most %.1f\n", n, took[n / 2],
	       took[n * 99 / 100], took[n - 1]);
	fflush(stdout);
	return took[n * 99 / 100];
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

/* Deliveries by a child until everything old is gone. The child's exit status: did it take too long? */
static unsigned expire_meanwhile(unsigned old, double limit_ms)
{
	struct work_ack ack = {.n = 0};
	struct quarantine *q;
	int stop[2], acks[2];
	double began;
	pid_t child;

	MUST(pipe2(stop, O_NONBLOCK) == 0 && pipe(acks) == 0);
	child = fork();
	MUST(child >= 0);
	if (child == 0) {
		unsigned done;
		double slowest;

		close(stop[1]);
		slowest = deliver_young(1, MOST, stop[0], &done);
		MUST(slowest < limit_ms);
		work_ack(acks[1], 1, done, 0);
		_exit(0);
	}
	close(acks[1]);
	q = work_open(path, QUARANTINE_WRITE);
	began = now_ms();
	MUST(expire(q) == old);
	printf("%u messages expired in %.0f ms\n", old, now_ms() - began);
	fflush(stdout);
	MUST(expire(q) == 0);
	quarantine_close(q);
	close(stop[1]);
	work_next_ack(acks[0], &ack);
	work_wait(child);
	return ack.n;
}

int main(int argc, char **argv)
{
	unsigned old = argc > 1 ? (unsigned)atoi(argv[1]) : OLD;
	struct quarantine_mailbox box;
	struct quarantine *q;
	unsigned before, meanwhile;
	double usual;

	work_folder(path, sizeof(path));
	work_create(path);
	q = work_open(path, QUARANTINE_WRITE);
	put_old(q, old);
	quarantine_close(q);
	usual = deliver_young(0, old >= MANY ? BEFORE_MANY : BEFORE, -1, &before);
	meanwhile = expire_meanwhile(old, old >= MANY ? 2 * usual : 1e9);
	q = work_open(path, QUARANTINE_READ);
	MUST_OK(q, quarantine_mailbox_find(q, QUARANTINE_MAILBOX_OUTGOING, &box));
	MUST(box.messages == before + meanwhile);
	quarantine_close(q);
	work_check(path);
	work_remove(path);
	return 0;
}
