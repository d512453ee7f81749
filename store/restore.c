/* SPDX-License-Identifier: ISC
 *
 * A store from a backup. The copy is brought in under another name, checked and changed there, and becomes
 * the database by one rename: until then there is no store.
 *
 * Each mailbox gets a UIDVALIDITY above its old one and not below the present time, so also above what
 * an earlier restore of the same backup gave. Ids of messages are not given again either: they go on from the
 * time in microseconds, and no store takes a message in each of those. Delivery keys are kept: a filter that
 * delivers once more what the copy holds already is told so, and what came after the copy was made is stored.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "include/quarantine_admin.h"
#include "stmt.h"

#define RESTORE_NAME "restore.db"

enum { COPY_SIZE = 1024 * 1024 };

static int copy_bytes(struct quarantine *q, int from, int to)
{
	char *bytes = malloc(COPY_SIZE);
	int status = bytes ? QUARANTINE_OK : store_fail(q, QUARANTINE_NO_MEMORY, "restore");
	ssize_t got = 1;

	while (status == QUARANTINE_OK && got > 0) {
		got = read(from, bytes, COPY_SIZE);
		if (got < 0)
			status = store_fail_errno(q, "restore: read");
		for (ssize_t n, done = 0; done < got; done += n) {
			n = write(to, bytes + done, (size_t)(got - done));
			if (n < 0) {
				status = store_fail_errno(q, "restore: write");
				break;
			}
		}
	}
	free(bytes);
	return status;
}

static int copy_file(struct quarantine *q, const char *file)
{
	int from = open(file, O_RDONLY | O_CLOEXEC);
	int to = -1;
	int status;

	if (from < 0)
		return store_fail_errno(q, file);
	to = openat(q->mail_fd, RESTORE_NAME, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0640);
	if (to < 0 || fchmod(to, 0640) < 0)
		status = store_fail_errno(q, "mail/" RESTORE_NAME);
	else
		status = copy_bytes(q, from, to);
	if (to >= 0)
		close(to);
	close(from);
	return status;
}

/* SQLite's own look at everything: a copy that was cut or changed is not taken. */
static int check_pages(struct quarantine *q)
{
	sqlite3_stmt *stmt;
	int status = stmt_row(q, QUERY_RESTORE_CHECK, &stmt, "");

	if (status <= 0)
		return status;
	if (!slice_eq(stmt_bytes(stmt, 0), SLICE("ok")))
		status = store_fail(q, QUARANTINE_CORRUPT, "the copy is damaged: %s",
				    (const char *)sqlite3_column_text(stmt, 0));
	stmt_done(stmt);
	return status < 0 ? status : QUARANTINE_OK;
}

static int64_t now_in_microseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* With the log merged and the connection closed, the copy is one file again. */
static int change_copy(struct quarantine *q)
{
	char file[sizeof(q->path) + sizeof("/mail/" RESTORE_NAME)];
	int64_t version = 0;
	int code, status;

	snprintf(file, sizeof(file), "%s/mail/" RESTORE_NAME, q->path);
	code = sqlite3_open_v2(file, &q->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOFOLLOW, NULL);
	status = code == SQLITE_OK ? stmt_int64(q, QUERY_USER_VERSION, 0, &version, "")
				   : store_fail_sqlite(q, code, "restore: open");
	if (status == QUARANTINE_OK && version == 0)
		status = store_fail(q, QUARANTINE_CORRUPT, "the file is no backup of a quarantine");
	if (status == QUARANTINE_OK)
		status = check_pages(q);
	if (status == QUARANTINE_OK)
		status = migrate(q, false);
	if (status == QUARANTINE_OK)
		status = stmt_run(q, QUERY_RESTORE_UIDVALIDITY, "l", store_now());
	if (status == QUARANTINE_OK)
		status = stmt_run(q, QUERY_RESTORE_COUNTER, "");
	if (status == QUARANTINE_OK)
		status = stmt_run(q, QUERY_RESTORE_IDS, "l", now_in_microseconds());
	if (status == QUARANTINE_OK)
		status = stmt_run(q, QUERY_RESTORE_MERGE, "");
	stmt_finish(q);
	sqlite3_close(q->db);
	q->db = NULL;
	return status;
}

static bool holds_store(struct quarantine *q)
{
	struct stat st;

	return fstatat(q->mail_fd, "quarantine.db", &st, 0) == 0 && st.st_size > 0;
}

static bool remove_log(struct quarantine *q, const char *database)
{
	char wal[64], shm[64];

	snprintf(wal, sizeof(wal), "%s-wal", database);
	snprintf(shm, sizeof(shm), "%s-shm", database);
	return (unlinkat(q->mail_fd, wal, 0) == 0 || errno == ENOENT) &&
	       (unlinkat(q->mail_fd, shm, 0) == 0 || errno == ENOENT);
}

/* Under the lock, so that nobody makes a store there at the same moment. A log that an earlier database of
 * that name left behind would be read into this one. */
static int publish(struct quarantine *q)
{
	int fd = openat(q->mail_fd, RESTORE_NAME, O_RDONLY | O_CLOEXEC);
	int status = lock_take(q);

	if (status != QUARANTINE_OK) {
		close(fd);
		return status;
	}
	if (holds_store(q))
		status = store_fail(q, QUARANTINE_EXISTS, "%s holds a store", q->path);
	else if (fd < 0 || fsync(fd) < 0 || !remove_log(q, "quarantine.db") ||
		 renameat(q->mail_fd, RESTORE_NAME, q->mail_fd, "quarantine.db") < 0 || fsync(q->mail_fd) < 0)
		status = store_fail_errno(q, "restore: rename");
	lock_release(q);
	if (fd >= 0)
		close(fd);
	return status;
}

/* The folders, and the empty database that stands for "no store yet". */
static int make_place(struct quarantine *q)
{
	char mail[sizeof(q->path) + sizeof("/mail")];
	int status = store_create(q);

	if (status != QUARANTINE_OK)
		return status;
	snprintf(mail, sizeof(mail), "%s/mail", q->path);
	q->mail_fd = open(mail, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	q->lock_fd = q->mail_fd < 0 ? -1 : openat(q->mail_fd, "lock", O_RDWR | O_CLOEXEC);
	if (q->lock_fd < 0)
		return store_fail_errno(q, "mail/lock");
	return holds_store(q) ? store_fail(q, QUARANTINE_EXISTS, "%s holds a store", q->path) : QUARANTINE_OK;
}

static int restore(struct quarantine *q, const char *file)
{
	int status;

	if (access(file, R_OK) < 0)
		return store_fail_errno(q, file);
	status = make_place(q);
	if (status != QUARANTINE_OK)
		return status;
	status = copy_file(q, file);
	if (status == QUARANTINE_OK)
		status = change_copy(q);
	if (status == QUARANTINE_OK)
		status = publish(q);
	if (status != QUARANTINE_OK) {
		unlinkat(q->mail_fd, RESTORE_NAME, 0);
		remove_log(q, RESTORE_NAME);
	}
	return status;
}

int quarantine_restore(const char *path, const char *file, char *why, size_t why_size)
{
	struct quarantine *q = calloc(1, sizeof(*q));
	int status;

	if (!q)
		return QUARANTINE_NO_MEMORY;
	pthread_mutex_init(&q->db_mutex, NULL);
	q->pid = getpid();
	q->mail_fd = q->lock_fd = q->bell_fd = -1;
	q->lock_timeout = 10000;
	if (strlen(path) < sizeof(q->path)) {
		memcpy(q->path, path, strlen(path) + 1);
		status = restore(q, file);
	} else {
		status = store_fail(q, QUARANTINE_INVALID, "the path is too long");
	}
	if (why && why_size > 0)
		snprintf(why, why_size, "%s", q->error);
	quarantine_close(q);
	return status;
}
