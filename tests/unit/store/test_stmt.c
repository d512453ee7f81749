/* SPDX-License-Identifier: ISC */
#include "stmt.h"

#include <stdio.h>
#include <string.h>

#include "tmpstore.h"

static void every_statement_prepares(void **state)
{
	struct tmpstore *t = *state;

	for (size_t i = 0; i < QUERY_COUNT; i++) {
		sqlite3_stmt *stmt = NULL;

		if (sqlite3_prepare_v2(t->q->db, query_text[i], -1, &stmt, NULL) != SQLITE_OK)
			fail_msg("%s: %s", query_text[i], sqlite3_errmsg(t->q->db));
		assert_non_null(stmt);
		sqlite3_finalize(stmt);
	}
}

/* A cursor, a search for an exemplar or a purge that reads a whole table would not last. */
static void no_statement_scans_a_large_table(void **state)
{
	static const char *const large[] = {"SCAN entry",       "SCAN message", "SCAN blob",    "SCAN fact",
					    "SCAN search_head", "SCAN frame",   "SCAN feature", "SCAN e",
					    "SCAN m",           "SCAN k",       "SCAN sort_key"};
	struct tmpstore *t = *state;

	for (size_t i = QUERY_MAILBOX_FIND; i <= QUERY_TOMBSTONE_DELETE; i++) {
		char sql[4096];
		sqlite3_stmt *stmt;

		snprintf(sql, sizeof(sql), "EXPLAIN QUERY PLAN %s", query_text[i]);
		assert_int_equal(sqlite3_prepare_v2(t->q->db, sql, -1, &stmt, NULL), SQLITE_OK);
		while (sqlite3_step(stmt) == SQLITE_ROW) {
			const char *plan = (const char *)sqlite3_column_text(stmt, 3);

			for (size_t k = 0; k < ARRAY_SIZE(large); k++)
				if (strcmp(plan, large[k]) == 0)
					fail_msg("%s: %s", query_text[i], plan);
		}
		sqlite3_finalize(stmt);
	}
}

/* What a damaged or hostile database file could use. */
static void nothing_of_sqlite_is_open_that_is_not_needed(void **state)
{
	static const struct {
		int option, value;
	} settings[] = {{SQLITE_DBCONFIG_DEFENSIVE, 1},
			{SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
			{SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
			{SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER, 0},
			{SQLITE_DBCONFIG_WRITABLE_SCHEMA, 0},
			{SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1}};
	struct tmpstore *t = *state;

	for (size_t i = 0; i < ARRAY_SIZE(settings); i++) {
		int value = -1;

		assert_int_equal(sqlite3_db_config(t->q->db, settings[i].option, -1, &value), SQLITE_OK);
		assert_int_equal(value, settings[i].value);
	}
}

static void values_bind_by_format(void **state)
{
	struct tmpstore *t = *state;
	sqlite3_stmt *stmt;

	assert_int_equal(stmt_row(t->q, QUERY_MAILBOX_FIND, &stmt, "t", "Outgoing"), 1);
	assert_true(slice_eq(stmt_bytes(stmt, 1), SLICE("Outgoing")));
	stmt_done(stmt);
	assert_int_equal(stmt_row(t->q, QUERY_MAILBOX_FIND, &stmt, "s", SLICE("Outgoing")), 1);
	stmt_done(stmt);
	assert_int_equal(stmt_row(t->q, QUERY_MAILBOX_FIND, &stmt, "t", NULL), 0);
	assert_int_equal(stmt_row(t->q, QUERY_MAILBOX_FIND, &stmt, "n"), 0);
	/* A BLOB is not equal to a TEXT of the same bytes. */
	assert_int_equal(stmt_row(t->q, QUERY_MAILBOX_FIND, &stmt, "b", SLICE("Outgoing")), 0);
	assert_true(stmt_run(t->q, QUERY_MAILBOX_FIND, "?") < 0);
	assert_string_not_equal(quarantine_errmsg(t->q), "");
}

static void a_detached_statement_leaves_its_place(void **state)
{
	struct tmpstore *t = *state;
	sqlite3_stmt *held, *other;

	assert_int_equal(stmt_row(t->q, QUERY_MAILBOX_GET, &held, "l", (int64_t)1), 1);
	assert_ptr_equal(stmt_detach(t->q, QUERY_MAILBOX_GET), held);
	assert_int_equal(stmt_row(t->q, QUERY_MAILBOX_GET, &other, "l", (int64_t)2), 1);
	assert_ptr_not_equal(held, other);
	assert_int_equal(sqlite3_column_int64(held, 0), 1);
	stmt_done(other);
	stmt_attach(t->q, QUERY_MAILBOX_GET, held);
	assert_ptr_equal(t->q->stmt[QUERY_MAILBOX_GET], other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		store_test(every_statement_prepares),
		store_test(no_statement_scans_a_large_table),
		store_test(nothing_of_sqlite_is_open_that_is_not_needed),
		store_test(values_bind_by_format),
		store_test(a_detached_statement_leaves_its_place),
	};

	return cmocka_run_group_tests_name("stmt", tests, NULL, NULL);
}
