/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "../../store/base/arena.h"
#include "../../store/include/quarantine.h"
#include "../command.h"
#include "../pace.h"
#include "../proto/parse.h"
#include "../proto/seqset.h"
#include "../response.h"
#include "../state.h"
#include "../view.h"
#include "cmd.h"

enum { SLICE_RUNS = 256 }; /* runs of UIDs that one transaction names */

struct store_args {
	struct seqset set;
	enum quarantine_flag_change change;
	bool silent;
	struct parsed_flags flags;
};

struct store {
	uint64_t bits;
	struct quarantine_range *ranges;
	size_t count;
	size_t at; /* the place of view_run() */
	uint32_t uid;
	bool missed; /* a message of the view is gone */
};

/* store-att-flags = (["+" / "-"] "FLAGS" [".SILENT"]) SP (flag-list / (flag *(SP flag))) */
static bool att_parse(struct parser *p, struct store_args *args)
{
	args->change = QUARANTINE_FLAGS_SET;
	if (parse_peek(p, '+'))
		args->change = QUARANTINE_FLAGS_ADD;
	else if (parse_peek(p, '-'))
		args->change = QUARANTINE_FLAGS_REMOVE;
	if (args->change != QUARANTINE_FLAGS_SET)
		p->at++;
	args->silent = parse_word(p, "FLAGS.SILENT");
	if (!args->silent && !parse_word(p, "FLAGS"))
		return parse_fail(p, "Unknown STORE item");
	return parse_space(p) && parse_flag_list(p, &args->flags) && parse_end(p);
}

/* store = "STORE" SP sequence-set SP store-att-flags */
static bool store_parse(struct parser *p, struct command *cmd)
{
	struct store_args *args = arena_alloc(cmd->arena, sizeof(*args));

	if (!args)
		return parse_fail(p, "Command too large");
	cmd->args = args;
	return seqset_parse(p, &args->set) && parse_space(p) && att_parse(p, args);
}

/* The bits of the named flags. Keywords that are new are made, unless they are only to be removed. */
static int flag_bits(struct command *cmd, uint64_t *bits)
{
	const struct store_args *args = cmd->args;
	struct view *v = cmd->state->view;
	size_t known = v->keywords.count;
	int status = QUARANTINE_OK;

	*bits = args->flags.system;
	for (size_t i = 0; i < args->flags.keyword_count && status == QUARANTINE_OK; i++) {
		struct slice name = args->flags.keywords[i];
		uint64_t bit = view_keyword(&v->keywords, name);

		if (bit == 0 && args->change != QUARANTINE_FLAGS_REMOVE) {
			char *text = arena_strndup(cmd->arena, name);

			status = text ? quarantine_keyword_make(cmd->store, v->box.id, text, &bit)
				      : QUARANTINE_NO_MEMORY;
			if (status == QUARANTINE_OK)
				status = view_read_keywords(v, cmd->store);
		}
		*bits |= bit;
	}
	if (v->keywords.count != known)
		view_flags_line(v, cmd->response);
	return status;
}

/* False: the tagged answer is set. */
static bool store_begin(struct command *cmd)
{
	struct store_args *args = cmd->args;
	struct view *v = cmd->state->view;
	struct store *s = arena_alloc(cmd->arena, sizeof(*s));
	int status = QUARANTINE_NO_MEMORY, found;

	if (v->read_only)
		return response_no(cmd->response, NULL, "Mailbox is open read-only");
	cmd->cursor = s;
	if (s) {
		found = view_select(v, &args->set, cmd->uid, &s->ranges, &s->count);
		if (found == 0)
			return response_bad(cmd->response, "No message of that number");
		status = found == 1 ? flag_bits(cmd, &s->bits) : found;
	}
	if (status == QUARANTINE_OK)
		return true;
	response_store_error(cmd->response, status, quarantine_errmsg(cmd->store));
	return false;
}

/* Tells the flags that the messages of a run have now. */
static int tell_run(struct command *cmd, struct quarantine_range run)
{
	const struct view *v = cmd->state->view;
	struct store *s = cmd->cursor;
	struct buf *out = &cmd->response->out;
	struct quarantine_cursor *c;
	struct quarantine_entry row;
	uint32_t told = 0;
	int status = quarantine_list(cmd->store, v->box.id, run.first, run.last, 0, false, &c);

	if (status != QUARANTINE_OK)
		return status;
	for (; (status = quarantine_next(c, &row)) == 1; told++) {
		buf_addf(out, "* %u FETCH (", (unsigned)uidmap_seq(v->map, row.uid));
		if (cmd->uid)
			buf_addf(out, "UID %u ", (unsigned)row.uid);
		buf_add_str(out, "FLAGS ");
		view_flags(v, row.uid, row.flags, out);
		buf_add_str(out, ")\r\n");
	}
	quarantine_cursor_close(c);
	s->missed |= status == 0 && told < run.last - run.first + 1;
	return status;
}

static void note(struct command *cmd, struct quarantine_range run)
{
	static const char *const signs[] = {
		[QUARANTINE_FLAGS_SET] = "", [QUARANTINE_FLAGS_ADD] = "+", [QUARANTINE_FLAGS_REMOVE] = "-"};
	const struct store_args *args = cmd->args;
	const struct store *s = cmd->cursor;
	struct view *v = cmd->state->view;
	struct buf what = {0};

	buf_add_str(&what, signs[args->change]);
	view_flags(v, 0, s->bits, &what);
	buf_add_char(&what, '\0');
	audit_add(&v->audit, "flags", what.failed ? NULL : what.data, run);
	buf_finish(&what);
}

/* Changes a slice in one transaction. */
static int change_slice(struct command *cmd, const struct quarantine_range *runs, size_t count)
{
	const struct store_args *args = cmd->args;
	const struct store *s = cmd->cursor;
	struct view *v = cmd->state->view;
	struct quarantine_flag_request request = {.size = sizeof(request),
						  .change = args->change,
						  .flags = s->bits,
						  .unchanged_since = UINT64_MAX};
	uint64_t modseq;
	int status = quarantine_flags_change(cmd->store, v->box.id, runs, count, &request, &modseq);

	for (size_t i = 0; i < count && status == QUARANTINE_OK; i++) {
		view_own_change(v, modseq, runs[i]);
		note(cmd, runs[i]);
	}
	for (size_t i = 0; i < count && status == QUARANTINE_OK && !args->silent; i++)
		status = tell_run(cmd, runs[i]);
	return status;
}

static enum command_status store_end(struct command *cmd, int status)
{
	const struct store *s = cmd->cursor;

	if (status != QUARANTINE_OK)
		response_store_error(cmd->response, status, quarantine_errmsg(cmd->store));
	else if (s->missed && !cmd->uid)
		response_no(cmd->response, "EXPUNGEISSUED", "Some messages were expunged");
	return COMMAND_DONE;
}

static enum command_status store_step(struct command *cmd)
{
	struct pace pace = pace_start();
	struct quarantine_range runs[SLICE_RUNS];
	struct store *s;
	int status;

	if (!cmd->cursor && !store_begin(cmd))
		return COMMAND_DONE;
	s = cmd->cursor;
	do {
		uint32_t room = VIEW_SLICE;
		size_t n = 0;

		while (n < SLICE_RUNS && room > 0 &&
		       view_run(cmd->state->view, s->ranges, s->count, &s->at, &s->uid, room, &runs[n])) {
			room -= runs[n].last - runs[n].first + 1;
			n++;
		}
		if (n == 0)
			return store_end(cmd, QUARANTINE_OK);
		status = change_slice(cmd, runs, n);
		if (status != QUARANTINE_OK || cmd->hangup)
			return store_end(cmd, status);
	} while (!response_full(cmd->response) && !pace_over(&pace));
	return COMMAND_MORE;
}

static void store_finish(struct command *cmd)
{
	struct store *s = cmd->cursor;

	if (s)
		free(s->ranges);
}

const struct command_def command_store = {
	.name = "STORE",
	.states = STATE_SELECTED,
	.flags = COMMAND_HAS_UID_FORM | COMMAND_HOLDS_EXPUNGE,
	.parse = store_parse,
	.step = store_step,
	.finish = store_finish,
};
