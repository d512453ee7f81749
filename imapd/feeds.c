/* SPDX-License-Identifier: ISC
 *
 * Which mailboxes have a feed, and what else is remembered of mailboxes. The feeds that were left last are
 * kept for a while, so that who goes to and fro between mailboxes does not read them anew. */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "feed_internal.h"
#include "feed_recent.h"

enum {
	KEPT_FEEDS = 4,              /* that nobody uses */
	KEPT_RANGES_MAX = 16 * 1024, /* of the map of such a one */
	ROWS = 32,
};

/* A row as it was read at a version of the store. */
struct row {
	uint64_t version;
	struct quarantine_mailbox box;
};

struct feeds {
	atomic_uint_fast64_t version;
	pthread_mutex_t lock; /* for what follows */
	struct feed *first; /* those that nobody uses in the order in which they were left, the last first */
	struct recents recents;
	struct row rows[ROWS];
	size_t next_row;
};

struct feeds *feeds_create(void)
{
	struct feeds *f = calloc(1, sizeof(*f));

	if (f)
		pthread_mutex_init(&f->lock, NULL);
	return f;
}

void feeds_destroy(struct feeds *f)
{
	if (!f)
		return;
	while (f->first) {
		struct feed *feed = f->first;

		f->first = feed->next;
		feed_free(feed);
	}
	pthread_mutex_destroy(&f->lock);
	recents_finish(&f->recents);
	free(f);
}

void feeds_see(struct feeds *f, uint64_t version)
{
	atomic_store(&f->version, version);
}

uint64_t feeds_version(const struct feeds *f)
{
	return atomic_load(&f->version);
}

static void insert(struct feeds *f, struct feed *feed)
{
	feed->next = f->first;
	f->first = feed;
}

static void take_out(struct feeds *f, struct feed *feed)
{
	struct feed **link;

	for (link = &f->first; *link != feed; link = &(*link)->next)
		;
	*link = feed->next;
}

/* The feed with one user more; NULL: there is none. */
static struct feed *find(struct feeds *f, int64_t mailbox)
{
	struct feed *feed;

	for (feed = f->first; feed && feed->mailbox != mailbox; feed = feed->next)
		;
	if (feed)
		feed->users++;
	return feed;
}

int feed_join(struct feeds *f, struct quarantine *q, int64_t mailbox, struct feed **out)
{
	struct feed *feed;
	int status;

	pthread_mutex_lock(&f->lock);
	feed = find(f, mailbox);
	if (!feed) {
		feed = feed_create(f, mailbox);
		if (feed) {
			feed->users = 1;
			insert(f, feed);
		}
	}
	pthread_mutex_unlock(&f->lock);
	if (!feed)
		return QUARANTINE_NO_MEMORY;

	status = feed_refresh(feed, q);
	if (status != QUARANTINE_OK) {
		feed_leave(feed);
		return status;
	}
	*out = feed;
	return QUARANTINE_OK;
}

struct feed *feed_recall(struct feeds *f, int64_t mailbox, uint64_t version)
{
	struct feed *feed;
	bool known;

	pthread_mutex_lock(&f->lock);
	feed = find(f, mailbox);
	pthread_mutex_unlock(&f->lock);
	if (!feed)
		return NULL;
	pthread_mutex_lock(&feed->lock);
	known = version != 0 && feed->version == version;
	pthread_mutex_unlock(&feed->lock);
	if (known)
		return feed;
	feed_leave(feed);
	return NULL;
}

static bool is_worth_keeping(const struct feed *feed)
{
	size_t count = 0;

	if (feed->map)
		uidmap_ranges(feed->map, &count);
	return feed->map && count <= KEPT_RANGES_MAX;
}

/* One feed that nobody uses is too many; it is taken out. NULL: none is. */
static struct feed *superfluous(struct feeds *f)
{
	struct feed *last = NULL;
	unsigned unused = 0;

	for (struct feed *feed = f->first; feed; feed = feed->next) {
		if (feed->users > 0)
			continue;
		unused++;
		last = feed;
	}
	if (unused <= KEPT_FEEDS)
		return NULL;
	take_out(f, last);
	return last;
}

void feed_leave(struct feed *feed)
{
	struct feed *leaves = NULL;
	struct feeds *f;

	if (!feed)
		return;
	f = feed->feeds;
	pthread_mutex_lock(&f->lock);
	if (--feed->users == 0) {
		take_out(f, feed);
		if (is_worth_keeping(feed)) {
			insert(f, feed);
			leaves = superfluous(f);
		} else {
			leaves = feed;
		}
	}
	pthread_mutex_unlock(&f->lock);
	if (leaves)
		feed_free(leaves);
}

/* Those in use, each with one user more. */
static struct feed **hold_all(struct feeds *f, size_t *count)
{
	struct feed **list, *feed;
	size_t n = 0;

	pthread_mutex_lock(&f->lock);
	for (feed = f->first; feed; feed = feed->next)
		n += feed->users > 0;
	list = calloc(n + 1, sizeof(struct feed *));
	n = 0;
	for (feed = f->first; list && feed; feed = feed->next) {
		if (feed->users == 0)
			continue;
		feed->users++;
		list[n++] = feed;
	}
	pthread_mutex_unlock(&f->lock);
	*count = n;
	return list;
}

int feeds_refresh(struct feeds *f, struct quarantine *q)
{
	int status = QUARANTINE_OK;
	size_t count;
	struct feed **list = hold_all(f, &count);

	if (!list)
		return QUARANTINE_NO_MEMORY;
	for (size_t i = 0; i < count; i++) {
		int one = feed_refresh(list[i], q);

		if (status == QUARANTINE_OK)
			status = one;
		feed_leave(list[i]);
	}
	free(list);
	return status;
}

/* The row of that name, or the one to give up for it. */
static struct row *place_of(struct feeds *f, const char *name)
{
	for (size_t i = 0; i < ROWS; i++)
		if (f->rows[i].version != 0 && strcmp(f->rows[i].box.name, name) == 0)
			return &f->rows[i];
	return &f->rows[f->next_row++ % ROWS];
}

int feeds_find(struct feeds *f, struct quarantine *q, const char *name, struct quarantine_mailbox *out)
{
	uint64_t version = feeds_version(f);
	int status = quarantine_mailbox_find(q, name, out);

	if (status != QUARANTINE_OK || version == 0)
		return status;
	pthread_mutex_lock(&f->lock);
	*place_of(f, name) = (struct row){version, *out};
	pthread_mutex_unlock(&f->lock);
	return status;
}

bool feeds_recall(struct feeds *f, const char *name, uint64_t version, struct quarantine_mailbox *out)
{
	bool known = false;

	if (version == 0)
		return false;
	pthread_mutex_lock(&f->lock);
	for (size_t i = 0; i < ROWS && !known; i++) {
		const struct row *row = &f->rows[i];

		known = row->version == version && strcmp(row->box.name, name) == 0;
		if (known)
			*out = row->box;
	}
	pthread_mutex_unlock(&f->lock);
	return known;
}

uint32_t feed_recent(struct feeds *f, int64_t mailbox, uint32_t uidnext, bool look)
{
	uint32_t from;

	pthread_mutex_lock(&f->lock);
	from = recents_take(&f->recents, mailbox, uidnext, look);
	pthread_mutex_unlock(&f->lock);
	return from;
}
