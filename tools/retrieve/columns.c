/* SPDX-License-Identifier: ISC */
#include "columns.h"

#include <stdlib.h>

#include "fields.h"

enum { OCCURRENCES_MAX = 100 /* fields of one name that are looked at */ };

struct columns *columns_create(void)
{
	struct columns *c = calloc(1, sizeof(*c));
	struct buf why = {0};
	if (c && !columns_change(c, slice_str(COLUMNS_BUILTIN), "built in", &why)) {
		columns_destroy(c);
		c = NULL;
	}
	buf_finish(&why);
	return c;
}

size_t columns_find(const struct columns *c, struct slice name)
{
	size_t i = 0;
	while (i < c->count && !slice_ieq(slice_str(c->list[i].name), name))
		i++;
	return i;
}

void columns_want(struct columns *c, size_t column)
{
	/* A column takes only from those that stand before it. */
	c->list[column].wanted = true;
	for (size_t i = column + 1; i-- > 0;)
		for (size_t k = 0; c->list[i].wanted && k < c->list[i].count; k++)
			if (!c->list[i].sources[k].field)
				c->list[c->list[i].sources[k].column].wanted = true;
}

bool columns_use(const struct columns *c, const char *field)
{
	for (size_t i = 0; i < c->count; i++)
		for (size_t k = 0; c->list[i].wanted && k < c->list[i].count; k++) {
			const char *from = c->list[i].sources[k].field;
			if (from && slice_ieq(slice_str(from), slice_str(field)))
				return true;
		}
	return false;
}

/* The part of a value that a source looks at, read its way. */
static void take(const struct columns_source *source, struct slice text, struct buf *out)
{
	if (source->after) {
		text = extract_after(text, source->after);
		if (!text.data)
			return;
	}
	if (source->until) {
		const char *end = text.len > 0
					  ? memmem(text.data, text.len, source->until, strlen(source->until))
					  : NULL;
		text.len = end ? (size_t)(end - text.data) : text.len;
	}
	source->extract(source->after || source->until ? slice_trim(text) : text, out);
}

static void take_field(const struct fields *f, const struct columns_source *source, size_t i, struct buf *out)
{
	struct buf text = {.limit = COLUMNS_CELL_MAX * 4};
	fields_value(f, i, &text);
	take(source, buf_slice(&text), out);
	buf_finish(&text);
}

/* Appends what the first field that says something says. */
static void read_fields(const struct fields *f, const struct columns_source *source, struct buf *out)
{
	struct slice pattern = slice_str(source->field);
	if (source->order == COLUMNS_QMAIL) {
		struct buf text = {0};
		size_t i = fields_qmail_origin(f, &text);
		if (i < f->count)
			take_field(f, source, i, out);
		buf_finish(&text);
		return;
	}
	size_t tries = source->order == COLUMNS_TOPMOST ? 1 : OCCURRENCES_MAX;
	for (size_t n = 0; n < f->count && tries > 0 && out->len == 0; n++) {
		size_t i = source->order == COLUMNS_LAST ? f->count - 1 - n : n;
		if (!fields_match(f, i, pattern))
			continue;
		take_field(f, source, i, out);
		tries--;
	}
}

static void read_column(const struct column *column, const struct fields *f, enum columns_side side,
			struct buf *cells, struct buf *cell)
{
	const struct columns_source *by = NULL; /* the source that filled the cell */
	struct buf found = {.limit = COLUMNS_CELL_MAX};
	for (size_t i = 0; i < column->count; i++) {
		const struct columns_source *source = &column->sources[i];
		bool joins = by && source->also && source == by + 1;
		if ((by && !joins) || (source->side != COLUMNS_BOTH && source->side != side))
			continue;
		buf_reset(&found);
		if (source->field)
			read_fields(f, source, &found);
		else
			take(source, buf_slice(&cells[source->column]), &found);
		if (found.len > 0) {
			buf_add_str(cell, joins ? "; " : "");
			buf_add_slice(cell, buf_slice(&found));
			by = source;
		}
	}
	buf_finish(&found);
}

void columns_extract(const struct columns *c, struct slice header, enum direction direction,
		     struct buf cells[COLUMNS_MAX])
{
	struct fields f = fields_read(header);
	enum columns_side side = direction == DIRECTION_OUTGOING ? COLUMNS_OUTGOING : COLUMNS_INCOMING;
	for (size_t i = 0; i < c->count; i++) {
		buf_reset(&cells[i]);
		if (c->list[i].wanted)
			read_column(&c->list[i], &f, side, cells, &cells[i]);
	}
	fields_finish(&f);
}

void columns_finish(struct buf cells[COLUMNS_MAX])
{
	for (size_t i = 0; i < COLUMNS_MAX; i++)
		buf_finish(&cells[i]);
}

bool columns_is_bounce(const struct buf cells[COLUMNS_MAX])
{
	return extract_after(buf_slice(&cells[COLUMNS_FROM]), "mailer-daemon").data != NULL;
}
