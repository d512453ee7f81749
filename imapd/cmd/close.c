/* SPDX-License-Identifier: ISC */
#include "../../store/include/quarantine.h"
#include "../command.h"
#include "../response.h"
#include "../state.h"
#include "../view.h"
#include "cmd.h"

static enum command_status close_step(struct command *cmd)
{
	struct view *v = cmd->state->view;
	struct quarantine_range all = {1, uidmap_largest(v->map)};
	bool more = false;
	int status = QUARANTINE_OK;

	if (!v->read_only && all.last > 0)
		status = view_expunge(v, cmd->store, &all, 1, &more);
	if (status != QUARANTINE_OK)
		response_store_error(cmd->response, status, quarantine_errmsg(cmd->store));
	if (more && !cmd->hangup)
		return COMMAND_MORE;
	state_unselect(cmd->state);
	return COMMAND_DONE;
}

/* Expunges without telling, then as UNSELECT. */
const struct command_def command_close = {
	.name = "CLOSE",
	.states = STATE_SELECTED,
	.flags = COMMAND_RESETS_VIEW,
	.step = close_step,
};
