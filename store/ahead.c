/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "include/quarantine_admin.h"
#include "stmt.h"

enum { CHUNK = 256 * 1024 };

/* By SQLite's own descriptor: closing another one of the same file would drop the locks that SQLite holds in
 * this process (POSIX). */
int quarantine_read_ahead(struct quarantine *q, uint64_t *offset, uint64_t bytes, bool *end)
{
	uint64_t at = *offset, stop = at + bytes;
	sqlite3_file *file = NULL;
	int status = store_enter(q);
	int code = SQLITE_OK;
	void *chunk;

	if (status != QUARANTINE_OK)
		return status;
	if (sqlite3_file_control(q->db, "main", SQLITE_FCNTL_FILE_POINTER, &file) != SQLITE_OK ||
	    !file->pMethods)
		return store_fail(q, QUARANTINE_IO, "the database has no file");
	chunk = malloc(CHUNK);
	if (!chunk)
		return store_fail(q, QUARANTINE_NO_MEMORY, "out of memory");
	for (; code == SQLITE_OK && at < stop; at += CHUNK)
		code = file->pMethods->xRead(file, chunk, CHUNK, (sqlite3_int64)at);
	free(chunk);
	if (code != SQLITE_OK && code != SQLITE_IOERR_SHORT_READ)
		return store_fail_sqlite(q, code, "read ahead");
	*offset = at;
	*end = code == SQLITE_IOERR_SHORT_READ;
	return QUARANTINE_OK;
}
