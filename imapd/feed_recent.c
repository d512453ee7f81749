/* SPDX-License-Identifier: ISC */
#include "feed_recent.h"

#include <stdlib.h>

struct recent {
	int64_t mailbox;
	uint32_t from; /* the first UID that nobody was told of */
};

/* The entry of a mailbox, made when it is new; NULL when memory runs out. */
static struct recent *find(struct recents *r, int64_t mailbox)
{
	struct recent *grown;

	for (size_t i = 0; i < r->count; i++)
		if (r->list[i].mailbox == mailbox)
			return &r->list[i];
	grown = realloc(r->list, (r->count + 1) * sizeof(*grown));
	if (!grown)
		return NULL;
	r->list = grown;
	grown[r->count] = (struct recent){.mailbox = mailbox, .from = 1};
	return &grown[r->count++];
}

uint32_t recents_take(struct recents *r, int64_t mailbox, uint32_t uidnext, bool look)
{
	struct recent *entry = find(r, mailbox);
	uint32_t from;

	if (!entry || entry->from >= uidnext)
		return uidnext;
	from = entry->from;
	if (!look)
		entry->from = uidnext;
	return from;
}

void recents_finish(struct recents *r)
{
	free(r->list);
	*r = (struct recents){.list = NULL};
}
