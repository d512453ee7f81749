/* SPDX-License-Identifier: ISC
 *
 * kill -9 at random moments of 1,000 deliveries by 8 processes. A killed worker is started again and
 * delivers the message that was not acknowledged once more, with the same key. */
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "work.h"

enum { WORKERS = 8, EACH = 125, KILLS = 150, PAUSE_MAX_US = 3000 };

static char path[200];
static struct work_tally tally;

struct worker {
	pid_t pid;
	unsigned acked; /* messages 0 … acked - 1 are */
	int64_t id[EACH];
};

static void start(struct worker *w, unsigned number, const int pipe_fds[2])
{
	struct quarantine *q;

	w->pid = fork();
	MUST(w->pid >= 0);
	if (w->pid > 0)
		return;
	close(pipe_fds[0]);
	q = work_open(path, QUARANTINE_WRITE);
	for (unsigned n = w->acked; n < EACH; n++) {
		int64_t id = 0;

		MUST_OK(q, work_deliver(q, number, n, &id));
		work_ack(pipe_fds[1], number, n, id);
	}
	quarantine_close(q);
	_exit(0);
}

/* Takes the next acknowledgement; what a worker told before it died counts. False when all are gone. */
static bool take_ack(struct worker *workers, int fd)
{
	struct work_ack ack;
	struct worker *w;

	if (!work_next_ack(fd, &ack))
		return false;
	w = &workers[ack.worker];
	/* A message that was told twice is the same message. */
	MUST(ack.n <= w->acked && ack.id > 0);
	MUST(ack.n == w->acked || w->id[ack.n] == ack.id);
	w->id[ack.n] = ack.id;
	if (ack.n == w->acked)
		w->acked++;
	return true;
}

static void kill_one(struct worker *workers, unsigned number, const int fds[2])
{
	struct worker *w = &workers[number];
	struct timespec moment = {.tv_nsec = (long)(rand() % PAUSE_MAX_US) * 1000};
	int status;

	nanosleep(&moment, NULL);
	kill(w->pid, SIGKILL);
	MUST(waitpid(w->pid, &status, 0) == w->pid);
	MUST(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
	/* The acknowledgement may still be in the pipe: then the message is delivered and told again. */
	start(w, number, fds);
}

static unsigned total(const struct worker *workers)
{
	unsigned n = 0;

	for (unsigned i = 0; i < WORKERS; i++)
		n += workers[i].acked;
	return n;
}

static unsigned random_unfinished(const struct worker *workers)
{
	unsigned number = (unsigned)rand() % WORKERS;

	while (workers[number].acked == EACH)
		number = (number + 1) % WORKERS;
	return number;
}

int main(void)
{
	static struct worker workers[WORKERS];
	unsigned seed = (unsigned)time(NULL);
	unsigned kills = 0;
	int fds[2];

	printf("seed %u\n", seed);
	srand(seed);
	work_folder(path, sizeof(path));
	work_create(path);
	MUST(pipe(fds) == 0);
	for (unsigned i = 0; i < WORKERS; i++)
		start(&workers[i], i, fds);
	while (total(workers) < WORKERS * EACH) {
		MUST(take_ack(workers, fds[0]));
		if (kills < KILLS && rand() % 5 == 0 && total(workers) < WORKERS * EACH) {
			kill_one(workers, random_unfinished(workers), fds);
			kills++;
		}
	}
	close(fds[1]);
	while (take_ack(workers, fds[0]))
		;
	for (unsigned i = 0; i < WORKERS; i++)
		work_wait(workers[i].pid);
	printf("%u kills\n", kills);

	work_verify(path, &tally);
	MUST(tally.messages == WORKERS * EACH);
	for (unsigned i = 0; i < WORKERS; i++) {
		for (unsigned n = 0; n < EACH; n++)
			MUST(tally.id[i][n] == workers[i].id[n]);
	}
	work_check(path);
	work_remove(path);
	return 0;
}
