/* SPDX-License-Identifier: ISC */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "source.h"

struct maildir {
	struct source source;
	int fd;
	char **names; /* "cur/NAME" or "new/NAME" */
	size_t count, room;
};

/* The order of arrival: a name begins with the seconds since 1970; then by name. */
static int compare_names(const void *a, const void *b)
{
	const char *x = *(char *const *)a + 4, *y = *(char *const *)b + 4;
	unsigned long long s = strtoull(x, NULL, 10), t = strtoull(y, NULL, 10);

	return s < t ? -1 : s > t ? 1 : strcmp(x, y);
}

static bool add_name(struct maildir *m, const char *folder, const char *name)
{
	if (m->count == m->room) {
		size_t room = m->room ? m->room * 2 : 256;
		char **names = reallocarray(m->names, room, sizeof(*names));

		if (!names)
			return false;
		m->names = names;
		m->room = room;
	}
	if (asprintf(&m->names[m->count], "%s/%s", folder, name) < 0)
		return false;
	m->count++;
	return true;
}

static bool list_folder(struct maildir *m, const char *folder)
{
	int fd = openat(m->fd, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	struct dirent *entry;
	bool fine = true;
	int error;

	if (!dir) {
		if (fd >= 0)
			close(fd);
		return false;
	}
	errno = 0;
	while (fine && (entry = readdir(dir)))
		fine = entry->d_name[0] == '.' || add_name(m, folder, entry->d_name);
	error = errno;
	closedir(dir);
	errno = error;
	return fine && error == 0;
}

/* Reads a file to its end into *out. Returns a source_status. */
static int read_file(int fd, uint64_t limit, struct buf *out)
{
	size_t begin = out->len;

	for (;;) {
		char *room = buf_reserve(out, 64 * 1024);
		ssize_t got = room ? read(fd, room, 64 * 1024) : -1;

		if (!room) {
			errno = ENOMEM;
			return SOURCE_FAILED;
		}
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return SOURCE_UNREADABLE;
		if (got == 0)
			return SOURCE_MESSAGE;
		out->len += (size_t)got;
		if (out->len - begin > limit)
			return SOURCE_TOO_BIG;
	}
}

static int maildir_next(struct source *source, struct buf *out)
{
	struct maildir *m = (struct maildir *)source;
	size_t begin = out->len;
	const char *name;
	int fd, status = SOURCE_UNREADABLE;

	if (source->done == m->count)
		return SOURCE_END;
	name = m->names[source->done++];
	/* The flags after the colon may change between two imports; the unique name does not. */
	snprintf(source->place, sizeof(source->place), "%.*s", (int)strcspn(name + 4, ":"), name + 4);
	fd = openat(m->fd, name, O_RDONLY | O_NOCTTY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd >= 0)
		status = read_file(fd, source->limit, out);
	if (status != SOURCE_MESSAGE)
		out->len = begin;
	if (fd >= 0)
		close(fd);
	return status;
}

static void maildir_close(struct source *source)
{
	struct maildir *m = (struct maildir *)source;

	for (size_t i = 0; i < m->count; i++)
		free(m->names[i]);
	free(m->names);
	if (m->fd >= 0)
		close(m->fd);
	free(m);
}

struct source *source_maildir(const char *path, uint64_t limit)
{
	struct maildir *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	m->source = (struct source){maildir_next, maildir_close, limit, -1, 0, 0, ""};
	m->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (m->fd < 0 || !list_folder(m, "new") || !list_folder(m, "cur")) {
		int error = errno;

		maildir_close(&m->source);
		errno = error;
		return NULL;
	}
	if (m->count > 0)
		qsort(m->names, m->count, sizeof(*m->names), compare_names);
	m->source.total = m->count;
	return &m->source;
}
