/* SPDX-License-Identifier: ISC
 *
 * Blobs back to plain bytes. The last frame and the exemplars that were used last stay decoded in the handle:
 * runs of spam lie mixed in a mailbox. Ids are never used again and blobs never change, so nothing here goes
 * stale. */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "blob.h"
#include "stmt.h"

enum { EXEMPLARS_KEPT = 64, EXEMPLAR_BYTES_KEPT = 4 * 1024 * 1024 };

struct decoded {
	int64_t blob; /* 0: nothing */
	uint64_t n;   /* which frame of it */
	struct buf bytes;
};

struct blob_reader {
	ZSTD_DCtx *zstd;
	struct decoded frame;
	struct decoded exemplars[EXEMPLARS_KEPT];
	uint64_t used[EXEMPLARS_KEPT]; /* when each was wanted last, by `clock` */
	uint64_t clock;
	size_t exemplar_bytes;
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
	for (size_t i = 0; i < EXEMPLARS_KEPT; i++)
		buf_finish(&reader->exemplars[i].bytes);
	free(reader);
}

static int corrupt(struct quarantine *q, int64_t blob, const char *why)
{
	return store_fail(q, QUARANTINE_CORRUPT, "%s: blob %lld %s", q->path, (long long)blob, why);
}

/* Decodes into `out`, which must come out `size` bytes long. */
static int decode(struct quarantine *q, int64_t blob, struct slice data, struct slice prefix, size_t size,
		  struct buf *out)
{
	struct blob_reader *reader = q->reader;
	size_t got;
	char *room;

	buf_reset(out);
	room = buf_reserve(out, size);
	if (!room)
		return store_fail(q, QUARANTINE_NO_MEMORY, "out of memory");
	ZSTD_DCtx_reset(reader->zstd, ZSTD_reset_session_only);
	if (ZSTD_isError(ZSTD_DCtx_refPrefix(reader->zstd, prefix.data, prefix.len)))
		return store_fail(q, QUARANTINE_NO_MEMORY, "out of memory");
	got = ZSTD_decompressDCtx(reader->zstd, room, size, data.data, data.len);
	if (ZSTD_isError(got))
		return corrupt(q, blob, ZSTD_getErrorName(got));
	if (got != size)
		return corrupt(q, blob, "has another length than its row says");
	out->len = size;
	return QUARANTINE_OK;
}

static int decode_exemplar(struct quarantine *q, int64_t blob, struct decoded *into)
{
	sqlite3_stmt *stmt;
	int64_t size;
	int status = stmt_row(q, QUERY_BLOB_EXEMPLAR, &stmt, "l", blob);

	if (status <= 0)
		return status < 0 ? status : corrupt(q, blob, "is missing");
	size = sqlite3_column_int64(stmt, 0);
	if (sqlite3_column_int(stmt, 1) != BLOB_PLAIN || size < 1 || size > BLOB_FRAME_SIZE)
		status = corrupt(q, blob, "is no exemplar");
	else
		status = decode(q, blob, stmt_bytes(stmt, 2), slice_of(NULL, 0), (size_t)size, &into->bytes);
	stmt_done(stmt);
	return status;
}

static void forget_exemplar(struct blob_reader *reader, size_t i)
{
	struct decoded *slot = &reader->exemplars[i];

	reader->exemplar_bytes -= slot->bytes.cap;
	buf_finish(&slot->bytes);
	slot->blob = 0;
	reader->used[i] = 0;
}

/* The place that was not wanted for longest, emptied. When they take too much all are forgotten. */
static size_t make_room(struct blob_reader *reader)
{
	bool all = reader->exemplar_bytes > EXEMPLAR_BYTES_KEPT;
	size_t oldest = 0;

	for (size_t i = 0; i < EXEMPLARS_KEPT; i++) {
		if (all)
			forget_exemplar(reader, i);
		else if (reader->used[i] < reader->used[oldest])
			oldest = i;
	}
	forget_exemplar(reader, oldest);
	return oldest;
}

int blob_exemplar(struct quarantine *q, int64_t blob, struct slice *out)
{
	struct blob_reader *reader = reader_of(q);
	size_t i = 0;
	int status;

	if (!reader)
		return QUARANTINE_NO_MEMORY;
	if (blob <= 0)
		return corrupt(q, blob, "is no exemplar");
	while (i < EXEMPLARS_KEPT && reader->exemplars[i].blob != blob)
		i++;
	if (i == EXEMPLARS_KEPT) {
		i = make_room(reader);
		status = decode_exemplar(q, blob, &reader->exemplars[i]);
		reader->exemplar_bytes += reader->exemplars[i].bytes.cap;
		if (status != QUARANTINE_OK)
			return status;
		reader->exemplars[i].blob = blob;
	}
	reader->used[i] = ++reader->clock;
	*out = buf_slice(&reader->exemplars[i].bytes);
	return QUARANTINE_OK;
}

/* What a row of `blob` says, its data borrowed. */
struct blob_row {
	int64_t id;
	uint64_t size;
	enum blob_codec codec;
	int64_t exemplar;
	struct slice data;
};

static int decode_frame(struct quarantine *q, const struct blob_row *row, uint64_t n, struct buf *out)
{
	uint64_t rest = row->size - n * BLOB_FRAME_SIZE;
	size_t size = rest < BLOB_FRAME_SIZE ? (size_t)rest : BLOB_FRAME_SIZE;
	sqlite3_stmt *stmt;
	int status = stmt_row(q, QUERY_FRAME_GET, &stmt, "lu", row->id, n);

	if (status <= 0)
		return status < 0 ? status : corrupt(q, row->id, "lacks a frame");
	status = decode(q, row->id, stmt_bytes(stmt, 0), slice_of(NULL, 0), size, out);
	stmt_done(stmt);
	return status;
}

static int decode_row(struct quarantine *q, const struct blob_row *row, uint64_t n, struct buf *out)
{
	struct slice prefix = {NULL, 0};
	int status = QUARANTINE_OK;

	if (row->size <= n * BLOB_FRAME_SIZE)
		return corrupt(q, row->id, "is shorter than its message says");
	if (row->codec == BLOB_FRAMES)
		return decode_frame(q, row, n, out);
	if (row->size > BLOB_FRAME_SIZE)
		return corrupt(q, row->id, "is longer than a frame");
	if (row->codec == BLOB_PREFIX)
		status = blob_exemplar(q, row->exemplar, &prefix);
	else if (row->codec != BLOB_PLAIN)
		status = corrupt(q, row->id, "has an unknown codec");
	return status == QUARANTINE_OK ? decode(q, row->id, row->data, prefix, (size_t)row->size, out)
				       : status;
}

static int frame_load(struct quarantine *q, int64_t blob, uint64_t n)
{
	struct decoded *frame = &q->reader->frame;
	struct blob_row row = {.id = blob};
	sqlite3_stmt *stmt;
	int status;

	if (frame->blob == blob && frame->n == n)
		return QUARANTINE_OK;
	frame->blob = 0;
	status = stmt_row(q, QUERY_BLOB_GET, &stmt, "l", blob);
	if (status <= 0)
		return status < 0 ? status : corrupt(q, blob, "is missing");
	row.size = (uint64_t)sqlite3_column_int64(stmt, 0);
	row.codec = (enum blob_codec)sqlite3_column_int(stmt, 1);
	row.exemplar = sqlite3_column_int64(stmt, 2);
	row.data = stmt_bytes(stmt, 4);
	status = decode_row(q, &row, n, &frame->bytes);
	stmt_done(stmt);
	if (status == QUARANTINE_OK) {
		frame->blob = blob;
		frame->n = n;
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
