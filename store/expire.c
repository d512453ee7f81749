/* SPDX-License-Identifier: ISC
 *
 * Messages leave the logs when they were kept long enough. The entries are read along their UIDs, which costs
 * a scan of narrow rows and asks no order of the times: an import may bring old ones at any UID. Only what is
 * older than the shortest period is looked up in `fact`. Reading holds no lock; expunging holds it for a
 * slice. */
#include <stdlib.h>
#include <string.h>

#include "include/quarantine_admin.h"
#include "stmt.h"

enum { SLICE_UIDS = 5000, SLICE_EXPUNGED = 100, DAY = 86400 };

static bool read_period(const char *text, int64_t *seconds)
{
	char *end;
	long long n;

	if (strcmp(text, "never") == 0) {
		*seconds = QUARANTINE_KEEP_FOREVER;
		return true;
	}
	if (*text < '0' || *text > '9')
		return false;
	n = strtoll(text, &end, 10);
	if (n > 100000 || end[0] == '\0' || end[1] != '\0')
		return false;
	*seconds = *end == 'd' ? n * DAY : *end == 'h' ? n * 3600 : *end == 'm' ? n * 60 : -1;
	return *seconds >= 0;
}

static bool is_word(struct slice text, const char *word)
{
	return slice_eq(text, slice_str(word));
}

bool quarantine_keep_read(const char *text, struct quarantine_keep *out)
{
	struct quarantine_keep keep = {0};
	const char *equals = strrchr(text, '=');
	struct slice what = slice_of(text, equals ? (size_t)(equals - text) : 0);
	const char *slash = what.len > 0 ? memchr(what.data, '/', what.len) : NULL;
	struct slice first = slash ? slice_of(what.data, (size_t)(slash - what.data)) : what;

	if (!read_period(equals ? equals + 1 : text, &keep.seconds) || (equals && what.len == 0))
		return false;
	if (is_word(first, "outgoing"))
		keep.direction = QUARANTINE_OUTGOING;
	else if (is_word(first, "incoming"))
		keep.direction = QUARANTINE_INCOMING;
	else if (slash)
		return false;
	if (keep.direction)
		what = slash ? slice_of(slash + 1, what.len - first.len - 1) : slice_of("", 0);
	if (what.len >= sizeof(keep.class_name) || (slash && what.len == 0))
		return false;
	memcpy(keep.class_name, what.data ? what.data : "", what.len);
	*out = keep;
	return true;
}

static bool applies(const struct quarantine_keep *keep, int direction, const char *class_name)
{
	return (keep->direction == 0 || (int)keep->direction == direction) &&
	       (keep->class_name[0] == '\0' || strcmp(keep->class_name, class_name) == 0);
}

/* A class says more than a direction. */
static int weight(const struct quarantine_keep *keep)
{
	return (keep->class_name[0] != '\0' ? 2 : 0) + (keep->direction != 0 ? 1 : 0);
}

static int64_t period_of(const struct quarantine_expiry *at, int direction, const char *class_name)
{
	int64_t seconds = QUARANTINE_KEEP_DEFAULT;
	int best = -1;

	for (size_t i = 0; i < at->count; i++) {
		const struct quarantine_keep *keep = &at->keep[i];

		if (weight(keep) >= best && applies(keep, direction, class_name)) {
			best = weight(keep);
			seconds = keep->seconds;
		}
	}
	return seconds;
}

/* The time before which something may be due. */
static int64_t latest_cut(const struct quarantine_expiry *at)
{
	int64_t shortest = QUARANTINE_KEEP_DEFAULT;

	for (size_t i = 0; i < at->count; i++) {
		if (at->keep[i].seconds < shortest)
			shortest = at->keep[i].seconds;
	}
	return at->now - shortest;
}

/* UIDs that are due, as ranges. */
struct due {
	struct quarantine_range range[SLICE_EXPUNGED];
	size_t ranges, uids;
};

static void add_due(struct due *d, uint32_t uid)
{
	d->uids++;
	if (d->ranges > 0 && d->range[d->ranges - 1].last + 1 == uid)
		d->range[d->ranges - 1].last = uid;
	else
		d->range[d->ranges++] = (struct quarantine_range){uid, uid};
}

/* Looks at the UIDs from at->uid on; at->uid becomes the first that was not looked at. */
static int find_due(struct quarantine *q, struct quarantine_expiry *at, struct due *due)
{
	int64_t last = (int64_t)at->uid + SLICE_UIDS - 1;
	sqlite3_stmt *stmt;
	int status = stmt_bind(q, QUERY_EXPIRE_LIST, &stmt, "llll", at->mailbox, (int64_t)at->uid, last,
			       latest_cut(at));

	if (status != QUARANTINE_OK)
		return status;
	while (due->uids < SLICE_EXPUNGED && (status = stmt_step(q, stmt)) > 0) {
		const char *class_name = (const char *)sqlite3_column_text(stmt, 3);
		int64_t kept = period_of(at, sqlite3_column_int(stmt, 2), class_name ? class_name : "");

		if (sqlite3_column_int64(stmt, 1) < at->now - kept)
			add_due(due, (uint32_t)sqlite3_column_int64(stmt, 0));
	}
	stmt_done(stmt);
	if (status < 0)
		return status;
	at->uid = due->uids == SLICE_EXPUNGED ? due->range[due->ranges - 1].last + 1
		  : last < UINT32_MAX         ? (uint32_t)last + 1
					      : UINT32_MAX;
	return QUARANTINE_OK;
}

/* The pass is at its end, which is remembered. */
static int finish(struct quarantine *q, struct quarantine_expiry *at)
{
	int status = write_begin(q);

	if (status != QUARANTINE_OK)
		return status;
	status = stmt_run(q, QUERY_EXPIRE_DONE, "l", at->now);
	status = write_end(q, status);
	at->finished = status == QUARANTINE_OK;
	return status;
}

/* The next log, in the order of ids. */
static int next_log(struct quarantine *q, struct quarantine_expiry *at)
{
	int64_t id = 0;
	int status =
		stmt_int64(q, QUERY_EXPIRE_NEXT, 0, &id, "ll", at->mailbox, (int64_t)QUARANTINE_KIND_LOG);

	if (status == QUARANTINE_OK && id == 0)
		return finish(q, at);
	at->mailbox = id;
	at->uid = 1;
	return status;
}

int quarantine_expired_at(struct quarantine *q, int64_t *at)
{
	int status = store_enter(q);

	return status == QUARANTINE_OK ? stmt_int64(q, QUERY_EXPIRE_LAST, 0, at, "") : status;
}

int quarantine_expire(struct quarantine *q, struct quarantine_expiry *at, size_t *done)
{
	struct due due = {.uids = 0};
	struct quarantine_expunge_request request = {
		.size = sizeof(request), .reason = QUARANTINE_EXPIRED, .max = SLICE_EXPUNGED};
	int64_t uid = 0;
	int status = store_enter(q);

	*done = 0;
	if (status == QUARANTINE_OK && at->mailbox == 0)
		status = next_log(q, at);
	if (status != QUARANTINE_OK || at->finished)
		return status;
	status = stmt_int64(q, QUERY_EXPIRE_FROM, 0, &uid, "ll", at->mailbox, (int64_t)at->uid);
	if (status != QUARANTINE_OK)
		return status;
	if (uid < at->uid || uid >= UINT32_MAX)
		return next_log(q, at);
	at->uid = (uint32_t)uid;
	status = find_due(q, at, &due);
	if (status != QUARANTINE_OK || due.uids == 0)
		return status;
	return quarantine_expunge(q, at->mailbox, due.range, due.ranges, &request, done);
}
