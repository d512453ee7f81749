/* SPDX-License-Identifier: ISC
 *
 * Ways that end on this machine: the library, a program, an mbox. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../store/include/quarantine.h"
#include "deliver.h"

static void *library_open(const struct deliver_job *job)
{
	struct quarantine *q = NULL;

	if (quarantine_open(job->arguments[0], QUARANTINE_WRITE | QUARANTINE_DELIVER, &q) != QUARANTINE_OK)
		link_fail("cannot open the store");
	return q;
}

static void library_deliver(const struct deliver_job *job, void *state, const struct buf *list,
			    unsigned count, unsigned n)
{
	struct quarantine_envelope env = QUARANTINE_ENVELOPE_INIT;
	const char *recipients[] = {"victim@example.net"};
	struct quarantine_delivery *group = calloc(count, sizeof(*group));
	int status;

	(void)n;
	if (!group)
		link_fail("no memory");
	env.direction = QUARANTINE_OUTGOING;
	env.class_name = "spam";
	env.sender = "shop@customer.example";
	env.recipients = recipients;
	env.recipient_count = 1;
	for (unsigned i = 0; i < count; i++)
		group[i] = (struct quarantine_delivery){
			.envelope = &env, .bytes = list[i].data, .len = list[i].len};
	status = job->group > 1 ? quarantine_deliver_group(state, group, count)
				: quarantine_deliver(state, &env, list[0].data, list[0].len, NULL);
	if (status != QUARANTINE_OK)
		link_fail("%s", quarantine_errmsg(state));
	free(group);
}

static void library_close(void *state)
{
	quarantine_close(state);
}

const struct deliver_how deliver_library = {"library", 1, library_open, library_deliver, library_close};

static void program_deliver(const struct deliver_job *job, void *state, const struct buf *list,
			    unsigned count, unsigned n)
{
	int in[2], status;
	pid_t child;

	(void)state, (void)count, (void)n;
	if (pipe(in) != 0)
		link_fail("pipe");
	child = fork();
	if (child == 0) {
		dup2(in[0], STDIN_FILENO);
		close(in[0]);
		close(in[1]);
		if (!freopen("/dev/null", "w", stdout))
			link_fail("/dev/null");
		execv(job->arguments[0], job->arguments);
		link_fail("cannot run %s", job->arguments[0]);
	}
	close(in[0]);
	for (size_t done = 0; done < list->len;) {
		ssize_t wrote = write(in[1], list->data + done, list->len - done);

		if (wrote <= 0)
			link_fail("write");
		done += (size_t)wrote;
	}
	close(in[1]);
	if (waitpid(child, &status, 0) != child || status != 0)
		link_fail("the program failed");
}

const struct deliver_how deliver_program = {"program", 1, NULL, program_deliver, NULL};

static void mbox_deliver(const struct deliver_job *job, void *state, const struct buf *list, unsigned count,
			 unsigned n)
{
	(void)job, (void)state, (void)n;
	for (unsigned i = 0; i < count; i++) {
		const char *line = list[i].data, *end = line + list[i].len;

		fputs("From shop@customer.example Mon Jan 15 09:00:00 2024\n", stdout);
		while (line < end) { /* no line of these begins with "From " */
			const char *cr = memchr(line, '\r', (size_t)(end - line));

			fwrite(line, 1, (size_t)(cr - line), stdout);
			putc_unlocked('\n', stdout);
			line = cr + 2;
		}
		putc_unlocked('\n', stdout);
	}
	if (ferror(stdout))
		link_fail("write");
}

const struct deliver_how deliver_mbox = {"mbox", 0, NULL, mbox_deliver, NULL};
