/* SPDX-License-Identifier: ISC */
#include "search_answer.h"

#include "../response.h"
#include "../view.h"

enum { NUMBER_MAX = 11 }; /* bytes that one more number takes */

/* The window is what ALL or PARTIAL tells; results [from, from + left). */
static void set_window(struct search_answer *a)
{
	uint64_t from = 0, to = a->count;

	if (a->wanted->options & SEARCH_RETURN_PARTIAL)
		search_partial_window(&a->wanted->partial, a->count, &from, &to);
	a->left = to - from;
	for (a->at = 0; a->at < a->found->count && from > 0; a->at++) {
		uint64_t length = (uint64_t)a->found->ranges[a->at].last - a->found->ranges[a->at].first + 1;

		if (length > from)
			break;
		from -= length;
	}
	a->offset = (uint32_t)from;
}

void search_answer_begin(struct search_answer *a)
{
	a->count = 0;
	for (size_t i = 0; i < a->found->count; i++)
		a->count += (uint64_t)a->found->ranges[i].last - a->found->ranges[i].first + 1;
	a->run = (struct seqset_range){1, 0};
	set_window(a);
}

static uint32_t number_of(const struct search_answer *a, uint32_t uid)
{
	return a->uid ? uid : uidmap_seq(a->view->map, uid);
}

/* The next piece of the window that lies in one range, as UIDs. */
static bool next_piece(struct search_answer *a, struct seqset_range *out)
{
	struct seqset_range r;

	if (a->left == 0 || a->at == a->found->count)
		return false;
	r = a->found->ranges[a->at++];
	r.first += a->offset;
	a->offset = 0;
	if ((uint64_t)r.last - r.first >= a->left)
		r.last = r.first + (uint32_t)a->left - 1;
	a->left -= (uint64_t)r.last - r.first + 1;
	*out = r;
	return true;
}

static bool look_ahead(struct search_answer *a)
{
	struct seqset_range uids;

	a->has_ahead = next_piece(a, &uids);
	if (a->has_ahead)
		a->ahead = (struct seqset_range){number_of(a, uids.first), number_of(a, uids.last)};
	return a->has_ahead;
}

/* The next run of numbers of the window: UIDs with a gap between them may have neighbouring numbers. */
static bool next_run(struct search_answer *a)
{
	if (!a->has_ahead && !look_ahead(a))
		return false;
	a->run = a->ahead;
	while (look_ahead(a) && a->ahead.first == a->run.last + 1)
		a->run.last = a->ahead.last;
	return true;
}

static void begin_line(struct search_answer *a, struct response *r)
{
	size_t before = r->out.len;

	buf_addf(&r->out, "* %s", a->name);
	a->line = r->out.len - before;
}

static bool tell_numbers(struct search_answer *a, struct response *r)
{
	if (!a->begun)
		begin_line(a, r);
	a->begun = true;
	while (a->run.first <= a->run.last || next_run(a)) {
		for (; a->run.first <= a->run.last; a->run.first++) {
			size_t before;

			if (response_full(r))
				return false;
			if (a->line + NUMBER_MAX > SEARCH_LINE_MAX) {
				buf_add_str(&r->out, "\r\n");
				begin_line(a, r);
			}
			before = r->out.len;
			buf_add_char(&r->out, ' ');
			buf_add_uint(&r->out, a->run.first);
			a->line += r->out.len - before;
		}
	}
	if (a->modseq > 0 && a->count > 0)
		buf_addf(&r->out, " (MODSEQ %llu)", (unsigned long long)a->modseq);
	buf_add_str(&r->out, "\r\n");
	return true;
}

/* The first or last result; there is one. */
static uint32_t end_uid(const struct search_answer *a, enum search_return_option which)
{
	return which == SEARCH_RETURN_MIN ? a->found->ranges[0].first
					  : a->found->ranges[a->found->count - 1].last;
}

/* Everything before the set. */
static void begin_esearch(struct search_answer *a, struct response *r)
{
	const struct search_partial *p = &a->wanted->partial;
	const char *minus = p->from_end ? "-" : "";
	unsigned options = a->wanted->options;

	buf_addf(&r->out, "* ESEARCH (TAG \"%.*s\"", (int)a->tag.len, a->tag.data);
	if (a->correlated) {
		buf_add_str(&r->out, " MAILBOX ");
		response_mailbox(r, a->view->name);
		buf_addf(&r->out, " UIDVALIDITY %u", (unsigned)a->view->box.uidvalidity);
	}
	buf_add_str(&r->out, a->uid ? ") UID" : ")");
	if ((options & SEARCH_RETURN_MIN) && a->count > 0)
		buf_addf(&r->out, " MIN %u", (unsigned)number_of(a, end_uid(a, SEARCH_RETURN_MIN)));
	if ((options & SEARCH_RETURN_MAX) && a->count > 0)
		buf_addf(&r->out, " MAX %u", (unsigned)number_of(a, end_uid(a, SEARCH_RETURN_MAX)));
	if (options & SEARCH_RETURN_COUNT)
		buf_addf(&r->out, " COUNT %llu", (unsigned long long)a->count);
	if ((options & SEARCH_RETURN_ALL) && a->count > 0)
		buf_add_str(&r->out, " ALL ");
	if (options & SEARCH_RETURN_PARTIAL)
		buf_addf(&r->out, " PARTIAL (%s%u:%s%u %s", minus, (unsigned)p->first, minus,
			 (unsigned)p->last, a->left > 0 ? "" : "NIL");
}

static bool tell_esearch(struct search_answer *a, struct response *r)
{
	unsigned options = a->wanted->options;

	if (!a->begun)
		begin_esearch(a, r);
	a->begun = true;
	while (options & (SEARCH_RETURN_ALL | SEARCH_RETURN_PARTIAL)) {
		if (response_full(r))
			return false;
		if (!next_run(a))
			break;
		if (a->separate)
			buf_add_char(&r->out, ',');
		seqset_print(&a->run, 1, &r->out);
		a->separate = true;
	}
	if (options & SEARCH_RETURN_PARTIAL)
		buf_add_char(&r->out, ')');
	if (a->modseq > 0 && a->count > 0)
		buf_addf(&r->out, " MODSEQ %llu", (unsigned long long)a->modseq);
	buf_add_str(&r->out, "\r\n");
	return true;
}

bool search_answer_tell(struct search_answer *a, struct response *r)
{
	unsigned options;

	if (!a->wanted->asked)
		return tell_numbers(a, r);
	options = a->wanted->options & ~(unsigned)(SEARCH_RETURN_CONTEXT | SEARCH_RETURN_UPDATE);
	return options == SEARCH_RETURN_SAVE || tell_esearch(a, r);
}

static void save_all(const struct search_answer *a, struct seqset_builder *out)
{
	for (size_t i = 0; i < a->found->count; i++)
		seqset_add(out, a->found->ranges[i].first, a->found->ranges[i].last);
}

static void save_some(const struct search_answer *a, struct seqset_builder *out)
{
	static const enum search_return_option ends[] = {SEARCH_RETURN_MIN, SEARCH_RETURN_MAX};
	struct search_answer walk = *a;
	struct seqset_range piece;

	for (size_t i = 0; i < ARRAY_SIZE(ends); i++)
		if (a->count > 0 && (a->wanted->options & ends[i]))
			seqset_add(out, end_uid(a, ends[i]), end_uid(a, ends[i]));
	while ((a->wanted->options & SEARCH_RETURN_PARTIAL) && next_piece(&walk, &piece))
		seqset_add(out, piece.first, piece.last);
}

bool search_answer_save(const struct search_answer *a, struct seqset_builder *out)
{
	const unsigned whole = SEARCH_RETURN_ALL | SEARCH_RETURN_COUNT;
	const unsigned some = SEARCH_RETURN_MIN | SEARCH_RETURN_MAX | SEARCH_RETURN_PARTIAL;
	unsigned options = a->wanted->options;
	struct seqset sorted;

	if ((options & whole) || !(options & some))
		save_all(a, out);
	else
		save_some(a, out);
	sorted = (struct seqset){.ranges = out->ranges, .count = out->count};
	seqset_resolve(&sorted, UINT32_MAX);
	out->count = sorted.count;
	return !out->failed && out->count <= SEARCH_SAVED_RANGES_MAX;
}
