/* SPDX-License-Identifier: ISC
 *
 * A disk that fills up, on a small file system of its own in a mount namespace of its own. Skipped where
 * that is not allowed. */
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "work.h"

enum { SKIPPED = 77, MIB = 1024 * 1024, MIN_FREE = 4 * MIB, RESERVE = 16 * MIB, DELIVERED = 400, MORE = 20 };

static struct work_tally tally;

struct place {
	char folder[200];
	char store[250], reserve[300], ballast[250];
};

static bool mount_small(const char *path)
{
	return unshare(CLONE_NEWNS) == 0 && mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	       mount("quarantine-test", path, "tmpfs", 0, "size=48m,mode=700") == 0;
}

static uint64_t room(const struct place *p)
{
	struct statvfs fs;

	MUST(statvfs(p->folder, &fs) == 0);
	return fs.f_bavail * fs.f_frsize;
}

static bool reserve_is_there(const struct place *p)
{
	struct stat st;

	return stat(p->reserve, &st) == 0 && st.st_blocks * 512 >= RESERVE;
}

/* Takes what the disk has, but `leave` bytes. */
static void write_ballast(const struct place *p, uint64_t leave)
{
	static char zeros[4096];
	int fd = open(p->ballast, O_WRONLY | O_CREAT | O_APPEND, 0600);

	MUST(fd >= 0);
	while (room(p) > leave && write(fd, zeros, sizeof(zeros)) > 0)
		;
	close(fd);
	MUST(room(p) <= leave);
}

static struct quarantine *open_here(const struct place *p)
{
	struct quarantine *q = work_open(p->store, QUARANTINE_WRITE);

	quarantine_set_min_free(q, MIN_FREE);
	return q;
}

static void deliver(struct quarantine *q, unsigned first, unsigned count)
{
	int64_t id;

	for (unsigned n = first; n < first + count; n++)
		MUST_OK(q, work_deliver(q, 0, n, &id));
}

/* The bound itself, and three times the message where that is more. */
static void refuses_in_time(const struct place *p, struct quarantine *q)
{
	uint64_t free_now;
	int64_t id;

	write_ballast(p, MIN_FREE - 1);
	MUST(work_deliver(q, 0, DELIVERED, &id) == QUARANTINE_FULL);
	quarantine_set_min_free(q, room(p) + 1);
	MUST(work_deliver(q, 0, DELIVERED, &id) == QUARANTINE_FULL);
	free_now = room(p);
	quarantine_set_min_free(q, 0);
	{
		struct quarantine_envelope env = QUARANTINE_ENVELOPE_INIT;
		size_t len = free_now / 3 + 1;
		char *bytes = calloc(1, len);

		MUST(bytes != NULL);
		env.direction = QUARANTINE_OUTGOING;
		MUST(quarantine_deliver(q, &env, bytes, len, &id) == QUARANTINE_FULL);
		free(bytes);
	}
	quarantine_set_min_free(q, MIN_FREE);
	MUST(reserve_is_there(p));
}

static size_t expunge(struct quarantine *q, uint32_t first, uint32_t last)
{
	const struct quarantine_expunge_request request = {
		.size = sizeof(request), .reason = QUARANTINE_REMOVED, .max = 1000};
	struct quarantine_range range = {first, last};
	struct quarantine_mailbox box;
	size_t done = 0;

	MUST_OK(q, quarantine_mailbox_find(q, QUARANTINE_MAILBOX_OUTGOING, &box));
	MUST_OK(q, quarantine_expunge(q, box.id, &range, 1, &request, &done));
	return done;
}

static void mark_deleted(struct quarantine *q, uint32_t first, uint32_t last)
{
	struct quarantine_flag_request request = {.size = sizeof(request),
						  .change = QUARANTINE_FLAGS_ADD,
						  .flags = QUARANTINE_DELETED,
						  .unchanged_since = UINT64_MAX};
	struct quarantine_range range = {first, last};
	struct quarantine_mailbox box;

	MUST_OK(q, quarantine_mailbox_find(q, QUARANTINE_MAILBOX_OUTGOING, &box));
	MUST_OK(q, quarantine_flags_change(q, box.id, &range, 1, &request, NULL));
}

/* Purges until nothing is left and the reserve is whole again, as the server does. */
static void make_room(const struct place *p, struct quarantine *q)
{
	bool low = true;

	for (int i = 0; low && i < 100; i++) {
		size_t done = 0;

		MUST_OK(q, quarantine_purge(q, time(NULL) + 1, 100, &done));
		MUST_OK(q, quarantine_checkpoint(q, 0));
		MUST_OK(q, quarantine_tend(q, &low));
	}
	printf("%llu bytes free after purging\n", (unsigned long long)room(p));
	MUST(!low);
}

static void run(const struct place *p)
{
	struct quarantine *q;
	bool low = false;
	int64_t id;

	work_create(p->store);
	q = open_here(p);
	MUST_OK(q, quarantine_tend(q, &low));
	MUST(!low && reserve_is_there(p));
	deliver(q, 0, DELIVERED);
	refuses_in_time(p, q);
	MUST_OK(q, quarantine_checkpoint(q, 0)); /* so that the log has to grow */
	quarantine_close(q);

	/* Not a byte is free, and the store is opened anew, as the tool does. */
	write_ballast(p, 0);
	q = open_here(p);
	MUST(work_deliver(q, 0, DELIVERED, &id) == QUARANTINE_FULL);
	mark_deleted(q, 1, 200);
	MUST(expunge(q, 1, 200) == 200);
	MUST(!reserve_is_there(p));
	MUST_OK(q, quarantine_tend(q, &low));
	MUST(low);
	/* What the reserve gave up is not for deliveries. */
	quarantine_set_min_free(q, RESERVE + MIB);
	MUST(work_deliver(q, 0, DELIVERED, &id) == QUARANTINE_FULL);
	quarantine_set_min_free(q, MIN_FREE);

	MUST(truncate(p->ballast, 0) == 0);
	write_ballast(p, RESERVE + MIN_FREE - MIB / 4); /* too little for both, before the store shrinks */
	make_room(p, q);
	MUST(reserve_is_there(p));
	MUST(unlink(p->ballast) == 0);
	deliver(q, DELIVERED, MORE);
	quarantine_close(q);
	work_verify(p->store, &tally);
	MUST(tally.messages == DELIVERED - 200 + MORE);
	work_check(p->store);
}

int main(void)
{
	struct place p;

	if (geteuid() != 0) {
		printf("skipped: only root may mount a small file system\n");
		return SKIPPED;
	}
	work_folder(p.folder, sizeof(p.folder));
	if (!mount_small(p.folder)) {
		printf("skipped: mounting is not allowed here\n");
		rmdir(p.folder);
		return SKIPPED;
	}
	snprintf(p.store, sizeof(p.store), "%s/store", p.folder);
	snprintf(p.reserve, sizeof(p.reserve), "%s/mail/reserve", p.store);
	snprintf(p.ballast, sizeof(p.ballast), "%s/ballast", p.folder);
	run(&p);
	MUST(umount(p.folder) == 0);
	MUST(rmdir(p.folder) == 0);
	return 0;
}
