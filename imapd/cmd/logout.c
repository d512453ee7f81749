/* SPDX-License-Identifier: ISC */
#include "../command.h"
#include "../response.h"
#include "cmd.h"

static enum command_status logout_step(struct command *cmd)
{
	response_notice(cmd->response, "BYE", NULL, "Logging out");
	return COMMAND_CLOSE;
}

const struct command_def command_logout = {
	.name = "LOGOUT",
	.states = STATE_ANY,
	.flags = COMMAND_RESETS_VIEW,
	.step = logout_step,
};
