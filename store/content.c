/* SPDX-License-Identifier: ISC */
#include "blob.h"
#include "stmt.h"

/* Where a message's bytes are. */
struct place {
	uint64_t length;
	uint64_t header_length;
	int64_t head;
	int64_t body;
};

static int find_place(struct quarantine *q, int64_t message, struct place *out)
{
	sqlite3_stmt *stmt;
	bool whole;
	int status = stmt_row(q, QUERY_MESSAGE_BYTES, &stmt, "l", message);

	if (status < 0)
		return status;
	if (status == 0)
		return store_fail(q, QUARANTINE_NOT_FOUND, "%s: no message %lld", q->path,
				  (long long)message);
	/* A cell of zeroes reads as a row of NULLs. */
	whole = sqlite3_column_type(stmt, 0) == SQLITE_INTEGER;
	out->length = (uint64_t)sqlite3_column_int64(stmt, 0);
	out->header_length = (uint64_t)sqlite3_column_int64(stmt, 1);
	out->head = sqlite3_column_int64(stmt, 2);
	out->body = sqlite3_column_int64(stmt, 3);
	stmt_done(stmt);
	if (!whole || out->header_length > out->length)
		return store_fail(q, QUARANTINE_CORRUPT, "%s: message %lld: lengths", q->path,
				  (long long)message);
	return QUARANTINE_OK;
}

static int read_place(struct quarantine *q, const struct place *p, uint64_t offset, char *into, size_t size)
{
	size_t from_head = 0;

	if (offset < p->header_length) {
		uint64_t rest = p->header_length - offset;
		int status;

		from_head = rest < size ? (size_t)rest : size;
		status = blob_read(q, p->head, offset, into, from_head);
		if (status != QUARANTINE_OK)
			return status;
	}
	if (from_head == size)
		return QUARANTINE_OK;
	return blob_read(q, p->body, offset + from_head - p->header_length, into + from_head,
			 size - from_head);
}

static int content_read(struct quarantine *q, int64_t message, uint64_t offset, void *into, size_t *size)
{
	struct place place = {0};
	int status = find_place(q, message, &place);

	if (status != QUARANTINE_OK)
		return status;
	if (offset >= place.length)
		*size = 0;
	else if (*size > place.length - offset)
		*size = (size_t)(place.length - offset);
	return *size > 0 ? read_place(q, &place, offset, into, *size) : QUARANTINE_OK;
}

int quarantine_content_read(struct quarantine *q, int64_t message, uint64_t offset, void *into, size_t size,
			    size_t *got)
{
	int status = store_enter(q);

	if (status == QUARANTINE_OK)
		status = read_begin(q);
	if (status != QUARANTINE_OK)
		return status;
	status = content_read(q, message, offset, into, &size);
	read_end(q);
	if (status == QUARANTINE_OK)
		*got = size;
	return status;
}
