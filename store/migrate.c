/* SPDX-License-Identifier: ISC
 *
 * The database's user_version says how many of the schema files it has seen. schema_text holds them in
 * order; each sets user_version itself, so that it and its changes are one transaction. */
#include "stmt.h"

static int execute(struct quarantine *q, const char *sql)
{
	int code = sqlite3_exec(q->db, sql, NULL, NULL, NULL);

	return code == SQLITE_OK ? QUARANTINE_OK : store_fail_sqlite(q, code, "migration");
}

static int version_read(struct quarantine *q, int64_t *version)
{
	int64_t application = 0;
	int status = stmt_int64(q, QUERY_USER_VERSION, 0, version, "");

	if (status == QUARANTINE_OK)
		status = stmt_int64(q, QUERY_APPLICATION_ID, 0, &application, "");
	if (status != QUARANTINE_OK)
		return status;
	if (*version > 0 && application != SCHEMA_APPLICATION_ID)
		return store_fail(q, QUARANTINE_CORRUPT, "%s: this database is no quarantine", q->path);
	if (*version > SCHEMA_COUNT)
		return store_fail(q, QUARANTINE_VERSION_TOO_NEW, "%s: schema %d, this library knows %d",
				  q->path, (int)*version, SCHEMA_COUNT);
	return QUARANTINE_OK;
}

static int apply_missing(struct quarantine *q)
{
	int64_t version;
	int status = version_read(q, &version);

	for (; status == QUARANTINE_OK && version < SCHEMA_COUNT; version++)
		status = execute(q, schema_text[version]);
	return status;
}

/* Two programs may come here at once: only what is found under the lock counts. */
static int migrate_locked(struct quarantine *q)
{
	int64_t version;
	int status = version_read(q, &version);

	if (status == QUARANTINE_OK && version == 0)
		status = execute(q, query_text[QUERY_CREATION]);
	if (status == QUARANTINE_OK)
		status = stmt_run(q, QUERY_BEGIN_WRITE, "");
	if (status != QUARANTINE_OK)
		return status;
	status = apply_missing(q);
	if (status == QUARANTINE_OK)
		status = stmt_run(q, QUERY_COMMIT, "");
	transaction_end(q, QUERY_ROLLBACK);
	return status;
}

int migrate(struct quarantine *q, bool create)
{
	int64_t version;
	int status = version_read(q, &version);

	if (status != QUARANTINE_OK || version == SCHEMA_COUNT)
		return status;
	if (version == 0 && !create)
		return store_fail(q, QUARANTINE_NOT_FOUND, "%s: no store there", q->path);
	if (q->lock_fd < 0)
		return store_fail(q, QUARANTINE_READ_ONLY, "%s: older schema, open it for writing once",
				  q->path);
	status = lock_take(q);
	if (status != QUARANTINE_OK)
		return status;
	status = migrate_locked(q);
	lock_release(q);
	return status;
}
