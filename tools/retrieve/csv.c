/* SPDX-License-Identifier: ISC */
#include "csv.h"

#include "../common.h"

/* Whether a spreadsheet would take what begins so for a formula. The last four are the full-width forms of
 * the first four. */
static bool begins_formula(struct slice text)
{
	static const char *const starts[] = {"=",
					     "+",
					     "-",
					     "@",
					     "\t",
					     "\r",
					     "\n",
					     "\xef\xbc\x9d",
					     "\xef\xbc\x8b",
					     "\xef\xbc\x8d",
					     "\xef\xbc\xa0"};
	if (text.len > 0 && text.data[0] == '\0')
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(starts); i++)
		if (slice_starts(text, slice_str(starts[i])))
			return true;
	return false;
}

/* The length of what may stand before a formula: blanks, quotes, a BOM. */
static size_t leading(struct slice text)
{
	static const char *const skipped[] = {" ", "\"", "'", "\xef\xbb\xbf", "\xc2\xa0"};
	for (size_t i = 0; i < ARRAY_SIZE(skipped); i++)
		if (slice_starts(text, slice_str(skipped[i])))
			return strlen(skipped[i]);
	return 0;
}

/* Appends the text with an apostrophe before each place where a formula could begin: at the start, and after
 * a semicolon, at which some spreadsheets begin a new cell whatever the quotes say. */
static void neutralise(struct slice text, struct buf *out)
{
	bool start = true;
	while (text.len > 0) {
		size_t len = start ? leading(text) : 0;
		if (len == 0) {
			if (start && begins_formula(text))
				buf_add_char(out, '\'');
			start = text.data[0] == ';';
			len = 1;
		}
		buf_add_slice(out, slice_of(text.data, len));
		text = slice_skip(text, len);
	}
}

/* The length cut to CSV_CELL_MAX, between characters. */
static size_t shown_length(struct slice text)
{
	if (text.len <= CSV_CELL_MAX)
		return text.len;
	size_t len = CSV_CELL_MAX;
	while (len > CSV_CELL_MAX - 4 && ((unsigned char)text.data[len] & 0xc0) == 0x80)
		len--;
	return len;
}

static void quote(struct slice text, struct buf *out)
{
	buf_add_char(out, '"');
	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] == '"')
			buf_add_char(out, '"');
		buf_add_char(out, text.data[i]);
	}
	buf_add_char(out, '"');
}

static bool needs_quotes(struct slice text)
{
	if (text.len == 0)
		return false;
	for (size_t i = 0; i < text.len; i++)
		if (text.data[i] != '\0' && strchr(",;\"\r\n", text.data[i]))
			return true;
	return text.data[0] == ' ' || text.data[text.len - 1] == ' ';
}

/* Whether all of it is printable ASCII that no formula begins: most cells are. */
static bool is_plain(struct slice text)
{
	if (text.len > CSV_CELL_MAX || (text.len > 0 && strchr("=+-@ \"'", text.data[0])))
		return false;
	for (size_t i = 0; i < text.len; i++)
		if (text.data[i] < ' ' || text.data[i] > '~' || text.data[i] == ';')
			return false;
	return true;
}

void csv_clean(struct slice text, bool raw, struct buf *out)
{
	if (is_plain(text)) {
		buf_add_slice(out, text);
		return;
	}
	struct buf harmless = {0};
	size_t len = shown_length(text);
	if (!raw)
		neutralise(slice_of(text.data, len), &harmless);
	else
		buf_add(&harmless, text.data, len);
	add_safe(out, buf_slice(&harmless));
	if (len < text.len)
		buf_add_str(out, "…");
	out->failed |= harmless.failed;
	buf_finish(&harmless);
}

void csv_cell(struct slice text, bool raw, struct buf *out)
{
	struct buf safe = {0};
	csv_clean(text, raw, &safe);
	if (needs_quotes(buf_slice(&safe)))
		quote(buf_slice(&safe), out);
	else
		buf_add_slice(out, buf_slice(&safe));
	out->failed |= safe.failed;
	buf_finish(&safe);
}
