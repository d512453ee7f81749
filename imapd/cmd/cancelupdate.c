/* SPDX-License-Identifier: ISC */
#include "../../store/base/arena.h"
#include "../command.h"
#include "../proto/parse.h"
#include "../response.h"
#include "../search/search_context.h"
#include "../state.h"
#include "cmd.h"

struct tags {
	struct slice *list;
	size_t count;
};

/* "CANCELUPDATE" 1*(SP quoted) (RFC 5267 section 4.3.5) */
static bool cancelupdate_parse(struct parser *p, struct command *cmd)
{
	struct tags *tags = arena_alloc(cmd->arena, sizeof(*tags));

	if (!tags)
		return parse_fail(p, "Command too large");
	cmd->args = tags;
	do {
		if ((tags->count & (tags->count - 1)) == 0) {
			size_t room = tags->count == 0 ? 1 : 2 * tags->count;

			tags->list = arena_grow(p->arena, tags->list, tags->count, room, sizeof(*tags->list));
		}
		if (!tags->list)
			return parse_fail(p, "Command too large");
		if (!parse_string(p, &tags->list[tags->count++]))
			return false;
	} while (!parse_at_end(p) && parse_space(p));
	return parse_end(p);
}

static enum command_status cancelupdate_step(struct command *cmd)
{
	const struct tags *tags = cmd->args;

	for (size_t i = 0; i < tags->count; i++)
		if (!contexts_cancel(cmd->state->contexts, tags->list[i]))
			response_no(cmd->response, NULL, "No search of such a tag is kept up to date");
	return COMMAND_DONE;
}

const struct command_def command_cancelupdate = {
	.name = "CANCELUPDATE",
	.states = STATE_SELECTED,
	.parse = cancelupdate_parse,
	.step = cancelupdate_step,
};
