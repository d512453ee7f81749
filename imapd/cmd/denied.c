/* SPDX-License-Identifier: ISC
 *
 * Commands that this server understands and does not do: a clear NO, so that clients do not try again. */
#include "../command.h"
#include "../proto/parse.h"
#include "../response.h"
#include "cmd.h"

static bool denied_parse(struct parser *p, struct command *cmd)
{
	(void)cmd;
	p->at = p->in.len;
	return true;
}

static enum command_status denied_step(struct command *cmd)
{
	response_no(cmd->response, "CANNOT", "The quarantine does not do this");
	return COMMAND_DONE;
}

const struct command_def command_append = {
	.name = "APPEND",
	.states = STATE_LOGGED_IN,
	.parse = denied_parse,
	.step = denied_step,
};
