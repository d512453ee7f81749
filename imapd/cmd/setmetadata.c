/* SPDX-License-Identifier: ISC */
#include <stdio.h>

#include "../../store/base/arena.h"
#include "../../store/include/quarantine.h"
#include "../box/names.h"
#include "../command.h"
#include "../log.h"
#include "../metadata.h"
#include "../proto/metadata_wish.h"
#include "../response.h"
#include "../state.h"
#include "cmd.h"

struct setmetadata {
	const char *mailbox;
	struct quarantine_metadata_change changes[METADATA_WISHES_MAX];
	size_t count;
	bool uses; /* the mailbox's special use is to be changed, to this: */
	unsigned use;
};

static bool is_special_use(const char *entry)
{
	return strcasecmp(entry, METADATA_SPECIAL_USE) == 0;
}

/* Special uses, separated by blanks (RFC 6154 section 4). */
static bool use_parse(struct slice value, unsigned *use)
{
	*use = 0;
	while (value.len > 0) {
		const char *blank = memchr(value.data, ' ', value.len);
		struct slice word = slice_of(value.data, blank ? (size_t)(blank - value.data) : value.len);
		unsigned one = box_use_of(word);

		if (one == 0 && word.len > 0)
			return false;
		*use |= one;
		value = slice_skip(value, word.len + (blank ? 1 : 0));
	}
	return true;
}

/* entry-value = entry SP value; value = nstring / literal8 */
static bool change_parse(struct parser *p, struct command *cmd)
{
	struct setmetadata *args = cmd->args;
	struct quarantine_metadata_change change;
	struct slice value;

	if (!metadata_entry_parse(p, &change.entry) || !parse_space(p) || !parse_nstring(p, &value))
		return false;
	if (!metadata_entry_is_whole(change.entry))
		return parse_fail(p, "No entry can have this name");
	if (args->mailbox[0] == '\0' && strcasecmp(change.entry, METADATA_ADMIN) == 0)
		return response_no(cmd->response, "NOPERM", "This entry is a setting of the server");
	if (args->mailbox[0] != '\0' && is_special_use(change.entry)) {
		args->uses = true;
		return use_parse(value, &args->use) ||
		       response_no(cmd->response, "USEATTR", "No mailbox can have this use");
	}
	if (args->count == METADATA_WISHES_MAX)
		return parse_fail(p, "Too many entries");
	change.value = (struct quarantine_bytes){value.data, value.len};
	args->changes[args->count++] = change;
	return true;
}

/* setmetadata = "SETMETADATA" SP mailbox SP "(" entry-value *(SP entry-value) ")" */
static bool setmetadata_parse(struct parser *p, struct command *cmd)
{
	struct setmetadata *args = arena_alloc(cmd->arena, sizeof(*args));
	struct slice name;

	if (!args)
		return parse_fail(p, "Command too large");
	cmd->args = args;
	if (!parse_mailbox(p, &name) || !parse_space(p) || !parse_char(p, '('))
		return false;
	args->mailbox = name.data;
	do {
		if (!change_parse(p, cmd))
			return false;
	} while (!parse_peek(p, ')') && parse_space(p));
	return parse_char(p, ')') && parse_end(p);
}

/* False: the tagged answer is set. */
static bool sizes_fit(struct command *cmd)
{
	const struct setmetadata *args = cmd->args;
	size_t most = cmd->state->services->metadata_size;

	for (size_t i = 0; i < args->count; i++) {
		if (args->changes[i].value.len <= most)
			continue;
		response_no(cmd->response, NULL, "The value is too large");
		snprintf(cmd->response->code, sizeof(cmd->response->code), "METADATA MAXSIZE %zu", most);
		return false;
	}
	return true;
}

static void answer_error(struct command *cmd, int status)
{
	if (status == QUARANTINE_LIMIT)
		response_no(cmd->response, "METADATA TOOMANY", "There are too many entries");
	else if (status == QUARANTINE_EXISTS)
		response_no(cmd->response, "USEATTR", "Another mailbox has this use");
	else
		response_store_error(cmd->response, status, quarantine_errmsg(cmd->store));
}

/* A session is not told what it changed itself. */
static void note(struct command *cmd, uint64_t first, uint64_t last)
{
	const struct setmetadata *args = cmd->args;

	cmd->state->metadata_own.first = first;
	cmd->state->metadata_own.last = last;
	log_event(LOG_LEVEL_INFO, cmd->state->session, "metadata", "user", cmd->state->user, "entries",
		  LOG_NUMBER(args->count + args->uses), "mailbox", args->mailbox, NULL);
}

static enum command_status setmetadata_step(struct command *cmd)
{
	const struct setmetadata *args = cmd->args;
	struct quarantine_metadata_request request = {
		.size = sizeof(request),
		.login = cmd->state->user,
		.changes = args->changes,
		.count = args->count,
		.most = cmd->state->services->metadata_entries,
		.use = args->uses ? &args->use : NULL,
	};
	struct quarantine_mailbox box = {.id = 0};
	uint64_t first = 0, last = 0;
	int status = QUARANTINE_OK;

	if (!sizes_fit(cmd))
		return COMMAND_DONE;
	if (args->mailbox[0] != '\0')
		status = box_find(cmd->store, args->mailbox, &box);
	request.mailbox = box.id;
	if (status == QUARANTINE_OK)
		status = quarantine_metadata_set(cmd->store, &request, &first, &last);
	if (status != QUARANTINE_OK)
		answer_error(cmd, status);
	else
		note(cmd, first, last);
	return COMMAND_DONE;
}

const struct command_def command_setmetadata = {
	.name = "SETMETADATA",
	.states = STATE_LOGGED_IN,
	.parse = setmetadata_parse,
	.step = setmetadata_step,
};
