/* SPDX-License-Identifier: ISC
 *
 * The whole store, read and compared. Each statement sees one consistent picture, and no read transaction
 * outlives one, so that the log can be moved into the database between them. What is purged while the
 * check runs is no fault. */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "include/quarantine_admin.h"
#include "stmt.h"

enum { SLICE_MESSAGES = 64, READ_SIZE = 256 * 1024 };

struct check {
	struct quarantine *q;
	quarantine_fault_fn *fault;
	quarantine_progress_fn *progress;
	void *context;
	uint64_t faults;
	uint64_t done, total;
};

struct stored {
	int64_t id;
	uint64_t length;
	bool hashed;
	unsigned char hash[32];
};

static void tell(struct check *c, const char *text)
{
	c->faults++;
	c->fault(c->context, text);
}

/* What cannot be read is a fault and not the end of the check. Returns QUARANTINE_OK for it. */
static int tell_unreadable(struct check *c, const char *what, int status)
{
	char text[sizeof(c->q->error) + 80];

	if (status != QUARANTINE_CORRUPT && status != QUARANTINE_IO)
		return status;
	snprintf(text, sizeof(text), "%s: %s", what, quarantine_errmsg(c->q));
	tell(c, text);
	c->q->error[0] = '\0';
	return QUARANTINE_OK;
}

/* A statement that gives one text a fault. */
static int run_texts(struct check *c, enum query query, const char *table)
{
	sqlite3_stmt *stmt = NULL;
	int status = stmt_bind(c->q, query, &stmt, table ? "t" : "", table);

	while (status >= 0 && (status = stmt_step(c->q, stmt)) > 0) {
		const char *text = (const char *)sqlite3_column_text(stmt, 0);

		if (text && strcmp(text, "ok") != 0)
			tell(c, text);
	}
	stmt_done(stmt);
	return tell_unreadable(c, table ? table : "counters", status);
}

/* SQLite's check, a table at a time. */
static int check_tables(struct check *c)
{
	char names[64][64];
	size_t count = 0;
	sqlite3_stmt *stmt = NULL;
	int status = stmt_bind(c->q, QUERY_CHECK_TABLES, &stmt, "");

	while (status >= 0 && count < ARRAY_SIZE(names) && (status = stmt_step(c->q, stmt)) > 0) {
		const char *name = (const char *)sqlite3_column_text(stmt, 0);

		snprintf(names[count++], sizeof(names[0]), "%s", name ? name : "");
	}
	stmt_done(stmt);
	status = tell_unreadable(c, "tables", status < 0 ? status : QUARANTINE_OK);
	for (size_t i = 0; i < count && status == QUARANTINE_OK; i++)
		status = run_texts(c, QUERY_CHECK_TABLE, names[i]);
	return status;
}

/* At most `max` messages with ids above `after`. */
static int list_messages(struct quarantine *q, int64_t after, int max, struct stored *list, size_t *count)
{
	sqlite3_stmt *stmt = NULL;
	size_t n = 0;
	int status = stmt_bind(q, QUERY_CHECK_MESSAGES, &stmt, "li", after, max);

	while (status >= 0 && (status = stmt_step(q, stmt)) > 0) {
		struct slice hash = stmt_bytes(stmt, 2);

		list[n].id = sqlite3_column_int64(stmt, 0);
		if (list[n].id <= after) {
			/* Going on would lead round in a circle. */
			status = store_fail(q, QUARANTINE_CORRUPT, "message %lld is out of order",
					    (long long)list[n].id);
			break;
		}
		after = list[n].id;
		list[n].length = (uint64_t)sqlite3_column_int64(stmt, 1);
		list[n].hashed = hash.len == sizeof(list[n].hash);
		if (list[n].hashed)
			memcpy(list[n].hash, hash.data, hash.len);
		n++;
	}
	stmt_done(stmt);
	*count = n;
	return status;
}

/* Reads a message as a client would and compares it with what was delivered. `bytes` has room for READ_SIZE.
 */
static int verify(struct quarantine *q, const struct stored *m, char *bytes)
{
	crypto_generichash_state state;
	unsigned char hash[sizeof(m->hash)];
	uint64_t length = 0;
	size_t got;
	int status;

	crypto_generichash_init(&state, NULL, 0, sizeof(hash));
	do {
		got = 0;
		status = quarantine_content_read(q, m->id, length, bytes, READ_SIZE, &got);
		crypto_generichash_update(&state, (unsigned char *)bytes, got);
		length += got;
	} while (status == QUARANTINE_OK && got == READ_SIZE);
	crypto_generichash_final(&state, hash, sizeof(hash));
	if (status == QUARANTINE_OK &&
	    (length != m->length || (m->hashed && memcmp(hash, m->hash, sizeof(hash)) != 0)))
		status = store_fail(q, QUARANTINE_CORRUPT, "its bytes are not those that were delivered");
	return status;
}

static int check_message(struct check *c, const struct stored *m, char *bytes)
{
	char what[48];
	int status = verify(c->q, m, bytes);

	if (status == QUARANTINE_NOT_FOUND)
		return QUARANTINE_OK;
	snprintf(what, sizeof(what), "message %lld", (long long)m->id);
	return tell_unreadable(c, what, status);
}

static int check_messages(struct check *c)
{
	struct stored list[SLICE_MESSAGES];
	int64_t after = 0;
	size_t count;
	char *bytes = malloc(READ_SIZE);
	int status;

	if (!bytes)
		return store_fail(c->q, QUARANTINE_NO_MEMORY, "check");
	do {
		status = tell_unreadable(c, "messages",
					 list_messages(c->q, after, SLICE_MESSAGES, list, &count));
		for (size_t i = 0; i < count && status == QUARANTINE_OK; i++) {
			status = check_message(c, &list[i], bytes);
			after = list[i].id;
			c->done++;
		}
		if (c->progress)
			c->progress(c->context, c->done, c->total);
	} while (status == QUARANTINE_OK && count > 0);
	free(bytes);
	return status;
}

static int check_counters(struct check *c)
{
	static const enum query queries[] = {
		QUERY_CHECK_COUNTERS, QUERY_CHECK_UIDS,       QUERY_CHECK_BLOCKS,     QUERY_CHECK_TOMBSTONES,
		QUERY_CHECK_ENTRIES,  QUERY_CHECK_BLOBS,      QUERY_CHECK_CHAINS,     QUERY_CHECK_EXEMPLARS,
		QUERY_CHECK_FRAMES,   QUERY_CHECK_STRUCTURES, QUERY_CHECK_COMPANIONS, QUERY_CHECK_METADATA,
	};
	int status = QUARANTINE_OK;

	for (size_t i = 0; i < ARRAY_SIZE(queries) && status == QUARANTINE_OK; i++)
		status = run_texts(c, queries[i], NULL);
	return status;
}

static int count_messages(struct check *c)
{
	sqlite3_stmt *stmt;
	int status = stmt_row(c->q, QUERY_STATS_MESSAGES, &stmt, "");

	if (status > 0) {
		c->total = (uint64_t)sqlite3_column_int64(stmt, 0);
		stmt_done(stmt);
	}
	return tell_unreadable(c, "messages", status < 0 ? status : QUARANTINE_OK);
}

int quarantine_check(struct quarantine *q, quarantine_fault_fn *fault, quarantine_progress_fn *progress,
		     void *context, uint64_t *faults)
{
	struct check c = {.q = q, .fault = fault, .progress = progress, .context = context};
	int status = store_enter(q);

	if (status == QUARANTINE_OK)
		status = check_tables(&c);
	if (status == QUARANTINE_OK)
		status = count_messages(&c);
	if (status == QUARANTINE_OK)
		status = check_counters(&c);
	if (status == QUARANTINE_OK)
		status = check_messages(&c);
	if (status == QUARANTINE_OK)
		*faults = c.faults;
	return status;
}

int quarantine_verify(struct quarantine *q, int64_t message)
{
	struct stored one = {.id = 0};
	size_t count = 0;
	char *bytes;
	int status = store_enter(q);

	if (status == QUARANTINE_OK)
		status = list_messages(q, message - 1, 1, &one, &count);
	if (status == QUARANTINE_OK && one.id != message)
		status = store_fail(q, QUARANTINE_NOT_FOUND, "%s: no message %lld", q->path,
				    (long long)message);
	if (status != QUARANTINE_OK)
		return status;
	bytes = malloc(READ_SIZE);
	status = bytes ? verify(q, &one, bytes) : store_fail(q, QUARANTINE_NO_MEMORY, "out of memory");
	free(bytes);
	return status;
}
