/* SPDX-License-Identifier: ISC */
#include "faultio.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

static struct {
	atomic_uint counts[FAULTIO_CALLS];
	enum faultio_call call;
	unsigned n;
	int error;
	int sticky;
	void (*before_database_write)(void);
	atomic_int log_written; /* since it was synced */
	atomic_int sand;        /* see faultio_built_on_sand() */
} plan;

void faultio_arm(enum faultio_call call, unsigned n, int error, int sticky)
{
	for (int i = 0; i < FAULTIO_CALLS; i++)
		plan.counts[i] = 0;
	plan.call = call;
	plan.n = n;
	plan.error = error;
	plan.sticky = sticky;
	plan.log_written = plan.sand = 0;
}

void faultio_before_database_write(void (*call)(void))
{
	plan.before_database_write = call;
}

unsigned faultio_count(enum faultio_call call)
{
	return plan.counts[call];
}

int faultio_built_on_sand(void)
{
	return plan.sand;
}

/* Counts a call. How it fails; 0: not at all. */
static int fault(enum faultio_call call)
{
	unsigned n = ++plan.counts[call];

	if (plan.n == 0 || call != plan.call || n < plan.n || (n > plan.n && !plan.sticky))
		return 0;
	if (plan.error == FAULTIO_KILL)
		raise(SIGKILL);
	return plan.error == FAULTIO_SHORT && n > plan.n ? ENOSPC : plan.error;
}

/* 1: the call fails, and errno is set. */
static int fails(enum faultio_call call)
{
	int error = fault(call);

	if (error > 0)
		errno = error;
	return error > 0;
}

static int is_file(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
}

/* Where the path of a file that is open has this text, or NULL. */
static const char *named(int fd, char *path, size_t size, const char *text)
{
	char link[40];
	ssize_t len;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	len = readlink(link, path, size - 1);
	path[len < 0 ? 0 : len] = '\0';
	return strstr(path, text);
}

static int is_log(int fd)
{
	char path[4096];

	return named(fd, path, sizeof(path), "quarantine.db-wal") != NULL;
}

static void note_write(int fd)
{
	char path[4096];
	const char *name = plan.before_database_write ? named(fd, path, sizeof(path), "quarantine.db") : NULL;

	if (name && strcmp(name, "quarantine.db") == 0)
		plan.before_database_write();
	if (is_log(fd))
		plan.log_written = 1;
}

/* How many of `len` bytes are to be written; -1: the call fails. */
static ssize_t admitted(int fd, size_t len, int *error)
{
	*error = is_file(fd) ? fault(FAULTIO_WRITE) : 0;
	if (*error > 0)
		errno = *error;
	if (*error > 0)
		return -1;
	return (ssize_t)(*error == FAULTIO_SHORT || *error == FAULTIO_TORN ? (len + 1) / 2 : len);
}

static ssize_t written(ssize_t result, int error)
{
	if (error == FAULTIO_TORN)
		raise(SIGKILL);
	return result;
}

static ssize_t do_pwrite(int fd, const void *bytes, size_t len, off_t at)
{
	int error;
	ssize_t some = admitted(fd, len, &error);

	note_write(fd);
	return some < 0 ? -1 : written((ssize_t)syscall(SYS_pwrite64, fd, bytes, some, at), error);
}

EXPORT ssize_t write(int fd, const void *bytes, size_t len)
{
	int error;
	ssize_t some = admitted(fd, len, &error);

	return some < 0 ? -1 : written((ssize_t)syscall(SYS_write, fd, bytes, some), error);
}

static ssize_t do_pread(int fd, void *into, size_t len, off_t at)
{
	return is_file(fd) && fails(FAULTIO_READ) ? -1 : (ssize_t)syscall(SYS_pread64, fd, into, len, at);
}

EXPORT ssize_t read(int fd, void *into, size_t len)
{
	return is_file(fd) && fails(FAULTIO_READ) ? -1 : (ssize_t)syscall(SYS_read, fd, into, len);
}

static int do_truncate(int fd, off_t len)
{
	return fails(FAULTIO_TRUNCATE) ? -1 : (int)syscall(SYS_ftruncate, fd, len);
}

static int do_open(int at, const char *path, int flags, mode_t mode)
{
	if (fails(FAULTIO_OPEN))
		return -1;
	if (strstr(path, "quarantine.db"))
		plan.sand = 0;
	return (int)syscall(SYS_openat, at, path, flags, mode);
}

static mode_t mode_of(int flags, va_list args)
{
	return flags & (O_CREAT | O_TMPFILE) ? va_arg(args, mode_t) : 0;
}

/* Both names of each, the plain one and that of programs with 64-bit offsets. They are declared here and
 * not by the headers, which may rename one to the other. */
#define DEFINE_BOTH(result, name, parameters, call)                \
	EXPORT result name##_plain parameters __asm__(#name);      \
	EXPORT result name##_plain parameters                      \
	{                                                          \
		return call;                                       \
	}                                                          \
	EXPORT result name##_large parameters __asm__(#name "64"); \
	EXPORT result name##_large parameters                      \
	{                                                          \
		return call;                                       \
	}

DEFINE_BOTH(ssize_t, pwrite, (int fd, const void *bytes, size_t len, off_t at), do_pwrite(fd, bytes, len, at))
DEFINE_BOTH(ssize_t, pread, (int fd, void *into, size_t len, off_t at), do_pread(fd, into, len, at))
DEFINE_BOTH(int, ftruncate, (int fd, off_t len), do_truncate(fd, len))

#define DEFINE_OPEN(function, symbol)                                          \
	EXPORT int function(const char *path, int flags, ...) __asm__(symbol); \
	EXPORT int function(const char *path, int flags, ...)                  \
	{                                                                      \
		va_list args;                                                  \
		mode_t mode;                                                   \
                                                                               \
		va_start(args, flags);                                         \
		mode = mode_of(flags, args);                                   \
		va_end(args);                                                  \
		return do_open(AT_FDCWD, path, flags, mode);                   \
	}

DEFINE_OPEN(open_plain, "open")
DEFINE_OPEN(open_large, "open64")

#define DEFINE_OPENAT(function, symbol)                                                \
	EXPORT int function(int at, const char *path, int flags, ...) __asm__(symbol); \
	EXPORT int function(int at, const char *path, int flags, ...)                  \
	{                                                                              \
		va_list args;                                                          \
		mode_t mode;                                                           \
                                                                                       \
		va_start(args, flags);                                                 \
		mode = mode_of(flags, args);                                           \
		va_end(args);                                                          \
		return do_open(at, path, flags, mode);                                 \
	}

DEFINE_OPENAT(openat_plain, "openat")
DEFINE_OPENAT(openat_large, "openat64")

/* What was not synced is told as synced (FAULTIO_LIE), or the failure is kept in mind. */
static int do_sync(long number, int fd)
{
	int error = fault(FAULTIO_SYNC);
	int log = is_log(fd);

	if (error == 0 && log)
		plan.log_written = 0;
	if (error == 0)
		return (int)syscall(number, fd);
	if (error == FAULTIO_LIE)
		return 0;
	if (log && plan.log_written)
		plan.sand = 1;
	errno = error;
	return -1;
}

EXPORT int fsync(int fd)
{
	return do_sync(SYS_fsync, fd);
}

EXPORT int fdatasync(int fd)
{
	return do_sync(SYS_fdatasync, fd);
}

static int do_rename(int from_at, const char *from, int to_at, const char *to)
{
	return fails(FAULTIO_RENAME) ? -1 : (int)syscall(SYS_renameat2, from_at, from, to_at, to, 0);
}

EXPORT int rename(const char *from, const char *to)
{
	return do_rename(AT_FDCWD, from, AT_FDCWD, to);
}

EXPORT int renameat(int from_at, const char *from, int to_at, const char *to)
{
	return do_rename(from_at, from, to_at, to);
}

EXPORT int linkat(int from_at, const char *from, int to_at, const char *to, int flags)
{
	return fails(FAULTIO_RENAME) ? -1 : (int)syscall(SYS_linkat, from_at, from, to_at, to, flags);
}

EXPORT int unlinkat(int at, const char *path, int flags)
{
	return fails(FAULTIO_UNLINK) ? -1 : (int)syscall(SYS_unlinkat, at, path, flags);
}

EXPORT int unlink(const char *path)
{
	return unlinkat(AT_FDCWD, path, 0);
}
