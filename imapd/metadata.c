/* SPDX-License-Identifier: ISC */
#include "metadata.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "box/names.h"
#include "notify.h"
#include "proto/metadata_wish.h"
#include "response.h"
#include "state.h"

enum { NEWS_AT_ONCE = 32 };

/* The value of an entry that is not stored; NULL: this one is. The text is the caller's, freed by free(). */
static char *computed(const struct metadata_telling *t, const char *entry)
{
	struct buf text = {0};

	if (t->box.id == 0 && strcasecmp(entry, METADATA_ADMIN) == 0 && t->state->services->admin_contact)
		return strdup(t->state->services->admin_contact);
	if (t->box.use == 0 || strcasecmp(entry, METADATA_SPECIAL_USE) != 0)
		return NULL;
	box_use(t->box.use, &text);
	buf_consume(&text, 1);
	buf_add_char(&text, '\0');
	if (text.failed)
		buf_finish(&text);
	return text.data;
}

static int add_computed(struct metadata_telling *t, const char *entry)
{
	struct quarantine_metadata *grown;
	char *value = computed(t, entry);

	if (!value)
		return QUARANTINE_OK;
	grown = realloc(t->list, (t->count + 1) * sizeof(*grown));
	if (grown) {
		t->list = grown;
		snprintf(grown[t->count].entry, sizeof(grown->entry), "%s", entry);
		grown[t->count++].size = strlen(value);
	}
	free(value);
	return grown ? QUARANTINE_OK : QUARANTINE_NO_MEMORY;
}

int metadata_begin(struct metadata_telling *t, const struct imap_state *state, struct quarantine *q,
		   const char *name, const struct quarantine_mailbox *box)
{
	int status;

	*t = (struct metadata_telling){.state = state, .name = name};
	if (box)
		t->box = *box;
	status = quarantine_metadata_list(q, t->box.id, state->user, &t->list, &t->count);
	if (status == QUARANTINE_OK)
		status = add_computed(t, METADATA_SPECIAL_USE);
	if (status == QUARANTINE_OK)
		status = add_computed(t, METADATA_ADMIN);
	if (status != QUARANTINE_OK)
		return status;
	t->told = calloc(t->count + 1, sizeof(*t->told));
	return t->told ? QUARANTINE_OK : QUARANTINE_NO_MEMORY;
}

void metadata_finish(struct metadata_telling *t)
{
	free(t->list);
	free(t->told);
}

static void close_line(struct metadata_telling *t, struct response *r)
{
	if (t->open)
		buf_add_str(&r->out, ")\r\n");
	t->open = false;
}

/* value = nstring / literal8 */
static void tell_value(struct metadata_telling *t, const char *entry, const char *value, size_t len,
		       struct response *r)
{
	if (!t->open) {
		buf_add_str(&r->out, "* METADATA ");
		response_mailbox(r, t->name);
	}
	buf_add_str(&r->out, t->open ? " " : " (");
	t->open = true;
	response_astring(r, slice_str(entry));
	buf_add_char(&r->out, ' ');
	if (!value) {
		buf_add_str(&r->out, "NIL");
	} else if (memchr(value, '\0', len)) {
		buf_addf(&r->out, "~{%zu}\r\n", len);
		buf_add(&r->out, value, len);
	} else {
		response_string(r, slice_of(value, len));
	}
}

/* What was removed since the list was read is told as such. */
static int tell_stored(struct metadata_telling *t, struct quarantine *q, const char *entry,
		       struct response *r)
{
	char *value = computed(t, entry);
	size_t len = value ? strlen(value) : 0;
	int status = QUARANTINE_OK;

	if (!value)
		status = quarantine_metadata_get(q, t->box.id, t->state->user, entry, &value, &len);
	if (status == QUARANTINE_OK || status == QUARANTINE_NOT_FOUND)
		tell_value(t, entry, value, len, r);
	free(value);
	return status == QUARANTINE_NOT_FOUND ? QUARANTINE_OK : status;
}

/* What the list has of one entry that is wished for. */
static int tell_entry(struct metadata_telling *t, struct quarantine *q, const struct metadata_wish *w,
		      struct response *r, bool *more)
{
	for (; t->at < t->count; t->at++) {
		const struct quarantine_metadata *m = &t->list[t->at];
		int status = QUARANTINE_OK;

		if (!metadata_wish_matches(w, w->entries[t->wish], m->entry))
			continue;
		t->found = true;
		if (m->size > w->max_size && m->size > t->longest)
			t->longest = m->size;
		if (t->told[t->at] || m->size > w->max_size)
			continue;
		if (response_full(r)) {
			*more = true;
			return QUARANTINE_OK;
		}
		t->told[t->at] = true;
		status = tell_stored(t, q, m->entry, r);
		if (status != QUARANTINE_OK)
			return status;
	}
	return QUARANTINE_OK;
}

int metadata_tell(struct metadata_telling *t, struct quarantine *q, const struct metadata_wish *w,
		  struct response *r, bool *more)
{
	int status = QUARANTINE_OK;

	*more = false;
	for (; t->wish < w->count && status == QUARANTINE_OK; t->wish++) {
		status = tell_entry(t, q, w, r, more);
		if (*more)
			break;
		if (!t->found && w->depth == METADATA_ENTRY)
			tell_value(t, w->entries[t->wish], NULL, 0, r);
		t->found = false;
		t->at = 0;
	}
	close_line(t, r);
	return status;
}

int metadata_watch(struct imap_state *state, struct quarantine *q)
{
	return quarantine_metadata_revision(q, &state->metadata_told);
}

/* Entries of one mailbox that follow each other stand on one line. */
static void tell_news(const struct imap_state *state, const struct quarantine_metadata_news *news,
		      size_t count, struct response *r)
{
	const struct quarantine_metadata_news *before = NULL;

	for (const struct quarantine_metadata_news *n = news; n < news + count; n++) {
		if (n->revision >= state->metadata_own.first && n->revision <= state->metadata_own.last)
			continue;
		if (!notify_wants_metadata(state->notify, n->mailbox))
			continue;
		if (before && strcmp(before->mailbox, n->mailbox) != 0)
			buf_add_str(&r->out, "\r\n");
		if (!before || strcmp(before->mailbox, n->mailbox) != 0) {
			buf_add_str(&r->out, "* METADATA ");
			response_mailbox(r, n->mailbox);
		}
		buf_add_char(&r->out, ' ');
		response_astring(r, slice_str(n->entry));
		before = n;
	}
	if (before)
		buf_add_str(&r->out, "\r\n");
}

int metadata_sync(struct imap_state *state, struct quarantine *q, struct response *r, bool *more)
{
	struct quarantine_metadata_news news[NEWS_AT_ONCE];
	size_t count;

	*more = false;
	do {
		int status = quarantine_metadata_changes(q, state->metadata_told, state->user, news,
							 NEWS_AT_ONCE, &count);

		if (status != QUARANTINE_OK)
			return status;
		tell_news(state, news, count, r);
		if (count > 0)
			state->metadata_told = news[count - 1].revision;
		*more = count == NEWS_AT_ONCE;
	} while (*more && !response_full(r));
	return QUARANTINE_OK;
}
