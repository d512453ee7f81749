/* SPDX-License-Identifier: ISC */
#include "../command.h"
#include "../response.h"
#include "../state.h"
#include "cmd.h"

static enum command_status starttls_step(struct command *cmd)
{
	if (cmd->state->tls) {
		response_bad(cmd->response, "TLS is on already");
		return COMMAND_DONE;
	}
	if (!cmd->state->services->tls_available) {
		response_bad(cmd->response, "TLS is not available");
		return COMMAND_DONE;
	}
	cmd->response->text = "Begin TLS negotiation now";
	return COMMAND_STARTTLS;
}

const struct command_def command_starttls = {
	.name = "STARTTLS",
	.states = STATE_NOT_AUTHENTICATED,
	.step = starttls_step,
};
