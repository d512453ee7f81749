/* SPDX-License-Identifier: ISC */
#include <stdio.h>

#include "../../store/include/quarantine_admin.h"
#include "../common.h"
#include "../progress.h"
#include "word.h"

static const char doc[] =
	"Checks the whole store: the database, the bytes of every message against the hash that was kept of "
	"them, "
	"every counter and every reference.\v"
	"Faults are printed one a line. Exits with 0 when there is none, with 65 when there are some.\n\n"
	"Examples:\n\n"
	"  quarantine check || mail -s 'the quarantine is damaged' postmaster </dev/null\n";

static void tell(void *context, const char *text)
{
	struct buf line = {0};

	progress_finish(context);
	add_safe(&line, slice_str(text));
	printf("%.*s\n", (int)line.len, line.data);
	buf_finish(&line);
}

static void show(void *context, uint64_t done, uint64_t total)
{
	struct progress *progress = context;

	progress->total = total;
	progress_show(progress, done, done);
}

int word_check(int argc, char **argv)
{
	struct simple_args args = {.doc = doc};
	struct progress progress;
	struct quarantine *store = NULL;
	uint64_t faults = 0;
	int code, status;

	parse_simple(argc, argv, &args);
	code = open_store("check", args.store, QUARANTINE_READ, &store);
	if (code != EX_OK)
		return code;
	progress_start(&progress, "messages", 0);
	status = quarantine_check(store, tell, show, &progress, &faults);
	progress_finish(&progress);
	if (status != QUARANTINE_OK) {
		code = fail_status("check", args.store, status, quarantine_errmsg(store));
	} else if (faults > 0) {
		printf("%llu faults\n", (unsigned long long)faults);
		code = EX_DATAERR;
	} else {
		printf("no faults\n");
	}
	quarantine_close(store);
	return code;
}
