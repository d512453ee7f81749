/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "../../store/base/arena.h"
#include "../../store/include/quarantine.h"
#include "../box/names.h"
#include "../command.h"
#include "../proto/mutf7.h"
#include "../proto/parse.h"
#include "../response.h"
#include "cmd.h"

/* list = "LIST" SP mailbox SP list-mailbox; lsub likewise. The argument is reference and pattern joined,
 * in wire form. */
static bool list_parse(struct parser *p, struct command *cmd)
{
	struct slice reference, pattern;
	struct slice *joined = arena_alloc(cmd->arena, sizeof(*joined));
	char *text;

	if (!parse_astring(p, &reference) || !parse_space(p) || !parse_list_mailbox(p, &pattern) ||
	    !parse_end(p))
		return false;
	if (reference.len + pattern.len > BOX_PATTERN_MAX)
		return parse_fail(p, "Mailbox pattern too long");
	text = arena_alloc(cmd->arena, reference.len + pattern.len + 1);
	if (!joined || !text)
		return parse_fail(p, "Command too large");
	cmd->args = joined;
	if (pattern.len == 0)
		return true;
	if (reference.len > 0)
		memcpy(text, reference.data, reference.len);
	memcpy(text + reference.len, pattern.data, pattern.len);
	*joined = slice_of(text, reference.len + pattern.len);
	return true;
}

static bool has_children(const struct quarantine_mailbox *list, size_t count, const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < count; i++)
		if (list[i].id != 0 && strncmp(list[i].name, name, len) == 0 &&
		    list[i].name[len] == BOX_SEPARATOR)
			return true;
	return false;
}

static void tell(struct command *cmd, const struct quarantine_mailbox *box, bool parent)
{
	buf_addf(&cmd->response->out, "* %s (%s%s) \"%c\" ", cmd->def->name,
		 parent ? "\\HasChildren" : "\\HasNoChildren", box_use(box->use), BOX_SEPARATOR);
	response_mailbox(cmd->response, box->name);
	buf_add_str(&cmd->response->out, "\r\n");
}

static bool name_matches(struct slice pattern, const char *name)
{
	struct buf wire = {0};
	bool matches;

	mutf7_encode(slice_str(name), &wire);
	matches = box_matches(pattern, buf_slice(&wire));
	buf_finish(&wire);
	return matches;
}

static enum command_status tell_mailboxes(struct command *cmd, bool subscribed)
{
	const struct slice *pattern = cmd->args;
	struct quarantine_mailbox *list;
	size_t count;
	int status;

	if (pattern->len == 0) {
		buf_addf(&cmd->response->out, "* %s (\\Noselect) \"%c\" \"\"\r\n", cmd->def->name,
			 BOX_SEPARATOR);
		return COMMAND_DONE;
	}
	status = quarantine_mailbox_list(cmd->store, &list, &count);
	if (status != QUARANTINE_OK) {
		response_store_error(cmd->response, status, quarantine_errmsg(cmd->store));
		return COMMAND_DONE;
	}
	for (size_t i = 0; i < count; i++)
		if ((subscribed ? list[i].subscribed : list[i].id != 0) &&
		    name_matches(*pattern, list[i].name))
			tell(cmd, &list[i], has_children(list, count, list[i].name));
	free(list);
	return COMMAND_DONE;
}

static enum command_status list_step(struct command *cmd)
{
	return tell_mailboxes(cmd, false);
}

static enum command_status lsub_step(struct command *cmd)
{
	return tell_mailboxes(cmd, true);
}

const struct command_def command_list = {
	.name = "LIST",
	.states = STATE_LOGGED_IN,
	.parse = list_parse,
	.step = list_step,
};

const struct command_def command_lsub = {
	.name = "LSUB",
	.states = STATE_LOGGED_IN,
	.parse = list_parse,
	.step = lsub_step,
};
