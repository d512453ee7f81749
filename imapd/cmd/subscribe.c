/* SPDX-License-Identifier: ISC */
#include "../../store/include/quarantine.h"
#include "../box/names.h"
#include "../command.h"
#include "../notify.h"
#include "../proto/parse.h"
#include "../response.h"
#include "../state.h"
#include "cmd.h"

/* subscribe = "SUBSCRIBE" SP mailbox; unsubscribe = "UNSUBSCRIBE" SP mailbox */
static bool subscribe_parse(struct parser *p, struct command *cmd)
{
	struct slice name;

	if (!parse_mailbox(p, &name) || !parse_end(p))
		return false;
	cmd->args = (void *)name.data;
	return true;
}

static enum command_status change(struct command *cmd, bool subscribed)
{
	char room[BOX_ROOM];
	int status = quarantine_mailbox_subscribe(cmd->store, box_name(cmd->args, room), subscribed);

	notify_own_name(cmd->state->notify, box_name(cmd->args, room));
	if (status != QUARANTINE_OK)
		response_store_error(cmd->response, status, quarantine_errmsg(cmd->store));
	return COMMAND_DONE;
}

static enum command_status subscribe_step(struct command *cmd)
{
	return change(cmd, true);
}

static enum command_status unsubscribe_step(struct command *cmd)
{
	return change(cmd, false);
}

const struct command_def command_subscribe = {
	.name = "SUBSCRIBE",
	.states = STATE_LOGGED_IN,
	.parse = subscribe_parse,
	.step = subscribe_step,
};

const struct command_def command_unsubscribe = {
	.name = "UNSUBSCRIBE",
	.states = STATE_LOGGED_IN,
	.parse = subscribe_parse,
	.step = unsubscribe_step,
};
