/* SPDX-License-Identifier: ISC */
#include "input.h"

#include <errno.h>
#include <unistd.h>

enum { READ_SIZE = 64 * 1024 };

int input_read(int fd, struct buf *into)
{
	for (;;) {
		char *room = buf_reserve(into, READ_SIZE);
		ssize_t n;

		if (!room)
			return into->len + READ_SIZE > into->limit ? QUARANTINE_TOO_BIG
								   : QUARANTINE_NO_MEMORY;
		n = read(fd, room, READ_SIZE);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n == 0 ? QUARANTINE_OK : QUARANTINE_IO;
		into->len += (size_t)n;
	}
}

struct slice input_strip_mbox_from(struct slice message)
{
	const char *end = message.len ? memchr(message.data, '\n', message.len) : NULL;

	if (!end || !slice_starts(message, SLICE("From ")))
		return message;
	return slice_skip(message, (size_t)(end - message.data) + 1);
}
