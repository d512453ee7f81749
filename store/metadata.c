/* SPDX-License-Identifier: ISC
 *
 * Texts that clients attach to mailboxes and to the server. Each change is a row with a new revision, the
 * removal of an entry a row without a value, so that who knows everything up to a revision can be told what
 * came after it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "mailbox.h"

enum { REMOVED_KEPT = 1000 }; /* revisions for which a removed entry is remembered */

static const char SPECIAL_USE[] = "/private/specialuse";

/* Whose an entry is: "" for all. */
static const char *owner_of(const char *entry, const char *login)
{
	return strncasecmp(entry, "/private/", strlen("/private/")) == 0 ? login : "";
}

int quarantine_metadata_list(struct quarantine *q, int64_t mailbox, const char *login,
			     struct quarantine_metadata **list, size_t *count)
{
	struct quarantine_metadata *found = NULL;
	sqlite3_stmt *stmt;
	size_t n = 0;
	int status = store_enter(q);

	if (status == QUARANTINE_OK)
		status = stmt_bind(q, QUERY_METADATA_LIST, &stmt, "lt", mailbox, login);
	if (status != QUARANTINE_OK)
		return status;
	while ((status = stmt_step(q, stmt)) > 0) {
		struct quarantine_metadata *grown = realloc(found, (n + 1) * sizeof(*found));

		if (!grown) {
			status = store_fail(q, QUARANTINE_NO_MEMORY, "out of memory");
			break;
		}
		found = grown;
		snprintf(found[n].entry, sizeof(found[n].entry), "%s",
			 (const char *)sqlite3_column_text(stmt, 0));
		found[n++].size = (uint64_t)sqlite3_column_int64(stmt, 1);
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

int quarantine_metadata_get(struct quarantine *q, int64_t mailbox, const char *login, const char *entry,
			    char **value, size_t *len)
{
	struct slice bytes;
	sqlite3_stmt *stmt = NULL;
	char *copy;
	int status = store_enter(q);

	if (status == QUARANTINE_OK)
		status =
			stmt_row(q, QUERY_METADATA_GET, &stmt, "ltt", mailbox, owner_of(entry, login), entry);
	if (status == 0)
		return store_fail(q, QUARANTINE_NOT_FOUND, "%s: no such entry", q->path);
	if (status < 0)
		return status;
	bytes = stmt_bytes(stmt, 0);
	copy = malloc(bytes.len + 1);
	if (copy) {
		memcpy(copy, bytes.data, bytes.len);
		*value = copy;
		*len = bytes.len;
	}
	stmt_done(stmt);
	return copy ? QUARANTINE_OK : store_fail(q, QUARANTINE_NO_MEMORY, "out of memory");
}

static int put(struct quarantine *q, int64_t mailbox, const char *owner, const char *entry,
	       struct slice value)
{
	return stmt_run(q, QUERY_METADATA_SET, "lttb", mailbox, owner, entry, value);
}

/* Removing what is not there changes nothing. */
static int change_one(struct quarantine *q, const struct quarantine_metadata_request *r,
		      const struct quarantine_metadata_change *c)
{
	const char *owner = owner_of(c->entry, r->login);
	int64_t there = 0, count = 0;
	int status = stmt_int64(q, QUERY_METADATA_EXISTS, 0, &there, "ltt", r->mailbox, owner, c->entry);

	if (status != QUARANTINE_OK || (!there && !c->value.data))
		return status;
	if (!there)
		status = stmt_int64(q, QUERY_METADATA_COUNT, 0, &count, "lt", r->mailbox, owner);
	if (status == QUARANTINE_OK && !there && count >= (int64_t)r->most)
		return store_fail(q, QUARANTINE_LIMIT, "%s: the mailbox has its %zu entries", q->path,
				  r->most);
	if (status != QUARANTINE_OK)
		return status;
	return put(q, r->mailbox, owner, c->entry, slice_of(c->value.data, c->value.len));
}

static int change_use(struct quarantine *q, const struct quarantine_metadata_request *r)
{
	struct quarantine_mailbox box;
	int64_t used = 0;
	int status = mailbox_get(q, r->mailbox, &box);

	if (status != QUARANTINE_OK || box.use == *r->use)
		return status;
	if (box.kind != QUARANTINE_KIND_OWN)
		return store_fail(q, QUARANTINE_INVALID, "%s: the use of this mailbox stays", q->path);
	status = stmt_int64(q, QUERY_MAILBOX_USED, 0, &used, "i", (int)(*r->use & ~box.use));
	if (status == QUARANTINE_OK && used > 0)
		return store_fail(q, QUARANTINE_EXISTS, "%s: another mailbox has this use", q->path);
	if (status == QUARANTINE_OK)
		status = stmt_run(q, QUERY_MAILBOX_USE, "li", r->mailbox, (int)*r->use);
	return status == QUARANTINE_OK ? put(q, r->mailbox, "", SPECIAL_USE, slice_of(NULL, 0)) : status;
}

static int change_all(struct quarantine *q, const struct quarantine_metadata_request *r, int64_t *first,
		      int64_t *last)
{
	struct quarantine_mailbox box = {.name = "."};
	int status = stmt_int64(q, QUERY_METADATA_REVISION, 0, first, "");

	if (status == QUARANTINE_OK && r->mailbox != 0)
		status = mailbox_get(q, r->mailbox, &box);
	if (status == QUARANTINE_OK && box.name[0] == '\0')
		status = mailbox_not_found(q);
	for (size_t i = 0; i < r->count && status == QUARANTINE_OK; i++)
		status = change_one(q, r, &r->changes[i]);
	if (status == QUARANTINE_OK && r->use)
		status = change_use(q, r);
	if (status == QUARANTINE_OK)
		status = stmt_int64(q, QUERY_METADATA_REVISION, 0, last, "");
	if (status == QUARANTINE_OK)
		status = stmt_run(q, QUERY_METADATA_SWEEP, "l", *last - REMOVED_KEPT);
	return status;
}

int quarantine_metadata_set(struct quarantine *q, const struct quarantine_metadata_request *request,
			    uint64_t *first, uint64_t *last)
{
	int64_t before = 0, after = 0;
	int status = store_enter(q);

	if (status != QUARANTINE_OK)
		return status;
	if (!request || request->size < sizeof(*request) || !request->login ||
	    (request->use && !request->mailbox))
		return store_fail(q, QUARANTINE_INVALID, "no usable request to set metadata");
	for (size_t i = 0; i < request->count; i++)
		if (strlen(request->changes[i].entry) > QUARANTINE_ENTRY_MAX)
			return store_fail(q, QUARANTINE_INVALID, "the name of an entry is too long");
	status = write_begin(q);
	if (status == QUARANTINE_OK)
		status = write_end(q, change_all(q, request, &before, &after));
	if (status != QUARANTINE_OK)
		return status;
	*first = (uint64_t)before + 1;
	*last = (uint64_t)after;
	return QUARANTINE_OK;
}

int quarantine_metadata_revision(struct quarantine *q, uint64_t *revision)
{
	int64_t found = 0;
	int status = store_enter(q);

	if (status == QUARANTINE_OK)
		status = stmt_int64(q, QUERY_METADATA_REVISION, 0, &found, "");
	if (status == QUARANTINE_OK)
		*revision = (uint64_t)found;
	return status;
}

int quarantine_metadata_changes(struct quarantine *q, uint64_t since, const char *login,
				struct quarantine_metadata_news *list, size_t max, size_t *count)
{
	sqlite3_stmt *stmt;
	size_t n = 0;
	int status = store_enter(q);

	if (status == QUARANTINE_OK)
		status = stmt_bind(q, QUERY_METADATA_CHANGES, &stmt, "utu", since, login, (uint64_t)max);
	if (status != QUARANTINE_OK)
		return status;
	while (n < max && (status = stmt_step(q, stmt)) > 0) {
		list[n].revision = (uint64_t)sqlite3_column_int64(stmt, 0);
		snprintf(list[n].mailbox, sizeof(list[n].mailbox), "%s",
			 (const char *)sqlite3_column_text(stmt, 1));
		snprintf(list[n].entry, sizeof(list[n].entry), "%s",
			 (const char *)sqlite3_column_text(stmt, 2));
		n++;
	}
	stmt_done(stmt);
	if (status < 0)
		return status;
	*count = n;
	return QUARANTINE_OK;
}
