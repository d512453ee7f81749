/* SPDX-License-Identifier: ISC */
#include "rows.h"

#include <errno.h>

/* Writes the lines of the text, and empties it. */
static bool pass(struct rows *r)
{
	struct slice text = buf_slice(&r->text);
	bool good = !r->text.failed;
	if (!good)
		r->out->error = ENOMEM;
	while (good && text.len > 0) {
		const char *end = memchr(text.data, '\n', text.len);
		size_t len = end ? (size_t)(end - text.data) : text.len;
		good = output_line(r->out, slice_of(text.data, len));
		text = slice_skip(text, len + 1);
	}
	buf_reset(&r->text);
	return good;
}

bool rows_add(struct rows *r, const struct slice *cells)
{
	if (r->format == FORMAT_TABLE)
		table_row(&r->table, cells, &r->text);
	else
		format_row(r->format, r->raw, r->titles, cells, r->count, &r->text);
	return pass(r);
}

bool rows_begin(struct rows *r)
{
	if (r->begun)
		return true;
	r->begun = true;
	r->table.count = r->count;
	return !format_has_titles(r->format) || rows_add(r, r->titles);
}

bool rows_end(struct rows *r)
{
	table_flush(&r->table, &r->text);
	return pass(r);
}

void rows_finish(struct rows *r)
{
	table_finish(&r->table);
	buf_finish(&r->text);
}
