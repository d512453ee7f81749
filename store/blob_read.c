/* SPDX-License-Identifier: ISC
 *
 * Blobs back to plain bytes. The last frame and the exemplars that were used last stay decoded in the handle.
 */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "blob.h"
#include "exemplars.h"
#include "near.h"
#include "stmt.h"

struct blob_reader {
	ZSTD_DCtx *zstd;
	struct {
		int64_t blob; /* 0: nothing */
		uint64_t n;   /* which frame of it */
		struct buf bytes;
	} frame;
	struct exemplars exemplars;
};

static struct blob_reader *reader_of(struct quarantine *q)
{
	if (q->reader)
		return q->reader;
	q->reader = calloc(1, sizeof(*q->reader));
	if (q->reader)
		q->reader->zstd = ZSTD_createDCtx();
	if (q->reader && !q->reader->zstd) {
		free(q->reader);
		q->reader = NULL;
	}
	if (!q->reader)
		store_fail(q, QUARANTINE_NO_MEMORY, "out of memory");
	return q->reader;
}

void blob_reader_free(struct blob_reader *reader)
{
	if (!reader)
		return;
	ZSTD_freeDCtx(reader->zstd);
	buf_finish(&reader->frame.bytes);
	exemplars_finish(&reader->exemplars);
	free(reader);
}

static int corrupt(struct quarantine *q, int64_t blob, const char *why)
{
	return store_fail(q, QUARANTINE_CORRUPT, "%s: blob %lld %s", q->path, (long long)blob, why);
}

/* zstd's form into `room`; it must come out row->size bytes long. */
static int decode_zstd(struct quarantine *q, const struct blob_row *row, struct slice prefix, char *room)
{
	ZSTD_DCtx *zstd = q->reader->zstd;
	size_t got;

	ZSTD_DCtx_reset(zstd, ZSTD_reset_session_only);
	if (ZSTD_isError(ZSTD_DCtx_refPrefix(zstd, prefix.data, prefix.len)))
		return store_fail(q, QUARANTINE_NO_MEMORY, "out of memory");
	got = ZSTD_decompressDCtx(zstd, room, (size_t)row->size, row->data.data, row->data.len);
	if (ZSTD_isError(got))
		return corrupt(q, row->id, ZSTD_getErrorName(got));
	if (got != row->size)
		return corrupt(q, row->id, "has another length than its row says");
	return QUARANTINE_OK;
}

/* Decodes into `out`, which must come out row->size bytes long: one frame at most. */
static int decode(struct quarantine *q, const struct blob_row *row, struct slice exemplar, struct buf *out)
{
	size_t size = (size_t)row->size;
	int status = QUARANTINE_OK;
	char *room;

	buf_reset(out);
	room = buf_reserve(out, size);
	if (!room)
		return store_fail(q, QUARANTINE_NO_MEMORY, "out of memory");
	if (row->codec != BLOB_NEAR)
		status = decode_zstd(q, row, exemplar, room);
	else if (!near_decode(row->data, exemplar, room, size))
		status = corrupt(q, row->id, "does not come out of its exemplar");
	if (status == QUARANTINE_OK)
		out->len = size;
	return status;
}

static int decode_exemplar(struct quarantine *q, int64_t blob, struct buf *into)
{
	struct blob_row row = {.id = blob};
	sqlite3_stmt *stmt;
	int status = stmt_row(q, QUERY_BLOB_EXEMPLAR, &stmt, "l", blob);

	if (status <= 0)
		return status < 0 ? status : corrupt(q, blob, "is missing");
	row.size = (uint64_t)sqlite3_column_int64(stmt, 0);
	row.codec = (enum blob_codec)sqlite3_column_int(stmt, 1);
	row.data = stmt_bytes(stmt, 2);
	if (row.codec != BLOB_PLAIN || row.size < 1 || row.size > BLOB_FRAME_SIZE)
		status = corrupt(q, blob, "is no exemplar");
	else
		status = decode(q, &row, slice_of(NULL, 0), into);
	stmt_done(stmt);
	return status;
}

int blob_exemplar(struct quarantine *q, int64_t blob, struct slice *out)
{
	struct blob_reader *reader = reader_of(q);
	struct buf bytes = {0};
	struct slice found;
	int status;

	if (!reader)
		return QUARANTINE_NO_MEMORY;
	found = exemplars_find(&reader->exemplars, blob);
	if (!found.data) {
		status = decode_exemplar(q, blob, &bytes);
		if (status != QUARANTINE_OK) {
			buf_finish(&bytes);
			return status;
		}
		found = exemplars_keep(&reader->exemplars, blob, &bytes);
	}
	*out = found;
	return QUARANTINE_OK;
}

static int decode_frame(struct quarantine *q, const struct blob_row *row, uint64_t n, struct buf *out)
{
	struct blob_row frame = {
		.id = row->id, .codec = BLOB_FRAMES, .size = row->size - n * BLOB_FRAME_SIZE};
	sqlite3_stmt *stmt;
	int status = stmt_row(q, QUERY_FRAME_GET, &stmt, "lu", row->id, n);

	if (status <= 0)
		return status < 0 ? status : corrupt(q, row->id, "lacks a frame");
	if (frame.size > BLOB_FRAME_SIZE)
		frame.size = BLOB_FRAME_SIZE;
	frame.data = stmt_bytes(stmt, 0);
	status = decode(q, &frame, slice_of(NULL, 0), out);
	stmt_done(stmt);
	return status;
}

static int decode_row(struct quarantine *q, const struct blob_row *row, uint64_t n, struct buf *out)
{
	struct slice exemplar = {NULL, 0};
	int status = QUARANTINE_OK;

	if (row->size <= n * BLOB_FRAME_SIZE)
		return corrupt(q, row->id, "is shorter than its message says");
	if (row->codec == BLOB_FRAMES)
		return decode_frame(q, row, n, out);
	if (row->size > BLOB_FRAME_SIZE)
		return corrupt(q, row->id, "is longer than a frame");
	if (blob_leans(row->codec))
		status = blob_exemplar(q, row->exemplar, &exemplar);
	else if (row->codec != BLOB_PLAIN)
		status = corrupt(q, row->id, "has an unknown codec");
	if (status == QUARANTINE_OK)
		status = decode(q, row, exemplar, out);
	return status;
}

int blob_decode(struct quarantine *q, const struct blob_row *row, struct buf *room, struct slice *out)
{
	struct blob_reader *reader = reader_of(q);
	struct slice known = {NULL, 0};
	int status;

	if (!reader)
		return QUARANTINE_NO_MEMORY;
	if (row->codec == BLOB_PLAIN)
		known = exemplars_find(&reader->exemplars, row->id);
	status = known.data ? QUARANTINE_OK : decode_row(q, row, 0, room);
	if (status == QUARANTINE_OK)
		*out = known.data ? known : buf_slice(room);
	return status;
}

static int frame_load(struct quarantine *q, int64_t blob, uint64_t n)
{
	struct blob_reader *reader = q->reader;
	struct blob_row row = {.id = blob};
	sqlite3_stmt *stmt;
	int status;

	if (reader->frame.blob == blob && reader->frame.n == n)
		return QUARANTINE_OK;
	reader->frame.blob = 0;
	status = stmt_row(q, QUERY_BLOB_GET, &stmt, "l", blob);
	if (status <= 0)
		return status < 0 ? status : corrupt(q, blob, "is missing");
	row.size = (uint64_t)sqlite3_column_int64(stmt, 0);
	row.codec = (enum blob_codec)sqlite3_column_int(stmt, 1);
	row.exemplar = sqlite3_column_int64(stmt, 2);
	row.data = stmt_bytes(stmt, 4);
	status = decode_row(q, &row, n, &reader->frame.bytes);
	stmt_done(stmt);
	if (status == QUARANTINE_OK) {
		reader->frame.blob = blob;
		reader->frame.n = n;
	}
	return status;
}

int blob_read(struct quarantine *q, int64_t blob, uint64_t offset, void *into, size_t size)
{
	char *to = into;

	if (!reader_of(q))
		return QUARANTINE_NO_MEMORY;
	while (size > 0) {
		size_t at = (size_t)(offset % BLOB_FRAME_SIZE);
		struct slice found;
		int status = frame_load(q, blob, offset / BLOB_FRAME_SIZE);

		if (status != QUARANTINE_OK)
			return status;
		found = slice_skip(buf_slice(&q->reader->frame.bytes), at);
		if (found.len == 0)
			return corrupt(q, blob, "is shorter than its message says");
		if (found.len > size)
			found.len = size;
		memcpy(to, found.data, found.len);
		to += found.len;
		offset += found.len;
		size -= found.len;
	}
	return QUARANTINE_OK;
}

static int hash_whole(struct quarantine *q, int64_t blob, uint64_t size, unsigned char *hash)
{
	crypto_generichash_state state;

	crypto_generichash_init(&state, NULL, 0, BLOB_HASH_SIZE);
	for (uint64_t offset = 0; offset < size; offset += BLOB_FRAME_SIZE) {
		int status = frame_load(q, blob, offset / BLOB_FRAME_SIZE);

		if (status != QUARANTINE_OK)
			return status;
		crypto_generichash_update(&state, (const unsigned char *)q->reader->frame.bytes.data,
					  q->reader->frame.bytes.len);
	}
	crypto_generichash_final(&state, hash, BLOB_HASH_SIZE);
	return QUARANTINE_OK;
}

int blob_verify(struct quarantine *q, int64_t blob)
{
	unsigned char stored[BLOB_HASH_SIZE], found[BLOB_HASH_SIZE];
	sqlite3_stmt *stmt;
	struct slice hash;
	uint64_t size;
	int status;

	if (!reader_of(q))
		return QUARANTINE_NO_MEMORY;
	status = stmt_row(q, QUERY_BLOB_GET, &stmt, "l", blob);
	if (status <= 0)
		return status < 0 ? status : corrupt(q, blob, "is missing");
	size = (uint64_t)sqlite3_column_int64(stmt, 0);
	hash = stmt_bytes(stmt, 3);
	if (hash.len == sizeof(stored))
		memcpy(stored, hash.data, sizeof(stored));
	else
		status = corrupt(q, blob, "has a hash of another length");
	stmt_done(stmt);
	if (status >= 0)
		status = hash_whole(q, blob, size, found);
	if (status == QUARANTINE_OK && memcmp(stored, found, sizeof(found)) != 0)
		status = corrupt(q, blob, "does not have its hash");
	return status;
}
