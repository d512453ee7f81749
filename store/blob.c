/* SPDX-License-Identifier: ISC
 *
 * Blobs into the store, and out of it when nobody names them any more. */
#include "blob.h"

#include <stdlib.h>
#include <string.h>

#include "stmt.h"

void blob_draft_finish(struct blob_draft *draft)
{
	buf_finish(&draft->data);
	free(draft->frames);
	draft->frames = NULL;
}

struct slice blob_draft_hash(const struct blob_draft *draft)
{
	return slice_of((const char *)draft->hash, sizeof(draft->hash));
}

int blob_find(struct quarantine *q, const struct blob_draft *draft, int64_t *blob)
{
	*blob = 0;
	if (!draft->once)
		return QUARANTINE_OK;
	return stmt_int64(q, QUERY_BLOB_FIND, 0, blob, "b", blob_draft_hash(draft));
}

static int features_insert(struct quarantine *q, const struct blob_draft *draft)
{
	for (size_t i = 0; i < BLOB_FEATURES; i++) {
		uint64_t feature = draft->features.feature[i];
		int status = QUARANTINE_OK;

		if (feature != UINT64_MAX)
			status = stmt_run(q, QUERY_FEATURE_SET, "ll", (int64_t)feature, draft->id);
		if (status != QUARANTINE_OK)
			return status;
	}
	return QUARANTINE_OK;
}

/* Nobody shall find the blob as an exemplar any more. */
static int features_delete(struct quarantine *q, int64_t blob, struct slice fingerprint)
{
	struct blob_features features;

	if (fingerprint.len != sizeof(features))
		return QUARANTINE_OK;
	memcpy(&features, fingerprint.data, sizeof(features));
	for (size_t i = 0; i < BLOB_FEATURES; i++) {
		int status = stmt_run(q, QUERY_FEATURE_DELETE, "ll", (int64_t)features.feature[i], blob);

		if (status != QUARANTINE_OK)
			return status;
	}
	return QUARANTINE_OK;
}

static int frames_insert(struct quarantine *q, const struct blob_draft *draft)
{
	size_t begin = 0;

	for (size_t n = 0; n < draft->frame_count; n++) {
		struct slice data = slice_of(draft->data.data + begin, draft->frames[n] - begin);
		int status = stmt_run(q, QUERY_FRAME_INSERT, "llb", draft->id, (int64_t)n, data);

		if (status != QUARANTINE_OK)
			return status;
		begin = draft->frames[n];
	}
	return QUARANTINE_OK;
}

static int insert_row(struct quarantine *q, struct blob_draft *draft)
{
	struct slice fingerprint = {NULL, 0};
	struct slice data = buf_slice(&draft->data);
	int status;

	if (draft->codec == BLOB_PLAIN)
		fingerprint = slice_of((const char *)&draft->features, sizeof(draft->features));
	if (draft->codec == BLOB_FRAMES)
		data = slice_of(NULL, 0);
	status = stmt_run(q, QUERY_BLOB_INSERT, "buuilbib", blob_draft_hash(draft),
			  (uint64_t)draft->bytes.len, (uint64_t)draft->data.len, (int)draft->codec,
			  draft->exemplar, fingerprint, (int)draft->once, data);
	draft->id = sqlite3_last_insert_rowid(q->db);
	return status;
}

/* Takes a place among the siblings of the exemplar; false in *taken when it has gone or is full. */
static int exemplar_use(struct quarantine *q, struct blob_draft *draft, bool *taken)
{
	sqlite3_stmt *stmt;
	int status;

	if (draft->exemplar_draft)
		draft->exemplar = draft->exemplar_draft->id;
	status = stmt_row(q, QUERY_BLOB_SIBLINGS, &stmt, "li", draft->exemplar, (int)BLOB_SIBLINGS_MAX);
	*taken = status > 0;
	if (status <= 0)
		return status;
	status = QUARANTINE_OK;
	if (sqlite3_column_int(stmt, 0) == BLOB_SIBLINGS_MAX - 1)
		status = features_delete(q, draft->exemplar, stmt_bytes(stmt, 1));
	stmt_done(stmt);
	return status == QUARANTINE_OK ? stmt_run(q, QUERY_BLOB_SIBLING_ADD, "l", draft->exemplar) : status;
}

int blob_insert(struct quarantine *q, struct blob_draft *draft)
{
	bool taken = true;
	int status;

	if (draft->bytes.len == 0)
		return QUARANTINE_OK;
	status = blob_find(q, draft, &draft->id);
	if (status == QUARANTINE_OK && draft->id != 0)
		return stmt_run(q, QUERY_BLOB_USE, "l", draft->id);
	if (status != QUARANTINE_OK)
		return status;
	if (draft->codec == 0) { /* its equal has gone */
		blob_features_of(draft->bytes, &draft->features);
		status = blob_compress(q, draft, slice_of(NULL, 0));
	}
	if (status == QUARANTINE_OK && blob_leans(draft->codec))
		status = exemplar_use(q, draft, &taken);
	if (status == QUARANTINE_OK && !taken)
		status = blob_compress(q, draft, slice_of(NULL, 0));
	if (status == QUARANTINE_OK)
		status = insert_row(q, draft);
	if (status == QUARANTINE_OK && draft->codec == BLOB_PLAIN)
		status = features_insert(q, draft);
	if (status == QUARANTINE_OK && draft->codec == BLOB_FRAMES)
		status = frames_insert(q, draft);
	return status;
}

/* Deletes the row when nothing names it, and then its exemplar when it was the last to name that. */
static int delete_unnamed(struct quarantine *q, int64_t blob)
{
	while (blob != 0) {
		int64_t exemplar = 0;
		sqlite3_stmt *stmt;
		int status = stmt_row(q, QUERY_BLOB_DELETE, &stmt, "l", blob);

		if (status <= 0)
			return status;
		exemplar = sqlite3_column_int64(stmt, 0);
		status = features_delete(q, blob, stmt_bytes(stmt, 1));
		stmt_done(stmt);
		if (status == QUARANTINE_OK)
			status = stmt_run(q, QUERY_FRAME_DELETE, "l", blob);
		if (status == QUARANTINE_OK && exemplar != 0)
			status = stmt_run(q, QUERY_BLOB_SIBLING_DROP, "l", exemplar);
		if (status != QUARANTINE_OK)
			return status;
		blob = exemplar;
	}
	return QUARANTINE_OK;
}

int blob_release(struct quarantine *q, int64_t blob)
{
	int status;

	if (blob == 0)
		return QUARANTINE_OK;
	status = stmt_run(q, QUERY_BLOB_RELEASE, "l", blob);
	return status == QUARANTINE_OK ? delete_unnamed(q, blob) : status;
}
