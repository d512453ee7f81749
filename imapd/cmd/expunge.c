/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "../../store/base/arena.h"
#include "../../store/include/quarantine.h"
#include "../command.h"
#include "../proto/parse.h"
#include "../proto/seqset.h"
#include "../response.h"
#include "../state.h"
#include "../view.h"
#include "cmd.h"

struct expunge {
	struct quarantine_range *ranges;
	size_t count;
};

/* expunge = "EXPUNGE"; uid-expunge = "UID" SP "EXPUNGE" SP sequence-set (RFC 4315) */
static bool expunge_parse(struct parser *p, struct command *cmd)
{
	struct seqset *set;

	if (!cmd->uid)
		return parse_end(p);
	set = arena_alloc(cmd->arena, sizeof(*set));
	if (!set)
		return parse_fail(p, "Command too large");
	cmd->args = set;
	return seqset_parse(p, set) && parse_end(p);
}

static int expunge_begin(struct command *cmd, struct expunge *e)
{
	const struct view *v = cmd->state->view;
	struct seqset all = {.ranges = &(struct seqset_range){1, SEQSET_STAR}, .count = 1};
	int status = view_select(v, cmd->uid ? cmd->args : &all, true, &e->ranges, &e->count);

	return status == 1 ? QUARANTINE_OK : status;
}

static enum command_status expunge_step(struct command *cmd)
{
	struct view *v = cmd->state->view;
	struct expunge *e = cmd->cursor;
	int status = QUARANTINE_OK;
	bool more = false;

	if (v->read_only) {
		response_no(cmd->response, NULL, "Mailbox is open read-only");
		return COMMAND_DONE;
	}
	if (!e) {
		e = cmd->cursor = arena_alloc(cmd->arena, sizeof(*e));
		status = e ? expunge_begin(cmd, e) : QUARANTINE_NO_MEMORY;
	}
	if (status == QUARANTINE_OK && e->count > 0)
		status = view_expunge(v, cmd->store, e->ranges, e->count, &more);
	if (status != QUARANTINE_OK)
		response_store_error(cmd->response, status, quarantine_errmsg(cmd->store));
	return more && !cmd->hangup ? COMMAND_MORE : COMMAND_DONE;
}

static void expunge_finish(struct command *cmd)
{
	struct expunge *e = cmd->cursor;

	if (e)
		free(e->ranges);
}

/* The EXPUNGE lines come from the view's sync at the command's end. */
const struct command_def command_expunge = {
	.name = "EXPUNGE",
	.states = STATE_SELECTED,
	.flags = COMMAND_HAS_UID_FORM | COMMAND_TELLS_MODSEQ,
	.parse = expunge_parse,
	.step = expunge_step,
	.finish = expunge_finish,
};
