/* SPDX-License-Identifier: ISC */
#include "../search.h"

#include "../../store/base/arena.h"
#include "../command.h"
#include "../proto/parse.h"
#include "../proto/search_key.h"
#include "../response.h"
#include "../state.h"
#include "cmd.h"

/* search = "SEARCH" [SP "CHARSET" SP astring] 1*(SP search-key) */
static bool search_parse(struct parser *p, struct command *cmd)
{
	struct search_program *program = arena_alloc(cmd->arena, sizeof(*program));

	if (!program)
		return parse_fail(p, "Command too large");
	cmd->args = program;
	if (search_program_parse(p, program))
		return parse_end(p);
	if (program->bad_charset)
		return response_no(cmd->response, "BADCHARSET (US-ASCII UTF-8)", "Unknown character set");
	if (program->limited)
		return response_no(cmd->response, "LIMIT", "Too many or too deep search keys");
	return false;
}

static enum command_status search_do(struct command *cmd)
{
	struct search_program *program = cmd->args;
	int status = QUARANTINE_NO_MEMORY;
	bool more = false;

	if (!cmd->cursor)
		cmd->cursor = search_create(cmd->state->view, program->root, cmd->uid);
	if (cmd->cursor)
		status = search_step(cmd->cursor, cmd->store, cmd->response, &more);
	if (status != QUARANTINE_OK)
		response_store_error(cmd->response, status, quarantine_errmsg(cmd->store));
	return more && !cmd->hangup ? COMMAND_MORE : COMMAND_DONE;
}

static void search_finish(struct command *cmd)
{
	search_destroy(cmd->cursor);
}

const struct command_def command_search = {
	.name = "SEARCH",
	.states = STATE_SELECTED,
	.flags = COMMAND_HAS_UID_FORM | COMMAND_HOLDS_EXPUNGE,
	.parse = search_parse,
	.step = search_do,
	.finish = search_finish,
};
