/* SPDX-License-Identifier: ISC */
#include "spill.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static bool write_all(int fd, struct slice bytes)
{
	while (bytes.len > 0) {
		ssize_t n = write(fd, bytes.data, bytes.len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		bytes = slice_skip(bytes, (size_t)n);
	}
	return true;
}

static bool move_to_file(struct spill *s)
{
	const char *folder = getenv("TMPDIR");
	char path[4096];

	snprintf(path, sizeof(path), "%s/quarantine-XXXXXX", folder ? folder : "/var/tmp");
	s->fd = mkostemp(path, O_CLOEXEC);
	if (s->fd < 0)
		return false;
	unlink(path);
	s->in_file = true;
	if (!write_all(s->fd, buf_slice(&s->memory)))
		return false;
	buf_finish(&s->memory);
	return true;
}

bool spill_add(struct spill *s, struct slice bytes)
{
	bool done;

	if (!s->in_file && s->len + bytes.len > SPILL_MEMORY && !move_to_file(s))
		return false;
	if (s->in_file) {
		done = write_all(s->fd, bytes);
	} else {
		buf_add_slice(&s->memory, bytes);
		done = !s->memory.failed;
	}
	s->len += bytes.len;
	return done;
}

bool spill_bytes(struct spill *s, struct slice *out)
{
	if (!s->in_file) {
		*out = buf_slice(&s->memory);
		return true;
	}
	if (!s->map) {
		void *map = mmap(NULL, s->len, PROT_READ, MAP_PRIVATE, s->fd, 0);

		if (map == MAP_FAILED)
			return false;
		s->map = map;
	}
	*out = slice_of(s->map, s->len);
	return true;
}

void spill_finish(struct spill *s)
{
	if (s->map)
		munmap(s->map, s->len);
	if (s->in_file)
		close(s->fd);
	buf_finish(&s->memory);
	*s = (struct spill){.in_file = false};
}
