/* SPDX-License-Identifier: ISC */
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sandbox.h"

/* Younger than Debian 12's headers: since versions 3 and 4. */
#define ACCESS_TRUNCATE (1ULL << 14)
#define NET_BIND_AND_CONNECT 3ULL

#define READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define REMOVE LANDLOCK_ACCESS_FS_REMOVE_FILE
#define PUT (LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG | ACCESS_TRUNCATE | REMOVE)
#define CHANGE                                                                      \
	(READ | PUT | LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_MAKE_DIR | \
	 LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_REFER)
#define OF_FILES (LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_READ_FILE | ACCESS_TRUNCATE)
#define OTHERS                                                                                      \
	(LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_FIFO | \
	 LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM)

static const uint64_t rights[] = {
	[SANDBOX_READ] = READ, [SANDBOX_CHANGE] = CHANGE, [SANDBOX_PUT] = PUT, [SANDBOX_REMOVE] = REMOVE};

struct sandbox_files {
	int ruleset;
	int version;
	uint64_t handled; /* rights of files that this kernel knows */
};

struct sandbox_files *sandbox_files_create(void)
{
	struct {
		uint64_t files, net;
	} handled = {CHANGE | OTHERS, NET_BIND_AND_CONNECT};
	struct sandbox_files *f = malloc(sizeof(*f));
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

	if (version < 2)
		handled.files &= ~(uint64_t)LANDLOCK_ACCESS_FS_REFER;
	if (version < 3)
		handled.files &= ~(uint64_t)ACCESS_TRUNCATE;
	if (f && version > 0)
		*f = (struct sandbox_files){
			.version = (int)version,
			.handled = handled.files,
			.ruleset = (int)syscall(SYS_landlock_create_ruleset, &handled,
						version < 4 ? sizeof(uint64_t) : sizeof(handled), 0)};
	if (f && version > 0 && f->ruleset >= 0)
		return f;
	free(f);
	return NULL;
}

void sandbox_files_allow(struct sandbox_files *f, const char *path, enum sandbox_may may)
{
	struct landlock_path_beneath_attr rule = {.allowed_access = rights[may] & f->handled};
	struct stat st;

	rule.parent_fd = path ? open(path, O_PATH | O_CLOEXEC) : -1;
	if (rule.parent_fd < 0)
		return;
	if (fstat(rule.parent_fd, &st) == 0 && !S_ISDIR(st.st_mode))
		rule.allowed_access &= OF_FILES;
	syscall(SYS_landlock_add_rule, f->ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
	close(rule.parent_fd);
}

void sandbox_files_allow_folder_of(struct sandbox_files *f, const char *path, enum sandbox_may may)
{
	const char *end = path ? strrchr(path, '/') : NULL;
	char folder[4096];

	if (!path)
		return;
	snprintf(folder, sizeof(folder), "%.*s", end ? (int)(end - path + 1) : 1, end ? path : ".");
	sandbox_files_allow(f, folder, may);
}

int sandbox_files_enter(struct sandbox_files *f)
{
	int version = syscall(SYS_landlock_restrict_self, f->ruleset, 0) == 0 ? f->version : 0;

	close(f->ruleset);
	free(f);
	return version;
}
