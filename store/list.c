/* SPDX-License-Identifier: ISC
 *
 * Cursors over entries. */
#include "list.h"

#include <stdlib.h>

#include "block.h"

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

int quarantine_next(struct quarantine_cursor *c, struct quarantine_entry *row)
{
	int status;

	c->q->error[0] = '\0';
	status = step(c);
	return status > 0 ? list_row_read(c, row) : status;
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
