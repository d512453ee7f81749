/* SPDX-License-Identifier: ISC */
#include "../fetch.h"

#include "../../store/base/arena.h"
#include "../command.h"
#include "../proto/fetch_att.h"
#include "../proto/parse.h"
#include "../proto/seqset.h"
#include "../response.h"
#include "../state.h"
#include "../view.h"
#include "cmd.h"

struct fetch_args {
	struct seqset set;
	struct fetch_items items;
};

/* fetch = "FETCH" SP sequence-set SP ("ALL" / "FULL" / "FAST" / fetch-att / "(" fetch-att *(SP fetch-att)
 * ")") */
static bool fetch_parse(struct parser *p, struct command *cmd)
{
	struct fetch_args *args = arena_alloc(cmd->arena, sizeof(*args));

	if (!args)
		return parse_fail(p, "Command too large");
	cmd->args = args;
	return seqset_parse(p, &args->set) && parse_space(p) && fetch_items_parse(p, &args->items) &&
	       parse_end(p);
}

/* False: the tagged answer is set. */
static bool fetch_begin(struct command *cmd)
{
	struct fetch_args *args = cmd->args;
	struct quarantine_range *ranges;
	size_t count;
	int found = view_select(cmd->state->view, &args->set, cmd->uid, &ranges, &count);

	if (found == 0)
		return response_bad(cmd->response, "No message of that number");
	if (found == 1)
		cmd->cursor = fetch_create(cmd->state->view, &args->items, cmd->uid, ranges, count);
	if (!cmd->cursor)
		response_store_error(cmd->response, QUARANTINE_NO_MEMORY, "fetch");
	return cmd->cursor;
}

static enum command_status fetch_do(struct command *cmd)
{
	int status;
	bool more;

	if (!cmd->cursor && !fetch_begin(cmd))
		return COMMAND_DONE;
	status = fetch_step(cmd->cursor, cmd->store, cmd->response, &more);
	if (more && !cmd->hangup)
		return COMMAND_MORE;
	if (status == QUARANTINE_OK)
		status = fetch_content_status(cmd->cursor);
	if (status != QUARANTINE_OK)
		response_store_error(cmd->response, status, quarantine_errmsg(cmd->store));
	else if (fetch_missed(cmd->cursor) && !cmd->uid)
		response_no(cmd->response, "EXPUNGEISSUED", "Some messages were expunged");
	return COMMAND_DONE;
}

static void fetch_finish(struct command *cmd)
{
	fetch_destroy(cmd->cursor);
}

const struct command_def command_fetch = {
	.name = "FETCH",
	.states = STATE_SELECTED,
	.flags = COMMAND_HAS_UID_FORM | COMMAND_HOLDS_EXPUNGE,
	.parse = fetch_parse,
	.step = fetch_do,
	.finish = fetch_finish,
};
