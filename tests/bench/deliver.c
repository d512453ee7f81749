/* SPDX-License-Identifier: ISC
 *
 * deliver STORE PROCESSES COUNT [GROUP | PROGRAM]: delivers COUNT messages by so many processes at once and
 * prints messages a second. GROUP: so many a transaction. PROGRAM: a quarantine-deliver, run for each
 * message. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../../store/include/quarantine.h"
#include "message.h"

static const char *store, *program;
static unsigned processes, count, group;

static _Noreturn void fail(const char *what)
{
	fprintf(stderr, "deliver: %s\n", what);
	_exit(1);
}

static void deliver_group(struct quarantine *q, unsigned first, struct quarantine_envelope *env)
{
	struct quarantine_delivery *list = calloc(group, sizeof(*list));
	struct buf *bytes = calloc(group, sizeof(*bytes));

	if (!list || !bytes)
		fail("no memory");
	for (unsigned i = 0; i < group; i++) {
		bench_message(&bytes[i], first + i * processes);
		list[i] = (struct quarantine_delivery){
			.envelope = env, .bytes = bytes[i].data, .len = bytes[i].len};
	}
	if (group > 1 ? quarantine_deliver_group(q, list, group)
		      : quarantine_deliver(q, env, bytes[0].data, bytes[0].len, NULL))
		fail(quarantine_errmsg(q));
	for (unsigned i = 0; i < group; i++)
		buf_finish(&bytes[i]);
	free(bytes);
	free(list);
}

static void run_program(unsigned n)
{
	struct buf bytes = {0};
	int in[2], status;
	pid_t child;

	bench_message(&bytes, n);
	if (pipe(in) != 0)
		fail("pipe");
	child = fork();
	if (child == 0) {
		dup2(in[0], STDIN_FILENO);
		close(in[0]);
		close(in[1]);
		if (!freopen("/dev/null", "w", stdout))
			fail("/dev/null");
		execl(program, program, "--store", store, "--direction", "outgoing", "--class", "spam", "-f",
		      "shop@customer.example", "--", "victim@example.net", (char *)NULL);
		fail(program);
	}
	close(in[0]);
	for (size_t done = 0; done < bytes.len;) {
		ssize_t wrote = write(in[1], bytes.data + done, bytes.len - done);

		if (wrote <= 0)
			fail("write");
		done += (size_t)wrote;
	}
	close(in[1]);
	if (waitpid(child, &status, 0) != child || status != 0)
		fail("the program failed");
	buf_finish(&bytes);
}

static void work(unsigned number)
{
	struct quarantine_envelope env = QUARANTINE_ENVELOPE_INIT;
	const char *recipients[] = {"victim@example.net"};
	struct quarantine *q = NULL;

	env.direction = QUARANTINE_OUTGOING;
	env.class_name = "spam";
	env.sender = "shop@customer.example";
	env.recipients = recipients;
	env.recipient_count = 1;
	if (!program && quarantine_open(store, QUARANTINE_WRITE, &q) != QUARANTINE_OK)
		fail("cannot open the store");
	for (unsigned n = number; n < count; n += processes * group) {
		if (program)
			run_program(n);
		else
			deliver_group(q, n, &env);
	}
	quarantine_close(q);
}

int main(int argc, char **argv)
{
	struct timespec begin, end;
	double seconds;

	if (argc < 4)
		fail("STORE PROCESSES COUNT [GROUP | PROGRAM]");
	store = argv[1];
	processes = (unsigned)atoi(argv[2]);
	count = (unsigned)atoi(argv[3]);
	group = argc > 4 && atoi(argv[4]) > 0 ? (unsigned)atoi(argv[4]) : 1;
	program = argc > 4 && atoi(argv[4]) == 0 ? argv[4] : NULL;
	clock_gettime(CLOCK_MONOTONIC, &begin);
	for (unsigned i = 0; i < processes; i++) {
		if (fork() == 0) {
			work(i);
			_exit(0);
		}
	}
	for (unsigned i = 0; i < processes; i++) {
		int status;

		if (wait(&status) < 0 || status != 0)
			fail("a process failed");
	}
	clock_gettime(CLOCK_MONOTONIC, &end);
	seconds = (double)(end.tv_sec - begin.tv_sec) + (double)(end.tv_nsec - begin.tv_nsec) / 1e9;
	printf("%.0f\n", count / seconds);
	return 0;
}
