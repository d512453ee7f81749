/* SPDX-License-Identifier: ISC
 *
 * The happy path: the rows of all mailboxes are read and compared with those that were seen; what differs and
 * is wanted is told, and they become what was seen. What can go wrong: there come to be too many mailboxes.
 * Then the client is told so, and hears nothing any more (RFC 5465 section 5.8). */
#include "notify.h"

#include <stdlib.h>
#include <string.h>

#include "box/filter.h"
#include "response.h"
#include "view.h"

static int compare_names(const void *a, const void *b)
{
	return strcmp(((const struct quarantine_mailbox *)a)->name,
		      ((const struct quarantine_mailbox *)b)->name);
}

static int read_mailboxes(struct quarantine *q, struct quarantine_mailbox **list, size_t *count)
{
	int status = quarantine_mailbox_list(q, list, count);

	if (status == QUARANTINE_OK && *count > 0)
		qsort(*list, *count, sizeof(**list), compare_names);
	return status;
}

static bool read_set(struct notify *n, struct slice text, bool utf8)
{
	char *copy = arena_strndup(&n->arena, text);
	struct parser p = {.in = slice_of(copy, text.len), .arena = &n->arena, .utf8 = utf8};

	if (!copy || !notify_set_parse(&p, &n->set))
		return false;
	for (size_t i = 0; i < n->set.count; i++) {
		const struct notify_group *g = &n->set.groups[i];

		if (notify_group_is_selected(g))
			n->selected = g;
		else
			n->watches |= g->events != 0;
	}
	return true;
}

int notify_create(struct slice text, bool utf8, struct quarantine *q, struct notify **out)
{
	struct notify *n = calloc(1, sizeof(*n));
	int status = QUARANTINE_OK;

	if (!n)
		return QUARANTINE_NO_MEMORY;
	n->arena.limit = NOTIFY_SET_MAX;
	if (!read_set(n, text, utf8))
		status = QUARANTINE_LIMIT;
	else if (n->watches)
		status = read_mailboxes(q, &n->seen, &n->seen_count);
	if (status == QUARANTINE_OK && n->seen_count > NOTIFY_MAILBOXES_MAX)
		status = QUARANTINE_LIMIT;
	if (status == QUARANTINE_OK)
		*out = n;
	else
		notify_destroy(n);
	return status;
}

void notify_destroy(struct notify *n)
{
	if (!n)
		return;
	arena_finish(&n->arena);
	free(n->seen);
	free(n);
}

void notify_silence(struct notify *n)
{
	n->set.count = 0;
	n->selected = NULL;
	n->watches = false;
	free(n->seen);
	n->seen = NULL;
	n->seen_count = 0;
}

unsigned notify_selected_events(const struct notify *n)
{
	if (!n)
		return NOTIFY_MESSAGE_EVENTS;
	return n->selected ? n->selected->events : 0;
}

bool notify_delays_expunge(const struct notify *n)
{
	return n && n->selected && n->selected->filter.kind == MAILBOX_FILTER_SELECTED_DELAYED;
}

void notify_own_name(struct notify *n, const char *name)
{
	if (n && n->own.name_count < NOTIFY_OWN_MAX && strlen(name) <= QUARANTINE_NAME_MAX)
		strcpy(n->own.names[n->own.name_count++], name);
}

void notify_own_messages(struct notify *n, int64_t mailbox, uint64_t messages)
{
	if (!n)
		return;
	n->own.mailbox = mailbox;
	n->own.messages += messages;
}

unsigned notify_events(const struct notify *n, const struct quarantine_mailbox *box, const char **as)
{
	unsigned events = 0;

	*as = box->name;
	for (size_t i = 0; i < n->set.count; i++) {
		const struct notify_group *g = &n->set.groups[i];
		const char *name;

		if (notify_group_is_selected(g) || !box_in_filter(box, &g->filter, &name))
			continue;
		events |= g->events;
		if (name != box->name)
			*as = name;
	}
	return events;
}

bool notify_watches_metadata(const struct notify *n)
{
	bool watches = false;

	for (size_t i = 0; n && i < n->set.count; i++)
		watches |=
			(n->set.groups[i].events & (NOTIFY_MAILBOX_METADATA | NOTIFY_SERVER_METADATA)) != 0;
	return watches;
}

bool notify_wants_metadata(const struct notify *n, const char *mailbox)
{
	const char *as;

	if (!n)
		return true;
	for (size_t i = 0; i < n->set.count && mailbox[0] == '\0'; i++)
		if (n->set.groups[i].events & NOTIFY_SERVER_METADATA)
			return true;
	for (size_t i = 0; i < n->seen_count; i++)
		if (strcmp(n->seen[i].name, mailbox) == 0)
			return notify_events(n, &n->seen[i], &as) & NOTIFY_MAILBOX_METADATA;
	return false;
}

struct status_item {
	const char *name;
	uint64_t value;
	bool told;
};

static void tell_status(const char *name, const struct status_item *items, size_t count, struct response *r)
{
	const char *separator = " (";

	for (size_t i = 0; i < count; i++) {
		if (!items[i].told)
			continue;
		if (separator[1] == '(') {
			buf_add_str(&r->out, "* STATUS ");
			response_mailbox(r, name);
		}
		buf_addf(&r->out, "%s%s ", separator, items[i].name);
		buf_add_uint(&r->out, items[i].value);
		separator = " ";
	}
	if (separator[1] == '\0')
		buf_add_str(&r->out, ")\r\n");
}

/* What a change of a mailbox that is not selected is told by (RFC 5465 sections 5.1 to 5.3). */
static void tell_change(const struct notify *n, const struct notify_to *to,
			const struct quarantine_mailbox *old, const struct quarantine_mailbox *now,
			struct response *r)
{
	const char *name;
	unsigned events = notify_events(n, now, &name);
	bool come = now->uidnext != old->uidnext;
	bool gone = now->messages < old->messages + (now->uidnext - old->uidnext);
	bool condstore = to->enabled & VIEW_CONDSTORE, qresync = to->enabled & VIEW_QRESYNC;
	bool flags = (events & NOTIFY_FLAG_CHANGE) && now->highest_modseq != old->highest_modseq;
	bool unseen = flags && now->unseen != old->unseen;
	bool count = ((events & NOTIFY_MESSAGE_NEW) && come) || ((events & NOTIFY_MESSAGE_EXPUNGE) && gone);
	bool validity = (events & NOTIFY_FLAG_CHANGE) && now->uidvalidity != old->uidvalidity;
	bool modseq = (count && come && condstore) || (count && qresync) || (flags && condstore);
	const struct status_item items[] = {
		{"MESSAGES", now->messages, count},
		{"UIDNEXT", now->uidnext, count},
		{"UIDVALIDITY", now->uidvalidity, validity || unseen || (flags && condstore)},
		{"UNSEEN", now->unseen, unseen},
		{"HIGHESTMODSEQ", now->highest_modseq, modseq},
	};

	tell_status(name, items, ARRAY_SIZE(items), r);
}

void notify_tell_status(const struct notify *n, const struct notify_to *to, struct response *r)
{
	for (size_t i = 0; i < n->seen_count; i++) {
		const struct quarantine_mailbox *box = &n->seen[i];
		const char *name;
		unsigned events = notify_events(n, box, &name);
		bool come = events & NOTIFY_MESSAGE_NEW, flags = events & NOTIFY_FLAG_CHANGE;
		const struct status_item items[] = {
			{"MESSAGES", box->messages, come},
			{"UIDNEXT", box->uidnext, come},
			{"UIDVALIDITY", box->uidvalidity, come || flags},
			{"HIGHESTMODSEQ", box->highest_modseq, flags},
		};

		if (box->id != 0 && box->id != to->selected)
			tell_status(name, items, ARRAY_SIZE(items), r);
	}
}

/* Nothing but what the session itself put there has happened. */
static bool is_own(const struct notify_own *own, const struct quarantine_mailbox *old,
		   const struct quarantine_mailbox *now)
{
	return own->mailbox == now->id && now->uidnext - old->uidnext == own->messages &&
	       now->messages == old->messages + own->messages;
}

static int compare_ids(const void *a, const void *b)
{
	int64_t x = (*(const struct quarantine_mailbox *const *)a)->id;
	int64_t y = (*(const struct quarantine_mailbox *const *)b)->id;

	return x < y ? -1 : x > y;
}

static void sort_by_id(const struct quarantine_mailbox *list, size_t count,
		       const struct quarantine_mailbox **sorted)
{
	for (size_t i = 0; i < count; i++)
		sorted[i] = &list[i];
	if (count > 0)
		qsort(sorted, count, sizeof(*sorted), compare_ids);
}

static void tell_changes(const struct notify *n, const struct notify_to *to,
			 const struct quarantine_mailbox *now, size_t count, struct response *r)
{
	const struct quarantine_mailbox *before[NOTIFY_MAILBOXES_MAX], *after[NOTIFY_MAILBOXES_MAX];
	size_t k = 0;

	sort_by_id(n->seen, n->seen_count, before);
	sort_by_id(now, count, after);
	for (size_t i = 0; i < count; i++) {
		struct quarantine_mailbox fresh = {.id = after[i]->id, .uidnext = 1, .highest_modseq = 1};
		const struct quarantine_mailbox *old = &fresh;

		while (k < n->seen_count && before[k]->id < after[i]->id)
			k++;
		if (k < n->seen_count && before[k]->id == after[i]->id)
			old = before[k];
		fresh.uidvalidity = after[i]->uidvalidity;
		if (after[i]->id != 0 && after[i]->id != to->selected && !is_own(&n->own, old, after[i]))
			tell_change(n, to, old, after[i], r);
	}
}

int notify_tell(struct notify *n, const struct notify_to *to, struct quarantine *q, struct response *r)
{
	struct quarantine_mailbox *now;
	size_t count;
	int status;

	if (!n || !n->watches)
		return QUARANTINE_OK;
	status = read_mailboxes(q, &now, &count);
	if (status != QUARANTINE_OK)
		return status;
	if (count > NOTIFY_MAILBOXES_MAX) {
		free(now);
		notify_silence(n);
		response_notice(r, "OK", "NOTIFICATIONOVERFLOW", "Too many mailboxes to watch");
		return QUARANTINE_OK;
	}
	notify_tell_names(n, now, count, r);
	tell_changes(n, to, now, count, r);
	n->own = (struct notify_own){.name_count = 0};
	free(n->seen);
	n->seen = now;
	n->seen_count = count;
	return QUARANTINE_OK;
}
