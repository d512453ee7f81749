/* SPDX-License-Identifier: ISC
 *
 * A configuration file of any bytes: it is taken with every number within its bounds, or refused with a
 * reason. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../imapd/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct config c;
	char why[256] = "", path[64];
	int fd = memfd_create("conf", MFD_CLOEXEC);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	config_init(&c);
	if (!config_read(&c, path, why, sizeof(why))) {
		if (!why[0])
			abort();
	} else if (c.store_workers < 1 || c.store_workers > 64 || c.line < 8192 || c.max_connections < 1 ||
		   c.min_free < 0 || (!config_check(&c, why, sizeof(why)) && !why[0])) {
		abort();
	}
	config_finish(&c);
	close(fd);
	return 0;
}
