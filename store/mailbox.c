/* SPDX-License-Identifier: ISC */
#include "mailbox.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void mailbox_read(sqlite3_stmt *stmt, struct quarantine_mailbox *out)
{
	const char *name;

	*out = (struct quarantine_mailbox){
		.id = sqlite3_column_int64(stmt, 0),
		.kind = (enum quarantine_mailbox_kind)sqlite3_column_int(stmt, 2),
		.subscribed = sqlite3_column_int(stmt, 3) != 0,
		.uidvalidity = (uint32_t)sqlite3_column_int64(stmt, 4),
		.uidnext = (uint32_t)sqlite3_column_int64(stmt, 5),
		.highest_modseq = (uint64_t)sqlite3_column_int64(stmt, 6),
		.messages = (uint64_t)sqlite3_column_int64(stmt, 7),
		.unseen = (uint64_t)sqlite3_column_int64(stmt, 8),
		.deleted = (uint64_t)sqlite3_column_int64(stmt, 9),
		.bytes = (uint64_t)sqlite3_column_int64(stmt, 10),
		.use = (unsigned)sqlite3_column_int(stmt, 11),
	};
	name = (const char *)sqlite3_column_text(stmt, 1);
	snprintf(out->name, sizeof(out->name), "%s", name ? name : "");
}

int mailbox_not_found(struct quarantine *q)
{
	return store_fail(q, QUARANTINE_NOT_FOUND, "%s: no such mailbox", q->path);
}

int mailbox_find(struct quarantine *q, const char *name, struct quarantine_mailbox *out)
{
	sqlite3_stmt *stmt;
	int status = stmt_row(q, QUERY_MAILBOX_FIND, &stmt, "t", name);

	if (status <= 0)
		return status < 0 ? status : mailbox_not_found(q);
	mailbox_read(stmt, out);
	stmt_done(stmt);
	return QUARANTINE_OK;
}

int quarantine_mailbox_find(struct quarantine *q, const char *name, struct quarantine_mailbox *out)
{
	int status = store_enter(q);

	return status == QUARANTINE_OK ? mailbox_find(q, name, out) : status;
}

int mailbox_get(struct quarantine *q, int64_t mailbox, struct quarantine_mailbox *out)
{
	sqlite3_stmt *stmt;
	int status = stmt_row(q, QUERY_MAILBOX_GET, &stmt, "l", mailbox);

	if (status <= 0)
		return status < 0 ? status : mailbox_not_found(q);
	mailbox_read(stmt, out);
	stmt_done(stmt);
	return QUARANTINE_OK;
}

int quarantine_mailbox_get(struct quarantine *q, int64_t mailbox, struct quarantine_mailbox *out)
{
	int status = store_enter(q);

	return status == QUARANTINE_OK ? mailbox_get(q, mailbox, out) : status;
}

int quarantine_mailbox_list(struct quarantine *q, struct quarantine_mailbox **list, size_t *count)
{
	struct quarantine_mailbox *found = NULL;
	sqlite3_stmt *stmt;
	size_t n = 0;
	int status = store_enter(q);

	if (status == QUARANTINE_OK)
		status = stmt_bind(q, QUERY_MAILBOX_LIST, &stmt, "");
	if (status != QUARANTINE_OK)
		return status;
	while ((status = stmt_step(q, stmt)) > 0) {
		struct quarantine_mailbox *grown = realloc(found, (n + 1) * sizeof(*found));

		if (!grown) {
			status = store_fail(q, QUARANTINE_NO_MEMORY, "out of memory");
			break;
		}
		found = grown;
		mailbox_read(stmt, &found[n++]);
	}
	stmt_done(stmt);
	if (status < 0) {
		free(found);
		return status;
	}
	*list = found;
	*count = n;
	return QUARANTINE_OK;
}

static int read_keywords(struct quarantine *q, sqlite3_stmt *stmt, struct quarantine_keywords *k)
{
	int status;

	while ((status = stmt_step(q, stmt)) > 0) {
		int64_t i = sqlite3_column_int64(stmt, 0) - QUARANTINE_KEYWORD_BIT;

		if (i < 0 || i >= QUARANTINE_KEYWORDS_MAX || k->name[i])
			continue;
		k->name[i] = strdup((const char *)sqlite3_column_text(stmt, 1));
		if (!k->name[i])
			return store_fail(q, QUARANTINE_NO_MEMORY, "out of memory");
		/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): the earlier names are in *k */
		k->count++;
	}
	return status;
}

int quarantine_keywords_get(struct quarantine *q, int64_t mailbox, struct quarantine_keywords *out)
{
	struct quarantine_keywords found = {0};
	sqlite3_stmt *stmt;
	int status = store_enter(q);

	if (status == QUARANTINE_OK)
		status = stmt_bind(q, QUERY_KEYWORD_LIST, &stmt, "l", mailbox);
	if (status != QUARANTINE_OK)
		return status;
	status = read_keywords(q, stmt, &found);
	stmt_done(stmt);
	if (status == QUARANTINE_OK)
		*out = found;
	else
		quarantine_keywords_free(&found);
	return status;
}

void quarantine_keywords_free(struct quarantine_keywords *k)
{
	if (!k)
		return;
	for (size_t i = 0; i < QUARANTINE_KEYWORDS_MAX; i++)
		free(k->name[i]);
	*k = (struct quarantine_keywords){0};
}

int mailbox_keyword(struct quarantine *q, int64_t mailbox, const char *name, int64_t *bit)
{
	struct quarantine_mailbox info;
	int status = stmt_int64(q, QUERY_KEYWORD_FIND, -1, bit, "lt", mailbox, name);

	if (status != QUARANTINE_OK || *bit >= 0)
		return status;
	status = mailbox_get(q, mailbox, &info);
	if (status == QUARANTINE_OK)
		status = stmt_int64(q, QUERY_KEYWORD_NEXT, -1, bit, "li", mailbox,
				    (int)QUARANTINE_KEYWORD_BIT);
	if (status != QUARANTINE_OK)
		return status;
	if (*bit >= QUARANTINE_KEYWORD_BIT + QUARANTINE_KEYWORDS_MAX)
		return store_fail(q, QUARANTINE_LIMIT, "%s: the mailbox has its %d keywords", q->path,
				  QUARANTINE_KEYWORDS_MAX);
	return stmt_run(q, QUERY_KEYWORD_INSERT, "llt", mailbox, *bit, name);
}

int quarantine_keyword_make(struct quarantine *q, int64_t mailbox, const char *name, uint64_t *bit)
{
	int64_t found = -1;
	int status = store_enter(q);

	if (status != QUARANTINE_OK)
		return status;
	if (!name || name[0] == '\0' || strlen(name) > QUARANTINE_KEYWORD_LENGTH_MAX)
		return store_fail(q, QUARANTINE_INVALID, "keyword of no or too many bytes");
	status = stmt_int64(q, QUERY_KEYWORD_FIND, -1, &found, "lt", mailbox, name);
	if (status == QUARANTINE_OK && found < 0) {
		status = write_begin(q);
		if (status == QUARANTINE_OK)
			status = write_end(q, mailbox_keyword(q, mailbox, name, &found));
	}
	if (status == QUARANTINE_OK)
		*bit = (uint64_t)1 << found;
	return status;
}
