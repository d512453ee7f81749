/* SPDX-License-Identifier: ISC */
#include <stdio.h>

#include "../../store/include/quarantine.h"
#include "../box/names.h"
#include "../command.h"
#include "../log.h"
#include "../proto/parse.h"
#include "../response.h"
#include "../state.h"
#include "../view.h"
#include "cmd.h"

enum { UNSEEN_SCAN_MAX = 4096 }; /* entries looked at for the first one without \Seen */

/* select = "SELECT" SP mailbox; examine = "EXAMINE" SP mailbox */
static bool select_parse(struct parser *p, struct command *cmd)
{
	struct slice name;

	if (!parse_mailbox(p, &name) || !parse_end(p))
		return false;
	cmd->args = (void *)name.data;
	return true;
}

/* The sequence number of the first message without \Seen, or 0 when it does not show soon. */
static uint32_t first_unseen(const struct view *v, struct quarantine *q)
{
	struct quarantine_cursor *c;
	struct quarantine_entry row;
	uint32_t seq = 0;

	if (v->box.unseen == 0)
		return 0;
	if (v->box.unseen == v->box.messages)
		return 1;
	if (quarantine_list(q, v->box.id, 1, uidmap_largest(v->map), 0, false, &c) != QUARANTINE_OK)
		return 0;
	for (unsigned n = 0; n < UNSEEN_SCAN_MAX && seq == 0 && quarantine_next(c, &row) == 1; n++)
		if (!(row.flags & QUARANTINE_SEEN))
			seq = uidmap_seq(v->map, row.uid);
	quarantine_cursor_close(c);
	return seq;
}

static void tell_permanent_flags(const struct view *v, struct response *r)
{
	buf_add_str(&r->out, "* OK [PERMANENTFLAGS (");
	if (!v->read_only) {
		view_flag_names(v, &r->out);
		buf_add_str(&r->out, " \\*");
	}
	buf_add_str(&r->out, v->read_only ? ")] Read-only\r\n" : ")] Flags permitted\r\n");
}

static void tell_mailbox(const struct view *v, struct quarantine *q, struct response *r)
{
	uint32_t unseen = first_unseen(v, q);

	view_flags_line(v, r);
	response_untagged(r, "%u EXISTS", (unsigned)uidmap_count(v->map));
	response_untagged(r, "%u RECENT", (unsigned)view_recent_count(v));
	if (unseen > 0)
		response_untagged(r, "OK [UNSEEN %u] First unseen", (unsigned)unseen);
	tell_permanent_flags(v, r);
	response_untagged(r, "OK [UIDVALIDITY %u] UIDs valid", (unsigned)v->box.uidvalidity);
	response_untagged(r, "OK [UIDNEXT %u] Predicted next UID", (unsigned)v->box.uidnext);
	snprintf(r->code, sizeof(r->code), "%s", v->read_only ? "READ-ONLY" : "READ-WRITE");
}

static enum command_status open_mailbox(struct command *cmd, bool read_only)
{
	struct imap_state *state = cmd->state;
	struct quarantine_mailbox box;
	const char *name = cmd->args;
	int status;

	if (state->view) {
		state_unselect(state);
		response_notice(cmd->response, "OK", "CLOSED", "Previous mailbox is now closed");
	}
	status = box_find(cmd->store, name, &box);
	if (status == QUARANTINE_OK)
		status = view_open(state->services->feeds, cmd->store, box.id, name, read_only, &state->view);
	if (status == QUARANTINE_OK) {
		state->view->audit.session = state->session;
		state->view->audit.user = state->user;
		log_event(LOG_LEVEL_INFO, state->session, read_only ? "examine" : "select", "user",
			  state->user, "mailbox", name, NULL);
		tell_mailbox(state->view, cmd->store, cmd->response);
	} else {
		response_store_error(cmd->response, status, quarantine_errmsg(cmd->store));
	}
	return COMMAND_DONE;
}

static enum command_status select_step(struct command *cmd)
{
	return open_mailbox(cmd, false);
}

static enum command_status examine_step(struct command *cmd)
{
	return open_mailbox(cmd, true);
}

const struct command_def command_select = {
	.name = "SELECT",
	.states = STATE_LOGGED_IN,
	.flags = COMMAND_RESETS_VIEW,
	.parse = select_parse,
	.step = select_step,
};

const struct command_def command_examine = {
	.name = "EXAMINE",
	.states = STATE_LOGGED_IN,
	.flags = COMMAND_RESETS_VIEW,
	.parse = select_parse,
	.step = examine_step,
};
