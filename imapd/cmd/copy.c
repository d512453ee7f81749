/* SPDX-License-Identifier: ISC
 *
 * COPY and MOVE, in slices, so that deliveries go on between them. The happy path: the target is found, the
 * messages are copied or moved, COPYUID tells their UIDs; the EXPUNGE lines of a MOVE come from the view's
 * sync. What can go wrong: a slice fails. A COPY then takes back what it did, for which it never leaves its
 * step; a MOVE tells what it moved and answers NO (RFC 6851 section 3.3). */
#include <stdlib.h>

#include "../../store/base/arena.h"
#include "../../store/include/quarantine.h"
#include "../box/names.h"
#include "../command.h"
#include "../pace.h"
#include "../proto/parse.h"
#include "../proto/seqset.h"
#include "../response.h"
#include "../state.h"
#include "../view.h"
#include "cmd.h"

enum {
	SLICE_RUNS = 256,  /* runs of UIDs that one transaction names */
	COPY_SLICE = 2000, /* messages that one transaction copies: a sync of the disk, and the lock for some
			      10 ms */
};

struct copy_args {
	struct seqset set;
	const char *mailbox;
};

struct copy {
	struct quarantine_copy_request request;
	uint32_t uidvalidity; /* of the target */
	struct quarantine_range *ranges;
	size_t count;
	size_t at; /* the place of view_run() */
	uint32_t uid;
	bool missed;                    /* a message of the view is gone */
	struct seqset_builder from, to; /* UIDs before and after */
	struct quarantine_copied pairs[COPY_SLICE];
};

/* copy = "COPY" SP sequence-set SP mailbox; move likewise */
static bool copy_parse(struct parser *p, struct command *cmd)
{
	struct copy_args *args = arena_alloc(cmd->arena, sizeof(*args));
	struct slice name;

	if (!args)
		return parse_fail(p, "Command too large");
	cmd->args = args;
	if (!seqset_parse(p, &args->set) || !parse_space(p) || !parse_mailbox(p, &name) || !parse_end(p))
		return false;
	args->mailbox = name.data;
	return true;
}

/* False: the tagged answer is set. */
static bool copy_begin(struct command *cmd, enum quarantine_copy_how how)
{
	struct copy_args *args = cmd->args;
	struct view *v = cmd->state->view;
	struct quarantine_mailbox to;
	struct copy *c;
	int status, found;

	if (how == QUARANTINE_MOVE && v->read_only) {
		response_no(cmd->response, NULL, "Mailbox is open read-only");
		return false;
	}
	status = box_find(cmd->store, args->mailbox, &to);
	if (status == QUARANTINE_NOT_FOUND) {
		response_no(cmd->response, "TRYCREATE", "There is no such mailbox");
		return false;
	}
	cmd->cursor = c = status == QUARANTINE_OK ? calloc(1, sizeof(*c)) : NULL;
	if (c) {
		c->request = (struct quarantine_copy_request){sizeof(c->request), how, v->box.id, to.id,
							      COPY_SLICE};
		c->uidvalidity = to.uidvalidity;
		found = view_select(v, &args->set, cmd->uid, &c->ranges, &c->count);
		if (found == 0) {
			response_bad(cmd->response, "No message of that number");
			return false;
		}
		status = found == 1 ? QUARANTINE_OK : found;
	} else if (status == QUARANTINE_OK) {
		status = QUARANTINE_NO_MEMORY;
	}
	if (status != QUARANTINE_OK)
		response_store_error(cmd->response, status, quarantine_errmsg(cmd->store));
	return status == QUARANTINE_OK;
}

/* The next slice; *more is false when there was none. A QUARANTINE_ status. */
static int copy_slice(struct command *cmd, bool *more)
{
	struct quarantine_range runs[SLICE_RUNS];
	struct copy *c = cmd->cursor;
	uint32_t room = COPY_SLICE;
	size_t n = 0, done = 0;
	int status;

	while (n < SLICE_RUNS && room > 0 &&
	       view_run(cmd->state->view, c->ranges, c->count, &c->at, &c->uid, room, &runs[n])) {
		room -= runs[n].last - runs[n].first + 1;
		n++;
	}
	*more = n > 0;
	if (n == 0)
		return QUARANTINE_OK;
	status = quarantine_copy(cmd->store, &c->request, runs, n, c->pairs, &done);
	if (status != QUARANTINE_OK)
		return status;
	c->missed |= done < COPY_SLICE - room;
	for (size_t i = 0; i < done; i++) {
		seqset_add(&c->from, c->pairs[i].from, c->pairs[i].from);
		seqset_add(&c->to, c->pairs[i].to, c->pairs[i].to);
	}
	return c->from.failed || c->to.failed ? QUARANTINE_NO_MEMORY : QUARANTINE_OK;
}

/* Notes what was done, in the log. */
static void note(struct command *cmd, const char *verb)
{
	const struct copy_args *args = cmd->args;
	const struct copy *c = cmd->cursor;
	char room[BOX_ROOM];

	for (size_t i = 0; i < c->to.count; i++)
		state_own_messages(cmd->state, c->request.to,
				   (struct quarantine_range){c->to.ranges[i].first, c->to.ranges[i].last});
	for (size_t i = 0; i < c->from.count; i++)
		audit_add(&cmd->state->view->audit, verb, box_name(args->mailbox, room),
			  (struct quarantine_range){c->from.ranges[i].first, c->from.ranges[i].last});
}

/* resp-code-copy = "COPYUID" SP nz-number SP uid-set SP uid-set (RFC 4315) */
static void tell_copied(const struct copy *c, struct buf *out)
{
	buf_addf(out, "COPYUID %u ", (unsigned)c->uidvalidity);
	seqset_print(c->from.ranges, c->from.count, out);
	buf_add_char(out, ' ');
	seqset_print(c->to.ranges, c->to.count, out);
}

static void copy_undo(struct command *cmd)
{
	const struct quarantine_expunge_request request = {
		.size = sizeof(request), .reason = QUARANTINE_REMOVED, .max = COPY_SLICE};
	struct copy *c = cmd->cursor;
	size_t done = COPY_SLICE;

	for (size_t i = 0; i < c->to.count; i += done < COPY_SLICE) {
		struct quarantine_range range = {c->to.ranges[i].first, c->to.ranges[i].last};

		if (quarantine_expunge(cmd->store, c->request.to, &range, 1, &request, &done) !=
		    QUARANTINE_OK)
			done = 0;
	}
	c->to.count = 0;
}

static enum command_status copy_step(struct command *cmd)
{
	struct copy *c;
	bool more = true;
	int status = QUARANTINE_OK;

	if (!copy_begin(cmd, QUARANTINE_COPY))
		return COMMAND_DONE;
	c = cmd->cursor;
	while (more && status == QUARANTINE_OK)
		status = copy_slice(cmd, &more);
	if (status != QUARANTINE_OK)
		response_store_error(cmd->response, status, quarantine_errmsg(cmd->store));
	else if (c->missed && !cmd->uid)
		response_no(cmd->response, "EXPUNGEISSUED", "Some messages were expunged; none was copied");
	if (cmd->response->condition != RESPONSE_OK)
		copy_undo(cmd);
	else if (c->to.count > 0)
		tell_copied(c, &cmd->response->long_code);
	if (cmd->response->condition == RESPONSE_OK)
		note(cmd, "copy");
	return COMMAND_DONE;
}

static enum command_status move_step(struct command *cmd)
{
	struct pace pace = pace_start();
	struct copy *c;
	bool more = true;
	int status = QUARANTINE_OK;

	if (!cmd->cursor && !copy_begin(cmd, QUARANTINE_MOVE))
		return COMMAND_DONE;
	c = cmd->cursor;
	while (more && status == QUARANTINE_OK) {
		if (pace_over(&pace) && !cmd->hangup)
			return COMMAND_MORE;
		status = copy_slice(cmd, &more);
	}
	note(cmd, "move");
	if (c->to.count > 0) {
		buf_add_str(&cmd->response->out, "* OK [");
		tell_copied(c, &cmd->response->out);
		buf_add_str(&cmd->response->out, "] Moved\r\n");
	}
	if (status != QUARANTINE_OK)
		response_store_error(cmd->response, status, quarantine_errmsg(cmd->store));
	else if (c->missed && !cmd->uid)
		response_no(cmd->response, "EXPUNGEISSUED", "Some messages were expunged");
	return COMMAND_DONE;
}

static void copy_finish(struct command *cmd)
{
	struct copy *c = cmd->cursor;

	if (!c)
		return;
	free(c->ranges);
	seqset_finish(&c->from);
	seqset_finish(&c->to);
	free(c);
}

const struct command_def command_copy = {
	.name = "COPY",
	.states = STATE_SELECTED,
	.flags = COMMAND_HAS_UID_FORM,
	.parse = copy_parse,
	.step = copy_step,
	.finish = copy_finish,
};

const struct command_def command_move = {
	.name = "MOVE",
	.states = STATE_SELECTED,
	.flags = COMMAND_HAS_UID_FORM | COMMAND_TELLS_MODSEQ,
	.parse = copy_parse,
	.step = move_step,
	.finish = copy_finish,
};
