/* SPDX-License-Identifier: ISC */
#include <stdio.h>

#include "../../store/base/arena.h"
#include "../../store/include/quarantine.h"
#include "../box/names.h"
#include "../command.h"
#include "../metadata.h"
#include "../proto/metadata_wish.h"
#include "../response.h"
#include "cmd.h"

struct getmetadata {
	const char *mailbox;
	struct metadata_wish wish;
};

/* getmetadata = "GETMETADATA" [SP options] SP mailbox SP entries; in the examples of RFC 5464 the options
 * stand behind the mailbox */
static bool getmetadata_parse(struct parser *p, struct command *cmd)
{
	struct getmetadata *args = arena_alloc(cmd->arena, sizeof(*args));
	struct slice name;

	if (!args)
		return parse_fail(p, "Command too large");
	cmd->args = args;
	args->wish.max_size = UINT64_MAX;
	if (parse_peek(p, '(') && !(metadata_options_parse(p, &args->wish) && parse_space(p)))
		return false;
	if (!parse_mailbox(p, &name) || !parse_space(p))
		return false;
	args->mailbox = name.data;
	if (metadata_options_ahead(p) && !(metadata_options_parse(p, &args->wish) && parse_space(p)))
		return false;
	return metadata_entries_parse(p, &args->wish) && parse_end(p);
}

static int getmetadata_begin(struct command *cmd)
{
	const struct getmetadata *args = cmd->args;
	struct metadata_telling *t = arena_alloc(cmd->arena, sizeof(*t));
	struct quarantine_mailbox box;
	int status;

	if (!t)
		return QUARANTINE_NO_MEMORY;
	cmd->cursor = t;
	if (args->mailbox[0] == '\0')
		return metadata_begin(t, cmd->state, cmd->store, "", NULL);
	status = box_find(cmd->store, args->mailbox, &box);
	if (status == QUARANTINE_OK)
		status = metadata_begin(t, cmd->state, cmd->store, args->mailbox, &box);
	return status;
}

static enum command_status getmetadata_step(struct command *cmd)
{
	const struct getmetadata *args = cmd->args;
	struct response *r = cmd->response;
	const struct metadata_telling *t;
	bool more = false;
	int status = cmd->cursor ? QUARANTINE_OK : getmetadata_begin(cmd);

	t = cmd->cursor;
	if (status == QUARANTINE_OK)
		status = metadata_tell(cmd->cursor, cmd->store, &args->wish, r, &more);
	if (more && !cmd->hangup)
		return COMMAND_MORE;
	if (status != QUARANTINE_OK)
		response_store_error(r, status, quarantine_errmsg(cmd->store));
	else if (t->longest > 0)
		snprintf(r->code, sizeof(r->code), "METADATA LONGENTRIES %llu",
			 (unsigned long long)t->longest);
	return COMMAND_DONE;
}

static void getmetadata_finish(struct command *cmd)
{
	if (cmd->cursor)
		metadata_finish(cmd->cursor);
}

const struct command_def command_getmetadata = {
	.name = "GETMETADATA",
	.states = STATE_LOGGED_IN,
	.parse = getmetadata_parse,
	.step = getmetadata_step,
	.finish = getmetadata_finish,
};
