/* SPDX-License-Identifier: ISC */
#include <stdio.h>

#include "../../store/include/quarantine_admin.h"
#include "../common.h"
#include "../progress.h"
#include "word.h"

static const char doc[] =
	"Copies the store into FILE (which must not exist) while mail is delivered and read.\v"
	"The copy is the store of the moment at which the command ends. Accounts are not in it: keep a copy "
	"of "
	"DIR/accounts.db too. The file is readable for its owner only.\n\n"
	"Examples:\n\n"
	"  quarantine backup /backup/quarantine-$(date +%F).db\n";

enum { LOCK_TIMEOUT = 60 * 1000 };

struct context {
	struct progress progress;
	uint64_t bytes;
};

static void show(void *context, uint64_t done, uint64_t total)
{
	struct context *c = context;

	c->progress.total = total;
	c->bytes = total;
	progress_show(&c->progress, done, done / (1024 * 1024));
}

int word_backup(int argc, char **argv)
{
	struct simple_args args = {.name = "FILE", .doc = doc};
	struct context context = {.bytes = 0};
	struct quarantine *store = NULL;
	char size[SIZE_TEXT];
	int code, status;

	parse_simple(argc, argv, &args);
	code = open_store("backup", args.store, QUARANTINE_WRITE, &store);
	if (code != EX_OK)
		return code;
	quarantine_set_lock_timeout(store, LOCK_TIMEOUT);
	progress_start(&context.progress, "MiB", 1);
	status = quarantine_backup(store, args.value, show, &context);
	progress_finish(&context.progress);
	if (status != QUARANTINE_OK)
		code = fail_status("backup", args.value, status, quarantine_errmsg(store));
	else
		printf("%s holds the store, %s\n", args.value, size_text(context.bytes, size));
	quarantine_close(store);
	return code;
}
