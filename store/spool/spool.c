/* SPDX-License-Identifier: ISC
 *
 * Putting: everything is written and synced under the name X.tmp, then it becomes X.msg, then the folder is
 * synced. A crash before leaves a .tmp file, which takers remove when it is a day old.
 *
 * Taking: the taker holds a lock on the file (flock) from before it reads until after it removed it, and
 * looks whether the file still has its name once it has the lock. A crash between the store's commit
 * and the removal leaves a file whose delivery key the store knows. */
#include "spool.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "spool_header.h"

enum {
	LIST_MAX = 10000,          /* files that one call looks at */
	READ_SIZE = 16 * 1024,     /* first read of a header, doubled where it is longer */
	TMP_AGE_MAX = 24 * 60 * 60 /* seconds after which an unfinished file has no writer any more */
};

static int status_of_errno(void)
{
	switch (errno) {
	case ENOSPC:
	case EDQUOT:
		return QUARANTINE_FULL;
	case EACCES:
	case EPERM:
	case EROFS:
		return QUARANTINE_DENIED;
	case ENOENT:
	case ENOTDIR:
		return QUARANTINE_NOT_FOUND;
	case ENOMEM:
		return QUARANTINE_NO_MEMORY;
	default:
		return QUARANTINE_IO;
	}
}

/* ---- putting */

static bool write_all(int fd, struct slice bytes)
{
	while (bytes.len > 0) {
		ssize_t n = write(fd, bytes.data, bytes.len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		bytes = slice_skip(bytes, (size_t)n);
	}
	return true;
}

/* Makes the names in a folder durable. One that may not be read cannot be opened for fsync(): then the
 * whole file system is synced, through the file. */
static bool sync_folder(int folder, int file)
{
	int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool good;

	if (fd < 0)
		return syncfs(file) == 0;
	good = fsync(fd) == 0;
	close(fd);
	return good;
}

static bool make_names(char *tmp, char *name)
{
	struct timespec now;
	uint64_t random;

	if (getrandom(&random, sizeof(random), 0) != sizeof(random) ||
	    clock_gettime(CLOCK_REALTIME, &now) != 0)
		return false;
	snprintf(name, SPOOL_NAME_SIZE, "%010lld.%06ld-%016llx.msg", (long long)now.tv_sec,
		 now.tv_nsec / 1000, (unsigned long long)random);
	snprintf(tmp, SPOOL_NAME_SIZE, "%.*s.tmp", (int)(strlen(name) - 4), name);
	return true;
}

static bool put_file(int folder, struct slice header, struct slice message, char *name)
{
	char tmp[SPOOL_NAME_SIZE];
	const char *present = tmp;
	bool good = false;
	int fd, saved;

	if (!make_names(tmp, name))
		return false;
	fd = openat(folder, tmp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0640);
	if (fd < 0)
		return false;
	if (fchmod(fd, 0640) == 0 && write_all(fd, header) && write_all(fd, message) && fsync(fd) == 0 &&
	    renameat(folder, tmp, folder, name) == 0) {
		present = name;
		good = sync_folder(folder, fd);
	}
	saved = errno;
	if (!good)
		unlinkat(folder, present, 0);
	close(fd);
	errno = saved;
	return good;
}

int spool_put(const char *dir, const struct quarantine_envelope *env, struct slice message, char *name)
{
	struct quarantine_envelope stamped = *env;
	struct buf header = {.limit = SPOOL_HEADER_MAX};
	int folder = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int status = QUARANTINE_OK;

	if (folder < 0)
		return status_of_errno();
	if (stamped.received == 0)
		stamped.received = time(NULL);
	if (!spool_header_write(&header, &stamped, message.len))
		status = QUARANTINE_INVALID;
	else if (!put_file(folder, buf_slice(&header), message, name))
		status = status_of_errno();
	buf_finish(&header);
	close(folder);
	return status;
}

/* ---- taking */

struct taking {
	int folder;
	struct quarantine *q;
	spool_report_fn *report;
	void *context;
	size_t taken;
	int status; /* not QUARANTINE_OK once the work has to end */
};

static void tell(struct taking *t, enum spool_event event, const char *name, int64_t message, const char *why)
{
	if (t->report)
		t->report(t->context, event, name, message, why);
}

static void set_aside(struct taking *t, const char *name, const char *why)
{
	char bad[SPOOL_NAME_SIZE];

	snprintf(bad, sizeof(bad), "%.*s.bad", (int)(strlen(name) - 4), name);
	if (renameat(t->folder, name, t->folder, bad) == 0)
		tell(t, SPOOL_BAD, name, 0, why);
	else
		tell(t, SPOOL_KEPT, name, 0, strerror(errno));
}

/* Reads the header; *len becomes its length without the empty line that ends it. QUARANTINE_OK, or _INVALID
 * and *why says what is wrong with it, or _IO, _NO_MEMORY. */
static int read_header(int fd, struct buf *into, size_t *len, const char **why)
{
	for (;;) {
		char *room = buf_reserve(into, READ_SIZE);
		size_t seen = into->len > 0 ? into->len - 1 : 0;
		ssize_t n = room ? pread(fd, room, READ_SIZE, (off_t)into->len) : 0;
		const char *end;

		*why = room ? "its header has no end" : "its header is too long";
		if (!room && into->len + READ_SIZE <= into->limit)
			return QUARANTINE_NO_MEMORY;
		if (n <= 0)
			return n < 0 ? QUARANTINE_IO : QUARANTINE_INVALID;
		into->len += (size_t)n;
		end = memmem(into->data + seen, into->len - seen, "\n\n", 2);
		if (end) {
			*len = (size_t)(end - into->data) + 1;
			return QUARANTINE_OK;
		}
	}
}

/* Reads what a file says of its message and leaves the descriptor at the message's first byte. Returns
 * as read_header() does. */
static int read_envelope(int fd, struct buf *bytes, struct arena *arena, struct quarantine_envelope *env,
			 const char **why)
{
	struct stat st;
	uint64_t length;
	size_t header;
	int status = read_header(fd, bytes, &header, why);

	if (status == QUARANTINE_OK)
		status = spool_header_read(slice_of(bytes->data, header), arena, env, &length, why);
	if (status != QUARANTINE_OK)
		return status;
	if (fstat(fd, &st) != 0 || lseek(fd, (off_t)header + 1, SEEK_SET) < 0)
		return QUARANTINE_IO;
	*why = "its length is not what its header says";
	return (uint64_t)st.st_size - header - 1 == length ? QUARANTINE_OK : QUARANTINE_INVALID;
}

/* Stores one message and removes its file. */
static void store_open_file(struct taking *t, int fd, const char *name, const struct quarantine_envelope *env)
{
	int64_t message;
	int status = quarantine_deliver_fd(t->q, env, fd, &message);

	if (status == QUARANTINE_TOO_BIG || status == QUARANTINE_INVALID) {
		set_aside(t, name, quarantine_strerror(status));
	} else if (status != QUARANTINE_OK) {
		t->status = status;
		tell(t, SPOOL_KEPT, name, 0, quarantine_errmsg(t->q));
	} else if (unlinkat(t->folder, name, 0) != 0) {
		t->status = status_of_errno();
		tell(t, SPOOL_KEPT, name, message, strerror(errno));
	} else {
		t->taken++;
		tell(t, SPOOL_TAKEN, name, message, NULL);
	}
}

static void take_open_file(struct taking *t, int fd, const char *name)
{
	struct buf bytes = {.limit = SPOOL_HEADER_MAX + READ_SIZE};
	struct arena arena = {0};
	struct quarantine_envelope env;
	const char *why;
	int status = read_envelope(fd, &bytes, &arena, &env, &why);

	if (status == QUARANTINE_INVALID)
		set_aside(t, name, why);
	else if (status != QUARANTINE_OK)
		tell(t, SPOOL_KEPT, name, 0, quarantine_strerror(status));
	else
		store_open_file(t, fd, name, &env);
	arena_finish(&arena);
	buf_finish(&bytes);
}

/* Opens and locks a file by its name. A file that is gone or locked belongs to another taker. */
static void take_file(struct taking *t, const char *name)
{
	int fd = openat(t->folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;

	if (fd < 0) {
		if (errno == ELOOP)
			set_aside(t, name, "it is no regular file");
		else if (errno != ENOENT)
			tell(t, SPOOL_KEPT, name, 0, strerror(errno));
		return;
	}
	if (fstat(fd, &st) == 0 && !S_ISREG(st.st_mode))
		set_aside(t, name, "it is no regular file");
	else if (flock(fd, LOCK_EX | LOCK_NB) == 0 && fstat(fd, &st) == 0 && st.st_nlink > 0)
		take_open_file(t, fd, name);
	close(fd);
}

static bool ends_with(const char *name, const char *end)
{
	size_t len = strlen(name);

	return len > 4 && len < SPOOL_NAME_SIZE && strcmp(name + len - 4, end) == 0;
}

static void remove_abandoned(int folder, const char *name)
{
	struct stat st;

	if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && time(NULL) - st.st_mtime > TMP_AGE_MAX)
		unlinkat(folder, name, 0);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* The names of waiting files, LIST_MAX at most, oldest first. The caller frees *names. */
static int list_files(DIR *dir, char (**names)[SPOOL_NAME_SIZE], size_t *count)
{
	char(*list)[SPOOL_NAME_SIZE] = NULL;
	struct dirent *entry;
	size_t n = 0;

	while (n < LIST_MAX && (entry = readdir(dir))) {
		if (ends_with(entry->d_name, ".tmp"))
			remove_abandoned(dirfd(dir), entry->d_name);
		if (!ends_with(entry->d_name, ".msg"))
			continue;
		if ((n & (n - 1)) == 0) {
			void *more = realloc(list, (n ? n * 2 : 1) * sizeof(*list));

			if (!more) {
				free(list);
				return QUARANTINE_NO_MEMORY;
			}
			list = more;
		}
		strcpy(list[n++], entry->d_name);
	}
	if (n > 0)
		qsort(list, n, sizeof(*list), by_name);
	*names = list;
	*count = n;
	return QUARANTINE_OK;
}

/* A file may be taken in only by who may remove it afterwards: it would come again otherwise. */
static bool may_remove(int folder)
{
	struct stat st;
	uid_t user = geteuid();

	if (faccessat(folder, ".", W_OK | X_OK, AT_EACCESS) != 0 || fstat(folder, &st) != 0)
		return false;
	return !(st.st_mode & S_ISVTX) || user == 0 || user == st.st_uid;
}

int spool_take_in(const char *dir, struct quarantine *q, size_t max, spool_report_fn *report, void *context,
		  size_t *taken)
{
	struct taking t = {.q = q, .report = report, .context = context};
	char(*names)[SPOOL_NAME_SIZE] = NULL;
	size_t count = 0;
	DIR *open_dir = opendir(dir);

	if (!open_dir)
		return status_of_errno();
	t.folder = dirfd(open_dir);
	t.status = may_remove(t.folder) ? list_files(open_dir, &names, &count) : QUARANTINE_DENIED;
	for (size_t i = 0; i < count && t.taken < max && t.status == QUARANTINE_OK; i++)
		take_file(&t, names[i]);
	free(names);
	closedir(open_dir);
	if (taken)
		*taken = t.taken;
	return t.status;
}
