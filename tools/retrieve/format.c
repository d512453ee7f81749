/* SPDX-License-Identifier: ISC */
#include "format.h"

#include "csv.h"

static const char *const NAMES[] = {"csv", "tsv", "json", "table"};

bool format_parse(const char *name, enum format *format)
{
	for (size_t i = 0; i < ARRAY_SIZE(NAMES); i++)
		if (strcmp(name, NAMES[i]) == 0) {
			*format = (enum format)i;
			return true;
		}
	return false;
}

const char *format_name(enum format format)
{
	return NAMES[format];
}

/* Appends a JSON string. The text holds no control character. */
static void json_string(struct slice text, struct buf *out)
{
	struct buf safe = {0};
	csv_clean(text, true, &safe);
	buf_add_char(out, '"');
	for (size_t i = 0; i < safe.len; i++) {
		if (safe.data[i] == '"' || safe.data[i] == '\\')
			buf_add_char(out, '\\');
		buf_add_char(out, safe.data[i]);
	}
	buf_add_char(out, '"');
	out->failed |= safe.failed;
	buf_finish(&safe);
}

/* Appends a JSON number where the text is one that a count gives, a string otherwise. */
static void json_value(struct slice text, struct buf *out)
{
	size_t digits = 0;
	while (digits < text.len && text.data[digits] >= '0' && text.data[digits] <= '9')
		digits++;
	if (digits > 0 && digits == text.len)
		buf_add_slice(out, text);
	else
		json_string(text, out);
}

/* The first cell is always a number of ours, all others are texts. */
static void json_row(const struct slice *titles, const struct slice *cells, size_t count, struct buf *out)
{
	buf_add_char(out, '{');
	for (size_t i = 0; i < count; i++) {
		buf_add_str(out, i > 0 ? ", " : "");
		json_string(titles[i], out);
		buf_add_str(out, ": ");
		if (i == 0)
			json_value(cells[i], out);
		else
			json_string(cells[i], out);
	}
	buf_add_char(out, '}');
}

void format_row(enum format format, bool raw, const struct slice *titles, const struct slice *cells,
		size_t count, struct buf *out)
{
	if (format == FORMAT_JSON) {
		json_row(titles, cells, count, out);
		return;
	}
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			buf_add_char(out, format == FORMAT_TSV ? '\t' : ',');
		if (format == FORMAT_TSV)
			csv_clean(cells[i], raw, out);
		else
			csv_cell(cells[i], raw, out);
	}
}
