/* SPDX-License-Identifier: ISC
 *
 * Room on the disk. A file of 16 MiB stands by, so that deleting works where not a byte is free: a write that
 * fails for want of room lets it go and is tried again, if it is one that frees room. Deliveries stop before
 * that, and never get what the reserve gave up, because they leave more free than it holds.
 *
 * What can go wrong: the reserve cannot be made (there is no room yet: the server tries again); it is gone
 * when it is wanted (the write fails as any other does). */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "include/quarantine_admin.h"
#include "internal.h"

#define RESERVE_NAME "reserve"

enum { RESERVE_SIZE = 16 * 1024 * 1024, RESERVE_MODE = 0640, COPIES = 3 };

uint64_t reserve_free_bytes(const struct quarantine *q)
{
	struct statvfs fs;

	return fstatvfs(q->mail_fd, &fs) < 0 ? UINT64_MAX : (uint64_t)fs.f_bavail * fs.f_frsize;
}

static bool is_filled(const struct quarantine *q)
{
	struct stat st;

	return fstatat(q->mail_fd, RESERVE_NAME, &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_size >= RESERVE_SIZE;
}

static int reserve_open(const struct quarantine *q, int more)
{
	return openat(q->mail_fd, RESERVE_NAME, O_WRONLY | O_NOFOLLOW | O_CLOEXEC | more, RESERVE_MODE);
}

static uint64_t floor_for(const struct quarantine *q, uint64_t bytes)
{
	uint64_t wanted = bytes < UINT64_MAX / COPIES ? bytes * COPIES : UINT64_MAX;

	return wanted > q->min_free ? wanted : q->min_free;
}

void reserve_fill(struct quarantine *q)
{
	struct stat st;
	int fd;

	if (is_filled(q) || reserve_free_bytes(q) < floor_for(q, 0) + RESERVE_SIZE)
		return;
	fd = reserve_open(q, O_CREAT);
	if (fd < 0)
		return;
	/* A mode that an administrator has widened stays. */
	if (fstat(fd, &st) == 0 && st.st_size == 0)
		(void)!fchmod(fd, RESERVE_MODE | (st.st_mode & 0777));
	if (posix_fallocate(fd, 0, RESERVE_SIZE) != 0)
		(void)!ftruncate(fd, 0);
	close(fd);
}

bool reserve_yields(struct quarantine *q, int status)
{
	bool gave = false;
	int fd;

	if (status != QUARANTINE_FULL || !is_filled(q))
		return false;
	fd = reserve_open(q, 0);
	if (fd >= 0) {
		gave = ftruncate(fd, 0) == 0;
		close(fd);
	}
	if (gave)
		q->error[0] = '\0';
	return gave;
}

int reserve_admit(struct quarantine *q, uint64_t bytes)
{
	uint64_t available = reserve_free_bytes(q), wanted = floor_for(q, bytes);

	if (available >= wanted)
		return QUARANTINE_OK;
	return store_fail(q, QUARANTINE_FULL, "%s: %llu bytes are free on the disk, %llu must be", q->path,
			  (unsigned long long)available, (unsigned long long)wanted);
}

bool reserve_is_low(const struct quarantine *q)
{
	return reserve_free_bytes(q) < floor_for(q, 0) || !is_filled(q);
}

int quarantine_tend(struct quarantine *q, bool *low)
{
	int status = store_enter(q);

	if (status != QUARANTINE_OK)
		return status;
	if (q->lock_fd < 0)
		return store_fail(q, QUARANTINE_READ_ONLY, "%s: opened for reading only", q->path);
	reserve_fill(q);
	*low = reserve_is_low(q);
	return QUARANTINE_OK;
}

void quarantine_set_min_free(struct quarantine *q, uint64_t bytes)
{
	q->min_free = bytes;
}
