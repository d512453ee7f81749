/* SPDX-License-Identifier: ISC
 *
 * A consistent copy of the database file while deliveries go on.
 *
 * SQLite offers two ways, and neither will do. VACUUM INTO is one read transaction: until it ends, the log
 * cannot be moved into the database and grows with every delivery. The backup API lets go between steps,
 * but starts again from the first page whenever another connection has committed: under load it never ends.
 *
 * So the file's pages are copied here, in slices, while a read transaction is open that is renewed every
 * megabyte of log. In WAL mode only checkpoints write to the database file, and only pages that the log has;
 * and while the transaction is open the log cannot start over. (Where all of it had been moved when the
 * transaction began it can, but then nothing of the new one can be moved.) So whatever changes in the file
 * meanwhile, even under a slice that is being read, is in the log when the transaction is renewed. That is
 * done under the store's lock:
 *   1. list the pages in the log,
 *   2. end the transaction and move the log into the database,
 *   3. read those of the pages again that the copy has already, and the next slice,
 *   4. begin the next transaction, let go of the lock, and write to the copy what was read.
 * Other programs' checkpoints do what they can and harm nothing. Every slice gets 4 MiB further, however
 * much is delivered, and the log grows by what is delivered within one.
 *
 * The copy is finished when a slice under the lock reaches the end of the file and finds the whole log
 * moved: then it is the database of that moment. Readers may delay that (a page that a reader still needs
 * unchanged stays in the log), hence the deadline.
 *
 * The file is read through SQLite's own descriptor: to open and close the database file once more would
 * drop this process's POSIX locks on it. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "include/quarantine_admin.h"
#include "stmt.h"

enum {
	SLICE_BYTES = 4 * 1024 * 1024,
	LOG_BYTES = 1024 * 1024,
	PAUSE_MIN_NS = 3 * 1000 * 1000, /* a waiting writer looks at the lock every millisecond */
	READER_WAIT_MS = 20,            /* for a reader in the checkpoint's way, writers waiting */
	DEADLINE_S = 60,                /* for readers at the end */
	WAL_HEADER = 32,
	FRAME_HEADER = 24,
	SALT_AT = 16,
	FRAME_SALT_AT = 8,
	SALT_SIZE = 8,
};

struct backup {
	struct quarantine *q;
	int fd; /* the copy */
	sqlite3_file *db, *wal;
	int64_t at;      /* the copy holds the file up to here */
	int64_t size;    /* of the database file */
	bool moved;      /* this slice moved the whole log */
	int64_t held;    /* nanoseconds for which the last renewal held the lock */
	uint32_t *pages; /* changed ones, ascending, numbered from 1 */
	size_t page_count, page_room;
	struct buf changed; /* their bytes, one after the other */
	char *slice;
	size_t slice_len;
};

static int file_pointers(struct backup *b)
{
	int code = sqlite3_file_control(b->q->db, "main", SQLITE_FCNTL_FILE_POINTER, &b->db);

	if (code == SQLITE_OK)
		code = sqlite3_file_control(b->q->db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &b->wal);
	if (code != SQLITE_OK || !b->db->pMethods || !b->wal->pMethods)
		return store_fail(b->q, QUARANTINE_IO, "backup: the database's files are not open");
	return QUARANTINE_OK;
}

static int read_at(struct backup *b, sqlite3_file *file, void *into, size_t len, int64_t at)
{
	int code = file->pMethods->xRead(file, into, (int)len, at);

	return code == SQLITE_OK ? QUARANTINE_OK : store_fail_sqlite(b->q, code, "backup: read");
}

static int file_length(struct backup *b, sqlite3_file *file, int64_t *length)
{
	sqlite3_int64 size;
	int code = file->pMethods->xFileSize(file, &size);

	if (code != SQLITE_OK)
		return store_fail_sqlite(b->q, code, "backup: size");
	*length = size;
	return QUARANTINE_OK;
}

static bool add_page(struct backup *b, uint32_t page)
{
	if (b->page_count == b->page_room) {
		size_t room = b->page_room ? b->page_room * 2 : 1024;
		uint32_t *pages = reallocarray(b->pages, room, sizeof(*pages));

		if (!pages)
			return false;
		b->pages = pages;
		b->page_room = room;
	}
	b->pages[b->page_count++] = page;
	return true;
}

static int compare_pages(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

/* The pages that have a frame in the log. A frame too many (of a transaction that was rolled back) costs a
 * page read for nothing; those of an earlier run of the log have another salt. */
static int list_changed(struct backup *b)
{
	unsigned char header[WAL_HEADER] = {0}, frame[FRAME_HEADER];
	int64_t size = 0, at = WAL_HEADER;
	int status = file_length(b, b->wal, &size);

	b->page_count = 0;
	if (status == QUARANTINE_OK && size > WAL_HEADER)
		status = read_at(b, b->wal, header, sizeof(header), 0);
	for (; status == QUARANTINE_OK && at + FRAME_HEADER + b->q->page_size <= size;
	     at += FRAME_HEADER + b->q->page_size) {
		status = read_at(b, b->wal, frame, sizeof(frame), at);
		if (status != QUARANTINE_OK ||
		    memcmp(frame + FRAME_SALT_AT, header + SALT_AT, SALT_SIZE) != 0)
			break;
		if (!add_page(b, (uint32_t)frame[0] << 24 | (uint32_t)frame[1] << 16 |
					 (uint32_t)frame[2] << 8 | frame[3]))
			status = store_fail(b->q, QUARANTINE_NO_MEMORY, "backup");
	}
	if (b->page_count > 0)
		qsort(b->pages, b->page_count, sizeof(*b->pages), compare_pages);
	return status;
}

static int move_log(struct backup *b)
{
	int in_log = 0, moved = 0, code;

	sqlite3_busy_timeout(b->q->db, READER_WAIT_MS);
	code = sqlite3_wal_checkpoint_v2(b->q->db, "main", SQLITE_CHECKPOINT_TRUNCATE, &in_log, &moved);
	sqlite3_busy_timeout(b->q->db, 5000);
	if (code != SQLITE_OK && code != SQLITE_BUSY)
		return store_fail_sqlite(b->q, code, "backup: checkpoint");
	b->moved = in_log == moved && in_log >= 0;
	return QUARANTINE_OK;
}

/* Reads again what changed in the part that the copy holds already. */
static int read_changed(struct backup *b)
{
	size_t kept = 0;
	int status = QUARANTINE_OK;

	buf_reset(&b->changed);
	for (size_t i = 0; i < b->page_count && status == QUARANTINE_OK; i++) {
		int64_t at = ((int64_t)b->pages[i] - 1) * b->q->page_size;
		char *room;

		if (at < 0 || at >= b->at || at >= b->size || (kept > 0 && b->pages[kept - 1] == b->pages[i]))
			continue;
		room = buf_reserve(&b->changed, (size_t)b->q->page_size);
		if (!room)
			return store_fail(b->q, QUARANTINE_NO_MEMORY, "backup");
		status = read_at(b, b->db, room, (size_t)b->q->page_size, at);
		b->changed.len += (size_t)b->q->page_size;
		b->pages[kept++] = b->pages[i];
	}
	b->page_count = kept;
	return status;
}

static int read_next(struct backup *b)
{
	int64_t left = b->size - b->at;

	b->slice_len = left < 0 ? 0 : left < SLICE_BYTES ? (size_t)left : SLICE_BYTES;
	return b->slice_len > 0 ? read_at(b, b->db, b->slice, b->slice_len, b->at) : QUARANTINE_OK;
}

/* Begins the read transaction: PRAGMA user_version is the cheapest read. */
static int hold_log(struct backup *b)
{
	int64_t version;
	int status = read_begin(b->q);

	return status != QUARANTINE_OK ? status : stmt_int64(b->q, QUERY_USER_VERSION, 0, &version, "");
}

/* A slice under the lock, with a new transaction. */
static int renew(struct backup *b)
{
	int status = lock_take(b->q);
	int64_t start = store_clock_ns();

	if (status != QUARANTINE_OK)
		return status;
	read_end(b->q);
	status = list_changed(b);
	if (status == QUARANTINE_OK)
		status = move_log(b);
	if (status == QUARANTINE_OK)
		status = file_length(b, b->db, &b->size);
	if (status == QUARANTINE_OK)
		status = read_changed(b);
	if (status == QUARANTINE_OK)
		status = read_next(b);
	if (status == QUARANTINE_OK)
		status = hold_log(b);
	lock_release(b->q);
	b->held = store_clock_ns() - start;
	return status;
}

static int read_slice(struct backup *b, bool *renewed)
{
	int64_t log = 0;
	int status = file_length(b, b->wal, &log);

	*renewed = b->at >= b->size || log > LOG_BYTES;
	if (status != QUARANTINE_OK || *renewed)
		return status != QUARANTINE_OK ? status : renew(b);
	b->page_count = 0;
	b->moved = false;
	return read_next(b);
}

static int write_at(struct backup *b, const char *bytes, size_t len, int64_t at)
{
	while (len > 0) {
		ssize_t n = pwrite(b->fd, bytes, len, at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return store_fail_errno(b->q, "backup: write");
		bytes += n;
		at += n;
		len -= (size_t)n;
	}
	return QUARANTINE_OK;
}

static int write_slice(struct backup *b)
{
	int status = QUARANTINE_OK;

	for (size_t i = 0; i < b->page_count && status == QUARANTINE_OK; i++)
		status = write_at(b, b->changed.data + i * (size_t)b->q->page_size, (size_t)b->q->page_size,
				  ((int64_t)b->pages[i] - 1) * b->q->page_size);
	if (status == QUARANTINE_OK)
		status = write_at(b, b->slice, b->slice_len, b->at);
	b->at += (int64_t)b->slice_len;
	return status;
}

/* Leaves the lock to the writers for as long as it was held. */
static void pause_after(const struct backup *b)
{
	int64_t ns = b->held > PAUSE_MIN_NS ? b->held : PAUSE_MIN_NS;
	struct timespec wait = {.tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000};

	nanosleep(&wait, NULL);
}

static int64_t deadline(void)
{
	return store_clock_ns() + (int64_t)DEADLINE_S * 1000000000;
}

static bool is_complete(const struct backup *b)
{
	return b->at >= b->size && b->moved;
}

static int copy_slices(struct backup *b, quarantine_progress_fn *progress, void *context)
{
	int64_t end = deadline();
	int status;

	do {
		bool renewed;

		status = read_slice(b, &renewed);
		if (status == QUARANTINE_OK)
			status = write_slice(b);
		if (status != QUARANTINE_OK)
			return status;
		if (progress)
			progress(context, (uint64_t)b->at, (uint64_t)b->size);
		if (b->at < b->size)
			end = deadline();
		else if (!is_complete(b) && store_clock_ns() > end)
			return store_fail(b->q, QUARANTINE_BUSY, "backup: readers held the log for too long");
		if (renewed && !is_complete(b))
			pause_after(b);
	} while (!is_complete(b));
	if (ftruncate(b->fd, b->size) < 0 || fsync(b->fd) < 0)
		return store_fail_errno(b->q, "backup: write");
	return QUARANTINE_OK;
}

static int copy_database(struct quarantine *q, int fd, quarantine_progress_fn *progress, void *context)
{
	struct backup b = {.q = q, .fd = fd, .slice = malloc(SLICE_BYTES)};
	int status = b.slice ? hold_log(&b) : store_fail(q, QUARANTINE_NO_MEMORY, "backup");

	if (status == QUARANTINE_OK)
		status = file_pointers(&b);
	if (status == QUARANTINE_OK)
		status = copy_slices(&b, progress, context);
	read_end(q);
	free(b.slice);
	free(b.pages);
	buf_finish(&b.changed);
	return status;
}

/* Gives the finished copy its name, durably. */
static int publish(struct quarantine *q, const char *part, const char *file)
{
	char *slash = strrchr(part, '/');
	char *folder = slash ? strndup(part, slash == part ? 1 : (size_t)(slash - part)) : strdup(".");
	int status = QUARANTINE_OK;
	int fd = folder ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

	if (fd < 0 || rename(part, file) < 0 || fsync(fd) < 0)
		status = store_fail_errno(q, file);
	if (fd >= 0)
		close(fd);
	free(folder);
	return status;
}

int quarantine_backup(struct quarantine *q, const char *file, quarantine_progress_fn *progress, void *context)
{
	char *part = NULL;
	int fd = -1;
	int status = store_enter(q);

	if (status != QUARANTINE_OK)
		return status;
	if (q->lock_fd < 0)
		return store_fail(q, QUARANTINE_READ_ONLY, "%s: opened for reading only", q->path);
	if (access(file, F_OK) == 0)
		return store_fail(q, QUARANTINE_EXISTS, "%s", file);
	if (asprintf(&part, "%s.part", file) < 0)
		return store_fail(q, QUARANTINE_NO_MEMORY, "backup");
	fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	status = fd < 0 ? store_fail_errno(q, part) : copy_database(q, fd, progress, context);
	if (status == QUARANTINE_OK)
		status = publish(q, part, file);
	if (fd >= 0)
		close(fd);
	if (status != QUARANTINE_OK && fd >= 0)
		unlink(part);
	free(part);
	return status;
}
