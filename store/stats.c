/* SPDX-License-Identifier: ISC */
#include <fcntl.h>
#include <sys/stat.h>

#include "include/quarantine_admin.h"
#include "stmt.h"

/* The columns of the only row of a query, as numbers. */
static int read_numbers(struct quarantine *q, enum query query, uint64_t *out, int count)
{
	sqlite3_stmt *stmt;
	int status = stmt_row(q, query, &stmt, "");

	if (status < 0)
		return status;
	if (status == 0)
		return store_fail(q, QUARANTINE_CORRUPT, "stats: a row is missing");
	for (int i = 0; i < count; i++)
		out[i] = (uint64_t)sqlite3_column_int64(stmt, i);
	stmt_done(stmt);
	return QUARANTINE_OK;
}

static int read_tables(struct quarantine *q, struct quarantine_stats *stats)
{
	uint64_t messages[2] = {0}, times[2] = {0}, version = 0;
	int status = read_numbers(q, QUERY_STATS_MESSAGES, messages, 2);

	if (status == QUARANTINE_OK)
		status = read_numbers(q, QUERY_STATS_STORED, &stats->stored_bytes, 1);
	if (status == QUARANTINE_OK)
		status = read_numbers(q, QUERY_STATS_TIMES, times, 2);
	if (status == QUARANTINE_OK)
		status = read_numbers(q, QUERY_STATS_FREE, &stats->free_bytes, 1);
	if (status == QUARANTINE_OK)
		status = read_numbers(q, QUERY_USER_VERSION, &version, 1);
	stats->messages = messages[0];
	stats->message_bytes = messages[1];
	stats->oldest = (int64_t)times[0];
	stats->newest = (int64_t)times[1];
	stats->schema_version = (unsigned)version;
	return status;
}

static uint64_t file_size(struct quarantine *q, const char *name)
{
	struct stat st;

	return fstatat(q->mail_fd, name, &st, 0) == 0 ? (uint64_t)st.st_size : 0;
}

int quarantine_stats_get(struct quarantine *q, struct quarantine_stats *out)
{
	struct quarantine_stats stats = {.size = out->size};
	int status = store_enter(q);

	if (status != QUARANTINE_OK)
		return status;
	if (out->size < sizeof(out->size))
		return store_fail(q, QUARANTINE_INVALID, "stats: the struct's size is not set");
	status = read_begin(q);
	if (status == QUARANTINE_OK)
		status = read_tables(q, &stats);
	read_end(q);
	if (status != QUARANTINE_OK)
		return status;
	stats.file_bytes = file_size(q, "quarantine.db");
	stats.wal_bytes = file_size(q, "quarantine.db-wal");
	memcpy(out, &stats, out->size < sizeof(stats) ? out->size : sizeof(stats));
	return QUARANTINE_OK;
}

int quarantine_sizes_get(struct quarantine *q, struct quarantine_sizes *out)
{
	int status = store_enter(q);

	if (status != QUARANTINE_OK)
		return status;
	*out = (struct quarantine_sizes){.file_bytes = file_size(q, "quarantine.db"),
					 .wal_bytes = file_size(q, "quarantine.db-wal"),
					 .disk_free_bytes = reserve_free_bytes(q)};
	return QUARANTINE_OK;
}

int quarantine_count_classes(struct quarantine *q, quarantine_count_fn *fn, void *context)
{
	sqlite3_stmt *stmt = NULL;
	int ended = 0;
	int status = store_enter(q);

	if (status == QUARANTINE_OK)
		status = stmt_bind(q, QUERY_STATS_CLASSES, &stmt, "");
	while (status >= 0 && !ended && (status = stmt_step(q, stmt)) > 0) {
		struct quarantine_count row = {
			.direction = (enum quarantine_direction)sqlite3_column_int(stmt, 0),
			.class_name = (const char *)sqlite3_column_text(stmt, 1),
			.messages = (uint64_t)sqlite3_column_int64(stmt, 2),
			.bytes = (uint64_t)sqlite3_column_int64(stmt, 3),
			.first = sqlite3_column_int64(stmt, 4),
			.last = sqlite3_column_int64(stmt, 5),
		};

		if (!row.class_name)
			row.class_name = "";
		ended = fn(context, &row);
	}
	stmt_done(stmt);
	return status < 0 ? status : QUARANTINE_OK;
}
