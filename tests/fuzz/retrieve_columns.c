/* SPDX-License-Identifier: ISC
 *
 * A header block as a line of the report: the line has a cell for each column, is one line of what a terminal
 * may be shown, and no cell begins a formula. The first byte chooses the direction. */
#include <stdint.h>
#include <stdlib.h>

#include "../../tools/retrieve/columns.h"
#include "../../tools/retrieve/csv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

/* Takes one cell off the line (RFC 4180) and checks how it begins. */
static struct slice skip_cell(struct slice line)
{
	bool quoted = line.len > 0 && line.data[0] == '"';
	struct slice start = slice_skip(line, quoted);
	while (start.len > 0 && strchr(" \"'", start.data[0]))
		start = slice_skip(start, 1);
	require(start.len == 0 || !strchr("=+-@", start.data[0]) || start.data[-1] == '\'');
	size_t at = quoted;
	while (at < line.len && (quoted || line.data[at] != ',')) {
		if (quoted && line.data[at] == '"') {
			if (at + 1 == line.len || line.data[at + 1] != '"') {
				at++;
				break;
			}
			at++;
		}
		at++;
	}
	return slice_skip(line, at);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf cells[COLUMNS_MAX] = {0}, line = {0};
	struct columns *columns = size == 0 ? NULL : columns_create();
	if (!columns)
		return 0;
	for (size_t i = 0; i < columns->count; i++)
		columns_want(columns, i);
	columns_extract(columns, slice_of((const char *)data + 1, size - 1),
			data[0] % 2 ? DIRECTION_INCOMING : DIRECTION_OUTGOING, cells);
	buf_add_uint(&line, 1);
	for (size_t i = 0; i < columns->count; i++) {
		buf_add_char(&line, ',');
		csv_cell(buf_slice(&cells[i]), false, &line);
	}
	require(!line.failed);
	for (size_t i = 0; i < line.len; i++)
		require((unsigned char)line.data[i] >= 0x20 && line.data[i] != 0x7f);
	struct slice rest = skip_cell(buf_slice(&line));
	for (size_t i = 0; i < columns->count; i++) {
		require(rest.len > 0 && rest.data[0] == ',');
		rest = skip_cell(slice_skip(rest, 1));
	}
	require(rest.len == 0);
	columns_is_bounce(cells);
	columns_finish(cells);
	columns_destroy(columns);
	buf_finish(&line);
	return 0;
}
