/* SPDX-License-Identifier: ISC
 *
 * stalled PORT USER PASSWORD SELECT COMMAND PROBE TIMES: one client sends COMMAND and never reads; another
 * sends PROBE so many times. Prints the seconds of each probe. */
#include <stdio.h>
#include <stdlib.h>

#include "link.h"

static void open_link(struct link *l, char **argv)
{
	link_open(l, argv[1], false);
	link_login(l, argv[2], argv[3]);
	link_command(l, argv[4]);
	link_finish(l);
}

int main(int argc, char **argv)
{
	struct link stalled, probe;

	if (argc != 8)
		link_fail("PORT USER PASSWORD SELECT COMMAND PROBE TIMES");
	open_link(&stalled, argv);
	open_link(&probe, argv);
	link_command(&stalled, argv[5]);
	for (int left = atoi(argv[7]); left > 0; left--) {
		double began = bench_now();

		link_command(&probe, argv[6]);
		link_finish(&probe);
		printf("%.7f\n", bench_now() - began);
	}
	link_close(&probe);
	link_close(&stalled);
	return 0;
}
