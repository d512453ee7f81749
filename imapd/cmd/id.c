/* SPDX-License-Identifier: ISC */
#include "../../store/base/arena.h"
#include "../../store/base/buf.h"
#include "../../store/include/quarantine.h"
#include "../command.h"
#include "../log.h"
#include "../proto/parse.h"
#include "../response.h"
#include "../state.h"
#include "cmd.h"

enum { ID_PAIRS_MAX = 30, ID_TEXT_MAX = 1024 };

struct id_args {
	struct slice names[ID_PAIRS_MAX];
	struct slice values[ID_PAIRS_MAX];
	size_t count;
};

/* string SP nstring */
static bool parse_pair(struct parser *p, struct id_args *args)
{
	struct slice name, value;

	if (args->count == ID_PAIRS_MAX)
		return parse_fail(p, "Too many ID fields");
	if (!parse_string(p, &name) || !parse_space(p) || !parse_nstring(p, &value))
		return false;
	if (name.len > ID_TEXT_MAX || value.len > ID_TEXT_MAX)
		return parse_fail(p, "ID field too long");
	args->names[args->count] = name;
	args->values[args->count++] = value;
	return true;
}

/* id = "ID" SP ("(" [string SP nstring *(SP string SP nstring)] ")" / nil) */
static bool id_parse(struct parser *p, struct command *cmd)
{
	struct id_args *args = arena_alloc(p->arena, sizeof(*args));

	cmd->args = args;
	if (!args)
		return parse_fail(p, "Command too large");
	if (parse_word(p, "NIL"))
		return parse_end(p);
	if (!parse_char(p, '('))
		return parse_fail(p, "Expected a list or NIL");
	while (!parse_peek(p, ')')) {
		if (args->count > 0 && !parse_space(p))
			return false;
		if (!parse_pair(p, args))
			return false;
	}
	return parse_char(p, ')') && parse_end(p);
}

/* What the client says of itself, once a connection. */
static void log_client(struct command *cmd, const struct id_args *args)
{
	struct buf text = {0};

	for (size_t i = 0; i < args->count; i++) {
		buf_add_slice(&text, args->names[i]);
		buf_add_char(&text, '=');
		buf_add_slice(&text, args->values[i]);
		buf_add_str(&text, i + 1 < args->count ? "; " : "");
	}
	buf_add_char(&text, '\0');
	if (!text.failed && args->count > 0)
		log_event(LOG_LEVEL_INFO, cmd->state->session, "id", "client", text.data, NULL);
	buf_finish(&text);
}

static enum command_status id_step(struct command *cmd)
{
	if (!cmd->state->greeted_id)
		log_client(cmd, cmd->args);
	cmd->state->greeted_id = true;
	response_untagged(cmd->response,
			  "ID (\"name\" \"quarantine-imapd\" \"version\" \"" QUARANTINE_VERSION "\")");
	return COMMAND_DONE;
}

const struct command_def command_id = {
	.name = "ID",
	.states = STATE_ANY,
	.parse = id_parse,
	.step = id_step,
};
