/* SPDX-License-Identifier: ISC */
#include "../notify.h"

#include "../../store/base/arena.h"
#include "../command.h"
#include "../metadata.h"
#include "../proto/parse.h"
#include "../response.h"
#include "../state.h"
#include "../view.h"
#include "cmd.h"

struct notify_args {
	struct slice text;
	struct notify_set set;
};

/* notify = "NOTIFY" SP (notify-set / notify-none). An event that is not known is no error of grammar. */
static bool notify_parse(struct parser *p, struct command *cmd)
{
	struct notify_args *args = arena_alloc(cmd->arena, sizeof(*args));

	if (!args)
		return parse_fail(p, "Command too large");
	cmd->args = args;
	args->text = slice_skip(p->in, p->at);
	if (!notify_set_parse(p, &args->set))
		return args->set.limited &&
		       response_no(cmd->response, "NOTIFICATIONOVERFLOW", "Too many groups of events");
	if (args->set.unknown_event)
		return response_no(cmd->response, "BADEVENT (" NOTIFY_EVENTS ")", "Unknown event");
	return true;
}

static enum command_status notify_step(struct command *cmd)
{
	const struct notify_args *args = cmd->args;
	struct imap_state *state = cmd->state;
	struct notify_to to = {.selected = state->view ? state->view->box.id : 0, .enabled = state->enabled};
	bool heard = state->notify ? notify_watches_metadata(state->notify)
				   : (state->enabled & VIEW_METADATA) != 0;
	struct notify *n = NULL;
	int status = heard ? QUARANTINE_OK : metadata_watch(state, cmd->store);

	if (status == QUARANTINE_OK)
		status = notify_create(args->text, state_utf8(state), cmd->store, &n);
	if (status == QUARANTINE_LIMIT) {
		response_no(cmd->response, "NOTIFICATIONOVERFLOW", "Too much to watch");
	} else if (status != QUARANTINE_OK) {
		response_store_error(cmd->response, status, quarantine_errmsg(cmd->store));
	} else {
		notify_destroy(state->notify);
		state->notify = n;
		if (args->set.status)
			notify_tell_status(n, &to, cmd->response);
		cmd->tells_all = args->set.count > 0;
	}
	return COMMAND_DONE;
}

/* NOTIFY SET implies NOOP. */
const struct command_def command_notify = {
	.name = "NOTIFY",
	.states = STATE_LOGGED_IN,
	.parse = notify_parse,
	.step = notify_step,
};
