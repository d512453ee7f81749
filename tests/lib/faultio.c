/* SPDX-License-Identifier: ISC */
#include "faultio.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

static struct {
	unsigned counts[FAULTIO_CALLS];
	enum faultio_call call;
	unsigned n;
	int error;
	int sticky;
} plan;

void faultio_arm(enum faultio_call call, unsigned n, int error, int sticky)
{
	for (int i = 0; i < FAULTIO_CALLS; i++)
		plan.counts[i] = 0;
	plan.call = call;
	plan.n = n;
	plan.error = error;
	plan.sticky = sticky;
}

unsigned faultio_count(enum faultio_call call)
{
	return plan.counts[call];
}

/* Counts a call. 1: it fails, and errno is set. */
static int fails(enum faultio_call call)
{
	unsigned n = ++plan.counts[call];

	if (plan.n == 0 || call != plan.call || n < plan.n || (n > plan.n && !plan.sticky))
		return 0;
	if (plan.error == FAULTIO_KILL)
		raise(SIGKILL);
	errno = plan.error;
	return 1;
}

static ssize_t do_pwrite(int fd, const void *bytes, size_t len, off_t at)
{
	return fails(FAULTIO_WRITE) ? -1 : (ssize_t)syscall(SYS_pwrite64, fd, bytes, len, at);
}

static int do_truncate(int fd, off_t len)
{
	return fails(FAULTIO_TRUNCATE) ? -1 : (int)syscall(SYS_ftruncate, fd, len);
}

static int do_open(int at, const char *path, int flags, mode_t mode)
{
	return fails(FAULTIO_OPEN) ? -1 : (int)syscall(SYS_openat, at, path, flags, mode);
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

EXPORT int fsync(int fd)
{
	return fails(FAULTIO_SYNC) ? -1 : (int)syscall(SYS_fsync, fd);
}

EXPORT int fdatasync(int fd)
{
	return fails(FAULTIO_SYNC) ? -1 : (int)syscall(SYS_fdatasync, fd);
}
