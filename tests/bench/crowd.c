/* SPDX-License-Identifier: ISC
 *
 * crowd PORT USER PASSWORD SELECT COMMAND…: a connection for each COMMAND, all of them sent at once. Prints
 * the seconds that each took until its end, a line each. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "link.h"

int main(int argc, char **argv)
{
	size_t count = argc > 5 ? (size_t)(argc - 5) : 0, open = count;
	struct link *links = calloc(count + 1, sizeof(*links));
	struct pollfd *fds = calloc(count + 1, sizeof(*fds));
	double began;

	if (!links || !fds || count == 0)
		link_fail("PORT USER PASSWORD SELECT COMMAND…");
	for (size_t i = 0; i < count; i++) {
		link_open(&links[i], argv[1], false);
		link_login(&links[i], argv[2], argv[3]);
		link_command(&links[i], argv[4]);
		link_finish(&links[i]);
		fds[i] = (struct pollfd){.fd = links[i].fd, .events = POLLIN};
	}
	began = bench_now();
	for (size_t i = 0; i < count; i++)
		link_command(&links[i], argv[5 + i]);
	while (open > 0) {
		if (poll(fds, count, -1) < 0)
			link_fail("poll");
		for (size_t i = 0; i < count; i++) {
			if (!fds[i].revents || !link_receive(&links[i]))
				continue;
			printf("%.7f\n", bench_now() - began);
			fds[i].fd = -1;
			open--;
		}
	}
	for (size_t i = 0; i < count; i++)
		link_close(&links[i]);
	free(links);
	free(fds);
	return 0;
}
