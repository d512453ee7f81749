/* SPDX-License-Identifier: ISC
 *
 * What a reader of CSV (RFC 4180) finds in a line is what was written into its cells, each made harmless;
 * the line is one line. The first byte says whether it is raw; cells are separated by 0xFF. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../tools/retrieve/csv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

/* Takes a cell and the comma behind it off the line. */
static struct slice read_cell(struct slice line, struct buf *cell)
{
	bool quoted = line.len > 0 && line.data[0] == '"';
	size_t at = quoted;

	for (; at < line.len && (quoted || line.data[at] != ','); at++) {
		if (quoted && line.data[at] == '"') {
			at++;
			if (at == line.len || line.data[at] != '"')
				break;
		}
		buf_add_char(cell, line.data[at]);
	}
	require(at <= line.len && (at == line.len || line.data[at] == ','));
	return slice_skip(line, at < line.len ? at + 1 : at);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	bool raw = size > 0 && data[0] % 2;
	struct slice in = slice_of((const char *)data + (size > 0), size - (size > 0));
	struct slice left = in, line;
	struct buf out = {0};
	const char *end;

	do {
		end = left.len > 0 ? memchr(left.data, 0xff, left.len) : NULL;
		csv_cell(slice_of(left.data, end ? (size_t)(end - left.data) : left.len), raw, &out);
		left = end ? slice_skip(left, (size_t)(end - left.data) + 1) : left;
		if (end)
			buf_add_char(&out, ',');
	} while (end);
	line = buf_slice(&out);
	require(line.len == 0 || (!memchr(line.data, '\n', line.len) && !memchr(line.data, '\r', line.len) &&
				  !memchr(line.data, '\0', line.len)));
	left = in;
	do {
		struct buf read = {0}, wanted = {0};

		end = left.len > 0 ? memchr(left.data, 0xff, left.len) : NULL;
		csv_clean(slice_of(left.data, end ? (size_t)(end - left.data) : left.len), raw, &wanted);
		left = end ? slice_skip(left, (size_t)(end - left.data) + 1) : left;
		line = read_cell(line, &read);
		require(slice_eq(buf_slice(&read), buf_slice(&wanted)));
		buf_finish(&read);
		buf_finish(&wanted);
	} while (end);
	require(line.len == 0);
	buf_finish(&out);
	return 0;
}
