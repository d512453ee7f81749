/* SPDX-License-Identifier: ISC
 *
 * quarantine-deliver: a mail server's pipe hands a message over; it is in the store, durable, when this
 * ends with 0. On any other end the mail server keeps the message and tries again. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sysexits.h>

#include "../../store/spool/spool.h"
#include "../common.h"
#include "bsmtp.h"
#include "envelope.h"
#include "fromenv.h"
#include "input.h"
#include "options.h"

enum {
	/* What batch SMTP adds to a message: commands and dots. */
	INPUT_MAX = QUARANTINE_MESSAGE_MAX_DEFAULT + 16 * 1024 * 1024,
	TAKE_IN_MAX = 16,      /* spooled messages that one delivery takes in besides its own */
	LINE_MAX_BYTES = 1000, /* of a line on standard error */
};

struct job {
	struct options options;
	struct quarantine_envelope envelope;
	struct buf input;
	struct slice message;
	struct arena arena;
	char why[256]; /* the store's last word */
};

/* How a status ends the program. The enhanced status code (RFC 3463) stands at the start of the output,
 * where Postfix takes it for the result, whatever the exit status is. */
static const struct ending {
	int status, code;
	const char *enhanced;
} endings[] = {
	{QUARANTINE_TOO_BIG, EX_DATAERR, "5.3.4"},
	{QUARANTINE_INVALID, EX_DATAERR, "5.6.0"},
	{QUARANTINE_DENIED, EX_NOPERM, "4.3.5"},
	{0, EX_TEMPFAIL, "4.3.0"},
};

/* Says on one line of standard error what went wrong. The exit status. */
static int fail(int status, const char *what)
{
	struct buf line = {.limit = LINE_MAX_BYTES};
	const struct ending *e = endings;

	while (e->status != 0 && e->status != status)
		e++;
	buf_addf(&line, "%s quarantine-deliver: ", e->enhanced);
	add_safe(&line, slice_str(what));
	fprintf(stderr, "%.*s\n", (int)line.len, line.data);
	buf_finish(&line);
	return e->code;
}

/* A key for a message without a queue id: store and spool shall not both keep it. */
static const char *random_key(struct arena *arena)
{
	unsigned long long n[2];
	char key[40];

	if (getrandom(n, sizeof(n), 0) != sizeof(n))
		return NULL;
	snprintf(key, sizeof(key), "%016llx%016llx", n[0], n[1]);
	return arena_strndup(arena, slice_str(key));
}

/* Brings the facts together: the command line, then the batch, then the environment. */
static bool complete_envelope(struct job *j, const struct quarantine_envelope *batch)
{
	struct quarantine_envelope *env = &j->envelope;

	*env = j->options.envelope;
	if (!env->sender)
		env->sender = batch->sender;
	if (env->recipient_count == 0) {
		env->recipients = batch->recipients;
		env->recipient_count = batch->recipient_count;
	}
	if ((j->options.from_env && !fromenv_fill(env, &j->arena)) || !envelope_tidy(env, &j->arena))
		return false;
	if (env->delivery_key || (!env->queue_id && !j->options.spool))
		return true;
	env->delivery_key = env->queue_id ? envelope_key(env, j->message, &j->arena) : random_key(&j->arena);
	return env->delivery_key != NULL;
}

/* Reads the message and all that is said of it. 0, or an exit status after a line of text. */
static int prepare(struct job *j)
{
	struct quarantine_envelope batch = QUARANTINE_ENVELOPE_INIT;
	const char *wrong;
	int status;

	j->input.limit = INPUT_MAX;
	status = input_read(STDIN_FILENO, &j->input);
	if (status != QUARANTINE_OK)
		return fail(status, status == QUARANTINE_IO ? strerror(errno) : quarantine_strerror(status));
	j->message = buf_slice(&j->input);
	if (j->options.bsmtp)
		status = bsmtp_read(j->input.data, j->input.len, &j->arena, &batch, &j->message, &wrong);
	if (status != QUARANTINE_OK)
		return fail(status, wrong);
	if (j->options.strip_mbox_from)
		j->message = input_strip_mbox_from(j->message);
	if (j->message.len > QUARANTINE_MESSAGE_MAX_DEFAULT)
		return fail(QUARANTINE_TOO_BIG, quarantine_strerror(QUARANTINE_TOO_BIG));
	if (!complete_envelope(j, &batch))
		return fail(QUARANTINE_NO_MEMORY, quarantine_strerror(QUARANTINE_NO_MEMORY));
	return 0;
}

static void report(void *context, enum spool_event event, const char *name, int64_t message, const char *why)
{
	struct buf line = {.limit = LINE_MAX_BYTES};

	(void)context;
	(void)message;
	if (event != SPOOL_BAD)
		return;
	buf_add_str(&line, "spooled file ");
	add_safe(&line, slice_str(name));
	buf_addf(&line, " was set aside: %s", why);
	fprintf(stderr, "%.*s\n", (int)line.len, line.data);
	buf_finish(&line);
}

/* Stores the message, and some of those that wait in the spool folder if it may be read. */
static int store_message(struct job *j)
{
	struct quarantine *q;
	int64_t id;
	int status = quarantine_open_why(j->options.store, QUARANTINE_WRITE | QUARANTINE_DELIVER, &q, j->why,
					 sizeof(j->why));

	if (status != QUARANTINE_OK)
		return status;
	quarantine_set_min_free(q, j->options.min_free);
	status = quarantine_deliver(q, &j->envelope, j->message.data, j->message.len, &id);
	if (status != QUARANTINE_OK) {
		snprintf(j->why, sizeof(j->why), "%s", quarantine_errmsg(q));
	} else {
		printf("%lld\n", (long long)id);
		fflush(stdout);
		if (j->options.spool)
			spool_take_in(j->options.spool, q, TAKE_IN_MAX, report, NULL, NULL);
	}
	quarantine_close(q);
	return status;
}

static int spool_message(struct job *j)
{
	char name[SPOOL_NAME_SIZE];
	int status = spool_put(j->options.spool, &j->envelope, j->message, name);

	if (status == QUARANTINE_OK)
		printf("spooled %s\n", name);
	else
		snprintf(j->why, sizeof(j->why), "no store, and the spool folder fails: %s", strerror(errno));
	return status;
}

static int deliver(struct job *j)
{
	int status = store_message(j);
	bool hopeless = status == QUARANTINE_TOO_BIG || status == QUARANTINE_INVALID;

	if (status != QUARANTINE_OK && !hopeless && j->options.spool)
		status = spool_message(j);
	return status == QUARANTINE_OK ? 0 : fail(status, j->why);
}

int main(int argc, char **argv)
{
	struct job j = {0};
	int code;

	/* A mail server that has gone, or a limit on file sizes, is no reason to end half-way. */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	options_read(argc, argv, &j.options);
	code = prepare(&j);
	if (code == 0)
		code = deliver(&j);
	buf_finish(&j.input);
	arena_finish(&j.arena);
	return code;
}
