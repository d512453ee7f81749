/* SPDX-License-Identifier: ISC
 *
 * Cursors over entries. */
#include <stdlib.h>

#include "blob.h"
#include "block.h"
#include "structure.h"

/* The columns of every query that a cursor runs. */
enum {
	COLUMN_UID,
	COLUMN_MODSEQ,
	COLUMN_FLAGS,
	COLUMN_MESSAGE,
	COLUMN_RECEIVED,
	COLUMN_LENGTH,
	COLUMN_HEADER_LENGTH,
	COLUMN_GONE,
	COLUMN_SAVED,
	COLUMN_ENVELOPE,
	COLUMN_STRUCTURE,
	COLUMN_PARTS,
	COLUMN_FROM,
	COLUMN_TO,
	COLUMN_CC,
	COLUMN_BCC,
	COLUMN_SUBJECT,
	COLUMN_SENT,
	COLUMN_THREAD,
	/* of LIST_HEAD and LIST_WIRE_HEAD, which have none of the search */
	COLUMN_HEAD = COLUMN_FROM,
	COLUMN_HEAD_SIZE,
	COLUMN_HEAD_CODEC,
	COLUMN_HEAD_EXEMPLAR,
	COLUMN_HEAD_DATA,
};

/* Of LIST_SEARCH_TEXT, behind those of LIST_FLAGS. */
enum { SEARCH_TEXT = 4 };

/* Those of LIST_SORT; LIST_SORT_TEXT and LIST_ARRIVAL have the first of them. */
enum {
	SORT_UID,
	SORT_RECEIVED,
	SORT_LENGTH,
	SORT_GONE,
	SORT_SENT,
	SORT_TEXT,
	SORT_SUBJECT = SORT_TEXT,
	SORT_FROM,
	SORT_TO,
	SORT_CC,
	SORT_DISPLAY_FROM,
	SORT_DISPLAY_TO,
	SORT_REPLY,
	SORT_MESSAGE_ID,
	SORT_ANCESTORS,
};

struct quarantine_cursor {
	struct quarantine *q;
	enum query query;
	sqlite3_stmt *stmt;
	unsigned fields;
	struct buf parts, header; /* of the row */
	sqlite3_stmt *blocks;     /* of QUERY_CHANGES */
	bool in_block;            /* and `stmt` reads one of them */
	uint32_t first, last;
};

/* Of what is sorted by, at most one text, and no links. */
static bool has_one_text(unsigned fields)
{
	unsigned texts = fields & ~(unsigned)QUARANTINE_FIELD_SORT;

	return (texts & (texts - 1)) == 0 && texts != (QUARANTINE_FIELD_SORT_LINKS ^ QUARANTINE_FIELD_SORT);
}

static enum query query_for(unsigned fields)
{
	bool wire =
		fields & (QUARANTINE_FIELD_ENVELOPE | QUARANTINE_FIELD_STRUCTURE | QUARANTINE_FIELD_PARTS);
	bool search = fields & QUARANTINE_FIELD_SEARCH;

	if (fields == QUARANTINE_FIELD_FLAGS)
		return QUERY_LIST_FLAGS;
	if (fields == QUARANTINE_FIELD_ARRIVAL)
		return QUERY_LIST_ARRIVAL;
	if (fields & QUARANTINE_FIELD_SEARCH_TEXTS)
		return QUERY_LIST_SEARCH_TEXT;
	if (fields & QUARANTINE_FIELD_SORT)
		return has_one_text(fields) ? QUERY_LIST_SORT_TEXT : QUERY_LIST_SORT;
	if (fields & QUARANTINE_FIELD_HEADER)
		return wire ? QUERY_LIST_WIRE_HEAD : QUERY_LIST_HEAD;
	if (wire)
		return search ? QUERY_LIST_ALL : QUERY_LIST_WIRE;
	return search ? QUERY_LIST_SEARCH : QUERY_LIST;
}

/* Takes the bound statement of `query` over into a cursor. */
static int cursor_open(struct quarantine *q, enum query query, unsigned fields,
		       struct quarantine_cursor **out)
{
	struct quarantine_cursor *c = calloc(1, sizeof(*c));

	if (!c) {
		stmt_done(q->stmt[query]);
		return store_fail(q, QUARANTINE_NO_MEMORY, "out of memory");
	}
	c->q = q;
	c->query = query;
	c->stmt = stmt_detach(q, query);
	c->fields = fields;
	q->cursors++;
	*out = c;
	return QUARANTINE_OK;
}

/* Whether ?5 of the query says what of it is asked for. */
static bool takes_fields(enum query query)
{
	switch (query) {
	case QUERY_LIST_WIRE:
	case QUERY_LIST_WIRE_HEAD:
	case QUERY_LIST_ALL:
	case QUERY_LIST_SEARCH_TEXT:
	case QUERY_LIST_SORT_TEXT:
	case QUERY_LIST_SORT:
		return true;
	default:
		return false;
	}
}

int quarantine_list(struct quarantine *q, int64_t mailbox, uint32_t first, uint32_t last, unsigned fields,
		    bool with_gone, struct quarantine_cursor **out)
{
	enum query query = query_for(fields);
	sqlite3_stmt *stmt;
	int status = store_enter(q);

	if (status == QUARANTINE_OK)
		status = stmt_bind(q, query, &stmt, takes_fields(query) ? "lllii" : "llli", mailbox,
				   (int64_t)first, (int64_t)last, (int)with_gone, (int)fields);
	return status == QUARANTINE_OK ? cursor_open(q, query, fields, out) : status;
}

/* Two statements: the blocks that changed, and the entries of one of them. */
int quarantine_changes(struct quarantine *q, int64_t mailbox, uint32_t first, uint32_t last, uint64_t since,
		       struct quarantine_cursor **out)
{
	sqlite3_stmt *stmt;
	int status = store_enter(q);

	if (since > INT64_MAX)
		since = INT64_MAX;
	if (status == QUARANTINE_OK)
		status = stmt_bind(q, QUERY_CHANGED_BLOCKS, &stmt, "lllu", mailbox,
				   (int64_t)first >> BLOCK_BITS, (int64_t)last >> BLOCK_BITS, since);
	if (status != QUARANTINE_OK)
		return status;
	status = stmt_bind(q, QUERY_CHANGES, &stmt, "lllu", mailbox, (int64_t)0, (int64_t)0, since);
	if (status == QUARANTINE_OK)
		status = cursor_open(q, QUERY_CHANGES, QUARANTINE_FIELD_FLAGS, out);
	if (status != QUARANTINE_OK) {
		stmt_done(q->stmt[QUERY_CHANGED_BLOCKS]);
		return status;
	}
	(*out)->blocks = stmt_detach(q, QUERY_CHANGED_BLOCKS);
	(*out)->first = first;
	(*out)->last = last;
	return QUARANTINE_OK;
}

/* Goes on to the next block that changed: 1, 0 or a status. What is read of it is of the moment at which the
 * first was found, because the list of blocks is still being read. */
static int next_block(struct quarantine_cursor *c)
{
	int64_t first, last;
	int status = stmt_step(c->q, c->blocks);

	if (status <= 0)
		return status;
	first = sqlite3_column_int64(c->blocks, 0) << BLOCK_BITS;
	last = first + (1 << BLOCK_BITS) - 1;
	sqlite3_reset(c->stmt);
	sqlite3_bind_int64(c->stmt, 2, first > c->first ? first : c->first);
	sqlite3_bind_int64(c->stmt, 3, last < c->last ? last : c->last);
	return 1;
}

/* 1: the statement stands on an entry; 0: no more; negative: a status. */
static int step(struct quarantine_cursor *c)
{
	int status;

	if (!c->blocks)
		return stmt_step(c->q, c->stmt);
	status = c->in_block ? stmt_step(c->q, c->stmt) : 0;
	while (status == 0) {
		status = next_block(c);
		c->in_block = status > 0;
		if (status <= 0)
			break;
		status = stmt_step(c->q, c->stmt);
	}
	return status;
}

static struct quarantine_bytes column(sqlite3_stmt *stmt, int index)
{
	struct slice bytes = stmt_bytes(stmt, index);

	return (struct quarantine_bytes){bytes.data, bytes.len};
}

/* 1 or a status. */
static int place_parts(struct quarantine_cursor *c, struct quarantine_bytes *out)
{
	uint64_t length = (uint64_t)sqlite3_column_int64(c->stmt, COLUMN_LENGTH);
	uint64_t header_length = (uint64_t)sqlite3_column_int64(c->stmt, COLUMN_HEADER_LENGTH);
	int status =
		structure_place(c->q, stmt_bytes(c->stmt, COLUMN_PARTS), header_length, length, &c->parts);

	if (status != QUARANTINE_OK)
		return status;
	*out = (struct quarantine_bytes){c->parts.data, c->parts.len};
	return 1;
}

/* What cannot be read is left out: who reads the content is told why. */
static void read_header(struct quarantine_cursor *c, uint64_t header_length, struct quarantine_bytes *out)
{
	struct blob_row head = {
		.id = sqlite3_column_int64(c->stmt, COLUMN_HEAD),
		.size = (uint64_t)sqlite3_column_int64(c->stmt, COLUMN_HEAD_SIZE),
		.codec = (enum blob_codec)sqlite3_column_int(c->stmt, COLUMN_HEAD_CODEC),
		.exemplar = sqlite3_column_int64(c->stmt, COLUMN_HEAD_EXEMPLAR),
		.data = stmt_bytes(c->stmt, COLUMN_HEAD_DATA),
	};

	struct slice bytes;

	if (header_length == 0)
		*out = (struct quarantine_bytes){"", 0};
	else if (head.size == header_length && head.size <= QUARANTINE_ROW_HEADER_MAX &&
		 blob_decode(c->q, &head, &c->header, &bytes) == QUARANTINE_OK)
		*out = (struct quarantine_bytes){bytes.data, bytes.len};
}

static int64_t sent_or_none(sqlite3_stmt *stmt, int index)
{
	return sqlite3_column_type(stmt, index) == SQLITE_NULL ? INT64_MIN
							       : sqlite3_column_int64(stmt, index);
}

static void read_search(sqlite3_stmt *stmt, struct quarantine_entry *row)
{
	row->from = column(stmt, COLUMN_FROM);
	row->to = column(stmt, COLUMN_TO);
	row->cc = column(stmt, COLUMN_CC);
	row->bcc = column(stmt, COLUMN_BCC);
	row->subject = column(stmt, COLUMN_SUBJECT);
	row->sent = sent_or_none(stmt, COLUMN_SENT);
	row->thread = (uint64_t)sqlite3_column_int64(stmt, COLUMN_THREAD);
}

/* Of LIST_SORT and the narrower ones. Most columns are not asked for, and NULL. */
static void read_sort(struct quarantine_cursor *c, struct quarantine_entry *row)
{
	struct quarantine_sort *sort = &row->sort;
	bool one = c->query == QUERY_LIST_SORT_TEXT;
	const struct {
		unsigned field;
		int index;
		struct quarantine_bytes *to;
	} texts[] = {
		{QUARANTINE_FIELD_SORT_SUBJECT, SORT_SUBJECT, &sort->subject},
		{QUARANTINE_FIELD_SORT_FROM, SORT_FROM, &sort->from},
		{QUARANTINE_FIELD_SORT_TO, SORT_TO, &sort->to},
		{QUARANTINE_FIELD_SORT_CC, SORT_CC, &sort->cc},
		{QUARANTINE_FIELD_SORT_DISPLAY_FROM, SORT_DISPLAY_FROM, &sort->display_from},
		{QUARANTINE_FIELD_SORT_DISPLAY_TO, SORT_DISPLAY_TO, &sort->display_to},
		{QUARANTINE_FIELD_SORT_LINKS, SORT_ANCESTORS, &sort->ancestors},
	};

	*row = (struct quarantine_entry){
		.uid = (uint32_t)sqlite3_column_int64(c->stmt, SORT_UID),
		.received = sqlite3_column_int64(c->stmt, SORT_RECEIVED),
		.length = (uint64_t)sqlite3_column_int64(c->stmt, SORT_LENGTH),
		.gone = sqlite3_column_int(c->stmt, SORT_GONE) != 0,
		.sent = INT64_MIN,
		.sort.sent = sent_or_none(c->stmt, SORT_SENT),
	};
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		if ((c->fields & texts[i].field) == texts[i].field)
			*texts[i].to = column(c->stmt, one ? SORT_TEXT : texts[i].index);
	if ((c->fields & QUARANTINE_FIELD_SORT_LINKS) == QUARANTINE_FIELD_SORT_LINKS) {
		sort->message_id = (uint64_t)sqlite3_column_int64(c->stmt, SORT_MESSAGE_ID);
		sort->reply = sqlite3_column_int(c->stmt, SORT_REPLY) != 0;
	}
}

/* Of LIST_FLAGS, CHANGES and, without the text, LIST_SEARCH_TEXT. */
static void read_flags(sqlite3_stmt *stmt, struct quarantine_entry *row)
{
	*row = (struct quarantine_entry){
		.uid = (uint32_t)sqlite3_column_int64(stmt, 0),
		.modseq = (uint64_t)sqlite3_column_int64(stmt, 1),
		.flags = (uint64_t)sqlite3_column_int64(stmt, 2),
		.gone = sqlite3_column_int(stmt, 3) != 0,
		.sent = INT64_MIN,
	};
}

static void read_search_text(struct quarantine_cursor *c, struct quarantine_entry *row)
{
	struct quarantine_bytes text = column(c->stmt, SEARCH_TEXT);

	read_flags(c->stmt, row);
	switch (c->fields) {
	case QUARANTINE_FIELD_SEARCH_FROM:
		row->from = text;
		break;
	case QUARANTINE_FIELD_SEARCH_TO:
		row->to = text;
		break;
	case QUARANTINE_FIELD_SEARCH_CC:
		row->cc = text;
		break;
	case QUARANTINE_FIELD_SEARCH_BCC:
		row->bcc = text;
		break;
	case QUARANTINE_FIELD_SEARCH_SUBJECT:
		row->subject = text;
		break;
	}
}

static void read_row(struct quarantine_cursor *c, struct quarantine_entry *row)
{
	sqlite3_stmt *stmt = c->stmt;

	*row = (struct quarantine_entry){
		.uid = (uint32_t)sqlite3_column_int64(stmt, COLUMN_UID),
		.modseq = (uint64_t)sqlite3_column_int64(stmt, COLUMN_MODSEQ),
		.flags = (uint64_t)sqlite3_column_int64(stmt, COLUMN_FLAGS),
		.message = sqlite3_column_int64(stmt, COLUMN_MESSAGE),
		.received = sqlite3_column_int64(stmt, COLUMN_RECEIVED),
		.length = (uint64_t)sqlite3_column_int64(stmt, COLUMN_LENGTH),
		.header_length = (uint64_t)sqlite3_column_int64(stmt, COLUMN_HEADER_LENGTH),
		.gone = sqlite3_column_int(stmt, COLUMN_GONE) != 0,
		.sent = INT64_MIN,
	};
	row->saved = sqlite3_column_type(stmt, COLUMN_SAVED) == SQLITE_NULL
			     ? row->received
			     : sqlite3_column_int64(stmt, COLUMN_SAVED);
	if (c->fields & QUARANTINE_FIELD_ENVELOPE)
		row->envelope = column(stmt, COLUMN_ENVELOPE);
	if (c->fields & QUARANTINE_FIELD_STRUCTURE)
		row->structure = column(stmt, COLUMN_STRUCTURE);
	if (c->fields & QUARANTINE_FIELD_SEARCH)
		read_search(stmt, row);
	if (c->fields & QUARANTINE_FIELD_HEADER)
		read_header(c, row->header_length, &row->header);
}

int quarantine_next(struct quarantine_cursor *c, struct quarantine_entry *row)
{
	struct quarantine_bytes parts = {NULL, 0};
	int status;

	c->q->error[0] = '\0';
	status = step(c);
	if (status <= 0)
		return status;
	switch (c->query) {
	case QUERY_LIST_FLAGS:
	case QUERY_CHANGES:
		read_flags(c->stmt, row);
		return 1;
	case QUERY_LIST_SEARCH_TEXT:
		read_search_text(c, row);
		return 1;
	case QUERY_LIST_ARRIVAL:
	case QUERY_LIST_SORT_TEXT:
	case QUERY_LIST_SORT:
		read_sort(c, row);
		return 1;
	default:
		break;
	}
	if (c->fields & QUARANTINE_FIELD_PARTS)
		status = place_parts(c, &parts);
	if (status > 0) {
		read_row(c, row);
		row->parts = parts;
	}
	return status;
}

void quarantine_cursor_close(struct quarantine_cursor *c)
{
	if (!c)
		return;
	stmt_attach(c->q, c->query, c->stmt);
	if (c->blocks)
		stmt_attach(c->q, QUERY_CHANGED_BLOCKS, c->blocks);
	if (--c->q->cursors == 0 && c->q->left_open)
		read_end(c->q);
	buf_finish(&c->parts);
	buf_finish(&c->header);
	free(c);
}
