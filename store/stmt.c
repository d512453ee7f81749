/* SPDX-License-Identifier: ISC */
#include "stmt.h"

#include <stdarg.h>

static int prepare(struct quarantine *q, enum query query)
{
	int code;

	if (q->stmt[query])
		return QUARANTINE_OK;
	code = sqlite3_prepare_v3(q->db, query_text[query], -1, SQLITE_PREPARE_PERSISTENT, &q->stmt[query],
				  NULL);
	return code == SQLITE_OK ? QUARANTINE_OK : store_fail_sqlite(q, code, "prepare");
}

static int bind_bytes(sqlite3_stmt *stmt, int column, struct slice bytes)
{
	if (!bytes.data)
		return sqlite3_bind_null(stmt, column);
	return sqlite3_bind_blob64(stmt, column, bytes.data, bytes.len, SQLITE_STATIC);
}

static int bind_text(sqlite3_stmt *stmt, int column, struct slice text)
{
	return sqlite3_bind_text64(stmt, column, text.data, text.len, SQLITE_STATIC, SQLITE_UTF8);
}

static int bind_double(sqlite3_stmt *stmt, int column, const double *number)
{
	return number ? sqlite3_bind_double(stmt, column, *number) : sqlite3_bind_null(stmt, column);
}

static int bind_all(sqlite3_stmt *stmt, const char *format, va_list args)
{
	int code = SQLITE_OK;

	for (int column = 1; *format && code == SQLITE_OK; format++, column++) {
		switch (*format) {
		case 'l':
			code = sqlite3_bind_int64(stmt, column, va_arg(args, int64_t));
			break;
		case 'u':
			code = sqlite3_bind_int64(stmt, column, (int64_t)va_arg(args, uint64_t));
			break;
		case 'i':
			code = sqlite3_bind_int(stmt, column, va_arg(args, int));
			break;
		case 't':
			code = sqlite3_bind_text(stmt, column, va_arg(args, const char *), -1, SQLITE_STATIC);
			break;
		case 'd':
			code = bind_double(stmt, column, va_arg(args, const double *));
			break;
		case 'b':
			code = bind_bytes(stmt, column, va_arg(args, struct slice));
			break;
		case 's':
			code = bind_text(stmt, column, va_arg(args, struct slice));
			break;
		case 'n':
			code = sqlite3_bind_null(stmt, column);
			break;
		default:
			code = SQLITE_MISUSE;
		}
	}
	return code;
}

static int bind_list(struct quarantine *q, enum query query, sqlite3_stmt **out, const char *format,
		     va_list args)
{
	int status = prepare(q, query);
	int code;

	if (status != QUARANTINE_OK)
		return status;
	code = bind_all(q->stmt[query], format, args);
	if (code != SQLITE_OK) {
		stmt_done(q->stmt[query]);
		return store_fail_sqlite(q, code, "bind");
	}
	*out = q->stmt[query];
	return QUARANTINE_OK;
}

int stmt_bind(struct quarantine *q, enum query query, sqlite3_stmt **out, const char *format, ...)
{
	va_list args;
	int status;

	va_start(args, format);
	status = bind_list(q, query, out, format, args);
	va_end(args);
	return status;
}

int stmt_step(struct quarantine *q, sqlite3_stmt *stmt)
{
	int code = sqlite3_step(stmt);

	if (code == SQLITE_ROW)
		return 1;
	return code == SQLITE_DONE ? 0 : store_fail_sqlite(q, code, sqlite3_sql(stmt));
}

void stmt_done(sqlite3_stmt *stmt)
{
	if (!stmt)
		return;
	sqlite3_reset(stmt);
	sqlite3_clear_bindings(stmt);
}

static int run_list(struct quarantine *q, enum query query, const char *format, va_list args)
{
	sqlite3_stmt *stmt = NULL;
	int status = bind_list(q, query, &stmt, format, args);

	if (status != QUARANTINE_OK)
		return status;
	do
		status = stmt_step(q, stmt);
	while (status > 0);
	stmt_done(stmt);
	return status;
}

int stmt_run(struct quarantine *q, enum query query, const char *format, ...)
{
	va_list args;
	int status;

	va_start(args, format);
	status = run_list(q, query, format, args);
	va_end(args);
	return status;
}

static int row_list(struct quarantine *q, enum query query, sqlite3_stmt **out, const char *format,
		    va_list args)
{
	sqlite3_stmt *stmt = NULL;
	int status = bind_list(q, query, &stmt, format, args);

	if (status != QUARANTINE_OK)
		return status;
	status = stmt_step(q, stmt);
	if (status > 0)
		*out = stmt;
	else
		stmt_done(stmt);
	return status;
}

int stmt_row(struct quarantine *q, enum query query, sqlite3_stmt **out, const char *format, ...)
{
	va_list args;
	int status;

	va_start(args, format);
	status = row_list(q, query, out, format, args);
	va_end(args);
	return status;
}

int stmt_int64(struct quarantine *q, enum query query, int64_t missing, int64_t *out, const char *format, ...)
{
	sqlite3_stmt *stmt = NULL;
	va_list args;
	int status;

	va_start(args, format);
	status = row_list(q, query, &stmt, format, args);
	va_end(args);
	if (status < 0)
		return status;
	*out = missing;
	if (status > 0) {
		if (sqlite3_column_type(stmt, 0) != SQLITE_NULL)
			*out = sqlite3_column_int64(stmt, 0);
		stmt_done(stmt);
	}
	return QUARANTINE_OK;
}

sqlite3_stmt *stmt_detach(struct quarantine *q, enum query query)
{
	sqlite3_stmt *stmt = q->stmt[query];

	q->stmt[query] = NULL;
	return stmt;
}

void stmt_attach(struct quarantine *q, enum query query, sqlite3_stmt *stmt)
{
	stmt_done(stmt);
	if (q->stmt[query])
		sqlite3_finalize(stmt);
	else
		q->stmt[query] = stmt;
}

void stmt_finish(struct quarantine *q)
{
	for (size_t i = 0; i < QUERY_COUNT; i++) {
		sqlite3_finalize(q->stmt[i]);
		q->stmt[i] = NULL;
	}
}

/* By way of the value, which nobody else looks at, because a handle is one thread's: a lock less a call. */
struct slice stmt_bytes(sqlite3_stmt *stmt, int column)
{
	sqlite3_value *value = sqlite3_column_value(stmt, column);
	const char *data;

	if (sqlite3_value_type(value) == SQLITE_NULL)
		return slice_of(NULL, 0);
	data = sqlite3_value_blob(value);
	return slice_of(data ? data : "", (size_t)sqlite3_value_bytes(value));
}
