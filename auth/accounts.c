/* SPDX-License-Identifier: ISC */
#include "accounts.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "scram.h"

enum { BUSY_MS = 5000, SCHEMA_VERSION = 1, FILE_MODE = 0640 };

static const char SCHEMA[] =
	"BEGIN IMMEDIATE;"
	"CREATE TABLE IF NOT EXISTS account("
	" name TEXT NOT NULL UNIQUE,"
	" hash TEXT NOT NULL,"
	" changed INTEGER NOT NULL,"
	" iterations INTEGER," /* of SCRAM, as are the next; NULL: it has no keys */
	" salt BLOB,"
	" stored_key BLOB,"
	" server_key BLOB) STRICT;"
	"CREATE TABLE IF NOT EXISTS secret(value BLOB NOT NULL) STRICT;"
	"INSERT INTO secret SELECT randomblob(32) WHERE NOT EXISTS (SELECT 1 FROM secret);"
	"PRAGMA user_version=1;"
	"COMMIT";

static int fail(struct accounts *accounts, int status, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static int fail(struct accounts *accounts, int status, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	vsnprintf(accounts->why, sizeof(accounts->why), format, args);
	va_end(args);
	return status;
}

static int fail_sqlite(struct accounts *accounts)
{
	return fail(accounts, AUTH_UNAVAILABLE, "accounts file: %s", sqlite3_errmsg(accounts->db));
}

/* The folder's group, which the server is in, becomes the file's, also when root makes it. */
static void take_group(int fd, const char *file)
{
	const char *end = strrchr(file, '/');
	char folder[PATH_MAX] = ".";
	struct stat st;
	if (end && end - file < (ptrdiff_t)sizeof(folder))
		snprintf(folder, sizeof(folder), "%.*s/", (int)(end - file), file);
	if (stat(folder, &st) == 0 && fchown(fd, (uid_t)-1, st.st_gid) != 0)
		return; /* not ours to give: it stays with whoever made it */
}

/* Made here and not by SQLite, which would let all users read it. */
static int create_file(struct accounts *accounts, const char *file)
{
	int fd = open(file, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC | O_NOFOLLOW, FILE_MODE);
	if (fd < 0)
		return errno == EEXIST ? AUTH_OK
				       : fail(accounts, AUTH_UNAVAILABLE, "%s: %s", file, strerror(errno));
	int status = AUTH_OK;
	take_group(fd, file);
	if (fchmod(fd, FILE_MODE) != 0)
		status = fail(accounts, AUTH_UNAVAILABLE, "%s: %s", file, strerror(errno));
	close(fd);
	return status;
}

static int check_file(struct accounts *accounts, const char *file)
{
	struct stat st;
	if (lstat(file, &st) != 0)
		return fail(accounts, errno == ENOENT ? AUTH_NOT_FOUND : AUTH_UNAVAILABLE, "%s: %s", file,
			    strerror(errno));
	if (!S_ISREG(st.st_mode))
		return fail(accounts, AUTH_UNAVAILABLE, "%s: not a regular file", file);
	if (st.st_mode & S_IRWXO)
		return fail(accounts, AUTH_UNAVAILABLE,
			    "%s: all users may access it (mode %03o); run: chmod o= %s", file,
			    (unsigned)st.st_mode & 0777, file);
	return AUTH_OK;
}

/* One number out of a pragma; -1 when it cannot be had. */
static int pragma_int(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *stmt = NULL;
	int n = -1;
	if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) == SQLITE_OK && sqlite3_step(stmt) == SQLITE_ROW)
		n = sqlite3_column_int(stmt, 0);
	sqlite3_finalize(stmt);
	return n;
}

static int check_version(struct accounts *accounts, const char *file, bool writable)
{
	int version = pragma_int(accounts->db, "PRAGMA user_version");
	if (version < 0)
		return fail_sqlite(accounts);
	if (version == 0 && writable)
		return sqlite3_exec(accounts->db, SCHEMA, NULL, NULL, NULL) == SQLITE_OK
			       ? AUTH_OK
			       : fail_sqlite(accounts);
	if (version == 0)
		return fail(accounts, AUTH_NOT_FOUND, "%s: holds no accounts yet", file);
	if (version != SCHEMA_VERSION)
		return fail(accounts, AUTH_UNAVAILABLE, "%s: made by a newer version (%d)", file, version);
	return AUTH_OK;
}

int accounts_open(struct accounts *accounts, const char *file, unsigned flags)
{
	bool writable = flags != AUTH_READ;
	*accounts = (struct accounts){0};
	int status = flags & AUTH_CREATE ? create_file(accounts, file) : AUTH_OK;
	if (status == AUTH_OK)
		status = check_file(accounts, file);
	if (status != AUTH_OK)
		return status;
	int mode = (writable ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY) | SQLITE_OPEN_NOMUTEX;
	if (sqlite3_open_v2(file, &accounts->db, mode, NULL) != SQLITE_OK)
		return fail_sqlite(accounts);
	sqlite3_busy_timeout(accounts->db, BUSY_MS);
	sqlite3_db_config(accounts->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(accounts->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	if (sqlite3_exec(accounts->db, "PRAGMA synchronous=EXTRA; PRAGMA secure_delete=ON", NULL, NULL,
			 NULL) != SQLITE_OK)
		return fail_sqlite(accounts);
	return check_version(accounts, file, writable);
}

void accounts_close(struct accounts *accounts)
{
	sqlite3_close(accounts->db);
	accounts->db = NULL;
}

/* A statement with up to two texts bound to ?1 and ?2; NULL with accounts->why set. */
static sqlite3_stmt *prepare(struct accounts *accounts, const char *sql, const char *one, const char *two)
{
	sqlite3_stmt *stmt = NULL;
	if (sqlite3_prepare_v2(accounts->db, sql, -1, &stmt, NULL) != SQLITE_OK ||
	    (one && sqlite3_bind_text(stmt, 1, one, -1, SQLITE_STATIC) != SQLITE_OK) ||
	    (two && sqlite3_bind_text(stmt, 2, two, -1, SQLITE_STATIC) != SQLITE_OK)) {
		fail_sqlite(accounts);
		sqlite3_finalize(stmt);
		return NULL;
	}
	return stmt;
}

int accounts_find(struct accounts *accounts, const char *name, char hash[ACCOUNTS_HASH_MAX])
{
	sqlite3_stmt *stmt = prepare(accounts, "SELECT hash FROM account WHERE name=?1", name, NULL);
	if (!stmt)
		return AUTH_UNAVAILABLE;
	int status = AUTH_OK;
	int rc = sqlite3_step(stmt);
	if (rc == SQLITE_DONE)
		status = fail(accounts, AUTH_NOT_FOUND, "no such account");
	else if (rc != SQLITE_ROW)
		status = fail_sqlite(accounts);
	else if (!sqlite3_column_text(stmt, 0) || sqlite3_column_bytes(stmt, 0) >= ACCOUNTS_HASH_MAX)
		status = fail(accounts, AUTH_UNAVAILABLE, "the stored hash is too long");
	else
		snprintf(hash, ACCOUNTS_HASH_MAX, "%s", (const char *)sqlite3_column_text(stmt, 0));
	sqlite3_finalize(stmt);
	return status;
}

int accounts_put(struct accounts *accounts, const char *name, const char *hash, const struct scram_keys *keys,
		 int64_t now)
{
	sqlite3_stmt *stmt = prepare(accounts,
				     "INSERT OR REPLACE INTO account(name, hash, changed, iterations, salt, "
				     "stored_key, server_key) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)",
				     name, hash);
	if (!stmt)
		return AUTH_UNAVAILABLE;
	sqlite3_bind_int64(stmt, 3, now);
	if (keys) {
		sqlite3_bind_int64(stmt, 4, keys->iterations);
		sqlite3_bind_blob(stmt, 5, keys->salt, sizeof(keys->salt), SQLITE_STATIC);
		sqlite3_bind_blob(stmt, 6, keys->stored_key, sizeof(keys->stored_key), SQLITE_STATIC);
		sqlite3_bind_blob(stmt, 7, keys->server_key, sizeof(keys->server_key), SQLITE_STATIC);
	}
	int status = sqlite3_step(stmt) == SQLITE_DONE ? AUTH_OK : fail_sqlite(accounts);
	sqlite3_finalize(stmt);
	return status;
}

/* Exactly `size` bytes of a column. */
static bool take_blob(sqlite3_stmt *stmt, int column, void *into, size_t size)
{
	const void *bytes = sqlite3_column_blob(stmt, column);
	if (!bytes || (size_t)sqlite3_column_bytes(stmt, column) != size)
		return false;
	memcpy(into, bytes, size);
	return true;
}

int accounts_find_keys(struct accounts *accounts, const char *name, struct scram_keys *keys)
{
	sqlite3_stmt *stmt = prepare(accounts,
				     "SELECT iterations, salt, stored_key, server_key FROM account "
				     "WHERE name=?1 AND iterations NOT NULL",
				     name, NULL);
	if (!stmt)
		return AUTH_UNAVAILABLE;
	int status = AUTH_OK;
	int rc = sqlite3_step(stmt);
	int64_t iterations = rc == SQLITE_ROW ? sqlite3_column_int64(stmt, 0) : 0;
	if (rc == SQLITE_DONE)
		status = fail(accounts, AUTH_NOT_FOUND, "no keys for SCRAM");
	else if (rc != SQLITE_ROW)
		status = fail_sqlite(accounts);
	else if (iterations < 1 || iterations > INT_MAX ||
		 !take_blob(stmt, 1, keys->salt, sizeof(keys->salt)) ||
		 !take_blob(stmt, 2, keys->stored_key, sizeof(keys->stored_key)) ||
		 !take_blob(stmt, 3, keys->server_key, sizeof(keys->server_key)))
		status = fail(accounts, AUTH_UNAVAILABLE, "the stored keys for SCRAM are damaged");
	else
		keys->iterations = (unsigned)iterations;
	sqlite3_finalize(stmt);
	return status;
}

int accounts_all_have_keys(struct accounts *accounts, bool *all)
{
	sqlite3_stmt *stmt = prepare(
		accounts, "SELECT count(*) > 0 AND count(*) = count(iterations) FROM account", NULL, NULL);
	if (!stmt)
		return AUTH_UNAVAILABLE;
	int status = sqlite3_step(stmt) == SQLITE_ROW ? AUTH_OK : fail_sqlite(accounts);
	*all = status == AUTH_OK && sqlite3_column_int(stmt, 0) != 0;
	sqlite3_finalize(stmt);
	return status;
}

int accounts_secret(struct accounts *accounts, unsigned char secret[ACCOUNTS_SECRET])
{
	sqlite3_stmt *stmt = prepare(accounts, "SELECT value FROM secret", NULL, NULL);
	if (!stmt)
		return AUTH_UNAVAILABLE;
	int status = AUTH_OK;
	if (sqlite3_step(stmt) != SQLITE_ROW || !take_blob(stmt, 0, secret, ACCOUNTS_SECRET))
		status = fail(accounts, AUTH_UNAVAILABLE, "the accounts file has no secret");
	sqlite3_finalize(stmt);
	return status;
}

int accounts_remove(struct accounts *accounts, const char *name)
{
	sqlite3_stmt *stmt = prepare(accounts, "DELETE FROM account WHERE name=?1", name, NULL);
	if (!stmt)
		return AUTH_UNAVAILABLE;
	int status = sqlite3_step(stmt) == SQLITE_DONE ? AUTH_OK : fail_sqlite(accounts);
	sqlite3_finalize(stmt);
	if (status == AUTH_OK && sqlite3_changes(accounts->db) == 0)
		status = fail(accounts, AUTH_NOT_FOUND, "no such account");
	return status;
}

int accounts_list(struct accounts *accounts, struct auth_account **list, size_t *count)
{
	sqlite3_stmt *stmt = prepare(
		accounts, "SELECT name, changed, iterations NOT NULL FROM account ORDER BY name", NULL, NULL);
	if (!stmt)
		return AUTH_UNAVAILABLE;
	struct auth_account *rows = NULL;
	size_t n = 0;
	int rc;
	while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
		struct auth_account *grown = reallocarray(rows, n + 1, sizeof(*rows));
		if (!grown)
			break;
		rows = grown;
		const char *name = (const char *)sqlite3_column_text(stmt, 0);
		snprintf(rows[n].name, sizeof(rows[n].name), "%s", name ? name : "");
		rows[n].changed = sqlite3_column_int64(stmt, 1);
		rows[n].scram = sqlite3_column_int(stmt, 2) != 0;
		n++;
	}
	int status = AUTH_OK;
	if (rc == SQLITE_ROW)
		status = fail(accounts, AUTH_UNAVAILABLE, "out of memory");
	else if (rc != SQLITE_DONE)
		status = fail_sqlite(accounts);
	sqlite3_finalize(stmt);
	if (status != AUTH_OK) {
		free(rows);
		return status;
	}
	*list = rows;
	*count = n;
	return AUTH_OK;
}
