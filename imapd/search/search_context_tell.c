/* SPDX-License-Identifier: ISC
 *
 * Tells the changes of results, in lines of bounded length. Of SEARCH they stand at position 0; for SORT the
 * results are kept in order as the client keeps them, and what comes is put in place by a binary search whose
 * keys are read from the store. */
#include "search_context.h"

#include <stdlib.h>
#include <string.h>

#include "../pace.h"
#include "../response.h"
#include "../uidmap.h"
#include "../view.h"
#include "search_sort_key.h"

enum {
	LINE_RANGES = 1000,  /* of UIDs, in a line for SEARCH */
	LINE_REMOVED = 1000, /* UIDs, in a line for SORT */
	LINE_ADDED = 32,     /* each takes some 20 rows */
};

/* Pairs of positions and sets in the making. */
struct pairs {
	struct buf *out;
	bool begun;
	uint32_t next;           /* the position at which a result would go on with the last set */
	struct seqset_range run; /* of numbers, not written yet */
};

static void begin_line(const struct context *c, const struct view *v, struct response *r, const char *item)
{
	buf_addf(&r->out, "* ESEARCH (TAG \"%.*s\"", (int)c->tag.len, c->tag.data);
	if (c->correlated) {
		buf_add_str(&r->out, " MAILBOX ");
		response_mailbox(r, v->name);
		buf_addf(&r->out, " UIDVALIDITY %u", (unsigned)v->box.uidvalidity);
	}
	buf_addf(&r->out, ")%s %s (", c->uid ? " UID" : "", item);
}

static uint32_t number_of(const struct context *c, const struct view *v, uint32_t uid)
{
	return c->uid ? uid : uidmap_seq(v->map, uid);
}

static void flush_run(struct pairs *p)
{
	if (p->run.first > 0)
		seqset_print(&p->run, 1, p->out);
	p->run.first = 0;
}

/* `position` of the first result of a set; `next` is what it is for one that follows directly. */
static void add_pair(struct pairs *p, uint32_t position, uint32_t number, uint32_t next)
{
	bool follows = p->begun && position == p->next;

	if (follows && number == p->run.last + 1) {
		p->run.last = number;
	} else {
		flush_run(p);
		if (follows)
			buf_add_char(p->out, ',');
		else
			buf_addf(p->out, "%s%u ", p->begun ? " " : "", (unsigned)position);
		p->run = (struct seqset_range){number, number};
	}
	p->begun = true;
	p->next = next;
}

static void end_pairs(struct pairs *p)
{
	flush_run(p);
	buf_add_str(p->out, ")\r\n");
}

/* A line for a search in mailbox order. */
static void tell_unsorted(const struct context *c, const struct view *v, const struct seqset_builder *set,
			  size_t *at, struct response *r, const char *item)
{
	struct seqset_builder numbers = {0};
	size_t end = set->count - *at > LINE_RANGES ? *at + LINE_RANGES : set->count;

	for (; *at < end; (*at)++)
		seqset_add(&numbers, number_of(c, v, set->ranges[*at].first),
			   number_of(c, v, set->ranges[*at].last));
	begin_line(c, v, r, item);
	buf_add_str(&r->out, "0 ");
	seqset_print(numbers.ranges, numbers.count, &r->out);
	buf_add_str(&r->out, ")\r\n");
	r->out.failed |= numbers.failed;
	seqset_finish(&numbers);
}

/* Takes up to `max` UIDs off the set. */
static size_t take_uids(struct seqset_builder *set, size_t *at, uint32_t *uids, size_t max)
{
	size_t n = 0;

	while (n < max && *at < set->count) {
		struct seqset_range *range = &set->ranges[*at];

		uids[n++] = range->first;
		if (range->first == range->last)
			(*at)++;
		else
			range->first++;
	}
	return n;
}

static int compare_uid(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static void tell_removed(struct context *c, const struct view *v, struct response *r)
{
	struct pairs pairs = {.out = &r->out};
	uint32_t uids[LINE_REMOVED];
	size_t n = take_uids(&c->gone, &c->gone_at, uids, LINE_REMOVED);
	size_t kept = 0;

	begin_line(c, v, r, "REMOVEFROM");
	for (size_t i = 0; i < c->count; i++) {
		uint32_t uid = c->sorted[i], position = (uint32_t)kept + 1;

		if (bsearch(&uid, uids, n, sizeof(uid), compare_uid))
			add_pair(&pairs, position, number_of(c, v, uid), position);
		else
			c->sorted[kept++] = uid;
	}
	c->count = kept;
	end_pairs(&pairs);
}

/* What SORT compares of a message: 1, 0 where its row is gone, or a QUARANTINE_ status. */
static int read_key(const struct context *c, const struct view *v, struct quarantine *q, uint32_t uid,
		    struct buf *key)
{
	struct quarantine_cursor *cursor;
	struct quarantine_entry row;
	int status = quarantine_list(q, v->box.id, uid, uid, search_sort_fields(&c->order), true, &cursor);

	if (status != QUARANTINE_OK)
		return status;
	status = quarantine_next(cursor, &row);
	buf_reset(key);
	if (status == 1)
		search_sort_key(&c->order, &row, key);
	quarantine_cursor_close(cursor);
	return status == 1 && key->failed ? QUARANTINE_NO_MEMORY : status;
}

static bool goes_before(const struct buf *key, uint32_t uid, const struct buf *other, uint32_t other_uid)
{
	size_t common = key->len < other->len ? key->len : other->len;
	int order = common > 0 ? memcmp(key->data, other->data, common) : 0;

	if (order == 0 && key->len == other->len)
		return uid < other_uid;
	return order < 0 || (order == 0 && key->len < other->len);
}

/* How many results stand before this one. Status as of read_key(). */
static int find_place(const struct context *c, const struct view *v, struct quarantine *q, uint32_t uid,
		      size_t *place)
{
	struct buf key = {0}, other = {0};
	size_t low = 0, high = c->count;
	int status = read_key(c, v, q, uid, &key);

	while (status == 1 && low < high) {
		size_t middle = low + (high - low) / 2;

		status = read_key(c, v, q, c->sorted[middle], &other);
		if (status == 1 && goes_before(&key, uid, &other, c->sorted[middle]))
			high = middle;
		else
			low = middle + 1;
	}
	buf_finish(&key);
	buf_finish(&other);
	*place = low;
	return status;
}

static bool insert(struct context *c, size_t place, uint32_t uid)
{
	if (c->count == c->cap) {
		uint32_t *grown = reallocarray(c->sorted, 2 * c->cap, sizeof(*grown));

		if (!grown)
			return false;
		c->sorted = grown;
		c->cap *= 2;
	}
	memmove(&c->sorted[place + 1], &c->sorted[place], (c->count - place) * sizeof(*c->sorted));
	c->sorted[place] = uid;
	c->count++;
	return true;
}

static int tell_added(struct context *c, const struct view *v, struct quarantine *q, struct response *r)
{
	struct pairs pairs = {.out = &r->out};
	uint32_t uids[LINE_ADDED];
	size_t n = take_uids(&c->come, &c->come_at, uids, LINE_ADDED);
	size_t begin = r->out.len;
	int status = 1;

	begin_line(c, v, r, "ADDTO");
	for (size_t i = 0; i < n && status == 1; i++) {
		size_t place;

		status = find_place(c, v, q, uids[i], &place);
		if (status != 1)
			break;
		if (!insert(c, place, uids[i]))
			status = QUARANTINE_NO_MEMORY;
		else
			add_pair(&pairs, (uint32_t)place + 1, number_of(c, v, uids[i]), (uint32_t)place + 2);
	}
	if (pairs.begun)
		end_pairs(&pairs);
	else
		r->out.len = begin;
	c->broken |= status != 1;
	return status < 0 ? status : QUARANTINE_OK;
}

static void forget(struct seqset_builder *set, size_t *at)
{
	seqset_finish(set);
	*at = 0;
}

/* The next line of a context; false: there is none. */
static bool tell_line(struct context *c, const struct view *v, struct quarantine *q, struct response *r,
		      int *status)
{
	bool sorts = c->order.count > 0;

	if (c->broken)
		return false;
	if (c->gone_at < c->gone.count) {
		if (sorts)
			tell_removed(c, v, r);
		else
			tell_unsorted(c, v, &c->gone, &c->gone_at, r, "REMOVEFROM");
		return true;
	}
	forget(&c->gone, &c->gone_at);
	if (c->come_at < c->come.count) {
		if (sorts)
			*status = tell_added(c, v, q, r);
		else
			tell_unsorted(c, v, &c->come, &c->come_at, r, "ADDTO");
		return true;
	}
	forget(&c->come, &c->come_at);
	return false;
}

static void end_broken(struct contexts *list, struct slice tag, struct response *r)
{
	buf_addf(&r->out, "* NO [NOUPDATE \"%.*s\"] Too many results\r\n", (int)tag.len, tag.data);
	contexts_cancel(list, tag);
}

int contexts_tell(struct contexts *list, const struct view *v, struct quarantine *q, struct response *r,
		  bool *more)
{
	struct pace pace = pace_start();
	int status = QUARANTINE_OK;

	for (size_t i = 0; list && i < list->count && status == QUARANTINE_OK;) {
		struct context *c = list->list[i];

		*more = response_full(r) || pace_over(&pace);
		if (*more)
			return status;
		if (tell_line(c, v, q, r, &status))
			continue;
		if (c->broken)
			end_broken(list, c->tag, r);
		else
			i++;
	}
	*more = false;
	return status;
}
