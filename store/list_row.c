/* SPDX-License-Identifier: ISC */
#include "blob.h"
#include "list.h"
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

/* Where the text of this field belongs. */
static struct quarantine_bytes *search_text(struct quarantine_entry *row, unsigned field)
{
	switch (field) {
	case QUARANTINE_FIELD_SEARCH_FROM:
		return &row->from;
	case QUARANTINE_FIELD_SEARCH_TO:
		return &row->to;
	case QUARANTINE_FIELD_SEARCH_CC:
		return &row->cc;
	case QUARANTINE_FIELD_SEARCH_BCC:
		return &row->bcc;
	default:
		return &row->subject;
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

int list_row_read(struct quarantine_cursor *c, struct quarantine_entry *row)
{
	struct quarantine_bytes parts = {NULL, 0};
	int status = 1;

	switch (c->query) {
	case QUERY_LIST_FLAGS:
	case QUERY_CHANGES:
		read_flags(c->stmt, row);
		return 1;
	case QUERY_LIST_SEARCH_TEXT:
		read_flags(c->stmt, row);
		*search_text(row, c->fields) = column(c->stmt, SEARCH_TEXT);
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
