/* SPDX-License-Identifier: ISC
 *
 * The happy path: a slice of rows is read; what a row can say is written at once. When sections are wanted,
 * the rows of a batch are kept, the cursor is closed, and message after message is streamed, as far as the
 * response has room. Before a batch that sets \Seen, its messages are marked in one transaction.
 * What can go wrong: a message was purged meanwhile (fetch_missed), or its bytes do not read back: then the
 * section is NIL, or, in the middle of a literal, filled up with blanks, and the command ends with NO; so it
 * does when a part that is to be decoded is in an encoding that nobody knows. */
#include "fetch.h"

#include <stdlib.h>

#include "../pace.h"
#include "../response.h"
#include "../view.h"
#include "fetch_content.h"
#include "fetch_row.h"
#include "fetch_since.h"
#include "fetch_walk.h"

enum {
	BATCH_ROWS = 64,           /* messages that are kept for streaming, and marked \Seen, at once */
	BATCH_BYTES = 1024 * 1024, /* or fewer, when their lengths reach this together */
};

/* A message of the batch whose sections are to be written. Texts lie in f->said. */
struct message {
	struct section_source source;
	size_t said, said_len; /* what the row said */
	bool separate;         /* which is something */
	size_t parts;          /* its part map */
};

struct fetch {
	struct view *view;
	const struct fetch_items *items;
	struct fetch_printer printer;
	unsigned add; /* enum fetch_add: what answers have besides */
	struct fetch_since since;
	struct quarantine_range *ranges;
	size_t count;
	struct fetch_place place;
	unsigned fields;
	bool has_content;
	bool header_only; /* rows have all of it */
	bool sets_seen;
	bool reads; /* bodies, not only headers */
	bool missed;

	uint32_t marked_to; /* UIDs up to here have \Seen, if they get it */
	struct quarantine_range marked[BATCH_ROWS];
	size_t marked_count;

	struct message batch[BATCH_ROWS];
	size_t batch_count, batch_at;
	uint64_t batch_bytes;
	struct buf said;

	/* the message in work */
	bool begun;
	struct content_stream content;
};

struct fetch *fetch_create(struct view *view, const struct fetch_items *items, bool uid,
			   struct quarantine_range *ranges, size_t count)
{
	struct fetch *f = calloc(1, sizeof(*f));

	if (!f) {
		free(ranges);
		return NULL;
	}
	f->view = view;
	f->items = items;
	f->printer = (struct fetch_printer){.view = view, .items = items};
	f->add = uid ? FETCH_ADD_UID : 0;
	since_begin(&f->since, view, 0, false);
	f->ranges = ranges;
	f->count = count;
	f->fields = fetch_row_fields(items);
	f->header_only = true;
	for (size_t i = 0; i < items->count; i++) {
		const struct fetch_item *item = &items->list[i];

		f->has_content |= content_needed(item);
		f->header_only &= !content_needed(item) || content_is_header(item);
		f->reads |= content_reads(item);
		f->sets_seen |= item->sets_seen && !view->read_only;
		if (item->kind == FETCH_BINARY || item->kind == FETCH_BINARY_SIZE) /* may be left out */
			f->add |= FETCH_ADD_UID;
	}
	f->header_only &= f->has_content && !(f->fields & QUARANTINE_FIELD_SEARCH);
	if (f->header_only)
		f->fields |= QUARANTINE_FIELD_HEADER;
	return f;
}

void fetch_destroy(struct fetch *f)
{
	if (!f)
		return;
	content_finish(&f->content);
	since_finish(&f->since);
	buf_finish(&f->said);
	free(f->ranges);
	free(f);
}

void fetch_since(struct fetch *f, uint64_t modseq, bool vanished)
{
	f->add |= FETCH_ADD_MODSEQ;
	since_begin(&f->since, f->view, modseq, vanished);
}

void fetch_partial(struct fetch *f, const struct search_partial *partial)
{
	f->since.partial = partial;
}

bool fetch_missed(const struct fetch *f)
{
	return f->missed;
}

int fetch_content_status(const struct fetch *f)
{
	return f->content.sections.status;
}

bool fetch_unknown_encoding(const struct fetch *f)
{
	return f->content.binary.unknown;
}

/* Over what is asked for, from where the command is. */
static struct fetch_walk walk_from_here(const struct fetch *f)
{
	return (struct fetch_walk){.view = f->view,
				   .ranges = f->ranges,
				   .count = f->count,
				   .since = f->since.modseq,
				   .place = f->place,
				   .up_to = UINT32_MAX};
}

/* The messages that the next batch marks. */
struct marking {
	struct fetch *f;
	size_t rows;
	uint64_t bytes;
	uint32_t last;
};

static bool take_unseen(const struct quarantine_entry *row, void *context)
{
	struct marking *m = context;
	struct fetch *f = m->f;

	m->last = row->uid;
	m->bytes += row->length;
	m->rows++;
	if (!(row->flags & QUARANTINE_SEEN) && !row->gone) {
		struct quarantine_range *top = f->marked_count > 0 ? &f->marked[f->marked_count - 1] : NULL;

		if (top && top->last + 1 == row->uid)
			top->last = row->uid;
		else
			f->marked[f->marked_count++] = (struct quarantine_range){row->uid, row->uid};
	}
	return m->rows < BATCH_ROWS && m->bytes < BATCH_BYTES;
}

/* Sets \Seen for the messages of the next batch. When that cannot be written they are read all the same. */
static int mark_seen(struct fetch *f, struct quarantine *q)
{
	struct quarantine_flag_request request = {.size = sizeof(request),
						  .change = QUARANTINE_FLAGS_ADD,
						  .flags = QUARANTINE_SEEN,
						  .unchanged_since = UINT64_MAX};
	struct marking m = {.f = f};
	struct fetch_walk w = walk_from_here(f);
	uint64_t modseq;
	int status;

	w.take = take_unseen;
	w.context = &m;
	f->marked_count = 0;
	status = fetch_walk_on(&w, q);
	f->missed |= w.missed;
	if (status != QUARANTINE_OK)
		return status;
	f->marked_to = w.stopped ? m.last : UINT32_MAX;
	if (f->marked_count == 0)
		return QUARANTINE_OK;
	status = quarantine_flags_change(q, f->view->box.id, f->marked, f->marked_count, &request, &modseq);
	if (status != QUARANTINE_OK)
		f->marked_count = 0;
	for (size_t i = 0; i < f->marked_count; i++)
		view_own_change(f->view, modseq, f->marked[i]);
	return QUARANTINE_OK;
}

/* What a message's answer has because it was marked. */
static unsigned add_for_mark(const struct fetch *f, uint32_t uid)
{
	for (size_t i = 0; i < f->marked_count; i++)
		if (uid >= f->marked[i].first && uid <= f->marked[i].last)
			return f->view->enabled & VIEW_CONDSTORE
				       ? FETCH_ADD_UID | FETCH_ADD_FLAGS | FETCH_ADD_MODSEQ
				       : FETCH_ADD_FLAGS;
	return 0;
}

/* For a walk that answers at once. */
struct answering {
	struct fetch *f;
	struct quarantine *q;
	struct response *response;
	const struct pace *pace;
	unsigned rows;
};

/* Whether the step ends behind a row of so many bytes. */
static bool answering_over(struct answering *a, size_t bytes)
{
	bool looks = ++a->rows % PACE_ROWS == 0 || bytes > PACE_BYTES;

	if (a->rows == PACE_ROWS)
		response_make_room(a->response);
	return response_full(a->response) || (looks && pace_over(a->pace));
}

static bool take_answer(const struct quarantine_entry *row, void *context)
{
	struct answering *a = context;
	struct fetch *f = a->f;

	fetch_row_print(&f->printer, row, f->add, &a->response->out);
	buf_add_str(&a->response->out, ")\r\n");
	return !answering_over(a, 0);
}

/* Keeps the row for streaming. */
static bool take_message(const struct quarantine_entry *row, void *context)
{
	struct fetch *f = ((struct answering *)context)->f;
	struct message *m = &f->batch[f->batch_count++];

	if (f->reads)
		audit_add(&f->view->audit, "read", NULL, (struct quarantine_range){row->uid, row->uid});
	m->source = (struct section_source){.message = row->message,
					    .length = row->length,
					    .header_length = row->header_length,
					    .parts.len = row->parts.len};
	m->parts = f->said.len;
	buf_add(&f->said, row->parts.data, row->parts.len);
	m->said = f->said.len;
	m->separate = fetch_row_print(&f->printer, row, f->add | add_for_mark(f, row->uid), &f->said);
	m->said_len = f->said.len - m->said;
	f->batch_bytes += row->length;
	return f->batch_count < BATCH_ROWS && f->batch_bytes < BATCH_BYTES;
}

/* Answers by the header block that the row has. One that has it not is streamed by itself. */
static bool take_header(const struct quarantine_entry *row, void *context)
{
	struct answering *a = context;
	struct fetch *f = a->f;
	struct buf *out = &a->response->out;
	struct section_source source = {
		.length = row->length,
		.header_length = row->header_length,
		.header = slice_of(row->header.data, row->header.len),
	};

	if (!row->header.data) {
		take_message(row, context);
		return false;
	}
	content_begin(&f->content,
		      fetch_row_print(&f->printer, row, f->add | add_for_mark(f, row->uid), out));
	content_write(&f->content, &source, f->items, a->q, a->response, a->pace);
	buf_add_str(out, ")\r\n");
	return !answering_over(a, row->header.len);
}

/* Reads the next rows: answers them, or makes a batch of them. */
static int read_rows(struct fetch *f, struct quarantine *q, struct response *r, const struct pace *pace)
{
	struct answering answering = {f, q, r, pace, 0};
	struct fetch_walk w;
	uint32_t next = f->place.uid > 0 ? f->place.uid : f->ranges[f->place.range].first;
	int status = QUARANTINE_OK;

	if (f->sets_seen && next > f->marked_to)
		status = mark_seen(f, q);
	w = walk_from_here(f);
	w.fields = f->fields;
	w.context = &answering;
	w.pace = pace;
	if (f->sets_seen)
		w.up_to = f->marked_to;
	w.take = f->header_only ? take_header : f->has_content ? take_message : take_answer;
	f->batch_count = f->batch_at = 0;
	f->batch_bytes = 0;
	buf_reset(&f->said);
	if (status == QUARANTINE_OK)
		status = fetch_walk_on(&w, q);
	f->missed |= w.missed;
	f->place = w.place;
	return f->said.failed ? QUARANTINE_NO_MEMORY : status;
}

static void begin_message(struct fetch *f, struct message *m, struct response *r)
{
	buf_add(&r->out, f->said.data + m->said, m->said_len);
	m->source.parts.data = f->said.data + m->parts;
	f->begun = true;
	content_begin(&f->content, m->separate);
}

/* Goes on with the message in work; false: the response is full, or the step over. */
static bool write_message(struct fetch *f, struct quarantine *q, struct response *r, const struct pace *pace)
{
	struct message *m = &f->batch[f->batch_at];

	if (!f->begun)
		begin_message(f, m, r);
	if (!content_write(&f->content, &m->source, f->items, q, r, pace))
		return false;
	buf_add_str(&r->out, ")\r\n");
	f->begun = false;
	f->batch_at++;
	return true;
}

/* Writes what is in the batch, as far as there is room and time. */
static int write_batch(struct fetch *f, struct quarantine *q, struct response *r, const struct pace *pace)
{
	int status = quarantine_read_begin(q);

	if (f->batch_bytes > RESPONSE_STEP / 4)
		response_make_room(r);
	while (status == QUARANTINE_OK && f->batch_at < f->batch_count && !response_full(r) &&
	       !pace_over(pace))
		if (!write_message(f, q, r, pace))
			break;
	quarantine_read_end(q);
	return status;
}

int fetch_step(struct fetch *f, struct quarantine *q, struct response *r, bool *more)
{
	struct pace pace = pace_start();
	int status = QUARANTINE_OK;

	if (f->since.stage != SINCE_DONE) {
		status = since_step(&f->since, q, r, &f->ranges, &f->count, more);
		if (*more || status != QUARANTINE_OK)
			return status;
	}
	while (status == QUARANTINE_OK && !response_full(r) && !pace_over(&pace)) {
		if (f->batch_at < f->batch_count)
			status = write_batch(f, q, r, &pace);
		else if (f->place.range < f->count)
			status = read_rows(f, q, r, &pace);
		else
			break;
	}
	*more = status == QUARANTINE_OK && (f->batch_at < f->batch_count || f->place.range < f->count);
	return status;
}
