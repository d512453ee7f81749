/* SPDX-License-Identifier: ISC
 *
 * One writer at a time, by a lock file of our own. It closes SQLite's WAL-reset bug (a checkpoint that
 * runs while another connection commits may lose pages, 3.7.0 to 3.51.2): commits and checkpoints
 * exclude each other here, whatever SQLite does. */
#include <errno.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#include "include/quarantine_admin.h"
#include "stmt.h"

enum {
	WAIT_FIRST_NS = 20 * 1000,
	WAIT_MAX_NS = 1000 * 1000,
	WAL_RETRY_PAGES = 256,
	READER_WAIT_MS = 25,
	BUSY_MS = 5000, /* as CONNECTION in queries.sql has it */
};

int64_t store_clock_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* flock() knows no time-out, so it is tried again after waits that grow to a millisecond. */
int lock_take(struct quarantine *q)
{
	int64_t deadline = store_clock_ns() + (int64_t)q->lock_timeout * 1000000;
	struct timespec wait = {.tv_nsec = WAIT_FIRST_NS};

	while (flock(q->lock_fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return store_fail_errno(q, "mail/lock");
		if (store_clock_ns() >= deadline)
			return store_fail(q, QUARANTINE_BUSY, "%s/mail/lock: held by another writer",
					  q->path);
		nanosleep(&wait, NULL);
		if (wait.tv_nsec < WAIT_MAX_NS)
			wait.tv_nsec *= 2;
	}
	return QUARANTINE_OK;
}

void lock_release(struct quarantine *q)
{
	flock(q->lock_fd, LOCK_UN);
}

/* quarantine_interrupt() may hit even this, hence again; nothing else keeps a transaction open. */
void transaction_end(struct quarantine *q, enum query how)
{
	for (int tries = 0; tries < 1000 && !sqlite3_get_autocommit(q->db); tries++)
		stmt_run(q, how, "");
}

int write_begin(struct quarantine *q)
{
	int status = store_settle(q);

	if (status != QUARANTINE_OK)
		return status;
	if (q->lock_fd < 0)
		return store_fail(q, QUARANTINE_READ_ONLY, "%s: opened for reading only", q->path);
	if (q->cursors > 0 || !sqlite3_get_autocommit(q->db))
		return store_fail(q, QUARANTINE_INVALID, "a cursor or transaction of this handle is open");
	status = lock_take(q);
	if (status != QUARANTINE_OK)
		return status;
	status = stmt_run(q, QUERY_BEGIN_WRITE, "");
	if (status != QUARANTINE_OK) {
		transaction_end(q, QUERY_ROLLBACK);
		lock_release(q);
		return status;
	}
	q->changes = sqlite3_total_changes(q->db);
	return QUARANTINE_OK;
}

/* Never PASSIVE. A reader in the way is waited for a little: its step is short, and those who begin
 * meanwhile read the database alone and are not in the way. Without the wait two busy readers, taking turns,
 * let the log grow without end (100 MB in 1,600 deliveries). What a slower one needs stays in the log, and
 * the next try comes when the log has grown by another megabyte. */
int checkpoint_locked(struct quarantine *q, bool truncate)
{
	int mode = truncate ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_RESTART;
	int code;

	sqlite3_busy_timeout(q->db, READER_WAIT_MS);
	code = sqlite3_wal_checkpoint_v2(q->db, "main", mode, NULL, NULL);
	sqlite3_busy_timeout(q->db, BUSY_MS);
	q->wal_tried = code == SQLITE_OK ? 0 : q->wal_pages;
	if (code == SQLITE_OK)
		q->wal_pages = 0;
	return code == SQLITE_OK || code == SQLITE_BUSY ? QUARANTINE_OK
							: store_fail_sqlite(q, code, "checkpoint");
}

int checkpoint_whole(struct quarantine *q)
{
	int status = lock_take(q);
	int code;

	if (status != QUARANTINE_OK)
		return status;
	code = sqlite3_wal_checkpoint_v2(q->db, "main", SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
	lock_release(q);
	return code == SQLITE_OK ? QUARANTINE_OK : store_fail_sqlite(q, code, "checkpoint");
}

/* Whoever opens a store that nobody holds open reads the log's index anew from the file, all frames that were
 * moved included: one process a message would read and move 4 MiB each time. So the first commit of a handle
 * keeps the log shorter, and cuts it off. */
static bool is_first_commit(const struct quarantine *q)
{
	return q->commits == 1;
}

static bool checkpoint_due(struct quarantine *q)
{
	int limit = is_first_commit(q) ? STORE_WAL_FIRST : STORE_WAL_LIMIT;

	if (q->wal_pages < q->wal_tried)
		q->wal_tried = 0;
	return q->wal_pages > limit / (int)q->page_size && q->wal_pages >= q->wal_tried + WAL_RETRY_PAGES;
}

/* A checkpoint that fails does not make the commit before it fail. Nor is the disk in doubt then: the log
 * stays whole, and the next try moves all of it again. */
static void checkpoint_if_due(struct quarantine *q)
{
	bool suspect = q->suspect;

	if (!checkpoint_due(q) || checkpoint_locked(q, is_first_commit(q)) == QUARANTINE_OK)
		return;
	q->error[0] = '\0';
	q->suspect = suspect;
}

int write_end(struct quarantine *q, int status)
{
	bool changed;

	if (status == QUARANTINE_OK)
		status = stmt_run(q, QUERY_COMMIT, "");
	transaction_end(q, QUERY_ROLLBACK);
	changed = status == QUARANTINE_OK && sqlite3_total_changes(q->db) != q->changes;
	if (changed) {
		q->commits++;
		checkpoint_if_due(q);
	}
	lock_release(q);
	if (changed)
		watch_ring(q);
	/* At once, so that a process that ends now leaves nothing doubtful behind; else the next call does
	 * it. */
	store_settle(q);
	return status;
}

int read_begin(struct quarantine *q)
{
	int status;

	if (q->reading)
		return QUARANTINE_OK;
	if (!sqlite3_get_autocommit(q->db))
		return store_fail(q, QUARANTINE_INVALID, "a transaction is open");
	status = stmt_run(q, QUERY_BEGIN_READ, "");
	if (status != QUARANTINE_OK)
		transaction_end(q, QUERY_COMMIT);
	return status;
}

/* Not a rollback: a cursor of the handle may be open. While one is, an interruption lasts, and nothing can be
 * ended: then cursor_close() does it. */
void read_end(struct quarantine *q)
{
	if (q->reading)
		return;
	transaction_end(q, QUERY_COMMIT);
	q->left_open = !sqlite3_get_autocommit(q->db);
}

int quarantine_read_begin(struct quarantine *q)
{
	int status = store_enter(q);

	if (status == QUARANTINE_OK && q->reading)
		status = store_fail(q, QUARANTINE_INVALID, "a transaction is open");
	if (status == QUARANTINE_OK)
		status = read_begin(q);
	q->reading |= status == QUARANTINE_OK;
	return status;
}

void quarantine_read_end(struct quarantine *q)
{
	if (!q->reading)
		return;
	q->reading = false;
	read_end(q);
}

int quarantine_checkpoint(struct quarantine *q, uint64_t above)
{
	struct stat wal;
	int status = store_enter(q);

	if (status != QUARANTINE_OK)
		return status;
	if (q->lock_fd < 0)
		return store_fail(q, QUARANTINE_READ_ONLY, "%s: opened for reading only", q->path);
	if (fstatat(q->mail_fd, "quarantine.db-wal", &wal, 0) < 0 || (uint64_t)wal.st_size <= above)
		return QUARANTINE_OK;
	status = lock_take(q);
	if (status != QUARANTINE_OK)
		return status;
	status = checkpoint_locked(q, true);
	lock_release(q);
	return status;
}

int quarantine_change_token(struct quarantine *q, uint64_t *token)
{
	int64_t version = 0;
	int status = store_enter(q);

	if (status != QUARANTINE_OK)
		return status;
	sqlite3_busy_timeout(q->db, 0);
	status = stmt_int64(q, QUERY_DATA_VERSION, 0, &version, "");
	sqlite3_busy_timeout(q->db, BUSY_MS);
	if (status != QUARANTINE_OK)
		return status;
	*token = (uint64_t)version << 32 | (q->commits & UINT32_MAX);
	return QUARANTINE_OK;
}
