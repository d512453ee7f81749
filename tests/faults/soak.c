/* SPDX-License-Identifier: ISC
 *
 * soak [SECONDS]: four writers, each moving the log after every delivery, stopped and let go at random
 * moments, so that commits and checkpoints of different processes come as close together as they can.
 * SQLite's fault with those two (until 3.51.2) would lose pages here. No byte is written to the database file
 * by who does not hold the store's lock. At the end everything that was acknowledged is there. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../../store/include/quarantine_admin.h"
#include "../lib/faultio.h"
#include "../store/work.h"

enum { WRITERS = 4, SECONDS = 60, PAUSE_MAX_US = 2000 };

static char path[200], lock_path[300];
static struct work_tally tally;
static int64_t told[WRITERS][WORK_MESSAGES];

/* Called before each write to the database file: by another descriptor the lock is not to be had. */
static void must_hold_lock(void)
{
	int fd = open(lock_path, O_RDWR | O_CLOEXEC);

	MUST(fd >= 0);
	MUST(flock(fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK);
	close(fd);
}

static void write_messages(unsigned number, int acks)
{
	struct quarantine *q = work_open(path, QUARANTINE_WRITE);

	for (unsigned n = 0; n < WORK_MESSAGES; n++) {
		int64_t id = 0;

		MUST_OK(q, work_deliver(q, number, n, &id));
		work_ack(acks, number, n, id);
		MUST_OK(q, quarantine_checkpoint(q, 0));
	}
	quarantine_close(q);
	_exit(0);
}

static void take_acks(int fd, unsigned *count)
{
	struct pollfd ready = {.fd = fd, .events = POLLIN};
	struct work_ack ack;

	while (poll(&ready, 1, 0) > 0 && work_next_ack(fd, &ack)) {
		told[ack.worker][ack.n] = ack.id;
		(*count)++;
	}
}

/* One after the other is stopped for a moment, wherever it is. */
static unsigned disturb(const pid_t *children, int acks, unsigned seconds)
{
	time_t end = time(NULL) + seconds;
	unsigned count = 0;

	while (time(NULL) < end && count < WRITERS * WORK_MESSAGES) {
		pid_t child = children[rand() % WRITERS];
		struct timespec moment = {.tv_nsec = (long)(rand() % PAUSE_MAX_US) * 1000};

		kill(child, SIGSTOP);
		nanosleep(&moment, NULL);
		kill(child, SIGCONT);
		take_acks(acks, &count);
	}
	return count;
}

int main(int argc, char **argv)
{
	unsigned seconds = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : SECONDS;
	pid_t children[WRITERS];
	unsigned count;
	int acks[2], status;

	work_folder(path, sizeof(path));
	work_create(path);
	snprintf(lock_path, sizeof(lock_path), "%s/mail/lock", path);
	faultio_before_database_write(must_hold_lock);
	MUST(pipe(acks) == 0);
	for (unsigned i = 0; i < WRITERS; i++) {
		children[i] = fork();
		MUST(children[i] >= 0);
		if (children[i] == 0)
			write_messages(i, acks[1]);
	}
	close(acks[1]);
	count = disturb(children, acks[0], seconds);
	for (unsigned i = 0; i < WRITERS; i++)
		kill(children[i], SIGKILL);
	for (unsigned i = 0; i < WRITERS; i++) {
		MUST(waitpid(children[i], &status, 0) == children[i]);
		MUST(WIFSIGNALED(status) ? WTERMSIG(status) == SIGKILL : WEXITSTATUS(status) == 0);
	}
	take_acks(acks[0], &count);
	work_verify(path, &tally);
	for (unsigned w = 0; w < WRITERS; w++) {
		for (unsigned n = 0; n < WORK_MESSAGES; n++)
			MUST(told[w][n] == 0 || tally.id[w][n] == told[w][n]);
	}
	work_check(path);
	work_remove(path);
	MUST(count > 0);
	printf("%u deliveries, a checkpoint after each\n", count);
	return 0;
}
