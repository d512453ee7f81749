/* SPDX-License-Identifier: ISC
 *
 * Folders made, copied and removed. */
#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "work.h"

enum { DESCRIPTORS = 16 };

void work_folder(char *path, size_t size)
{
	const char *base = getenv("TMPDIR");

	snprintf(path, size, "%s/quarantine-store.XXXXXX", base ? base : "/tmp");
	MUST(mkdtemp(path) != NULL);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

void work_remove(const char *path)
{
	MUST(nftw(path, remove_one, DESCRIPTORS, FTW_DEPTH | FTW_PHYS) == 0);
}

/* Data only, so that a file that was given room and not filled costs nothing. */
static void copy_data(int from, int to, off_t size)
{
	off_t at = 0;

	while (at < size && (at = lseek(from, at, SEEK_DATA)) >= 0) {
		off_t end = lseek(from, at, SEEK_HOLE);

		MUST(lseek(to, at, SEEK_SET) == at);
		while (at < end)
			MUST(sendfile(to, from, &at, (size_t)(end - at)) > 0);
	}
	MUST(ftruncate(to, size) == 0);
}

static void copy_file(int from_at, int to_at, const char *name, const struct stat *st)
{
	int from = openat(from_at, name, O_RDONLY | O_CLOEXEC);
	int to = openat(to_at, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, st->st_mode & 0777);

	MUST(from >= 0 && to >= 0);
	copy_data(from, to, st->st_size);
	close(from);
	close(to);
}

static void copy_folder(int from_at, const char *from, int to_at, const char *to, mode_t mode)
{
	DIR *dir = fdopendir(openat(from_at, from, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	const struct dirent *entry;
	struct stat st;
	int into;

	MUST(dir != NULL && mkdirat(to_at, to, mode & 0777) == 0);
	into = openat(to_at, to, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	while ((entry = readdir(dir))) {
		const char *name = entry->d_name;

		if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
			continue;
		MUST(fstatat(dirfd(dir), name, &st, AT_SYMLINK_NOFOLLOW) == 0);
		if (S_ISDIR(st.st_mode))
			copy_folder(dirfd(dir), name, into, name, st.st_mode);
		else if (S_ISREG(st.st_mode))
			copy_file(dirfd(dir), into, name, &st);
	}
	closedir(dir);
	close(into);
}

void work_copy(const char *from, const char *to)
{
	struct stat st;

	MUST(stat(from, &st) == 0);
	copy_folder(AT_FDCWD, from, AT_FDCWD, to, st.st_mode);
}
