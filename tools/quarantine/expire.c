/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "../../store/include/quarantine_admin.h"
#include "../progress.h"
#include "word.h"

static const char doc[] = "Removes the messages of Outgoing and Incoming that were kept long enough: 14 "
			  "days, or what --keep says. "
			  "INBOX and mailboxes that people made are left alone.\v"
			  "PERIOD is a number with d (days), h (hours) or m (minutes), or never; before it "
			  "may stand outgoing=, "
			  "incoming=, a class, or both: outgoing/spam=. The one that says more wins. Mail "
			  "may arrive meanwhile. The "
			  "server does the same every hour, with its own settings.\n\n"
			  "Examples:\n\n"
			  "  quarantine expire\n"
			  "  quarantine expire --keep 30d --keep spam=7d --keep outgoing/phish=never\n"
			  "  quarantine expire --keep 0d --purge\n";

static const struct argp_option options[] = {
	{"keep", 'k', "PERIOD", 0, "how long messages are kept; may be given again", 0},
	{"purge", 'p', NULL, 0, "free at once what is expunged, whoever may still look at it", 0},
	{0},
};

enum { PAUSE_NS = 5 * 1000 * 1000, PURGE_SLICE = 200 };

struct expire_args {
	const char *store;
	struct quarantine_keep *keep;
	size_t count;
	bool purge;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct expire_args *args = state->input;
	struct quarantine_keep *grown;

	switch (key) {
	case 'k':
		grown = realloc(args->keep, (args->count + 1) * sizeof(*grown));
		if (!grown)
			return ENOMEM;
		args->keep = grown;
		if (!quarantine_keep_read(arg, &grown[args->count]))
			argp_error(state, "'%s' is no period: write 14d, spam=7d or outgoing/virus=never",
				   arg);
		args->count++;
		return 0;
	case 'p':
		args->purge = true;
		return 0;
	default:
		return parse_rest(key, arg, state, &args->store);
	}
}

/* Between slices others have the lock. */
static void pause_for_others(void)
{
	nanosleep(&(struct timespec){.tv_nsec = PAUSE_NS}, NULL);
}

static int expire(struct quarantine *store, const struct expire_args *args, struct progress *progress,
		  uint64_t *total)
{
	/* To the end of this second, so that "0d" means what came in it as well; so does purge(). */
	struct quarantine_expiry pass = {.keep = args->keep, .count = args->count, .now = time(NULL) + 1};
	int status = QUARANTINE_OK;

	while (status == QUARANTINE_OK && !pass.finished) {
		size_t done = 0;

		status = quarantine_expire(store, &pass, &done);
		*total += done;
		progress_show(progress, *total, *total);
		if (done > 0)
			pause_for_others();
	}
	return status;
}

static int purge(struct quarantine *store)
{
	int64_t before = (int64_t)time(NULL) + 1;
	size_t done = PURGE_SLICE;
	int status = QUARANTINE_OK;

	while (status == QUARANTINE_OK && done == PURGE_SLICE) {
		status = quarantine_purge(store, before, PURGE_SLICE, &done);
		pause_for_others();
	}
	return status;
}

int word_expire(int argc, char **argv)
{
	const struct argp_child children[] = {{&store_argp, 0, NULL, 0}, {0}};
	const struct argp argp = {options, parse, NULL, doc, children, NULL, NULL};
	struct expire_args args = {0};
	struct quarantine *store = NULL;
	struct progress progress;
	uint64_t total = 0;
	int code, status;

	argp_parse(&argp, argc, argv, 0, NULL, &args);
	code = open_store("expire", args.store, QUARANTINE_WRITE, &store);
	if (code == EX_OK) {
		progress_start(&progress, "messages", 0);
		status = expire(store, &args, &progress, &total);
		if (status == QUARANTINE_OK && args.purge)
			status = purge(store);
		progress_finish(&progress);
		if (status != QUARANTINE_OK)
			code = fail_status("expire", args.store, status, quarantine_errmsg(store));
		printf("%llu messages expired\n", (unsigned long long)total);
	}
	quarantine_close(store);
	free(args.keep);
	return code;
}
