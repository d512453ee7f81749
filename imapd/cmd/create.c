/* SPDX-License-Identifier: ISC */
#include "../../store/include/quarantine.h"
#include "../box/names.h"
#include "../command.h"
#include "../proto/parse.h"
#include "../response.h"
#include "cmd.h"

/* create = "CREATE" SP mailbox */
static bool create_parse(struct parser *p, struct command *cmd)
{
	const char *name;

	if (!box_parse(p, cmd->response, &name) || !parse_end(p))
		return false;
	cmd->args = (void *)name;
	return true;
}

static enum command_status create_step(struct command *cmd)
{
	int status = quarantine_mailbox_create(cmd->store, cmd->args, 0);

	if (status != QUARANTINE_OK)
		response_store_error(cmd->response, status, quarantine_errmsg(cmd->store));
	return COMMAND_DONE;
}

const struct command_def command_create = {
	.name = "CREATE",
	.states = STATE_LOGGED_IN,
	.parse = create_parse,
	.step = create_step,
};
