/* SPDX-License-Identifier: ISC
 *
 * Mailboxes made, renamed and deleted. Those above a mailbox always exist. A deleted mailbox loses its name
 * at once; its row stays, so that its id and UIDVALIDITY are not given again and the purge can empty it. */
#include <string.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "mailbox.h"
#include "mime/charset.h"

/* Whether a name may hold the character: no control characters, line ends and wildcards of LIST. */
static bool code_is_valid(uint32_t code)
{
	return code >= ' ' && (code < 0x7f || code >= 0xa0) && code != '*' && code != '%' && code != 0x2028 &&
	       code != 0x2029;
}

static bool is_normal(struct slice name)
{
	struct buf normal = {0};
	bool same;

	mime_nfc(name, &normal);
	same = !normal.failed && slice_eq(buf_slice(&normal), name);
	buf_finish(&normal);
	return same;
}

/* Levels that are not empty, of Net-Unicode (RFC 9051 section 5.1). */
static bool name_is_valid(struct slice name)
{
	size_t level = 0;
	uint32_t code;

	if (name.len == 0 || name.len > QUARANTINE_NAME_MAX || !is_normal(name))
		return false;
	for (size_t n; name.len > 0; name = slice_skip(name, n)) {
		n = utf8_decode(name, &code);
		if (n == 0 || !code_is_valid(code))
			return false;
		if (code == '/' && level == 0)
			return false;
		level = code == '/' ? 0 : level + 1;
	}
	return level > 0;
}

static int name_check(struct quarantine *q, const char *name)
{
	return name && name_is_valid(slice_str(name))
		       ? QUARANTINE_OK
		       : store_fail(q, QUARANTINE_INVALID, "no name of a mailbox");
}

static int taken(struct quarantine *q, const char *what)
{
	return store_fail(q, QUARANTINE_EXISTS, "%s: %s", q->path, what);
}

/* 1: it exists; 0: it does not; negative: a status. */
static int name_exists(struct quarantine *q, const char *name)
{
	struct quarantine_mailbox info;
	int status = mailbox_find(q, name, &info);

	if (status == QUARANTINE_OK)
		return 1;
	if (status != QUARANTINE_NOT_FOUND)
		return status;
	q->error[0] = '\0';
	return 0;
}

static int make(struct quarantine *q, const char *name, unsigned use)
{
	int64_t count;
	int status = stmt_int64(q, QUERY_MAILBOX_COUNT, 0, &count, "");

	if (status == QUARANTINE_OK && count >= QUARANTINE_MAILBOXES_MAX)
		return store_fail(q, QUARANTINE_LIMIT, "%s: there are %d mailboxes", q->path,
				  QUARANTINE_MAILBOXES_MAX);
	if (status != QUARANTINE_OK)
		return status;
	return stmt_run(q, QUERY_MAILBOX_CREATE, "tii", name, (int)QUARANTINE_KIND_OWN, (int)use);
}

/* Makes those above `name` where they are missing. */
static int make_above(struct quarantine *q, const char *name)
{
	char above[QUARANTINE_NAME_MAX + 1];
	int status = QUARANTINE_OK;

	for (const char *end = strchr(name, '/'); end && status == QUARANTINE_OK;
	     end = strchr(end + 1, '/')) {
		memcpy(above, name, (size_t)(end - name));
		above[end - name] = '\0';
		status = name_exists(q, above);
		if (status >= 0)
			status = status == 1 ? QUARANTINE_OK : make(q, above, 0);
	}
	return status;
}

static int create(struct quarantine *q, const char *name, unsigned use)
{
	int64_t used;
	int status = name_exists(q, name);

	if (status != 0)
		return status < 0 ? status : taken(q, "the mailbox exists");
	status = stmt_int64(q, QUERY_MAILBOX_USED, 0, &used, "i", (int)use);
	if (status == QUARANTINE_OK && used > 0)
		return taken(q, "another mailbox has this use");
	if (status == QUARANTINE_OK)
		status = make_above(q, name);
	return status == QUARANTINE_OK ? make(q, name, use) : status;
}

int quarantine_mailbox_create(struct quarantine *q, const char *name, unsigned use)
{
	int status = store_enter(q);

	if (status == QUARANTINE_OK)
		status = name_check(q, name);
	if (status == QUARANTINE_OK)
		status = write_begin(q);
	return status == QUARANTINE_OK ? write_end(q, create(q, name, use)) : status;
}

/* The row of a mailbox that is one's own, and what is below it. */
static int find_own(struct quarantine *q, const char *name, int64_t *id, int64_t *below, int64_t *longest)
{
	struct quarantine_mailbox info;
	sqlite3_stmt *stmt;
	int status = mailbox_find(q, name, &info);

	if (status != QUARANTINE_OK)
		return status;
	if (info.kind != QUARANTINE_KIND_OWN)
		return store_fail(q, QUARANTINE_INVALID, "%s: this mailbox stays", q->path);
	status = stmt_row(q, QUERY_MAILBOX_BELOW, &stmt, "t", name);
	if (status < 0)
		return status;
	*id = info.id;
	*below = sqlite3_column_int64(stmt, 0);
	*longest = sqlite3_column_int64(stmt, 1);
	stmt_done(stmt);
	return QUARANTINE_OK;
}

static int unname(struct quarantine *q, const char *name, int64_t *id)
{
	int64_t below = 0, longest = 0;
	int status = find_own(q, name, id, &below, &longest);

	if (status == QUARANTINE_OK && below > 0)
		return taken(q, "there are mailboxes below it");
	if (status == QUARANTINE_OK)
		status = stmt_run(q, QUERY_METADATA_DROP, "l", *id);
	return status == QUARANTINE_OK ? stmt_run(q, QUERY_MAILBOX_DELETE, "l", *id) : status;
}

int quarantine_mailbox_delete(struct quarantine *q, const char *name, int64_t *mailbox)
{
	int64_t id = 0;
	int status = store_enter(q);

	if (status == QUARANTINE_OK)
		status = write_begin(q);
	if (status == QUARANTINE_OK)
		status = write_end(q, unname(q, name, &id));
	if (status == QUARANTINE_OK)
		*mailbox = id;
	return status;
}

static int rename_all(struct quarantine *q, const char *name, const char *other)
{
	size_t len = strlen(name);
	int64_t id = 0, below = 0, longest = 0;
	int status = find_own(q, name, &id, &below, &longest);

	if (status != QUARANTINE_OK)
		return status;
	if (strncmp(other, name, len) == 0 && other[len] == '/')
		return store_fail(q, QUARANTINE_INVALID, "a mailbox cannot go below itself");
	if (below > 0 && (size_t)longest - len + strlen(other) > QUARANTINE_NAME_MAX)
		return store_fail(q, QUARANTINE_LIMIT, "the names below would be too long");
	status = name_exists(q, other);
	if (status != 0)
		return status < 0 ? status : taken(q, "the mailbox exists");
	status = make_above(q, other);
	return status == QUARANTINE_OK ? stmt_run(q, QUERY_MAILBOX_RENAME, "tt", name, other) : status;
}

int quarantine_mailbox_rename(struct quarantine *q, const char *name, const char *other)
{
	int status = store_enter(q);

	if (status == QUARANTINE_OK)
		status = name_check(q, other);
	if (status == QUARANTINE_OK)
		status = write_begin(q);
	return status == QUARANTINE_OK ? write_end(q, rename_all(q, name, other)) : status;
}

static int subscribe(struct quarantine *q, const char *name, bool subscribed)
{
	int exists = name_exists(q, name);

	if (exists < 0)
		return exists;
	if (!subscribed)
		return stmt_run(q, QUERY_UNSUBSCRIBE, "t", name);
	return exists ? stmt_run(q, QUERY_SUBSCRIBE, "t", name) : mailbox_not_found(q);
}

int quarantine_mailbox_subscribe(struct quarantine *q, const char *name, bool subscribed)
{
	int status = store_enter(q);

	if (status == QUARANTINE_OK)
		status = write_begin(q);
	return status == QUARANTINE_OK ? write_end(q, subscribe(q, name, subscribed)) : status;
}
