/* SPDX-License-Identifier: ISC */
#include "../../store/base/arena.h"
#include "../../store/include/quarantine.h"
#include "../box/names.h"
#include "../command.h"
#include "../log.h"
#include "../notify.h"
#include "../proto/parse.h"
#include "../response.h"
#include "../state.h"
#include "cmd.h"
#include "list.h"

struct rename_args {
	struct box_given from, to;
};

/* rename = "RENAME" SP mailbox SP mailbox */
static bool rename_parse(struct parser *p, struct command *cmd)
{
	struct rename_args *args = arena_alloc(cmd->arena, sizeof(*args));

	if (!args)
		return parse_fail(p, "Command too large");
	cmd->args = args;
	return box_parse(p, cmd->response, &args->from) && parse_space(p) &&
	       box_parse(p, cmd->response, &args->to) && parse_end(p);
}

static enum command_status rename_step(struct command *cmd)
{
	const struct rename_args *args = cmd->args;
	int status = quarantine_mailbox_rename(cmd->store, args->from.name, args->to.name);

	notify_own_name(cmd->state->notify, args->from.name);
	notify_own_name(cmd->state->notify, args->to.name);
	if (status != QUARANTINE_OK)
		response_store_error(cmd->response, status, quarantine_errmsg(cmd->store));
	else
		log_event(LOG_LEVEL_INFO, cmd->state->session, "rename", "user", cmd->state->user, "mailbox",
			  args->from.name, "to", args->to.name, NULL);
	if (status == QUARANTINE_OK &&
	    (strcmp(args->from.name, args->from.sent) != 0 || strcmp(args->to.name, args->to.sent) != 0))
		list_tell_other(cmd, args->to.name, args->from.sent);
	return COMMAND_DONE;
}

const struct command_def command_rename = {
	.name = "RENAME",
	.states = STATE_LOGGED_IN,
	.parse = rename_parse,
	.step = rename_step,
};
