/* SPDX-License-Identifier: ISC
 *
 * Who sent a message, out of its header: one table says for each column of the report which fields are
 * looked at, in which order, and what of them is taken. The table is a text (columns_builtin.c has ours, the
 * manual page its form), which an administrator's file may change. Any header is fine. */
#ifndef QUARANTINE_TOOLS_RETRIEVE_COLUMNS_H
#define QUARANTINE_TOOLS_RETRIEVE_COLUMNS_H

#include "../../store/base/buf.h"
#include "../../store/base/slice.h"
#include "extract.h"

enum direction { DIRECTION_INCOMING, DIRECTION_OUTGOING };

enum {
	COLUMNS_MAX = 64,
	COLUMNS_SOURCES_MAX = 64,       /* of one column */
	COLUMNS_CELL_MAX = 64 * 1024,   /* bytes that one source gives */
	COLUMNS_FILE_MAX = 1024 * 1024, /* bytes of an administrator's file */
	COLUMNS_FROM = 0,               /* the place of the column From */
	COLUMNS_NAME_MAX = 100,         /* bytes of a column's name */
};

/* Which of several fields of a name counts; the first that holds something does. What a filter or a mail
 * server appends stands below what the sender wrote, what it prepends stands above. */
enum columns_order {
	COLUMNS_FIRST,   /* from the top */
	COLUMNS_LAST,    /* from the bottom */
	COLUMNS_TOPMOST, /* the topmost alone */
	COLUMNS_QMAIL,   /* see fields_qmail_origin() */
};

enum columns_side { COLUMNS_BOTH, COLUMNS_INCOMING, COLUMNS_OUTGOING };

struct columns_source {
	char *field; /* NULL: the column `column` */
	size_t column;
	enum columns_order order;
	enum columns_side side;
	extract_fn *extract;
	char *after, *until; /* what bounds the part of the value that is looked at; NULL: its ends */
	bool also;           /* says more about what the source before found: both are taken */
};

struct column {
	char *name;
	struct columns_source *sources;
	size_t count;
	bool hidden; /* no part of a line */
	bool wanted; /* columns_extract() fills its cell */
};

struct columns {
	struct column list[COLUMNS_MAX];
	size_t count;
};

/* Our table, as text. */
extern const char COLUMNS_BUILTIN[];

/* Our table; all columns that are not hidden are wanted. NULL: no memory. */
struct columns *columns_create(void);
void columns_destroy(struct columns *c); /* NULL is fine */

/* Changes the table by a text, or by a file. False: `why` says what is wrong, as NAME:LINE: …, and the table
 * is good for columns_destroy() only. */
bool columns_change(struct columns *c, struct slice text, const char *name, struct buf *why);
bool columns_read(struct columns *c, const char *path, struct buf *why);

/* The place of a column by its name, compared without regard to case; `count` when there is none. */
size_t columns_find(const struct columns *c, struct slice name);

/* Wants a column, and those that it takes from. */
void columns_want(struct columns *c, size_t column);

/* Whether a wanted column takes from the field. */
bool columns_use(const struct columns *c, const char *field);

/* Sets the cell of each wanted column to one line of valid UTF-8, empty where the header says nothing.
 * `header` is a header block; what follows its empty line is not looked at. */
void columns_extract(const struct columns *c, struct slice header, enum direction direction,
		     struct buf cells[COLUMNS_MAX]);
void columns_finish(struct buf cells[COLUMNS_MAX]);

/* Whether the sender is a mailer-daemon: the word stands in the From cell, in any case. */
bool columns_is_bounce(const struct buf cells[COLUMNS_MAX]);

#endif
