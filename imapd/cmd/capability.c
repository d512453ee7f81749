/* SPDX-License-Identifier: ISC */
#include "../command.h"
#include "../response.h"
#include "../state.h"
#include "cmd.h"

static enum command_status capability_step(struct command *cmd)
{
	char capabilities[sizeof(cmd->response->code)];

	state_capabilities(cmd->state, capabilities, sizeof(capabilities));
	response_untagged(cmd->response, "CAPABILITY %s", capabilities);
	return COMMAND_DONE;
}

const struct command_def command_capability = {
	.name = "CAPABILITY",
	.states = STATE_ANY,
	.step = capability_step,
};
