/* SPDX-License-Identifier: ISC
 *
 * What is done for a blob before the transaction: look for equal and for similar bytes, compress. */
#include "blob.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "near.h"
#include "stmt.h"

enum {
	LEVEL = 3,
	COMMON_MIN = 2,          /* weight of features that makes two blobs worth a try */
	WELL_ENOUGH = 16,        /* an exemplar that makes it so many times smaller is taken at once, … */
	WELL_ENOUGH_HEAD = 3,    /* … of a header block, which is full of ids, … */
	CLEARLY = 32,            /* … and of near copies at the first try */
	WORTH_PERCENT = 75,      /* … else one that needs at most so much of what no exemplar would, … */
	WORTH_PERCENT_NEAR = 85, /* … somewhat more where it is read so much faster */
};

struct blob_writer {
	ZSTD_CCtx *zstd;
	struct near_encoder *near;
};

static int no_memory(struct quarantine *q)
{
	return store_fail(q, QUARANTINE_NO_MEMORY, "out of memory");
}

void blob_writer_free(struct blob_writer *writer)
{
	if (!writer)
		return;
	ZSTD_freeCCtx(writer->zstd);
	near_encoder_destroy(writer->near);
	free(writer);
}

/* NULL when memory runs out. */
static struct blob_writer *writer_of(struct quarantine *q)
{
	struct blob_writer *writer = q->writer;

	if (writer)
		return writer;
	writer = calloc(1, sizeof(*writer));
	if (!writer)
		return NULL;
	writer->zstd = ZSTD_createCCtx();
	writer->near = near_encoder_create();
	if (!writer->zstd || !writer->near) {
		blob_writer_free(writer);
		return NULL;
	}
	ZSTD_CCtx_setParameter(writer->zstd, ZSTD_c_compressionLevel, LEVEL);
	ZSTD_CCtx_setParameter(writer->zstd, ZSTD_c_checksumFlag, 1);
	q->writer = writer;
	return writer;
}

/* Appends zstd's form. */
static int compress(struct quarantine *q, struct slice bytes, struct slice prefix, struct buf *out)
{
	struct blob_writer *writer = writer_of(q);
	size_t room = ZSTD_compressBound(bytes.len);
	char *to = writer ? buf_reserve(out, room) : NULL;
	size_t len;

	if (!to)
		return no_memory(q);
	ZSTD_CCtx_reset(writer->zstd, ZSTD_reset_session_only);
	ZSTD_CCtx_refPrefix(writer->zstd, prefix.data, prefix.len);
	len = ZSTD_compress2(writer->zstd, to, room, bytes.data, bytes.len);
	if (ZSTD_isError(len))
		return no_memory(q);
	out->len += len;
	return QUARANTINE_OK;
}

static int compress_plain(struct quarantine *q, struct blob_draft *draft)
{
	buf_reset(&draft->data);
	draft->codec = BLOB_PLAIN;
	draft->exemplar = 0;
	draft->exemplar_draft = NULL;
	return compress(q, draft->bytes, slice_of(NULL, 0), &draft->data);
}

static int compress_frames(struct quarantine *q, struct blob_draft *draft)
{
	size_t count = (draft->bytes.len + BLOB_FRAME_SIZE - 1) / BLOB_FRAME_SIZE;
	struct slice rest = draft->bytes;

	draft->codec = BLOB_FRAMES;
	draft->frames = calloc(count, sizeof(*draft->frames));
	if (!draft->frames)
		return no_memory(q);
	for (; draft->frame_count < count; draft->frame_count++) {
		size_t len = rest.len < BLOB_FRAME_SIZE ? rest.len : BLOB_FRAME_SIZE;
		int status = compress(q, slice_of(rest.data, len), slice_of(NULL, 0), &draft->data);

		if (status != QUARANTINE_OK)
			return status;
		draft->frames[draft->frame_count] = draft->data.len;
		rest = slice_skip(rest, len);
	}
	return QUARANTINE_OK;
}

/* Keeps the form that leans on the exemplar, or a plain one where that is better; `leaning` is used up. */
static int choose_form(struct quarantine *q, struct blob_draft *draft, enum blob_codec codec,
		       struct buf *leaning)
{
	size_t percent = codec == BLOB_NEAR ? WORTH_PERCENT_NEAR : WORTH_PERCENT;
	struct blob_draft plain = {.bytes = draft->bytes};
	int status;

	if (leaning->len > draft->bytes.len / (draft->once ? WELL_ENOUGH : WELL_ENOUGH_HEAD)) {
		status = compress_plain(q, &plain);
		if (status != QUARANTINE_OK || leaning->len * 100 > plain.data.len * percent) {
			draft->codec = plain.codec;
			draft->exemplar = 0;
			draft->exemplar_draft = NULL;
			draft->data = plain.data;
			return status;
		}
		buf_finish(&plain.data);
	}
	draft->codec = codec;
	draft->data = *leaning;
	*leaning = (struct buf){0};
	return QUARANTINE_OK;
}

static int compress_similar(struct quarantine *q, struct blob_draft *draft, struct slice exemplar)
{
	struct blob_writer *writer = writer_of(q);
	enum blob_codec codec = BLOB_NEAR;
	struct buf leaning = {0};
	int status = QUARANTINE_OK;

	if (!writer)
		return no_memory(q);
	if (!near_encode(writer->near, draft->bytes, exemplar, draft->once ? CLEARLY : WELL_ENOUGH_HEAD,
			 &leaning)) {
		codec = BLOB_PREFIX;
		status = compress(q, draft->bytes, exemplar, &leaning);
	}
	if (status == QUARANTINE_OK)
		status = choose_form(q, draft, codec, &leaning);
	buf_finish(&leaning);
	return status;
}

/* The blob in the store that has most features in common, more than `best_common`; 0: none. A feature names
 * one blob, so that who has half of all is not outdone. */
static int find_stored(struct quarantine *q, const struct blob_features *features, unsigned best_common,
		       int64_t *best)
{
	int64_t found[BLOB_FEATURES];

	*best = 0;
	for (size_t i = 0; i < BLOB_FEATURES && 2 * best_common < blob_features_common(features, features);
	     i++) {
		unsigned common = 0;
		int status =
			stmt_int64(q, QUERY_FEATURE_FIND, 0, &found[i], "l", (int64_t)features->feature[i]);

		if (status != QUARANTINE_OK)
			return status;
		for (size_t j = 0; j <= i; j++)
			if (found[i] != 0 && found[j] == found[i])
				common += blob_feature_weight(j);
		if (common > best_common) {
			best_common = common;
			*best = found[i];
		}
	}
	return QUARANTINE_OK;
}

static const struct blob_draft *find_in_group(const struct blob_features *features,
					      struct blob_draft *const *group, size_t count,
					      unsigned *best_common)
{
	const struct blob_draft *best = NULL;

	for (size_t i = 0; i < BLOB_LOOK_BACK && i < count; i++) {
		const struct blob_draft *other = group[count - 1 - i];
		unsigned common = other->exemplary ? blob_features_common(features, &other->features) : 0;

		if (common > *best_common) {
			*best_common = common;
			best = other;
		}
	}
	return best;
}

/* Looks for an exemplar, in the group and in the store: its bytes in *bytes, {NULL, 0} when there is none. */
static int find_exemplar(struct quarantine *q, struct blob_draft *draft, struct blob_draft *const *group,
			 size_t count, struct slice *bytes)
{
	unsigned common = COMMON_MIN - 1;
	int status;

	draft->exemplar_draft = find_in_group(&draft->features, group, count, &common);
	status = find_stored(q, &draft->features, common, &draft->exemplar);
	if (status != QUARANTINE_OK)
		return status;
	if (draft->exemplar != 0)
		draft->exemplar_draft = NULL;
	if (draft->exemplar_draft)
		*bytes = draft->exemplar_draft->bytes;
	/* A damaged one must not stand in the way of new mail. */
	else if (draft->exemplar != 0 && blob_exemplar(q, draft->exemplar, bytes) == QUARANTINE_CORRUPT)
		q->error[0] = '\0';
	return QUARANTINE_OK;
}

int blob_compress(struct quarantine *q, struct blob_draft *draft, struct slice exemplar)
{
	if (draft->bytes.len > BLOB_FRAME_SIZE)
		return compress_frames(q, draft);
	return exemplar.data ? compress_similar(q, draft, exemplar) : compress_plain(q, draft);
}

static bool is_in_group(const struct blob_draft *draft, struct blob_draft *const *group, size_t count)
{
	for (size_t i = 0; i < BLOB_LOOK_BACK && i < count; i++) {
		if (memcmp(group[count - 1 - i]->hash, draft->hash, sizeof(draft->hash)) == 0)
			return true;
	}
	return false;
}

/* What the store holds already: equal bytes in *equal, else bytes like these in *exemplar. */
static int look_up(struct quarantine *q, struct blob_draft *draft, struct blob_draft *const *group,
		   size_t count, bool *equal, struct slice *exemplar)
{
	int64_t found;
	int status = blob_find(q, draft, &found);

	if (status == QUARANTINE_OK && found == 0 && draft->bytes.len <= BLOB_FRAME_SIZE) {
		blob_features_of(draft->bytes, &draft->features);
		status = find_exemplar(q, draft, group, count, exemplar);
	}
	*equal = found != 0;
	return status;
}

int blob_prepare(struct quarantine *q, struct slice bytes, bool once, struct blob_draft *const *group,
		 size_t count, struct blob_draft *out)
{
	struct slice exemplar = {NULL, 0};
	bool equal;
	int status;

	/* What is too long for an exemplar would be stored whole again. */
	*out = (struct blob_draft){.bytes = bytes, .once = once || bytes.len > BLOB_FRAME_SIZE};
	if (bytes.len == 0)
		return QUARANTINE_OK;
	crypto_generichash(out->hash, sizeof(out->hash), (const unsigned char *)bytes.data, bytes.len, NULL,
			   0);
	if (out->once && is_in_group(out, group, count))
		return QUARANTINE_OK;
	status = look_up(q, out, group, count, &equal, &exemplar);
	if (status == QUARANTINE_OK && !equal)
		status = blob_compress(q, out, exemplar);
	out->exemplary = out->codec == BLOB_PLAIN;
	return status;
}
