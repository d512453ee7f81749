/* SPDX-License-Identifier: ISC
 *
 * What the messages found are sorted and threaded by: a column for each kind of key and each stretch of
 * neighbouring UIDs. Columns in memory are used as they are; what they do not know is read, and kept for
 * those who come next. */
#ifndef IMAPD_SEARCH_TABLE_H
#define IMAPD_SEARCH_TABLE_H

#include <stdbool.h>

#include "../../store/include/quarantine.h"
#include "../proto/seqset.h"
#include "../proto/sort_order.h"
#include "column.h"
#include "search_rows.h"

/* A kind is one of enum sort_by, or */
enum {
	SEARCH_TABLE_LINKS = SORT_BY_COUNT, /* what a message says of others; see below */
	SEARCH_TABLE_KINDS
};

enum { SEARCH_TABLE_BYTES_MAX = 512 * 1024 * 1024 }; /* of all columns together */

struct pace;
struct view;

struct search_table_stretch {
	uint32_t number;          /* UID / COLUMN_UIDS */
	struct column_bits found; /* the messages: those that were found and are there */
	const struct column *column[SEARCH_TABLE_KINDS]; /* by kind; NULL: not asked for */
};

/* Zeroed it may be finished. */
struct search_table {
	const struct view *view;
	const struct seqset_builder *uids;
	unsigned kinds; /* bits */
	struct search_table_stretch *list;
	size_t count, cap;
	size_t bytes; /* of the columns */

	size_t at;        /* the range where the next stretch begins */
	uint32_t next;    /* UIDs below are in a stretch */
	bool reading;     /* the last stretch */
	unsigned lacking; /* kinds whose column of it does not know all */
	struct seqset_builder missing;
	struct search_rows rows;
	struct buf text;
	struct column_draft *drafts[SEARCH_TABLE_KINDS];
};

/* Begins; all is borrowed. `kinds` are bits, 1 << kind. */
void search_table_begin(struct search_table *t, const struct view *view, const struct seqset_builder *uids,
			unsigned kinds);

/* Fills it. *more: call again. A QUARANTINE_ status. */
int search_table_step(struct search_table *t, struct quarantine *q, const struct pace *pace, bool *more);

void search_table_finish(struct search_table *t);

/* How many messages it has. */
size_t search_table_messages(const struct search_table *t);

/* What a message of the stretch has. */
static inline struct slice search_table_text(const struct search_table_stretch *s, unsigned kind,
					     uint32_t uid)
{
	return column_text(s->column[kind], s->column[kind]->place[uid % COLUMN_UIDS]);
}

/* A text of SEARCH_TABLE_LINKS; `ancestors` is borrowed from it, hashes of 8 bytes, the farthest first. */
struct search_links {
	uint64_t message_id; /* as in struct quarantine_sort */
	bool reply;
	struct slice ancestors;
};
struct search_links search_links_of(struct slice text);

#endif
