/* SPDX-License-Identifier: ISC */
#include <stdio.h>

#include "../../store/base/arena.h"
#include "../../store/include/quarantine.h"
#include "../box/names.h"
#include "../command.h"
#include "../feed.h"
#include "../fetch/fetch.h"
#include "../log.h"
#include "../object_id.h"
#include "../proto/charclass.h"
#include "../proto/parse.h"
#include "../proto/seqset.h"
#include "../response.h"
#include "../state.h"
#include "../view.h"
#include "cmd.h"
#include "list.h"

enum { UNSEEN_SCAN_MAX = 4096 }; /* entries looked at for the first one without \Seen */

/* What a client that comes back knows: QRESYNC (RFC 7162 section 3.2.5). Which UID had which sequence number
 * is not looked at: the store remembers for ever what was expunged. */
struct known {
	bool given;
	uint32_t uidvalidity;
	uint64_t modseq;
	struct seqset uids;
};

struct select_args {
	const char *name;
	unsigned enable;
	struct known known;
};

/* A sequence-set without "*" */
static bool known_set_parse(struct parser *p, struct seqset *set)
{
	if (!seqset_parse(p, set))
		return false;
	for (size_t i = 0; i < set->count; i++)
		if (set->ranges[i].first == SEQSET_STAR || set->ranges[i].last == SEQSET_STAR)
			return parse_fail(p, "Expected numbers");
	return !set->saved || parse_fail(p, "Expected numbers");
}

/* "(" uidvalidity SP mod-sequence-value [SP known-uids] [SP "(" known-sequence-set SP known-uid-set ")"] ")"
 */
static bool known_parse(struct parser *p, struct known *known)
{
	struct seqset all = {.ranges = arena_alloc(p->arena, sizeof(*all.ranges)), .count = 1}, ignored;

	if (!all.ranges)
		return parse_fail(p, "Command too large");
	all.ranges[0] = (struct seqset_range){1, SEQSET_STAR};
	known->uids = all;
	known->given = true;
	if (!parse_space(p) || !parse_char(p, '(') || !parse_nz_number(p, &known->uidvalidity) ||
	    !parse_space(p) || !parse_number64(p, &known->modseq))
		return parse_fail(p, "Expected UIDVALIDITY and a modseq");
	if (parse_peek(p, ' ') && !parse_space(p))
		return false;
	if (p->at < p->in.len && char_is_digit(p->in.data[p->at])) {
		if (!known_set_parse(p, &known->uids) || (parse_peek(p, ' ') && !parse_space(p)))
			return false;
	}
	if (parse_peek(p, '(')) {
		if (!parse_char(p, '(') || !known_set_parse(p, &ignored) || !parse_space(p) ||
		    !known_set_parse(p, &ignored) || !parse_char(p, ')'))
			return parse_fail(p, "Expected sequence numbers and their UIDs");
	}
	return parse_char(p, ')');
}

/* "CONDSTORE" / "QRESYNC" SP … */
static bool param_parse(struct parser *p, struct command *cmd)
{
	struct select_args *args = cmd->args;

	if (parse_word(p, "CONDSTORE")) {
		args->enable |= VIEW_CONDSTORE;
		return true;
	}
	if (args->known.given || !parse_word(p, "QRESYNC"))
		return parse_fail(p, "Unknown SELECT parameter");
	if (!(cmd->state->enabled & VIEW_QRESYNC))
		return parse_fail(p, "ENABLE QRESYNC is to come first");
	return known_parse(p, &args->known);
}

/* select = "SELECT" SP mailbox [SP "(" select-param *(SP select-param) ")"]; examine likewise */
static bool select_parse(struct parser *p, struct command *cmd)
{
	struct select_args *args = arena_alloc(cmd->arena, sizeof(*args));
	struct slice name;

	if (!args)
		return parse_fail(p, "Command too large");
	cmd->args = args;
	if (!parse_mailbox(p, &name))
		return false;
	args->name = name.data;
	if (parse_at_end(p))
		return parse_end(p);
	if (!parse_space(p) || !parse_char(p, '('))
		return false;
	do {
		if (!param_parse(p, cmd))
			return false;
	} while (parse_peek(p, ' ') && parse_space(p));
	return parse_char(p, ')') && parse_end(p);
}

/* Looks for the first UID without \Seen; 0: it does not show soon. */
static uint32_t look_for_unseen(const struct view *v, struct quarantine *q)
{
	struct quarantine_cursor *c;
	struct quarantine_entry row;
	uint32_t uid = 0;

	if (quarantine_list(q, v->box.id, 1, uidmap_largest(v->map), QUARANTINE_FIELD_FLAGS, false, &c) !=
	    QUARANTINE_OK)
		return 0;
	for (unsigned n = 0; n < UNSEEN_SCAN_MAX && uid == 0 && quarantine_next(c, &row) == 1; n++)
		if (!(row.flags & QUARANTINE_SEEN))
			uid = row.uid;
	quarantine_cursor_close(c);
	feed_keep_unseen(v->feed, v->box.highest_modseq, uid);
	return uid;
}

/* The sequence number of the first message without \Seen, or 0 when it does not show soon. */
static uint32_t first_unseen(const struct view *v, struct quarantine *q)
{
	uint32_t uid = 0;

	if (v->box.unseen == 0)
		return 0;
	if (v->box.unseen == v->box.messages)
		return 1;
	if (!feed_unseen(v->feed, v->box.highest_modseq, &uid) && q)
		uid = look_for_unseen(v, q);
	return uid > 0 ? uidmap_seq(v->map, uid) : 0;
}

static void tell_mailbox(const struct view *v, struct quarantine *q, struct response *r)
{
	bool old = !(v->enabled & VIEW_REV2);
	uint32_t unseen = old ? first_unseen(v, q) : 0;

	view_flags_line(v, r);
	response_untagged(r, "%u EXISTS", (unsigned)uidmap_count(v->map));
	if (old)
		response_untagged(r, "%u RECENT", (unsigned)view_recent_count(v));
	if (unseen > 0)
		response_untagged(r, "OK [UNSEEN %u] First unseen", (unsigned)unseen);
	view_permanent_flags(v, r);
	response_untagged(r, "OK [UIDVALIDITY %u] UIDs valid", (unsigned)v->box.uidvalidity);
	response_untagged(r, "OK [UIDNEXT %u] Predicted next UID", (unsigned)v->box.uidnext);
	response_untagged(r, "OK [MAILBOXID (%s)] Kept by RENAME", object_mailbox(&v->box).text);
	response_untagged(r, "OK [HIGHESTMODSEQ %llu] Highest", (unsigned long long)v->complete);
	snprintf(r->code, sizeof(r->code), "%s", v->read_only ? "READ-ONLY" : "READ-WRITE");
}

/* What happened since the client was here, told as by UID FETCH. NULL: nothing is asked, or to be told. */
static int begin_resync(const struct known *known, struct view *v, struct fetch **out)
{
	static struct fetch_item flags = {.kind = FETCH_FLAGS, .label = {"FLAGS", 5}};
	static const struct fetch_items items = {&flags, 1};
	struct seqset uids = known->uids;
	struct quarantine_range *ranges;
	size_t count;
	int found;

	if (!known->given || known->uidvalidity != v->box.uidvalidity)
		return QUARANTINE_OK;
	found = view_select_given(v, &uids, &ranges, &count);
	if (found != 1)
		return found;
	*out = fetch_create(v, &items, true, ranges, count);
	if (!*out)
		return QUARANTINE_NO_MEMORY;
	fetch_since(*out, known->modseq, true);
	return QUARANTINE_OK;
}

static void leave_mailbox(struct command *cmd)
{
	const struct select_args *args = cmd->args;

	if (cmd->state->view) {
		state_unselect(cmd->state);
		response_notice(cmd->response, "OK", "CLOSED", "Previous mailbox is now closed");
	}
	state_enable(cmd->state, args->enable, cmd->response);
}

/* Takes the view. */
static void enter_mailbox(struct command *cmd, struct view *view)
{
	struct imap_state *state = cmd->state;

	state->view = view;
	view->enabled = state->enabled;
	view->columns = state->services->columns;
	view->audit.session = state->session;
	view->audit.user = state->user;
	log_event(LOG_LEVEL_INFO, state->session, view->read_only ? "examine" : "select", "user", state->user,
		  "mailbox", view->name, NULL);
	tell_mailbox(view, cmd->store, cmd->response);
}

static int open_mailbox(struct command *cmd, bool read_only)
{
	struct imap_state *state = cmd->state;
	struct feeds *feeds = state->services->feeds;
	struct select_args *args = cmd->args;
	struct quarantine_mailbox box;
	struct fetch *resync = NULL;
	char room[BOX_ROOM];
	struct view *view;
	int status;

	leave_mailbox(cmd);
	status = feeds_find(feeds, cmd->store, box_name(args->name, room), &box);
	if (status == QUARANTINE_OK)
		status = view_open(feeds, cmd->store, box.id, args->name, read_only, &view);
	if (status != QUARANTINE_OK)
		return status;
	enter_mailbox(cmd, view);
	if (state->enabled & VIEW_REV2)
		status = list_tell_name(cmd, box.name, args->name);
	if (status == QUARANTINE_OK)
		status = begin_resync(&args->known, state->view, &resync);
	cmd->cursor = resync;
	return status;
}

/* What tell_mailbox() needs is known. */
static bool is_whole(struct feed *feed, const struct quarantine_mailbox *box)
{
	uint32_t uid;

	return box->unseen == 0 || box->unseen == box->messages ||
	       feed_unseen(feed, box->highest_modseq, &uid);
}

static bool open_recalled(struct command *cmd, uint64_t version, bool read_only)
{
	struct feeds *feeds = cmd->state->services->feeds;
	struct select_args *args = cmd->args;
	struct quarantine_mailbox box;
	struct view *view = NULL;
	char room[BOX_ROOM];
	struct feed *feed;

	if ((cmd->state->enabled & VIEW_REV2) || args->known.given ||
	    !feeds_recall(feeds, box_name(args->name, room), version, &box))
		return false;
	feed = feed_recall(feeds, box.id, version);
	if (!feed || !is_whole(feed, &box)) {
		feed_leave(feed);
		return false;
	}
	if (view_create(feeds, feed, args->name, read_only, &view) != QUARANTINE_OK)
		return false;
	leave_mailbox(cmd);
	enter_mailbox(cmd, view);
	return true;
}

static enum command_status open_step(struct command *cmd, bool read_only)
{
	bool more = false;
	int status;

	if (cmd->cursor) {
		status = fetch_step(cmd->cursor, cmd->store, cmd->response, &more);
	} else {
		status = open_mailbox(cmd, read_only);
		more = cmd->cursor != NULL;
	}
	if (status == QUARANTINE_OK)
		return more && !cmd->hangup ? COMMAND_MORE : COMMAND_DONE;
	state_unselect(cmd->state);
	response_store_error(cmd->response, status, quarantine_errmsg(cmd->store));
	return COMMAND_DONE;
}

static void select_finish(struct command *cmd)
{
	fetch_destroy(cmd->cursor);
}

static enum command_status select_step(struct command *cmd)
{
	return open_step(cmd, false);
}

static enum command_status examine_step(struct command *cmd)
{
	return open_step(cmd, true);
}

static bool select_recall(struct command *cmd, uint64_t version)
{
	return open_recalled(cmd, version, false);
}

static bool examine_recall(struct command *cmd, uint64_t version)
{
	return open_recalled(cmd, version, true);
}

const struct command_def command_select = {
	.name = "SELECT",
	.states = STATE_LOGGED_IN,
	.flags = COMMAND_RESETS_VIEW,
	.parse = select_parse,
	.recall = select_recall,
	.step = select_step,
	.finish = select_finish,
};

const struct command_def command_examine = {
	.name = "EXAMINE",
	.states = STATE_LOGGED_IN,
	.flags = COMMAND_RESETS_VIEW,
	.parse = select_parse,
	.recall = examine_recall,
	.step = examine_step,
	.finish = select_finish,
};
