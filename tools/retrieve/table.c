/* SPDX-License-Identifier: ISC */
#include "table.h"

#include "../../store/base/utf8.h"
#include "csv.h"

/* Places of one character: combining marks take none, East Asian characters and pictures two. */
static size_t places(uint32_t c)
{
	static const struct {
		uint32_t first, last;
		size_t places;
	} ranges[] = {
		{0x300, 0x36f, 0},   {0x483, 0x489, 0},     {0x591, 0x5bd, 0},     {0x610, 0x61a, 0},
		{0x64b, 0x65f, 0},   {0x1100, 0x115f, 2},   {0x1ab0, 0x1aff, 0},   {0x1dc0, 0x1dff, 0},
		{0x20d0, 0x20ff, 0}, {0x2e80, 0xa4cf, 2},   {0xac00, 0xd7a3, 2},   {0xf900, 0xfaff, 2},
		{0xfe00, 0xfe0f, 0}, {0xfe20, 0xfe2f, 0},   {0xfe30, 0xfe6f, 2},   {0xff00, 0xff60, 2},
		{0xffe0, 0xffe6, 2}, {0x1f300, 0x1f64f, 2}, {0x1f900, 0x1f9ff, 2}, {0x20000, 0x3fffd, 2},
	};
	for (size_t i = 0; i < ARRAY_SIZE(ranges); i++)
		if (c >= ranges[i].first && c <= ranges[i].last)
			return ranges[i].places;
	return 1;
}

/* The part of the text that takes up to `max` places; how many it takes. */
static struct slice fitting(struct slice text, size_t max, size_t *width)
{
	size_t at = 0;
	*width = 0;
	while (at < text.len) {
		uint32_t c = 0xfffd;
		size_t len = utf8_decode(slice_skip(text, at), &c);
		size_t more = places(c);
		if (*width + more > max)
			break;
		*width += more;
		at += len > 0 ? len : 1;
	}
	return slice_of(text.data, at);
}

size_t table_width(struct slice text)
{
	size_t width;
	fitting(text, SIZE_MAX / 2, &width);
	return width;
}

static void add_blanks(struct buf *out, size_t count)
{
	while (count-- > 0)
		buf_add_char(out, ' ');
}

/* One line of cells that each have a NUL behind. The last is not filled up. */
static const char *write_line(const struct table *t, const char *cells, struct buf *out)
{
	size_t blanks = 0;
	for (size_t i = 0; i < t->count; i++) {
		struct slice cell = slice_str(cells), shown;
		size_t width, most = t->widths[i] > 0 ? t->widths[i] : 1;
		cells += cell.len + 1;
		shown = fitting(cell, most, &width);
		if (shown.len < cell.len)
			shown = fitting(cell, most - 1, &width);
		if (cell.len > 0)
			add_blanks(out, blanks);
		buf_add_slice(out, shown);
		if (shown.len < cell.len) {
			buf_add_str(out, "…");
			width++;
		}
		blanks = (cell.len > 0 ? 0 : blanks) + most - width + 2;
	}
	buf_add_char(out, '\n');
	return cells;
}

void table_flush(struct table *t, struct buf *out)
{
	const char *cells = t->held.data;
	if (!t->held.failed)
		for (size_t i = 0; i < t->held_rows; i++)
			cells = write_line(t, cells, out);
	out->failed |= t->held.failed;
	t->held_rows = 0;
	t->flowing = true;
	buf_reset(&t->held);
}

void table_row(struct table *t, const struct slice *cells, struct buf *out)
{
	for (size_t i = 0; i < t->count; i++) {
		size_t from = t->held.len;
		csv_clean(cells[i], true, &t->held);
		size_t width = table_width(slice_skip(buf_slice(&t->held), from));
		width = width < TABLE_WIDTH_MAX ? width : TABLE_WIDTH_MAX;
		if (!t->flowing && width > t->widths[i])
			t->widths[i] = width;
		buf_add_char(&t->held, '\0');
	}
	t->held_rows++;
	if (t->flowing || t->held_rows == TABLE_HELD)
		table_flush(t, out);
}

void table_finish(struct table *t)
{
	buf_finish(&t->held);
}
