/* SPDX-License-Identifier: ISC
 *
 * The happy path: "+ idling", then the news of the mailbox at each step, until DONE comes, in any case of
 * letters. It may have come before the "+" already, or in one packet with the next command.
 *
 * What can go wrong: another line comes (BAD), the store cannot be read (NO, which ends IDLE). A client
 * that went away is the session's affair; so is the sign of life every two minutes. */
#include "../../store/include/quarantine.h"
#include "../command.h"
#include "../response.h"
#include "../state.h"
#include "../sync.h"
#include "../view.h"
#include "cmd.h"

static enum command_status end_idle(struct command *cmd)
{
	cmd->idling = false;
	return COMMAND_DONE;
}

/* EXPUNGE may be told: no command is under way that uses sequence numbers (RFC 2177). */
static enum command_status tell_news(struct command *cmd)
{
	bool more = false;
	int status = sync_tell(cmd->state, cmd->store, cmd->response, 0, &more);
	if (status != QUARANTINE_OK) {
		response_store_error(cmd->response, status, quarantine_errmsg(cmd->store));
		return end_idle(cmd);
	}
	return more ? COMMAND_MORE : COMMAND_WAIT;
}

static enum command_status idle_step(struct command *cmd)
{
	if (cmd->hangup)
		return end_idle(cmd);
	if (cmd->line.data) {
		if (!slice_ieq(slice_trim(cmd->line), SLICE("DONE")))
			response_bad(cmd->response, "Expected DONE");
		return end_idle(cmd);
	}
	if (!cmd->idling) {
		cmd->idling = true;
		response_continue(cmd->response, "idling");
	}
	return tell_news(cmd);
}

const struct command_def command_idle = {
	.name = "IDLE",
	.states = STATE_LOGGED_IN,
	.flags = COMMAND_CONTINUES,
	.step = idle_step,
};
