/* SPDX-License-Identifier: ISC
 *
 * Names and subscriptions that changed between two lists of mailboxes, told by LIST, one a name (RFC 5465
 * sections 5.4 and 5.5). A mailbox is known by its id, a subscription by its name. */
#include "notify.h"

#include <stdlib.h>
#include <string.h>

#include "box/filter.h"
#include "box/names.h"
#include "response.h"

/* The two lists, by name, and what was told of them. */
struct diff {
	const struct notify *n;
	const struct quarantine_mailbox *before, *now;
	size_t before_count, now_count;
	const char *told[2 * NOTIFY_MAILBOXES_MAX];
	size_t told_count;
	struct response *r;
};

static int compare_name(const void *key, const void *element)
{
	return strcmp(key, ((const struct quarantine_mailbox *)element)->name);
}

static const struct quarantine_mailbox *find_name(const struct quarantine_mailbox *list, size_t count,
						  const char *name)
{
	return count > 0 ? bsearch(name, list, count, sizeof(*list), compare_name) : NULL;
}

static const struct quarantine_mailbox *find_id(const struct quarantine_mailbox *list, size_t count,
						int64_t id)
{
	for (size_t i = 0; id != 0 && i < count; i++)
		if (list[i].id == id)
			return &list[i];
	return NULL;
}

static bool has_children(const struct diff *d, const char *name)
{
	for (size_t i = 0; i < d->now_count; i++)
		if (d->now[i].id != 0 && strcmp(d->now[i].name, name) != 0 &&
		    box_is_below(d->now[i].name, name, false))
			return true;
	return false;
}

/* A name that the session itself changed, or one above that. */
static bool is_own(const struct notify_own *own, const char *name)
{
	for (size_t i = 0; i < own->name_count; i++)
		if (box_is_below(own->names[i], name, false))
			return true;
	return false;
}

static bool was_told(const struct diff *d, const char *name)
{
	for (size_t i = 0; i < d->told_count; i++)
		if (strcmp(d->told[i], name) == 0)
			return true;
	return false;
}

static void add_attributes(const struct diff *d, const struct quarantine_mailbox *box, const char *name,
			   struct buf *out)
{
	bool exists = box && box->id != 0;

	buf_add_str(out, exists ? "" : "\\NonExistent ");
	buf_add_str(out, box && box->subscribed ? "\\Subscribed " : "");
	buf_add_str(out, has_children(d, name) ? "\\HasChildren" : "\\HasNoChildren");
	if (exists)
		box_use(box->use, out);
}

/* Whether the client wants to hear of `event` at this name, as the mailbox was or is. */
static bool is_wanted(const struct diff *d, const char *name, enum notify_event event)
{
	const struct quarantine_mailbox *lists[] = {find_name(d->before, d->before_count, name),
						    find_name(d->now, d->now_count, name)};
	const char *as;

	for (size_t i = 0; i < 2; i++)
		if (lists[i] && (notify_events(d->n, lists[i], &as) & event))
			return true;
	return false;
}

/* `old`: the name from which it was renamed, or NULL. */
static void tell(struct diff *d, const char *name, const char *old, enum notify_event event)
{
	const struct quarantine_mailbox *box = find_name(d->now, d->now_count, name);
	struct buf *out = &d->r->out;
	bool wanted = is_wanted(d, name, event) || (old && is_wanted(d, old, event));

	if (!wanted || is_own(&d->n->own, name) || was_told(d, name))
		return;
	if (d->told_count < ARRAY_SIZE(d->told))
		d->told[d->told_count++] = name;
	buf_add_str(out, "* LIST (");
	add_attributes(d, box, name, out);
	buf_addf(out, ") \"%c\" ", BOX_SEPARATOR);
	response_mailbox(d->r, name);
	if (old) {
		buf_add_str(out, " (\"OLDNAME\" (");
		response_mailbox(d->r, old);
		buf_add_str(out, "))");
	}
	buf_add_str(out, "\r\n");
}

/* A mailbox was made or deleted: the one above it may have other children now. */
static void tell_with_parent(struct diff *d, const struct quarantine_mailbox *box)
{
	const char *end = strrchr(box->name, BOX_SEPARATOR);
	const struct quarantine_mailbox *parent;
	char name[QUARANTINE_NAME_MAX + 1] = "";

	tell(d, box->name, NULL, NOTIFY_MAILBOX_NAME);
	if (!end || is_own(&d->n->own, box->name))
		return;
	memcpy(name, box->name, (size_t)(end - box->name));
	parent = find_name(d->now, d->now_count, name);
	if (parent)
		tell(d, parent->name, NULL, NOTIFY_MAILBOX_NAME);
}

/* Its name changed because one above it was renamed. */
static bool moved_along(const struct diff *d, const struct quarantine_mailbox *old,
			const struct quarantine_mailbox *box)
{
	for (size_t i = 0; i < d->before_count; i++) {
		const struct quarantine_mailbox *above = &d->before[i];
		const struct quarantine_mailbox *now;
		size_t len = strlen(above->name), now_len;

		if (above->id == 0 || above->id == old->id || !box_is_below(old->name, above->name, false))
			continue;
		now = find_id(d->now, d->now_count, above->id);
		now_len = now ? strlen(now->name) : 0;
		if (now && strcmp(now->name, above->name) != 0 && box_is_below(box->name, now->name, false) &&
		    strcmp(old->name + len, box->name + now_len) == 0)
			return true;
	}
	return false;
}

static void tell_mailboxes(struct diff *d)
{
	for (size_t i = 0; i < d->before_count; i++)
		if (d->before[i].id != 0 && !find_id(d->now, d->now_count, d->before[i].id))
			tell_with_parent(d, &d->before[i]);
	for (size_t i = 0; i < d->now_count; i++) {
		const struct quarantine_mailbox *box = &d->now[i];
		const struct quarantine_mailbox *old = find_id(d->before, d->before_count, box->id);

		if (box->id == 0)
			continue;
		if (!old)
			tell_with_parent(d, box);
		else if (strcmp(old->name, box->name) != 0 && !moved_along(d, old, box))
			tell(d, box->name, old->name, NOTIFY_MAILBOX_NAME);
	}
}

static void tell_subscriptions(struct diff *d)
{
	for (size_t i = 0; i < d->before_count; i++) {
		const struct quarantine_mailbox *now = find_name(d->now, d->now_count, d->before[i].name);

		if (d->before[i].subscribed && !(now && now->subscribed))
			tell(d, d->before[i].name, NULL, NOTIFY_SUBSCRIPTION_CHANGE);
	}
	for (size_t i = 0; i < d->now_count; i++) {
		const struct quarantine_mailbox *old = find_name(d->before, d->before_count, d->now[i].name);

		if (d->now[i].subscribed && !(old && old->subscribed))
			tell(d, d->now[i].name, NULL, NOTIFY_SUBSCRIPTION_CHANGE);
	}
}

/* Whether anything but counters differs: it seldom does. */
static bool differs(const struct diff *d)
{
	if (d->before_count != d->now_count)
		return true;
	for (size_t i = 0; i < d->now_count; i++)
		if (d->before[i].id != d->now[i].id || d->before[i].subscribed != d->now[i].subscribed ||
		    strcmp(d->before[i].name, d->now[i].name) != 0)
			return true;
	return false;
}

void notify_tell_names(const struct notify *n, const struct quarantine_mailbox *now, size_t count,
		       struct response *r)
{
	struct diff d = {.n = n,
			 .before = n->seen,
			 .before_count = n->seen_count,
			 .now = now,
			 .now_count = count,
			 .r = r};

	if (!differs(&d))
		return;
	tell_mailboxes(&d);
	tell_subscriptions(&d);
}
