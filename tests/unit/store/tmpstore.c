/* SPDX-License-Identifier: ISC */
#include "tmpstore.h"

#include <ftw.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int tmpstore_setup(void **state)
{
	struct tmpstore *t = calloc(1, sizeof(*t));
	const char *tmp = getenv("TMPDIR");

	assert_non_null(t);
	snprintf(t->dir, sizeof(t->dir), "%.200s/store.XXXXXX", tmp ? tmp : "/tmp");
	assert_non_null(mkdtemp(t->dir));
	t->q = tmpstore_open(t, QUARANTINE_WRITE | QUARANTINE_CREATE);
	t->outgoing = mailbox_of(t->q, QUARANTINE_MAILBOX_OUTGOING).id;
	*state = t;
	return 0;
}

int tmpstore_teardown(void **state)
{
	struct tmpstore *t = *state;

	quarantine_close(t->q);
	remove_tree(t->dir);
	free(t);
	return 0;
}

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *walk)
{
	(void)info;
	(void)kind;
	(void)walk;
	return remove(path);
}

void remove_tree(const char *path)
{
	assert_int_equal(nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}

struct quarantine *tmpstore_open(const struct tmpstore *t, unsigned flags)
{
	struct quarantine *q = NULL;
	char why[512] = "";

	if (quarantine_open_why(t->dir, flags, &q, why, sizeof(why)) != QUARANTINE_OK)
		fail_msg("open: %s", why);
	return q;
}

int64_t put(struct quarantine *q, const void *bytes, size_t len)
{
	struct quarantine_envelope env = QUARANTINE_ENVELOPE_INIT;
	int64_t message = 0;

	env.direction = QUARANTINE_OUTGOING;
	if (quarantine_deliver(q, &env, bytes, len, &message) != QUARANTINE_OK)
		fail_msg("deliver: %s", quarantine_errmsg(q));
	assert_true(message > 0);
	return message;
}

int64_t put_text(struct quarantine *q, const char *text)
{
	return put(q, text, strlen(text));
}

size_t spam_message(char *into, size_t room, unsigned n)
{
	size_t len = (size_t)snprintf(
		into, room,
		"Received: from pc%u.example.net ([192.0.2.%u]) by mx.example.org with ESMTPA id 1a%uXYZ\r\n"
		"From: \"Best Shop\" <shop%u@customer.example>\r\nTo: victim%u@example.net\r\n"
		"Subject: Your parcel %u is waiting\r\nMessage-ID: <%u.%u@customer.example>\r\n"
		"MIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<html><p>Dear "
		"victim%u,</p>\r\n",
		n % 250, n % 250, n * 7919, n % 5, n, n, n * 31, n, n);

	for (unsigned line = 0; line < 120 && len + 100 < room; line++)
		len += (size_t)snprintf(into + len, room - len,
					"<p>Line %u of the template, %x, please pay %u.</p>\r\n", line,
					line * 2654435761U, line * line * 37);
	len += (size_t)snprintf(into + len, room - len,
				"<a href=\"http://spam.example/%u\">here</a></html>\r\n", n * 104729);
	return len;
}

char *get(struct quarantine *q, int64_t message, size_t *len)
{
	size_t room = 1 << 20, used = 0, got = 0;
	char *bytes = malloc(room);

	do {
		if (used == room)
			bytes = realloc(bytes, room *= 2);
		assert_non_null(bytes);
		if (quarantine_content_read(q, message, used, bytes + used, room - used, &got) !=
		    QUARANTINE_OK)
			fail_msg("read: %s", quarantine_errmsg(q));
		used += got;
	} while (used == room);
	*len = used;
	return bytes;
}

struct quarantine_mailbox mailbox_of(struct quarantine *q, const char *name)
{
	struct quarantine_mailbox info;

	assert_int_equal(quarantine_mailbox_find(q, name, &info), QUARANTINE_OK);
	return info;
}

static sqlite3 *connect_to(const struct tmpstore *t)
{
	char file[300];
	sqlite3 *db;
	int on = 1;

	snprintf(file, sizeof(file), "%s/mail/quarantine.db", t->dir);
	assert_int_equal(sqlite3_open(file, &db), SQLITE_OK);
	sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	sqlite3_file_control(db, "main", SQLITE_FCNTL_PERSIST_WAL, &on);
	return db;
}

int64_t ask(const struct tmpstore *t, const char *sql)
{
	sqlite3 *db = connect_to(t);
	sqlite3_stmt *stmt;
	int64_t answer;

	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	answer = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	sqlite3_close(db);
	return answer;
}

void tamper(const struct tmpstore *t, const char *sql)
{
	sqlite3 *db = connect_to(t);

	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

static void show_fault(void *context, const char *text)
{
	(void)context;
	print_error("fault: %s\n", text);
}

void check_sound(const struct tmpstore *t)
{
	uint64_t faults = 0;

	assert_int_equal(quarantine_check(t->q, show_fault, NULL, NULL, &faults), QUARANTINE_OK);
	assert_int_equal(faults, 0);
}
