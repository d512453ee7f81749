/* SPDX-License-Identifier: ISC */
#include <stdio.h>

#include "../../store/base/arena.h"
#include "../../store/include/quarantine.h"
#include "../box/names.h"
#include "../command.h"
#include "../log.h"
#include "../notify.h"
#include "../object_id.h"
#include "../proto/parse.h"
#include "../response.h"
#include "../state.h"
#include "cmd.h"
#include "list.h"

struct create_args {
	struct box_given box;
	unsigned use;
};

/* use-attr = "\" atom (RFC 6154) */
static bool use_parse(struct parser *p, struct command *cmd)
{
	struct create_args *args = cmd->args;
	size_t start = p->at;
	struct slice name;
	unsigned use;

	if (!parse_char(p, '\\') || !parse_atom(p, &name))
		return parse_fail(p, "Expected a special use");
	use = box_use_of(slice_of(p->in.data + start, p->at - start));
	args->use |= use;
	return use != 0 || response_no(cmd->response, "USEATTR", "No mailbox can have this use");
}

/* create-param = "USE" SP "(" [use-attr *(SP use-attr)] ")" */
static bool params_parse(struct parser *p, struct command *cmd)
{
	if (!parse_char(p, '(') || !parse_word(p, "USE") || !parse_space(p) || !parse_char(p, '('))
		return parse_fail(p, "Unknown CREATE parameter");
	while (!parse_peek(p, ')')) {
		if (!use_parse(p, cmd) || !(parse_peek(p, ')') || parse_space(p)))
			return false;
	}
	return parse_char(p, ')') && parse_char(p, ')'); /* NOLINT(misc-redundant-expression): two of them */
}

/* create = "CREATE" SP mailbox [SP "(" create-param ")"] */
static bool create_parse(struct parser *p, struct command *cmd)
{
	struct create_args *args = arena_alloc(cmd->arena, sizeof(*args));

	if (!args)
		return parse_fail(p, "Command too large");
	cmd->args = args;
	if (!box_parse(p, cmd->response, &args->box))
		return false;
	if (!parse_at_end(p) && !(parse_space(p) && params_parse(p, cmd)))
		return false;
	return parse_end(p);
}

static enum command_status create_step(struct command *cmd)
{
	const struct create_args *args = cmd->args;
	struct response *r = cmd->response;
	struct quarantine_mailbox box;
	int status = quarantine_mailbox_create(cmd->store, args->box.name, args->use);

	notify_own_name(cmd->state->notify, args->box.name);
	if (status == QUARANTINE_EXISTS && box_find(cmd->store, args->box.name, &box) == QUARANTINE_NOT_FOUND)
		response_no(r, "USEATTR", "Another mailbox has this use");
	else if (status != QUARANTINE_OK)
		response_store_error(r, status, quarantine_errmsg(cmd->store));
	else if (box_find(cmd->store, args->box.name, &box) == QUARANTINE_OK)
		snprintf(r->code, sizeof(r->code), "MAILBOXID (%s)", object_mailbox(&box).text);
	if (status != QUARANTINE_OK)
		return COMMAND_DONE;
	log_event(LOG_LEVEL_INFO, cmd->state->session, "create", "user", cmd->state->user, "mailbox",
		  args->box.name, NULL);
	list_tell_other(cmd, args->box.name, args->box.sent);
	return COMMAND_DONE;
}

const struct command_def command_create = {
	.name = "CREATE",
	.states = STATE_LOGGED_IN,
	.parse = create_parse,
	.step = create_step,
};
