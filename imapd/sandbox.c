/* SPDX-License-Identifier: ISC
 *
 * The happy path: capabilities, cores and debuggers go; then the files, then the calls, because Landlock is
 * entered by calls that the list does not have.
 *
 * What can go wrong: a kernel without Landlock or seccomp (logged; an end of the server where the setting
 * demands them); a path that is made or replaced after the start (the server may not use it before it is
 * started again; quarantine-imapd.conf(5) says so). */
#include "sandbox.h"

#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "config.h"
#include "log.h"

/* Root keeps them: without, it could not read the store of the server's user. */
static bool drop_capabilities(void)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{0}};

	return geteuid() != 0 && syscall(SYS_capset, &head, none) == 0;
}

/* The chain and the key are read again at SIGHUP, also where a link leads elsewhere by then, as long as it
 * stays in the folder that it led to. */
static void allow_secret(struct sandbox_files *f, const char *path)
{
	char *real = path ? realpath(path, NULL) : NULL;

	sandbox_files_allow_folder_of(f, path, SANDBOX_READ);
	sandbox_files_allow_folder_of(f, real, SANDBOX_READ);
	free(real);
}

static void allow_store(struct sandbox_files *f, const char *store)
{
	static const char *const changed[] = {"mail", "deliver"};
	char path[4096];

	sandbox_files_allow(f, store, SANDBOX_READ);
	for (size_t i = 0; i < sizeof(changed) / sizeof(changed[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", store, changed[i]);
		sandbox_files_allow(f, path, SANDBOX_CHANGE);
	}
}

static void allow_config(struct sandbox_files *f, const struct config *c)
{
	const char *scratch = getenv("TMPDIR");

	allow_store(f, c->store);
	sandbox_files_allow_folder_of(f, c->accounts, SANDBOX_READ);
	sandbox_files_allow(f, c->spool, SANDBOX_CHANGE);
	sandbox_files_allow(f, scratch ? scratch : "/var/tmp", SANDBOX_CHANGE);
	allow_secret(f, c->certificate);
	allow_secret(f, c->private_key);
	for (size_t i = 0; i < c->listen_unix.count; i++)
		sandbox_files_allow_folder_of(f, c->listen_unix.item[i], SANDBOX_REMOVE);
	if (c->metrics && c->metrics[0] == '/')
		sandbox_files_allow_folder_of(f, c->metrics, SANDBOX_REMOVE);
}

/* iconv loads its tables when a message first wants them; SQLite seeds itself when a database is opened. */
static void allow_system(struct sandbox_files *f)
{
	sandbox_files_allow(f, "/usr/lib", SANDBOX_READ);
	sandbox_files_allow(f, "/etc/ld.so.cache", SANDBOX_READ);
	sandbox_files_allow(f, "/dev/urandom", SANDBOX_READ);
#ifdef SANITIZED
	sandbox_files_allow(f, "/proc", SANDBOX_READ);
#endif
}

static int enter_files(const struct config *c, const char *ready_file)
{
	struct sandbox_files *f = sandbox_files_create();

	if (!f)
		return 0;
	allow_config(f, c);
	allow_system(f);
	sandbox_files_allow_folder_of(f, ready_file, SANDBOX_PUT);
	return sandbox_files_enter(f);
}

bool sandbox_enter(const struct config *c, const char *ready_file, char *why, size_t why_size)
{
	bool required = c->sandbox && strcmp(c->sandbox, "required") == 0;
	bool dropped = drop_capabilities(), calls;
	int files;

	if (c->sandbox && strcmp(c->sandbox, "no") == 0) {
		log_event(LOG_LEVEL_INFO, 0, "confined", "sandbox", "no", NULL);
		return true;
	}
	tzset(); /* reads a file */
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	files = enter_files(c, ready_file);
	calls = sandbox_calls_enter();
	log_event(files > 0 && calls ? LOG_LEVEL_INFO : LOG_LEVEL_ERROR, 0, "confined", "landlock",
		  LOG_NUMBER(files), "seccomp", calls ? "yes" : "no", "capabilities",
		  dropped ? "none" : "as they were", NULL);
	if (!required || (files > 0 && calls))
		return true;
	snprintf(why, why_size, "the kernel lacks %s, and the setting sandbox demands it",
		 files > 0 ? "seccomp" : "Landlock");
	return false;
}
