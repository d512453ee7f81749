/* SPDX-License-Identifier: ISC */
#include "structure.h"

#include <sodium.h>

#include "stmt.h"

/* parts[0] begins at 0 in both forms; modular arithmetic serves both directions. */
static void shift(struct mime_structure *s, uint64_t by)
{
	for (size_t i = 0; i < s->count; i++) {
		struct mime_part *part = &s->parts[i];

		part->body += by;
		if (i == 0)
			part->header_length += by;
		else
			part->header += by;
	}
}

void structure_to_body(struct mime_structure *s, uint64_t header_length)
{
	shift(s, (uint64_t)0 - header_length);
}

void structure_to_message(struct mime_structure *s, uint64_t header_length)
{
	shift(s, header_length);
}

int structure_place(struct quarantine *q, struct slice parts, uint64_t header_length, uint64_t length,
		    struct buf *out)
{
	struct mime_structure s;

	if (!mime_structure_decode(parts, length - header_length, &s))
		return store_fail(q, QUARANTINE_CORRUPT, "a part map does not fit its message");
	structure_to_message(&s, header_length);
	buf_reset(out);
	mime_structure_encode(&s, out);
	mime_structure_finish(&s);
	return out->failed ? store_fail(q, QUARANTINE_NO_MEMORY, "out of memory") : QUARANTINE_OK;
}

/* The statement stands on the row of a message. */
static int read_parts(struct quarantine *q, sqlite3_stmt *stmt)
{
	uint64_t length = (uint64_t)sqlite3_column_int64(stmt, 0);
	uint64_t header_length = (uint64_t)sqlite3_column_int64(stmt, 1);

	if (header_length > length)
		return store_fail(q, QUARANTINE_CORRUPT, "%s: lengths of a message", q->path);
	return structure_place(q, stmt_bytes(stmt, 2), header_length, length, &q->parts);
}

int quarantine_parts_read(struct quarantine *q, int64_t message, struct quarantine_bytes *out)
{
	sqlite3_stmt *stmt;
	int status = store_enter(q);

	if (status == QUARANTINE_OK)
		status = read_begin(q);
	if (status != QUARANTINE_OK)
		return status;
	status = stmt_row(q, QUERY_MESSAGE_PARTS, &stmt, "l", message);
	if (status == 0) {
		status = store_fail(q, QUARANTINE_NOT_FOUND, "%s: no message %lld", q->path,
				    (long long)message);
	} else if (status > 0) {
		status = read_parts(q, stmt);
		stmt_done(stmt);
	}
	read_end(q);
	if (status == QUARANTINE_OK)
		*out = (struct quarantine_bytes){q->parts.data, q->parts.len};
	return status;
}

int structure_use(struct quarantine *q, struct slice bodystructure, struct slice parts, int64_t *id)
{
	unsigned char hash[16];
	crypto_generichash_state state;
	uint64_t length = bodystructure.len;
	struct slice key = slice_of((const char *)hash, sizeof(hash));
	int status;

	crypto_generichash_init(&state, NULL, 0, sizeof(hash));
	crypto_generichash_update(&state, (const unsigned char *)&length, sizeof(length));
	crypto_generichash_update(&state, (const unsigned char *)bodystructure.data, bodystructure.len);
	crypto_generichash_update(&state, (const unsigned char *)parts.data, parts.len);
	crypto_generichash_final(&state, hash, sizeof(hash));
	status = stmt_int64(q, QUERY_STRUCTURE_FIND, 0, id, "b", key);
	if (status == QUARANTINE_OK && *id > 0)
		return stmt_run(q, QUERY_STRUCTURE_USE, "l", *id);
	if (status != QUARANTINE_OK)
		return status;
	status = stmt_run(q, QUERY_STRUCTURE_INSERT, "bbb", key, bodystructure, parts);
	*id = sqlite3_last_insert_rowid(q->db);
	return status;
}

int structure_release(struct quarantine *q, int64_t id)
{
	int status = stmt_run(q, QUERY_STRUCTURE_RELEASE, "l", id);

	return status == QUARANTINE_OK ? stmt_run(q, QUERY_STRUCTURE_DELETE, "l", id) : status;
}
