/* SPDX-License-Identifier: ISC
 *
 * The doorbell. Each watcher has a datagram socket in DIR/mail/watch; who committed sends one byte to
 * all of them. Sockets are named through /proc/self/fd, so that the store's path may be long. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "internal.h"

enum { SOCKET_MODE = 0660 };

struct quarantine_watch {
	int fd;
	int dir_fd;
	pid_t pid;
	char name[40];
};

static struct sockaddr_un address_of(int dir_fd, const char *name)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/%.60s", dir_fd, name);
	return address;
}

static DIR *open_folder(int mail_fd)
{
	int fd = openat(mail_fd, "watch", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *folder = fd < 0 ? NULL : fdopendir(fd);

	if (!folder && fd >= 0)
		close(fd);
	return folder;
}

/* Rings everybody; takes away the sockets of watchers that died. */
static void ring_all(DIR *folder, int bell_fd)
{
	const struct dirent *entry;

	while ((entry = readdir(folder))) {
		struct sockaddr_un address = address_of(dirfd(folder), entry->d_name);

		if (entry->d_name[0] == '.')
			continue;
		if (sendto(bell_fd, "", 1, MSG_DONTWAIT | MSG_NOSIGNAL, (struct sockaddr *)&address,
			   sizeof(address)) < 0 &&
		    errno == ECONNREFUSED)
			unlinkat(dirfd(folder), entry->d_name, 0);
	}
}

/* The folder stays open from the first time on. */
void watch_ring(struct quarantine *q)
{
	if (q->bell_folder)
		rewinddir(q->bell_folder);
	else
		q->bell_folder = open_folder(q->mail_fd);
	if (q->bell_folder)
		ring_all(q->bell_folder, q->bell_fd);
}

/* Bound under a name that no ringer looks at, because a socket that is not bound to the end looks
 * like a dead one; the name says which process to blame, the random part keeps it unique. */
static int bind_socket(struct quarantine_watch *w)
{
	struct sockaddr_un address;
	uint64_t random;

	if (getrandom(&random, sizeof(random), 0) != (ssize_t)sizeof(random))
		return -1;
	snprintf(w->name, sizeof(w->name), ".%d.%016llx", (int)w->pid, (unsigned long long)random);
	address = address_of(w->dir_fd, w->name);
	if (bind(w->fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return -1;
	if (fchmodat(w->dir_fd, w->name, SOCKET_MODE, 0) < 0)
		return -1;
	return renameat(w->dir_fd, w->name, w->dir_fd, w->name + 1);
}

static int open_watch(const char *path, struct quarantine_watch *w)
{
	char mail[PATH_MAX];
	DIR *folder;
	int mail_fd;

	if ((size_t)snprintf(mail, sizeof(mail), "%s/mail", path) >= sizeof(mail))
		return QUARANTINE_INVALID;
	mail_fd = open(mail, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (mail_fd < 0)
		return errno == EACCES ? QUARANTINE_DENIED : QUARANTINE_NOT_FOUND;
	w->dir_fd = openat(mail_fd, "watch", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	w->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	folder = w->fd >= 0 ? open_folder(mail_fd) : NULL;
	if (folder) {
		ring_all(folder, w->fd);
		closedir(folder);
	}
	close(mail_fd);
	if (w->dir_fd < 0 || w->fd < 0 || bind_socket(w) < 0)
		return errno == EACCES ? QUARANTINE_DENIED : QUARANTINE_IO;
	return QUARANTINE_OK;
}

int quarantine_watch_open(const char *path, struct quarantine_watch **out)
{
	struct quarantine_watch *w = calloc(1, sizeof(*w));
	int status;

	if (!w)
		return QUARANTINE_NO_MEMORY;
	w->fd = w->dir_fd = -1;
	w->pid = getpid();
	status = open_watch(path, w);
	if (status == QUARANTINE_OK)
		*out = w;
	else
		quarantine_watch_close(w);
	return status;
}

int quarantine_watch_fd(const struct quarantine_watch *w)
{
	return w->fd;
}

void quarantine_watch_clear(struct quarantine_watch *w)
{
	char byte;

	while (recv(w->fd, &byte, 1, MSG_DONTWAIT) >= 0)
		;
}

void quarantine_watch_close(struct quarantine_watch *w)
{
	if (!w)
		return;
	if (w->name[0] != '\0' && w->pid == getpid()) {
		unlinkat(w->dir_fd, w->name, 0);
		unlinkat(w->dir_fd, w->name + 1, 0);
	}
	if (w->fd >= 0)
		close(w->fd);
	if (w->dir_fd >= 0)
		close(w->dir_fd);
	free(w);
}
