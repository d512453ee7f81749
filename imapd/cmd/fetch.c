/* SPDX-License-Identifier: ISC */
#include "../fetch/fetch.h"

#include "../../store/base/arena.h"
#include "../command.h"
#include "../proto/fetch_att.h"
#include "../proto/parse.h"
#include "../proto/search_return.h"
#include "../proto/seqset.h"
#include "../response.h"
#include "../state.h"
#include "../view.h"
#include "cmd.h"

struct fetch_args {
	struct seqset set;
	struct fetch_items items;
	bool changed; /* CHANGEDSINCE */
	uint64_t since;
	bool vanished;
	bool partial; /* PARTIAL */
	struct search_partial window;
};

/* "CHANGEDSINCE" SP mod-sequence-value / "VANISHED" / "PARTIAL" SP partial-range */
static bool modifier_parse(struct parser *p, struct fetch_args *args)
{
	if (!args->vanished && parse_word(p, "VANISHED")) {
		args->vanished = true;
		return true;
	}
	if (!args->partial && parse_word(p, "PARTIAL")) {
		args->partial = true;
		return parse_space(p) && search_partial_parse(p, &args->window);
	}
	if (args->changed || !parse_word(p, "CHANGEDSINCE"))
		return parse_fail(p, "Unknown FETCH modifier");
	args->changed = true;
	return parse_space(p) && parse_number64(p, &args->since);
}

/* [SP "(" fetch-modifier *(SP fetch-modifier) ")"] */
static bool modifiers_parse(struct parser *p, struct command *cmd)
{
	struct fetch_args *args = cmd->args;

	if (parse_at_end(p))
		return true;
	if (!parse_space(p) || !parse_char(p, '('))
		return false;
	do {
		if (!modifier_parse(p, args))
			return false;
	} while (parse_peek(p, ' ') && parse_space(p));
	if (args->vanished && !(args->changed && cmd->uid && cmd->state->enabled & VIEW_QRESYNC))
		return parse_fail(p, "VANISHED needs UID FETCH, CHANGEDSINCE and ENABLE QRESYNC");
	return parse_char(p, ')');
}

/* fetch = "FETCH" SP sequence-set SP ("ALL" / "FULL" / "FAST" / fetch-att / "(" fetch-att *(SP fetch-att)
 * ")") [fetch-modifiers] */
static bool fetch_parse(struct parser *p, struct command *cmd)
{
	struct fetch_args *args = arena_alloc(cmd->arena, sizeof(*args));

	if (!args)
		return parse_fail(p, "Command too large");
	cmd->args = args;
	return seqset_parse(p, &args->set) && parse_space(p) && fetch_items_parse(p, &args->items) &&
	       modifiers_parse(p, cmd) && parse_end(p);
}

static bool asks_modseq(const struct fetch_args *args)
{
	bool asks = args->changed;

	for (size_t i = 0; i < args->items.count; i++)
		asks |= args->items.list[i].kind == FETCH_MODSEQ;
	return asks;
}

/* False: the tagged answer is set. */
static bool fetch_begin(struct command *cmd)
{
	struct fetch_args *args = cmd->args;
	struct quarantine_range *ranges;
	struct view *v = cmd->state->view;
	size_t count;
	int found = args->vanished ? view_select_given(v, &args->set, &ranges, &count)
				   : view_select(v, &args->set, cmd->uid, &ranges, &count);

	if (found == 0)
		return response_bad(cmd->response, "No message of that number");
	if (asks_modseq(args))
		state_enable(cmd->state, VIEW_CONDSTORE, cmd->response);
	if (found == 1)
		cmd->cursor = fetch_create(v, &args->items, cmd->uid, ranges, count);
	if (cmd->cursor && args->changed)
		fetch_since(cmd->cursor, args->since, args->vanished);
	if (cmd->cursor && args->partial)
		fetch_partial(cmd->cursor, &args->window);
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
	else if (fetch_unknown_encoding(cmd->cursor))
		response_no(cmd->response, "UNKNOWN-CTE", "A part is in an encoding that nobody knows");
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
