/* SPDX-License-Identifier: ISC
 *
 * deliver [-p PROCESSES] [-g GROUP] [-f FIRST] COUNT HOW…: hands over COUNT messages of message.c, from
 * number FIRST on, and prints messages a second. GROUP: so many a call. HOW is one of
 *
 *     library STORE                         quarantine_deliver(), quarantine_deliver_group()
 *     append PORT USER PASSWORD MAILBOX     IMAP APPEND, or MULTIAPPEND
 *     lmtp PORT RECIPIENT
 *     program PATH ARGUMENT…                a process for each message, on its standard input
 *     mbox                                  one mbox on standard output */
#include "deliver.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Everything that one process hands over: every `processes`-th group. */
static void work(const struct deliver_job *job, unsigned number)
{
	void *state = job->how->open ? job->how->open(job) : NULL;
	struct buf *list = calloc(job->group, sizeof(*list));

	if (!list)
		link_fail("no memory");
	for (unsigned at = number * job->group; at < job->count; at += job->processes * job->group) {
		unsigned size = job->count - at < job->group ? job->count - at : job->group;

		for (unsigned i = 0; i < size; i++)
			bench_message(&list[i], job->first + at + i);
		job->how->deliver(job, state, list, size, job->first + at);
		for (unsigned i = 0; i < size; i++)
			buf_reset(&list[i]);
	}
	for (unsigned i = 0; i < job->group; i++)
		buf_finish(&list[i]);
	free(list);
	if (job->how->close)
		job->how->close(state);
}

static void run(const struct deliver_job *job)
{
	for (unsigned i = 0; i < job->processes; i++) {
		pid_t child = fork();

		if (child < 0)
			link_fail("fork");
		if (child == 0) {
			work(job, i);
			fflush(stdout);
			_exit(0);
		}
	}
	for (unsigned i = 0; i < job->processes; i++) {
		int status;

		if (wait(&status) < 0 || status != 0)
			link_fail("a process failed");
	}
}

int main(int argc, char **argv)
{
	struct deliver_job job = {.processes = 1, .group = 1};
	double began;
	int option;

	while ((option = getopt(argc, argv, "+p:g:f:")) != -1) {
		unsigned value = (unsigned)atoi(optarg ? optarg : "0");

		if (option == 'p')
			job.processes = value;
		else if (option == 'g')
			job.group = value;
		else
			job.first = value;
	}
	if (argc - optind < 2 || job.processes == 0 || job.group == 0)
		link_fail("[-p PROCESSES] [-g GROUP] [-f FIRST] COUNT HOW…");
	job.count = (unsigned)atoi(argv[optind]);
	job.how = deliver_find(argv[optind + 1]);
	job.arguments = argv + optind + 2;
	if (argc - optind - 2 < job.how->arguments)
		link_fail("%s wants %d arguments", job.how->name, job.how->arguments);
	began = bench_now();
	run(&job);
	if (job.how != &deliver_mbox)
		printf("%.1f\n", job.count / (bench_now() - began));
	return 0;
}
