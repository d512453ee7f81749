/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "blob.h"
#include "handover.h"
#include "stmt.h"

static int wal_hook(void *context, sqlite3 *db, const char *name, int pages)
{
	struct quarantine *q = context;

	(void)db;
	(void)name;
	q->wal_pages = pages;
	return SQLITE_OK;
}

/* Debian's SQLite has extensions and tokenizers of FTS3 switched on. */
static int configure(struct quarantine *q)
{
	static const struct {
		int option, value;
	} settings[] = {{SQLITE_DBCONFIG_DEFENSIVE, 1},
			{SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1},
			{SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
			{SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER, 0}};
	int on = 1;
	int code = sqlite3_exec(q->db, query_text[QUERY_CONNECTION], NULL, NULL, NULL);

	for (size_t i = 0; i < ARRAY_SIZE(settings) && code == SQLITE_OK; i++)
		code = sqlite3_db_config(q->db, settings[i].option, settings[i].value, NULL);
	if (code == SQLITE_OK)
		code = sqlite3_file_control(q->db, "main", SQLITE_FCNTL_PERSIST_WAL, &on);
	if (code != SQLITE_OK)
		return store_fail_sqlite(q, code, "open");
	sqlite3_extended_result_codes(q->db, 1);
	sqlite3_wal_hook(q->db, wal_hook, q);
	return QUARANTINE_OK;
}

/* Returns the one before. */
static sqlite3 *set_database(struct quarantine *q, sqlite3 *db)
{
	sqlite3 *old = q->db;

	pthread_mutex_lock(&q->db_mutex);
	q->db = db;
	pthread_mutex_unlock(&q->db_mutex);
	return old;
}

static int open_database(struct quarantine *q, unsigned flags)
{
	char file[sizeof(q->path) + sizeof("/mail/quarantine.db")];
	int access = flags & QUARANTINE_WRITE ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY;
	sqlite3 *db = NULL;
	int code;

	/* SQLite's text for a file that is not there would be of no help. */
	if (faccessat(q->mail_fd, "quarantine.db", flags & QUARANTINE_WRITE ? R_OK | W_OK : R_OK,
		      AT_EACCESS) < 0)
		return store_fail_errno(q, "mail/quarantine.db");
	snprintf(file, sizeof(file), "%s/mail/quarantine.db", q->path);
	code = sqlite3_open_v2(file, &db, access | SQLITE_OPEN_NOMUTEX, NULL);
	set_database(q, db);
	if (code != SQLITE_OK)
		return store_fail_sqlite(q, code, "open");
	return configure(q);
}

static int open_files(struct quarantine *q, unsigned flags)
{
	char mail[sizeof(q->path) + sizeof("/mail")];

	snprintf(mail, sizeof(mail), "%s/mail", q->path);
	q->mail_fd = open(mail, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (q->mail_fd < 0)
		return store_fail_errno(q, "mail");
	if (!(flags & QUARANTINE_WRITE))
		return QUARANTINE_OK;
	q->lock_fd = openat(q->mail_fd, "lock", O_RDWR | O_CLOEXEC);
	if (q->lock_fd < 0)
		return store_fail_errno(q, "mail/lock");
	q->bell_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (q->bell_fd < 0)
		return store_fail_errno(q, "mail/watch");
	return QUARANTINE_OK;
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void close_store(struct quarantine *q)
{
	/* In a forked child the connection is the parent's: closing it would touch the parent's locks. */
	if (q->pid == getpid()) {
		stmt_finish(q);
		sqlite3_close(set_database(q, NULL));
	}
	if (q->bell_folder)
		closedir(q->bell_folder);
	q->bell_folder = NULL;
	close_fd(&q->bell_fd);
	close_fd(&q->lock_fd);
	close_fd(&q->mail_fd);
	q->wal_pages = q->wal_tried = 0;
}

static int open_store(struct quarantine *q)
{
	bool create = q->flags & QUARANTINE_CREATE;
	int status = create ? store_create(q) : QUARANTINE_OK;

	if (status == QUARANTINE_OK)
		status = open_files(q, q->flags);
	if (status == QUARANTINE_OK)
		status = open_database(q, q->flags);
	if (status == QUARANTINE_OK)
		status = migrate(q, create);
	if (status == QUARANTINE_OK)
		status = stmt_int64(q, QUERY_PAGE_SIZE, STORE_PAGE_SIZE, &q->page_size, "");
	if (status == QUARANTINE_OK && create)
		reserve_fill(q);
	if (status != QUARANTINE_OK)
		close_store(q);
	return status;
}

/* Opened anew where that is due, or for the first time. */
static int open_again(struct quarantine *q)
{
	if (q->suspect && q->cursors == 0) {
		close_store(q);
		q->suspect = false;
		q->unsettled = true;
	}
	return q->db ? QUARANTINE_OK : open_store(q);
}

int store_settle(struct quarantine *q)
{
	int status;

	if (!q->suspect && !q->unsettled)
		return QUARANTINE_OK;
	status = open_again(q);
	if (status == QUARANTINE_OK && q->lock_fd >= 0)
		status = checkpoint_whole(q);
	if (status == QUARANTINE_OK)
		q->unsettled = false;
	return status;
}

static int open_handle(struct quarantine *q, const char *path, unsigned flags)
{
	if (!path || path[0] == '\0' || strlen(path) >= sizeof(q->path) ||
	    (flags & (QUARANTINE_CREATE | QUARANTINE_DELIVER) && !(flags & QUARANTINE_WRITE)))
		return store_fail(q, QUARANTINE_INVALID, "no usable path or flags");
	memcpy(q->path, path, strlen(path) + 1);
	q->flags = flags;
	return flags & QUARANTINE_DELIVER && handover_connect(q) ? QUARANTINE_OK : open_store(q);
}

int store_enter(struct quarantine *q)
{
	int status = handle_enter(q);

	return status == QUARANTINE_OK ? open_again(q) : status;
}

int quarantine_open_why(const char *path, unsigned flags, struct quarantine **out, char *why, size_t why_size)
{
	struct quarantine *q = calloc(1, sizeof(*q));
	int status;

	if (!q || sodium_init() < 0) {
		free(q);
		return QUARANTINE_NO_MEMORY;
	}
	pthread_mutex_init(&q->db_mutex, NULL);
	q->pid = getpid();
	q->mail_fd = q->lock_fd = q->bell_fd = q->server_fd = -1;
	q->page_size = STORE_PAGE_SIZE;
	q->lock_timeout = 10000;
	q->message_max = QUARANTINE_MESSAGE_MAX_DEFAULT;
	q->min_free = QUARANTINE_MIN_FREE_DEFAULT;
	status = open_handle(q, path, flags);
	if (status == QUARANTINE_OK) {
		*out = q;
		return QUARANTINE_OK;
	}
	if (why && why_size > 0)
		snprintf(why, why_size, "%s", q->error);
	quarantine_close(q);
	return status;
}

int quarantine_open(const char *path, unsigned flags, struct quarantine **out)
{
	return quarantine_open_why(path, flags, out, NULL, 0);
}

void quarantine_close(struct quarantine *q)
{
	if (!q)
		return;
	close_store(q);
	handover_disconnect(q);
	blob_reader_free(q->reader);
	blob_writer_free(q->writer);
	buf_finish(&q->parts);
	pthread_mutex_destroy(&q->db_mutex);
	free(q);
}

void quarantine_interrupt(struct quarantine *q)
{
	pthread_mutex_lock(&q->db_mutex);
	if (q->db)
		sqlite3_interrupt(q->db);
	pthread_mutex_unlock(&q->db_mutex);
}

void quarantine_set_lock_timeout(struct quarantine *q, unsigned milliseconds)
{
	q->lock_timeout = milliseconds;
}

void quarantine_set_message_max(struct quarantine *q, uint64_t bytes)
{
	q->message_max = bytes;
}
