/* SPDX-License-Identifier: ISC */
#include "status.h"

#include "../../store/base/arena.h"
#include "../../store/include/quarantine.h"
#include "../box/names.h"
#include "../command.h"
#include "../feed.h"
#include "../object_id.h"
#include "../proto/parse.h"
#include "../response.h"
#include "../state.h"
#include "../view.h"
#include "cmd.h"

/* No item comes from anything but the mailbox row: STATUS is cheap for any mailbox, the selected one too. */
static const char *const item_names[] = {"MESSAGES", "RECENT",  "UIDNEXT",     "UIDVALIDITY",   "UNSEEN",
					 "SIZE",     "DELETED", "APPENDLIMIT", "HIGHESTMODSEQ", "MAILBOXID"};
enum {
	ITEM_MESSAGES,
	ITEM_RECENT,
	ITEM_UIDNEXT,
	ITEM_UIDVALIDITY,
	ITEM_UNSEEN,
	ITEM_SIZE,
	ITEM_DELETED,
	ITEM_APPENDLIMIT,
	ITEM_HIGHESTMODSEQ,
	ITEM_MAILBOXID,
	ITEMS
};

struct status_args {
	struct slice name;
	struct status_items items;
};

static bool item_parse(struct parser *p, struct status_items *out)
{
	if (out->count == STATUS_ITEMS_MAX)
		return parse_fail(p, "Too many STATUS items");
	for (unsigned i = 0; i < ITEMS; i++) {
		if (parse_word(p, item_names[i])) {
			out->asked[out->count++] = i;
			return true;
		}
	}
	return parse_fail(p, "Unknown STATUS item");
}

bool status_items_parse(struct parser *p, struct status_items *out)
{
	if (!parse_char(p, '('))
		return false;
	do {
		if (!item_parse(p, out))
			return false;
	} while (parse_peek(p, ' ') && parse_space(p));
	return parse_char(p, ')');
}

/* status = "STATUS" SP mailbox SP "(" status-att *(SP status-att) ")" */
static bool status_parse(struct parser *p, struct command *cmd)
{
	struct status_args *args = arena_alloc(cmd->arena, sizeof(*args));

	if (!args)
		return parse_fail(p, "Command too large");
	cmd->args = args;
	return parse_mailbox(p, &args->name) && parse_space(p) && status_items_parse(p, &args->items) &&
	       parse_end(p);
}

/* At most so many arrived since the last session took \Recent; some may have left again. */
static uint64_t recent_count(const struct command *cmd, const struct quarantine_mailbox *box)
{
	uint32_t from = feed_recent(cmd->state->services->feeds, box->id, box->uidnext, true);
	uint64_t arrived = box->uidnext - from;

	return arrived < box->messages ? arrived : box->messages;
}

void status_tell(const struct command *cmd, const char *name, const struct quarantine_mailbox *box,
		 const struct status_items *items)
{
	struct buf *out = &cmd->response->out;
	const uint64_t values[ITEMS] = {
		[ITEM_MESSAGES] = box->messages,
		[ITEM_RECENT] = recent_count(cmd, box),
		[ITEM_UIDNEXT] = box->uidnext,
		[ITEM_UIDVALIDITY] = box->uidvalidity,
		[ITEM_UNSEEN] = box->unseen,
		[ITEM_SIZE] = box->bytes,
		[ITEM_DELETED] = box->deleted,
		[ITEM_APPENDLIMIT] = QUARANTINE_MESSAGE_MAX_DEFAULT,
		[ITEM_HIGHESTMODSEQ] = box->highest_modseq,
	};

	for (size_t i = 0; i < items->count; i++)
		if (items->asked[i] == ITEM_HIGHESTMODSEQ)
			state_enable(cmd->state, VIEW_CONDSTORE, cmd->response);
	buf_add_str(out, "* STATUS ");
	response_mailbox(cmd->response, name);
	for (size_t i = 0; i < items->count; i++) {
		buf_addf(out, "%s%s ", i == 0 ? " (" : " ", item_names[items->asked[i]]);
		if (items->asked[i] == ITEM_MAILBOXID)
			buf_addf(out, "(%s)", object_mailbox(box).text);
		else
			buf_add_uint(out, values[items->asked[i]]);
	}
	buf_add_str(out, ")\r\n");
}

static enum command_status status_step(struct command *cmd)
{
	const struct status_args *args = cmd->args;
	struct feeds *feeds = cmd->state->services->feeds;
	struct quarantine_mailbox box;
	char room[BOX_ROOM];
	int status = feeds_find(feeds, cmd->store, box_name(args->name.data, room), &box);

	if (status == QUARANTINE_OK)
		status_tell(cmd, args->name.data, &box, &args->items);
	else
		response_store_error(cmd->response, status, quarantine_errmsg(cmd->store));
	return COMMAND_DONE;
}

static bool status_recall(struct command *cmd, uint64_t version)
{
	const struct status_args *args = cmd->args;
	struct feeds *feeds = cmd->state->services->feeds;
	struct quarantine_mailbox box;
	char room[BOX_ROOM];

	if (!feeds_recall(feeds, box_name(args->name.data, room), version, &box))
		return false;
	status_tell(cmd, args->name.data, &box, &args->items);
	return true;
}

const struct command_def command_status = {
	.name = "STATUS",
	.states = STATE_LOGGED_IN,
	.parse = status_parse,
	.recall = status_recall,
	.step = status_step,
};
