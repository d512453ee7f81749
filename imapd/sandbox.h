/* SPDX-License-Identifier: ISC
 *
 * What the process may still do once it has bound its sockets and read its key: no capabilities, no core and
 * no debugger of the same user, files of Landlock's (landlock(7)) and calls of seccomp's choice only. Threads
 * that are started later inherit it; so it comes before them. */
#ifndef IMAPD_SANDBOX_H
#define IMAPD_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct config;

/* Confines the process to what `config` names, and to `ready_file` (NULL: none), and logs what holds. What
 * the kernel does not have is left out. False: something is missing that the setting `sandbox` demands; `why`
 * has it. Main thread, before any other is started. */
bool sandbox_enter(const struct config *config, const char *ready_file, char *why, size_t why_size);

/* The parts, for it and for tests. */

enum sandbox_may {
	SANDBOX_READ,   /* read files and list folders */
	SANDBOX_CHANGE, /* and make, write, rename and remove files, folders and sockets */
	SANDBOX_PUT,    /* make, write, rename and remove files, not read */
	SANDBOX_REMOVE, /* remove files only */
};

/* Files below these paths only; nothing is executed, no TCP socket is bound or connected. */
struct sandbox_files;
struct sandbox_files *sandbox_files_create(void); /* NULL: the kernel has no Landlock */
/* A path that is not there, or NULL, is left out. */
void sandbox_files_allow(struct sandbox_files *f, const char *path, enum sandbox_may may);
void sandbox_files_allow_folder_of(struct sandbox_files *f, const char *path, enum sandbox_may may);
/* Confines the calling thread and those it starts, for ever, and frees `f`. Returns the version of Landlock,
 * 0: none. */
int sandbox_files_enter(struct sandbox_files *f);

/* System calls of a list only; others end in EPERM. False: the kernel has no seccomp. */
bool sandbox_calls_enter(void);

#endif
