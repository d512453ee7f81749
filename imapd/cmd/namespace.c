/* SPDX-License-Identifier: ISC */
#include "../command.h"
#include "../response.h"
#include "cmd.h"

/* Personal, other users', shared (RFC 2342). */
static enum command_status namespace_step(struct command *cmd)
{
	response_untagged(cmd->response, "NAMESPACE ((\"\" \"/\")) NIL NIL");
	return COMMAND_DONE;
}

const struct command_def command_namespace = {
	.name = "NAMESPACE",
	.states = STATE_LOGGED_IN,
	.step = namespace_step,
};
