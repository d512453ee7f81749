/* SPDX-License-Identifier: ISC
 *
 * Ways over the network: APPEND, MULTIAPPEND, LMTP; and which ways there are. */
#include <stdlib.h>
#include <string.h>

#include "deliver.h"

static void *append_open(const struct deliver_job *job)
{
	struct link *l = calloc(1, sizeof(*l));

	if (!l)
		link_fail("no memory");
	link_open(l, job->arguments[0], false);
	link_login(l, job->arguments[1], job->arguments[2]);
	return l;
}

static void append_deliver(const struct deliver_job *job, void *state, const struct buf *list, unsigned count,
			   unsigned n)
{
	struct link *l = state;
	struct buf text = {0};

	buf_addf(&text, "APPEND %s", job->arguments[3]);
	for (unsigned i = 0; i < count; i++) {
		buf_add_str(&text, " \"");
		bench_message_time(&text, n + i);
		buf_addf(&text, "\" {%zu+}\r\n", list[i].len);
		buf_add(&text, list[i].data, list[i].len);
	}
	buf_add_char(&text, '\0');
	link_command(l, text.data);
	link_finish(l);
	buf_finish(&text);
}

static void net_close(void *state)
{
	link_close(state);
	free(state);
}

const struct deliver_how deliver_append = {"append", 4, append_open, append_deliver, net_close};

static void *lmtp_open(const struct deliver_job *job)
{
	struct link *l = calloc(1, sizeof(*l));

	if (!l)
		link_fail("no memory");
	link_connect(l, job->arguments[0]);
	link_until(l, "220 ");
	link_send(l, "LHLO bench\r\n", 12);
	link_until(l, "250 ");
	return l;
}

static void lmtp_deliver(const struct deliver_job *job, void *state, const struct buf *list, unsigned count,
			 unsigned n)
{
	struct link *l = state;

	(void)n;
	for (unsigned i = 0; i < count; i++) {
		struct buf text = {0};

		buf_addf(&text, "MAIL FROM:<shop@customer.example>\r\nRCPT TO:<%s>\r\nDATA\r\n",
			 job->arguments[1]);
		link_send(l, text.data, text.len);
		link_until(l, "354 ");
		buf_reset(&text);
		buf_add(&text, list[i].data, list[i].len); /* no line of these begins with a dot */
		buf_add_str(&text, ".\r\n");
		link_send(l, text.data, text.len);
		link_until(l, "250 ");
		buf_finish(&text);
	}
}

const struct deliver_how deliver_lmtp = {"lmtp", 2, lmtp_open, lmtp_deliver, net_close};

static const struct deliver_how *const ways[] = {&deliver_library, &deliver_append, &deliver_lmtp,
						 &deliver_program, &deliver_mbox};

const struct deliver_how *deliver_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++)
		if (strcmp(ways[i]->name, name) == 0)
			return ways[i];
	link_fail("there is no way %s", name);
}
