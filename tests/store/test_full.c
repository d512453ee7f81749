/* SPDX-License-Identifier: ISC
 *
 * A disk that fills up, on a small file system of its own in a mount namespace of its own. Skipped where
 * that is not allowed. */
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "work.h"

enum { SKIPPED = 77, BALLAST = 2 * 1024 * 1024, MORE = 20 };

static struct work_tally tally;

static bool mount_small(const char *path)
{
	return unshare(CLONE_NEWNS) == 0 && mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	       mount("quarantine-test", path, "tmpfs", 0, "size=8m,mode=700") == 0;
}

static void write_ballast(const char *file)
{
	static char zeros[BALLAST];
	int fd = open(file, O_WRONLY | O_CREAT | O_EXCL, 0600);

	MUST(fd >= 0);
	MUST(write(fd, zeros, sizeof(zeros)) == sizeof(zeros));
	close(fd);
}

static unsigned deliver_until_full(const char *store)
{
	struct quarantine *q = work_open(store, QUARANTINE_WRITE);
	unsigned n = 0;
	int64_t id;
	int status;

	while ((status = work_deliver(q, 0, n, &id)) == QUARANTINE_OK) {
		n++;
		MUST(n < WORK_MESSAGES - MORE);
	}
	printf("full after %u messages: %s: %s\n", n, quarantine_strerror(status), quarantine_errmsg(q));
	MUST(status == QUARANTINE_FULL);
	/* Still full, still said so; and reading goes on. */
	MUST(work_deliver(q, 0, n, &id) == QUARANTINE_FULL);
	quarantine_close(q);
	return n;
}

static void deliver_more(const char *store, unsigned first)
{
	struct quarantine *q = work_open(store, QUARANTINE_WRITE);

	for (unsigned n = first; n < first + MORE; n++) {
		int64_t id;

		MUST_OK(q, work_deliver(q, 0, n, &id));
	}
	quarantine_close(q);
}

static void run(const char *path)
{
	char store[250], ballast[250];
	unsigned stored;

	snprintf(store, sizeof(store), "%s/store", path);
	snprintf(ballast, sizeof(ballast), "%s/ballast", path);
	write_ballast(ballast);
	work_create(store);
	stored = deliver_until_full(store);
	work_verify(store, &tally);
	MUST(tally.messages == stored);
	work_check(store);
	MUST(unlink(ballast) == 0);
	deliver_more(store, stored);
	work_verify(store, &tally);
	MUST(tally.messages == stored + MORE);
	work_check(store);
}

int main(void)
{
	char path[200];

	if (geteuid() != 0) {
		printf("skipped: only root may mount a small file system\n");
		return SKIPPED;
	}
	work_folder(path, sizeof(path));
	if (!mount_small(path)) {
		printf("skipped: mounting is not allowed here\n");
		rmdir(path);
		return SKIPPED;
	}
	run(path);
	MUST(umount(path) == 0);
	MUST(rmdir(path) == 0);
	return 0;
}
