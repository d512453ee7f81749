/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "../common.h"
#include "../progress.h"
#include "batch.h"
#include "source.h"
#include "word.h"

enum { LOCK_TIMEOUT = 60 * 1000 };

static const char doc[] =
	"Takes messages into the store: those of an mbox, of a Maildir, or of standard input ('-', an mbox "
	"or a "
	"single message).\v"
	"Messages are stored in groups. Ctrl-C ends the import after the group at hand. An import that was "
	"ended "
	"or failed can be run again as it was: within 7 days, messages that it stored before are not stored "
	"again. Flags of a Maildir are not taken over.\n\n"
	"Examples:\n\n"
	"  quarantine import --mbox /var/mail/spam --direction incoming --class spam\n"
	"  quarantine import --maildir ~/Junk --direction incoming\n"
	"  zcat old.mbox.gz | quarantine import - --direction outgoing\n";

enum option_key {
	KEY_MBOX = 0x100,
	KEY_MAILDIR,
	KEY_DIRECTION,
	KEY_RECEIVED,
	KEY_AGAIN,
	KEY_CLASS,
	KEY_SUB_CLASS,
	KEY_EVIDENCE,
	KEY_ACTION,
	KEY_AUTH_USER,
	KEY_AUTH_DOMAIN,
	KEY_IDENTITY,
};

static const struct argp_option options[] = {
	{"mbox", KEY_MBOX, "FILE", 0, "take the messages of an mbox ('-': standard input)", 0},
	{"maildir", KEY_MAILDIR, "DIR", 0, "take the messages of a Maildir, those in cur and new", 0},
	{"direction", KEY_DIRECTION, "outgoing|incoming", 0, "whose mail it is; must be given", 0},
	{"received-from-header", KEY_RECEIVED, NULL, 0,
	 "take the time of the topmost Received field as the time of arrival, not now", 0},
	{"again", KEY_AGAIN, NULL, 0, "store once more what an import has stored before", 0},
	{NULL, 0, NULL, 0, "Facts for all messages (otherwise taken from their headers):", 1},
	{"class", KEY_CLASS, "C", 0, "spam, phish, virus, …", 1},
	{"sub-class", KEY_SUB_CLASS, "C", 0, "why, as the filter names it", 1},
	{"evidence", KEY_EVIDENCE, "TEXT", 0, "rule or text that decided", 1},
	{"action", KEY_ACTION, "A", 0, "rejected, accepted, discarded, deferred", 1},
	{"auth-user", KEY_AUTH_USER, "USER", 0, "authenticated user", 1},
	{"auth-domain", KEY_AUTH_DOMAIN, "DOMAIN", 0, "domain or account that the user belongs to", 1},
	{"identity", KEY_IDENTITY, "I", 0, "customer, script or user behind it", 1},
	{0},
};

struct import_args {
	const char *store;
	const char *mbox;
	const char *maildir;
	bool received_from_header;
	bool again;
	struct quarantine_envelope envelope;
};

/* Where the envelope keeps a fact, or NULL. */
static const char **fact(struct quarantine_envelope *env, int key)
{
	switch (key) {
	case KEY_CLASS:
		return &env->class_name;
	case KEY_SUB_CLASS:
		return &env->sub_class;
	case KEY_EVIDENCE:
		return &env->evidence;
	case KEY_ACTION:
		return &env->action;
	case KEY_AUTH_USER:
		return &env->auth_user;
	case KEY_AUTH_DOMAIN:
		return &env->auth_domain;
	case KEY_IDENTITY:
		return &env->identity;
	default:
		return NULL;
	}
}

static enum quarantine_direction parse_direction(const char *arg, struct argp_state *state)
{
	if (strcmp(arg, "outgoing") == 0)
		return QUARANTINE_OUTGOING;
	if (strcmp(arg, "incoming") != 0)
		argp_error(state, "the direction is outgoing or incoming, not '%s'", arg);
	return QUARANTINE_INCOMING;
}

static error_t parse_end(struct argp_state *state, const struct import_args *args)
{
	if (!args->mbox == !args->maildir)
		argp_error(state, "one of --mbox FILE, --maildir DIR and '-' is needed");
	if (args->envelope.direction == 0)
		argp_error(state, "--direction outgoing or --direction incoming is needed");
	return 0;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct import_args *args = state->input;
	const char **text = fact(&args->envelope, key);

	if (text) {
		*text = arg;
		return 0;
	}
	switch (key) {
	case ARGP_KEY_INIT:
		args->store = STORE_DEFAULT;
		state->child_inputs[0] = &args->store;
		return 0;
	case KEY_MBOX:
		args->mbox = arg;
		return 0;
	case KEY_MAILDIR:
		args->maildir = arg;
		return 0;
	case KEY_DIRECTION:
		args->envelope.direction = parse_direction(arg, state);
		return 0;
	case KEY_RECEIVED:
		args->received_from_header = true;
		return 0;
	case KEY_AGAIN:
		args->again = true;
		return 0;
	case ARGP_KEY_ARG:
		if (strcmp(arg, "-") != 0 || args->mbox)
			argp_error(state, "'%s' is not understood; a file is named by --mbox", arg);
		args->mbox = arg;
		return 0;
	case ARGP_KEY_END:
		return parse_end(state, args);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* SIGINT and SIGTERM become a descriptor to look at between messages. */
static int open_stop(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC);
}

static bool is_stopped(int stop_fd)
{
	struct pollfd fd = {.fd = stop_fd, .events = POLLIN};

	return poll(&fd, 1, 0) > 0;
}

static struct source *open_source(const struct import_args *args, int stop_fd)
{
	const char *name = args->maildir ? args->maildir : args->mbox;
	struct source *source = NULL;
	int fd = -1;

	if (args->maildir) {
		source = source_maildir(name, QUARANTINE_MESSAGE_MAX_DEFAULT);
	} else {
		fd = strcmp(name, "-") == 0 ? dup(STDIN_FILENO) : open(name, O_RDONLY | O_CLOEXEC);
		if (fd >= 0)
			source = source_stream(fd, QUARANTINE_MESSAGE_MAX_DEFAULT, stop_fd);
	}
	if (!source)
		fprintf(stderr, "quarantine import: %s: %s\n", name, strerror(errno));
	return source;
}

static void tell_left_out(int status, const struct source *source)
{
	const char *why = status == SOURCE_UNREADABLE ? strerror(errno) : "larger than 64 MiB";
	struct buf place = {0};

	add_safe(&place, slice_str(source->place));
	fprintf(stderr, "quarantine import: the message at %.*s is left out: %s\n", (int)place.len,
		place.data, why);
	buf_finish(&place);
}

/* Reads and stores until the end of the source, a stop or a failure. *ended becomes how the source
 * ended. Returns a quarantine_status. */
static int run(struct batch *batch, struct source *source, int stop_fd, int *ended)
{
	struct progress progress;
	int status = QUARANTINE_OK;

	progress_start(&progress, "messages", source->total);
	do {
		size_t at = batch->content.len;

		*ended = is_stopped(stop_fd) ? SOURCE_STOPPED : source->next(source, &batch->content);
		if (*ended == SOURCE_MESSAGE) {
			batch_add(batch, at, source->place);
		} else if (*ended > 0) {
			progress_finish(&progress);
			tell_left_out(*ended, source);
			batch->refused++;
		} else if (*ended == SOURCE_FAILED) {
			fprintf(stderr, "quarantine import: reading failed: %s\n", strerror(errno));
		}
		if (*ended <= 0 || batch_full(batch))
			status = batch_flush(batch);
		progress_show(&progress, source->done, batch->stored);
	} while (*ended > 0 && status == QUARANTINE_OK);
	progress_finish(&progress);
	return status;
}

/* One line that says what is stored now, whatever happened. */
static void tell_result(const struct batch *batch, double seconds, int ended, int status)
{
	char size[SIZE_TEXT];
	bool whole = ended == SOURCE_END && status == QUARANTINE_OK;

	printf("%llu messages (%s) are stored, %.1f s, %.0f/s%s", (unsigned long long)batch->stored,
	       size_text(batch->bytes, size), seconds, seconds > 0 ? (double)batch->stored / seconds : 0.0,
	       whole ? "" : "; the import is not complete");
	if (batch->refused > 0)
		printf("; %llu were left out", (unsigned long long)batch->refused);
	printf("\n");
	if (!whole && !batch->again)
		printf("Run the same command again within 7 days: what is stored is not stored twice.\n");
}

static int import(const struct import_args *args, struct quarantine *store)
{
	struct batch batch = {.store = store,
			      .envelope = args->envelope,
			      .received_from_header = args->received_from_header,
			      .again = args->again};
	int stop_fd = open_stop();
	struct source *source = open_source(args, stop_fd);
	struct timespec start, end;
	int ended, status, code = EX_NOINPUT;

	if (!source)
		goto out;
	clock_gettime(CLOCK_MONOTONIC, &start);
	status = run(&batch, source, stop_fd, &ended);
	clock_gettime(CLOCK_MONOTONIC, &end);
	code = ended == SOURCE_STOPPED  ? EX_TEMPFAIL
	       : ended == SOURCE_FAILED ? EX_IOERR
	       : batch.refused > 0      ? EX_DATAERR
					: EX_OK;
	if (status != QUARANTINE_OK)
		code = fail_status("import", args->store, status, quarantine_errmsg(store));
	tell_result(&batch, (double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) / 1e9,
		    ended, status);
out:
	source_close(source);
	batch_finish(&batch);
	close(stop_fd);
	return code;
}

int word_import(int argc, char **argv)
{
	const struct argp_child children[] = {{&store_argp, 0, NULL, 0}, {0}};
	const struct argp argp = {options, parse, "[-]", doc, children, NULL, NULL};
	struct import_args args = {.envelope = QUARANTINE_ENVELOPE_INIT};
	struct quarantine *store = NULL;
	int code;

	argp_parse(&argp, argc, argv, 0, NULL, &args);
	code = open_store("import", args.store, QUARANTINE_WRITE, &store);
	if (code != EX_OK)
		return code;
	quarantine_set_lock_timeout(store, LOCK_TIMEOUT);
	code = import(&args, store);
	quarantine_close(store);
	return code;
}
