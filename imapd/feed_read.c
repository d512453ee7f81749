/* SPDX-License-Identifier: ISC
 *
 * The happy path: somebody's refresh finds a higher modseq in the mailbox row, reads the entries changed
 * since, and publishes a new map and the changed flags; the others find them published.
 * What can go wrong: more changed than is worth patching, or a purge removed entries before they were seen
 * as gone. Then the counts differ, and the whole picture is read again. */
#include "feed_internal.h"

#include <stdlib.h>
#include <string.h>

enum {
	DELTA_MAX = 4096, /* changed entries that are patched in; above, all is read again */
};

/* What one refresh found. */
struct delta {
	uint32_t gone[DELTA_MAX];
	uint32_t come[DELTA_MAX];
	struct quarantine_flag_state flags[DELTA_MAX];
	size_t gone_count, come_count, flag_count;
	uint32_t uidnext;
	uint64_t modseq; /* the highest that was seen */
	bool overflow;
};

struct feed *feed_create(struct feeds *feeds, int64_t mailbox)
{
	struct feed *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	f->feeds = feeds;
	f->mailbox = mailbox;
	pthread_mutex_init(&f->reading, NULL);
	pthread_mutex_init(&f->lock, NULL);
	return f;
}

void feed_free(struct feed *f)
{
	pthread_mutex_destroy(&f->reading);
	pthread_mutex_destroy(&f->lock);
	uidmap_release(f->map);
	quarantine_keywords_free(&f->keywords);
	free(f);
}

/* Keeps changed flags for sessions; forgets the older ones when there is no room. */
static void feed_keep_flags(struct feed *f, const struct quarantine_flag_state *list, size_t count,
			    uint64_t now)
{
	if (f->change_count + count > FEED_CHANGES_MAX) {
		f->change_count = 0;
		f->changes_since = f->info.highest_modseq;
	}
	if (count > FEED_CHANGES_MAX) {
		f->changes_since = now;
		return;
	}
	for (size_t i = 0; i < count; i++)
		if (list[i].modseq > f->info.highest_modseq)
			f->changes[f->change_count++] = list[i];
}

/* Takes `map`. Without a list of the changed flags nothing is known of what changed before. */
static void feed_publish(struct feed *f, struct uidmap *map, const struct quarantine_mailbox *info,
			 const struct quarantine_flag_state *list, size_t count)
{
	struct uidmap *old;

	pthread_mutex_lock(&f->lock);
	if (list) {
		feed_keep_flags(f, list, count, info->highest_modseq);
	} else {
		f->change_count = 0;
		f->changes_since = info->highest_modseq;
	}
	old = f->map;
	f->map = map;
	f->info = *info;
	pthread_mutex_unlock(&f->lock);
	uidmap_release(old);
}

/* Reads the whole picture. */
static int feed_load(struct feed *f, struct quarantine *q)
{
	struct quarantine_mailbox info;
	struct quarantine_range *ranges;
	struct uidmap *map;
	size_t count;
	int status = quarantine_uids(q, f->mailbox, &info, &ranges, &count);

	if (status != QUARANTINE_OK)
		return status;
	map = uidmap_create(ranges, count);
	free(ranges);
	if (!map)
		return QUARANTINE_NO_MEMORY;
	feed_publish(f, map, &info, NULL, 0);
	return QUARANTINE_OK;
}

static void delta_add(struct delta *d, const struct uidmap *map, const struct quarantine_entry *row)
{
	bool known = uidmap_seq(map, row->uid) != 0;

	if (row->modseq > d->modseq)
		d->modseq = row->modseq;
	if (row->uid >= d->uidnext)
		d->uidnext = row->uid + 1;
	if (row->gone) {
		if (known)
			d->gone[d->gone_count++] = row->uid;
	} else if (!known) {
		d->come[d->come_count++] = row->uid;
	} else {
		d->flags[d->flag_count++] = (struct quarantine_flag_state){row->uid, row->modseq, row->flags};
	}
}

static int delta_read(struct delta *d, const struct feed *f, struct quarantine *q)
{
	struct quarantine_cursor *c;
	struct quarantine_entry row;
	int status = quarantine_changes(q, f->mailbox, 1, UINT32_MAX, f->info.highest_modseq, &c);

	if (status != QUARANTINE_OK)
		return status;
	for (size_t n = 0; (status = quarantine_next(c, &row)) == 1; n++) {
		d->overflow = n == DELTA_MAX;
		if (d->overflow)
			break;
		delta_add(d, f->map, &row);
	}
	quarantine_cursor_close(c);
	return status < 0 ? status : QUARANTINE_OK;
}

/* Publishes map and flags with the changes in `d`. `info` was read before the changes, so these may be
 * newer; what they show is taken. */
static int feed_apply(struct feed *f, struct quarantine *q, struct quarantine_mailbox *info, struct delta *d)
{
	bool same_moment = d->modseq <= info->highest_modseq;
	struct uidmap *map;

	if (d->gone_count + d->come_count > 0)
		map = uidmap_change(f->map, d->gone, d->gone_count, d->come, d->come_count);
	else
		map = uidmap_hold(f->map);
	if (!map)
		return QUARANTINE_NO_MEMORY;
	if (same_moment && uidmap_count(map) != info->messages) {
		uidmap_release(map);
		return feed_load(f, q);
	}
	info->messages = uidmap_count(map);
	if (d->uidnext > info->uidnext)
		info->uidnext = d->uidnext;
	if (!same_moment)
		info->highest_modseq = d->modseq;
	feed_publish(f, map, info, d->flags, d->flag_count);
	return QUARANTINE_OK;
}

static int feed_advance(struct feed *f, struct quarantine *q, struct quarantine_mailbox *info)
{
	struct delta *d = calloc(1, sizeof(*d));
	int status;

	if (!d)
		return QUARANTINE_NO_MEMORY;
	status = delta_read(d, f, q);
	if (status == QUARANTINE_OK)
		status = d->overflow ? feed_load(f, q) : feed_apply(f, q, info, d);
	free(d);
	return status;
}

/* They may be made without a change of a message. */
static int feed_read_keywords(struct feed *f, struct quarantine *q)
{
	struct quarantine_keywords fresh = {0}, old;
	int status = quarantine_keywords_get(q, f->mailbox, &fresh);

	if (status != QUARANTINE_OK)
		return status;
	pthread_mutex_lock(&f->lock);
	old = f->keywords;
	f->keywords = fresh;
	pthread_mutex_unlock(&f->lock);
	quarantine_keywords_free(&old);
	return QUARANTINE_OK;
}

/* What the mailbox row says is new, read. */
static int feed_read(struct feed *f, struct quarantine *q)
{
	struct quarantine_mailbox info;
	int status = quarantine_mailbox_get(q, f->mailbox, &info);

	if (status != QUARANTINE_OK)
		return status;
	if (!f->map || info.highest_modseq < f->info.highest_modseq)
		status = feed_load(f, q);
	else if (info.highest_modseq > f->info.highest_modseq)
		status = feed_advance(f, q, &info);
	return status == QUARANTINE_OK ? feed_read_keywords(f, q) : status;
}

int feed_refresh(struct feed *f, struct quarantine *q)
{
	uint64_t version;
	int status;

	pthread_mutex_lock(&f->reading);
	version = feeds_version(f->feeds);
	status = feed_read(f, q);
	pthread_mutex_lock(&f->lock);
	f->version = status == QUARANTINE_OK ? version : 0;
	pthread_mutex_unlock(&f->lock);
	pthread_mutex_unlock(&f->reading);
	return status;
}

void feed_note_change(struct feed *f, struct quarantine *q, const struct quarantine_flag_result *change)
{
	struct quarantine_mailbox info;

	pthread_mutex_lock(&f->reading);
	if (change->highest_modseq == f->info.highest_modseq + 1 &&
	    quarantine_mailbox_get(q, f->mailbox, &info) == QUARANTINE_OK &&
	    info.highest_modseq == change->highest_modseq)
		feed_publish(f, uidmap_hold(f->map), &info, change->entries, change->count);
	pthread_mutex_unlock(&f->reading);
}

struct uidmap *feed_map(struct feed *f, struct quarantine_mailbox *info)
{
	struct uidmap *map;

	pthread_mutex_lock(&f->lock);
	map = uidmap_hold(f->map);
	*info = f->info;
	pthread_mutex_unlock(&f->lock);
	return map;
}

bool feed_has_news(struct feed *f, const struct uidmap *map, uint64_t modseq)
{
	bool news;

	pthread_mutex_lock(&f->lock);
	news = f->map != map || f->info.highest_modseq != modseq;
	pthread_mutex_unlock(&f->lock);
	return news;
}

bool feed_is_known(struct feed *f, uint64_t version, const struct uidmap *map, uint64_t modseq)
{
	bool known;

	pthread_mutex_lock(&f->lock);
	known = version != 0 && f->version == version && f->map == map && f->info.highest_modseq == modseq;
	pthread_mutex_unlock(&f->lock);
	return known;
}

size_t feed_keyword_count(struct feed *f)
{
	size_t count;

	pthread_mutex_lock(&f->lock);
	count = f->keywords.count;
	pthread_mutex_unlock(&f->lock);
	return count;
}

int feed_keywords(struct feed *f, struct quarantine_keywords *out)
{
	struct quarantine_keywords copy = {0};
	bool ok = true;

	pthread_mutex_lock(&f->lock);
	copy.count = f->keywords.count;
	for (size_t i = 0; i < QUARANTINE_KEYWORDS_MAX && ok; i++) {
		if (!f->keywords.name[i])
			continue;
		copy.name[i] = strdup(f->keywords.name[i]);
		ok = copy.name[i] != NULL;
	}
	pthread_mutex_unlock(&f->lock);
	if (!ok) {
		quarantine_keywords_free(&copy);
		return QUARANTINE_NO_MEMORY;
	}
	*out = copy;
	return QUARANTINE_OK;
}

bool feed_unseen(struct feed *f, uint64_t modseq, uint32_t *uid)
{
	bool known;

	pthread_mutex_lock(&f->lock);
	known = f->unseen_modseq == modseq;
	if (known)
		*uid = f->unseen_uid;
	pthread_mutex_unlock(&f->lock);
	return known;
}

void feed_keep_unseen(struct feed *f, uint64_t modseq, uint32_t uid)
{
	pthread_mutex_lock(&f->lock);
	f->unseen_modseq = modseq;
	f->unseen_uid = uid;
	pthread_mutex_unlock(&f->lock);
}

bool feed_changes(struct feed *f, uint64_t since, struct quarantine_flag_state **list, size_t *count)
{
	struct quarantine_flag_state *copy = NULL;
	size_t n = 0;

	pthread_mutex_lock(&f->lock);
	if (since >= f->changes_since)
		copy = calloc(f->change_count + 1, sizeof(*copy));
	for (size_t i = 0; copy && i < f->change_count; i++)
		if (f->changes[i].modseq > since)
			copy[n++] = f->changes[i];
	pthread_mutex_unlock(&f->lock);
	if (!copy)
		return false;
	*list = copy;
	*count = n;
	return true;
}
