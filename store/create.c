/* SPDX-License-Identifier: ISC
 *
 * The files of a new store. Modes are set, not left to the umask; directories are synced, because
 * SQLite goes on when that fails. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "handover/form.h"
#include "internal.h"

enum { DIRECTORY_MODE = 0750, FILE_MODE = 0640 };

/* What exists keeps its mode. */
static int make_directory(int at, const char *name)
{
	if (mkdirat(at, name, DIRECTORY_MODE) == 0)
		return fchmodat(at, name, DIRECTORY_MODE, 0);
	return errno == EEXIST ? 0 : -1;
}

static int make_file(int at, const char *name)
{
	int fd = openat(at, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, FILE_MODE);
	int result;

	if (fd < 0)
		return errno == EEXIST ? 0 : -1;
	result = fchmod(fd, FILE_MODE) == 0 && fsync(fd) == 0 ? 0 : -1;
	close(fd);
	return result;
}

static int sync_directory(int at, const char *name)
{
	int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int result = fd < 0 ? -1 : fsync(fd);

	/* A parent that may be passed but not read cannot be synced; it is not ours. */
	if (fd < 0 && errno == EACCES)
		return 0;
	if (fd >= 0)
		close(fd);
	return result;
}

int store_create(struct quarantine *q)
{
	char mail[sizeof(q->path) + sizeof("/mail")];
	char deliver[sizeof(q->path) + sizeof("/" HANDOVER_FOLDER)];
	int fd = -1;
	int status = QUARANTINE_OK;

	snprintf(mail, sizeof(mail), "%s/mail", q->path);
	snprintf(deliver, sizeof(deliver), "%s/" HANDOVER_FOLDER, q->path);
	if (make_directory(AT_FDCWD, q->path) < 0 || make_directory(AT_FDCWD, mail) < 0 ||
	    make_directory(AT_FDCWD, deliver) < 0)
		return store_fail_errno(q, "mail");
	fd = open(mail, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || make_directory(fd, "watch") < 0 || make_file(fd, "lock") < 0 ||
	    make_file(fd, "quarantine.db") < 0 || fsync(fd) < 0 || sync_directory(fd, "..") < 0 ||
	    sync_directory(fd, "../..") < 0)
		status = store_fail_errno(q, "mail");
	if (fd >= 0)
		close(fd);
	return status;
}
