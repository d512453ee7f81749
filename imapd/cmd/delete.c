/* SPDX-License-Identifier: ISC
 *
 * The name goes at once; then the messages, slice by slice, so that those who have the mailbox open hear of
 * it. What a client that hangs up leaves is the purge's. */
#include "../../store/base/arena.h"
#include "../../store/include/quarantine.h"
#include "../box/names.h"
#include "../command.h"
#include "../log.h"
#include "../notify.h"
#include "../pace.h"
#include "../proto/parse.h"
#include "../response.h"
#include "../state.h"
#include "../view.h"
#include "cmd.h"
#include "list.h"

/* delete = "DELETE" SP mailbox */
static bool delete_parse(struct parser *p, struct command *cmd)
{
	struct box_given *box = arena_alloc(cmd->arena, sizeof(*box));

	cmd->args = box;
	if (!box)
		return parse_fail(p, "Command too large");
	return box_parse(p, cmd->response, box) && parse_end(p);
}

/* False: the tagged answer is set. */
static bool delete_begin(struct command *cmd)
{
	const struct box_given *box = cmd->args;
	int64_t *mailbox = arena_alloc(cmd->arena, sizeof(*mailbox));
	int status =
		mailbox ? quarantine_mailbox_delete(cmd->store, box->name, mailbox) : QUARANTINE_NO_MEMORY;

	cmd->cursor = mailbox;
	notify_own_name(cmd->state->notify, box->name);
	if (status == QUARANTINE_EXISTS)
		return response_no(cmd->response, "HASCHILDREN", "There are mailboxes below it");
	if (status != QUARANTINE_OK)
		response_store_error(cmd->response, status, quarantine_errmsg(cmd->store));
	else
		log_event(LOG_LEVEL_INFO, cmd->state->session, "delete", "user", cmd->state->user, "mailbox",
			  box->name, NULL);
	if (status == QUARANTINE_OK)
		list_tell_other(cmd, box->name, box->sent);
	return status == QUARANTINE_OK;
}

static enum command_status delete_step(struct command *cmd)
{
	static const struct quarantine_range all = {1, UINT32_MAX};
	const struct quarantine_expunge_request request = {
		.size = sizeof(request),
		.reason = QUARANTINE_REMOVED,
		.by = cmd->state->user,
		.max = VIEW_SLICE,
	};
	struct pace pace = pace_start();
	size_t done = VIEW_SLICE;
	int status = QUARANTINE_OK;

	if (!cmd->cursor && !delete_begin(cmd))
		return COMMAND_DONE;
	while (status == QUARANTINE_OK && done == VIEW_SLICE) {
		if (pace_over(&pace))
			return COMMAND_MORE;
		status = quarantine_expunge(cmd->store, *(int64_t *)cmd->cursor, &all, 1, &request, &done);
	}
	return COMMAND_DONE;
}

const struct command_def command_delete = {
	.name = "DELETE",
	.states = STATE_LOGGED_IN,
	.parse = delete_parse,
	.step = delete_step,
};
