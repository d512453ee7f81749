/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "internal.h"

const char *quarantine_strerror(int status)
{
	switch (status) {
	case QUARANTINE_OK:
		return "no error";
	case QUARANTINE_BUSY:
		return "the store is busy";
	case QUARANTINE_FULL:
		return "the disk is full";
	case QUARANTINE_IO:
		return "input or output failed";
	case QUARANTINE_CORRUPT:
		return "stored data is damaged";
	case QUARANTINE_DENIED:
		return "permission denied";
	case QUARANTINE_NOT_FOUND:
		return "not found";
	case QUARANTINE_TOO_BIG:
		return "the message is too big";
	case QUARANTINE_INVALID:
		return "invalid argument";
	case QUARANTINE_NO_MEMORY:
		return "out of memory";
	case QUARANTINE_VERSION_TOO_NEW:
		return "the store was made by a newer version";
	case QUARANTINE_INTERRUPTED:
		return "interrupted";
	case QUARANTINE_EXISTS:
		return "it exists already";
	case QUARANTINE_LIMIT:
		return "a limit of the store is reached";
	case QUARANTINE_READ_ONLY:
		return "opened for reading only";
	default:
		return "unknown error";
	}
}

const char *quarantine_errmsg(const struct quarantine *q)
{
	return q ? q->error : "no store";
}

int handle_enter(struct quarantine *q)
{
	q->error[0] = '\0';
	if (q->pid != getpid())
		return store_fail(q, QUARANTINE_INVALID, "the handle was opened before fork()");
	return QUARANTINE_OK;
}

int store_fail(struct quarantine *q, int status, const char *format, ...)
{
	va_list args;

	if (q->error[0] != '\0')
		return status;
	va_start(args, format);
	vsnprintf(q->error, sizeof(q->error), format, args);
	va_end(args);
	return status;
}

static int status_of_sqlite(int code)
{
	switch (code & 0xff) {
	case SQLITE_OK:
		return QUARANTINE_OK;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return QUARANTINE_BUSY;
	case SQLITE_FULL:
		return QUARANTINE_FULL;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return QUARANTINE_CORRUPT;
	case SQLITE_PERM:
	case SQLITE_AUTH:
	case SQLITE_READONLY:
		return QUARANTINE_DENIED;
	case SQLITE_NOMEM:
		return QUARANTINE_NO_MEMORY;
	case SQLITE_INTERRUPT:
		return QUARANTINE_INTERRUPTED;
	case SQLITE_TOOBIG:
		return QUARANTINE_TOO_BIG;
	default:
		return QUARANTINE_IO;
	}
}

static int status_of_errno(int error)
{
	switch (error) {
	case ENOENT:
	case ENOTDIR:
		return QUARANTINE_NOT_FOUND;
	case EACCES:
	case EPERM:
	case EROFS:
		return QUARANTINE_DENIED;
	case ENOSPC:
	case EDQUOT:
	case EFBIG:
		return QUARANTINE_FULL;
	case ENOMEM:
		return QUARANTINE_NO_MEMORY;
	case EEXIST:
		return QUARANTINE_EXISTS;
	case ENAMETOOLONG:
		return QUARANTINE_INVALID;
	default:
		return QUARANTINE_IO;
	}
}

/* SQLite has one code for every failing call of the system. */
static int refine_by_errno(int error)
{
	int status = status_of_errno(error);

	return status == QUARANTINE_FULL || status == QUARANTINE_DENIED ? status : QUARANTINE_IO;
}

/* What is on the disk is not known any more. */
static bool is_doubtful(int code)
{
	return (code & 0xff) == SQLITE_IOERR && code != SQLITE_IOERR_READ && code != SQLITE_IOERR_SHORT_READ;
}

int store_fail_sqlite(struct quarantine *q, int code, const char *what)
{
	const char *text = q->db ? sqlite3_errmsg(q->db) : sqlite3_errstr(code);
	int status = status_of_sqlite(code);

	q->suspect |= is_doubtful(code);
	if (status == QUARANTINE_IO && q->db)
		status = refine_by_errno(sqlite3_system_errno(q->db));
	return store_fail(q, status, "%s/mail/quarantine.db: %s (%d) in: %.120s", q->path, text, code, what);
}

int store_fail_errno(struct quarantine *q, const char *what)
{
	int error = errno;

	return store_fail(q, status_of_errno(error), "%s/%s: %s", q->path, what, strerror(error));
}

int64_t store_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec;
}
