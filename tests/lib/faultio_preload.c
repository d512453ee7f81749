/* SPDX-License-Identifier: ISC
 *
 * faultio in LD_PRELOAD: what is to fail comes by the environment. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "faultio.h"

static const char *const names[FAULTIO_CALLS] = {"write",  "sync",   "truncate", "open",
						 "rename", "unlink", "read"};

__attribute__((constructor)) static void begin(void)
{
	const char *text = getenv("QUARANTINE_FAULTIO");
	unsigned n;
	int error, sticky;
	char name[16];

	if (!text || sscanf(text, "%15s %u %d %d", name, &n, &error, &sticky) != 4)
		return;
	for (int i = 0; i < FAULTIO_CALLS; i++) {
		if (strcmp(name, names[i]) == 0)
			faultio_arm((enum faultio_call)i, n, error, sticky);
	}
}

__attribute__((destructor)) static void end(void)
{
	const char *file = getenv("QUARANTINE_FAULTIO_COUNTS");
	char text[100];
	int fd, len = 0;

	if (!file)
		return;
	for (int i = 0; i < FAULTIO_CALLS; i++)
		len += snprintf(text + len, sizeof(text) - (size_t)len, "%u\n",
				faultio_count((enum faultio_call)i));
	fd = (int)syscall(SYS_openat, AT_FDCWD, file, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (fd >= 0)
		len = (int)syscall(SYS_write, fd, text, len);
	close(fd);
}
