/* SPDX-License-Identifier: ISC
 *
 * client PORT USER PASSWORD [OPTION…] COMMAND…: runs IMAP commands in one connection. Those that begin with
 * "=" are measured and printed: seconds, bytes, and with -d what the answer says (digest.h).
 *
 * -n N: all commands behind the first that is measured, and that one, N times. -d: the digest. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "digest.h"
#include "link.h"

static void run_command(struct link *l, const char *text)
{
	bool measured = *text == '=';
	struct digest d = {0};
	double began = bench_now(), seconds;

	link_command(l, text + measured);
	link_finish(l);
	seconds = bench_now() - began;
	if (!measured)
		return;
	printf("%.7f %llu", seconds, (unsigned long long)l->received);
	if (l->keep) {
		digest_add(&d, buf_slice(&l->answer));
		printf(" %llu %llx %llx %llx", (unsigned long long)d.count, (unsigned long long)d.numbers,
		       (unsigned long long)d.order, (unsigned long long)d.literals);
	}
	putchar('\n');
}

int main(int argc, char **argv)
{
	struct link l;
	bool digest = false;
	int option, times = 1, first, next;

	while ((option = getopt(argc, argv, "+dn:")) != -1) {
		if (option == 'd')
			digest = true;
		else
			times = atoi(optarg ? optarg : "1");
	}
	argv += optind;
	argc -= optind;
	if (argc < 4)
		link_fail("[-d] [-n TIMES] PORT USER PASSWORD COMMAND…");
	link_open(&l, argv[0], false);
	link_login(&l, argv[1], argv[2]);
	l.keep = digest;
	for (next = 3; next < argc && argv[next][0] != '='; next++)
		run_command(&l, argv[next]);
	for (first = next; times > 0; times--)
		for (next = first; next < argc; next++)
			run_command(&l, argv[next]);
	link_close(&l);
	return 0;
}
