/* SPDX-License-Identifier: ISC */
#include "../../store/base/arena.h"
#include "../../store/include/quarantine.h"
#include "../command.h"
#include "../metadata.h"
#include "../proto/parse.h"
#include "../response.h"
#include "../state.h"
#include "../view.h"
#include "cmd.h"

enum { ENABLE_NAMES_MAX = 16 };

/* In the order in which they are told. Names that are not here, or hidden, are no error (RFC 5161
 * section 3.1). */
static const struct {
	const char *name;
	unsigned extension;
} extensions[] = {
	{"CONDSTORE", VIEW_CONDSTORE}, {"QRESYNC", VIEW_QRESYNC}, {"UTF8=ACCEPT", VIEW_UTF8},
	{"METADATA", VIEW_METADATA},   {"IMAP4rev2", VIEW_REV2},
};

/* enable = "ENABLE" 1*(SP capability) */
static bool enable_parse(struct parser *p, struct command *cmd)
{
	unsigned *asked = arena_alloc(cmd->arena, sizeof(*asked));
	size_t count = 0;

	if (!asked)
		return parse_fail(p, "Command too large");
	cmd->args = asked;
	do {
		struct slice name;

		if (count++ == ENABLE_NAMES_MAX)
			return parse_fail(p, "Too many capabilities");
		if (!parse_atom(p, &name))
			return false;
		for (size_t i = 0; i < ARRAY_SIZE(extensions); i++)
			if (slice_ieq(name, slice_str(extensions[i].name)) &&
			    state_offers(cmd->state, extensions[i].name))
				*asked |= extensions[i].extension;
	} while (!parse_at_end(p) && parse_space(p));
	return parse_end(p);
}

static enum command_status enable_step(struct command *cmd)
{
	const unsigned *asked = cmd->args;
	struct buf *out = &cmd->response->out;

	if (*asked & ~cmd->state->enabled & VIEW_METADATA) {
		int status = metadata_watch(cmd->state, cmd->store);

		if (status != QUARANTINE_OK) {
			response_store_error(cmd->response, status, quarantine_errmsg(cmd->store));
			return COMMAND_DONE;
		}
	}
	buf_add_str(out, "* ENABLED");
	for (size_t i = 0; i < ARRAY_SIZE(extensions); i++)
		if (*asked & extensions[i].extension)
			buf_addf(out, " %s", extensions[i].name);
	buf_add_str(out, "\r\n");
	state_enable(cmd->state, *asked, cmd->response);
	return COMMAND_DONE;
}

const struct command_def command_enable = {
	.name = "ENABLE",
	.states = STATE_LOGGED_IN,
	.parse = enable_parse,
	.step = enable_step,
};
