/* SPDX-License-Identifier: ISC */
#include "normalise.h"

bool normalise_needed(struct slice bytes)
{
	const char *end = bytes.data + bytes.len;
	const char *at = bytes.len > 0 ? memchr(bytes.data, '\n', bytes.len) : NULL;

	if (!at)
		return false;
	for (; at; at = memchr(at + 1, '\n', (size_t)(end - at - 1))) {
		if (at > bytes.data && at[-1] == '\r')
			return false;
	}
	return true;
}

static size_t count_line_feeds(struct slice bytes)
{
	size_t count = 0;

	for (size_t i = 0; i < bytes.len; i++)
		count += bytes.data[i] == '\n';
	return count;
}

void normalise(struct slice bytes, struct buf *out)
{
	if (!buf_reserve(out, bytes.len + count_line_feeds(bytes)))
		return;
	while (bytes.len > 0) {
		const char *found = memchr(bytes.data, '\n', bytes.len);
		size_t len = found ? (size_t)(found - bytes.data) : bytes.len;

		buf_add(out, bytes.data, len);
		if (found)
			buf_add(out, "\r\n", 2);
		bytes = slice_skip(bytes, found ? len + 1 : len);
	}
}
