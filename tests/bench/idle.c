/* SPDX-License-Identifier: ISC
 *
 * idle [-t] [-f FIRST] PORT USER PASSWORD MAILBOX CLIENTS ROUNDS HOW…: so many clients in IDLE. Prints "idle"
 * when all are, and goes on when it reads a line. Then another process delivers ROUNDS messages, one after
 * the other (HOW as for deliver, message FIRST and so on); for each and every client a line: the seconds from
 * before the delivery to EXISTS. -t: TLS. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "deliver.h"

enum { PATIENCE = 60 * 1000 }; /* milliseconds */

static void allow_files(void)
{
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static void go_idle(struct link *l, char **argv, bool tls)
{
	struct buf select = {0};

	link_open(l, argv[0], tls);
	link_login(l, argv[1], argv[2]);
	buf_addf(&select, "SELECT %s", argv[3]);
	buf_add_char(&select, '\0');
	link_command(l, select.data);
	link_finish(l);
	buf_finish(&select);
	link_command(l, "IDLE");
	link_until(l, "+ ");
	link_rest(l);
}

/* The process that delivers a message for each byte that it reads from `orders`. */
static void deliver_on_order(const struct deliver_job *job, int orders)
{
	void *state = job->how->open ? job->how->open(job) : NULL;
	struct buf message = {0};
	unsigned n = job->first;
	char order;

	while (read(orders, &order, 1) == 1) {
		bench_message(&message, n);
		job->how->deliver(job, state, &message, 1, n++);
		buf_reset(&message);
	}
	buf_finish(&message);
	if (job->how->close)
		job->how->close(state);
	_exit(0);
}

/* The client's next bytes will be told of, once. */
static void listen_to(int epoll, int how, const struct link *links, size_t i)
{
	struct epoll_event wanted = {.events = EPOLLIN | EPOLLONESHOT, .data.u64 = i};

	if (epoll_ctl(epoll, how, links[i].fd, &wanted) != 0)
		link_fail("epoll: %s", strerror(errno));
}

/* One delivery: each client's time until EXISTS. */
static void deliver_round(struct link *links, int epoll, size_t count, int orders)
{
	struct epoll_event heard[64];
	size_t waiting = count;
	double began;

	for (size_t i = 0; i < count; i++)
		listen_to(epoll, EPOLL_CTL_MOD, links, i);
	began = bench_now();
	if (write(orders, "d", 1) != 1)
		link_fail("the process that delivers has ended");
	while (waiting > 0) {
		int ready = epoll_wait(epoll, heard, (int)ARRAY_SIZE(heard), PATIENCE);

		if (ready <= 0)
			link_fail("%zu clients heard nothing", waiting);
		for (int k = 0; k < ready; k++) {
			size_t i = (size_t)heard[k].data.u64;

			if (!link_hears(&links[i], "EXISTS")) {
				listen_to(epoll, EPOLL_CTL_MOD, links, i);
				continue;
			}
			printf("%.7f\n", bench_now() - began);
			waiting--;
		}
	}
}

static void run_rounds(const struct deliver_job *job, struct link *links, size_t count, int rounds)
{
	int orders[2], status, epoll = epoll_create1(EPOLL_CLOEXEC);
	pid_t child;

	if (epoll < 0 || pipe(orders) != 0)
		link_fail("no epoll or no pipe");
	for (size_t i = 0; i < count; i++)
		listen_to(epoll, EPOLL_CTL_ADD, links, i);
	fflush(stdout);
	child = fork();
	if (child == 0) {
		close(orders[1]);
		deliver_on_order(job, orders[0]);
	}
	close(orders[0]);
	for (; rounds > 0; rounds--)
		deliver_round(links, epoll, count, orders[1]);
	close(orders[1]);
	if (waitpid(child, &status, 0) != child || status != 0)
		link_fail("the process that delivers failed");
	close(epoll);
}

int main(int argc, char **argv)
{
	struct deliver_job job = {.processes = 1, .group = 1};
	struct link *links;
	size_t count;
	bool tls = false;
	int option;

	while ((option = getopt(argc, argv, "+tf:")) != -1) {
		if (option == 't')
			tls = true;
		else
			job.first = (unsigned)atoi(optarg ? optarg : "0");
	}
	argv += optind;
	argc -= optind;
	if (argc < 7)
		link_fail("[-t] PORT USER PASSWORD MAILBOX CLIENTS ROUNDS HOW…");
	job.how = deliver_find(argv[6]);
	job.arguments = argv + 7;
	allow_files();
	count = (size_t)atoi(argv[4]);
	links = calloc(count + 1, sizeof(*links));
	if (!links)
		link_fail("no memory");
	for (size_t i = 0; i < count; i++)
		go_idle(&links[i], argv, tls);
	puts("idle");
	fflush(stdout);
	if (getchar() == EOF)
		return 0;
	run_rounds(&job, links, count, atoi(argv[5]));
	for (size_t i = 0; i < count; i++)
		link_close(&links[i]);
	free(links);
	return 0;
}
