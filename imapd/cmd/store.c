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

enum {
	SLICE_RUNS = 256,        /* runs of UIDs that one transaction names */
	SLICE_TOLD = 512 * 1024, /* bytes that may be told of one */
	LINE_LENGTH = 96,        /* of a FETCH without names of flags, at most */
};

struct store_args {
	struct seqset set;
	enum quarantine_flag_change change;
	bool silent;
	bool conditional; /* UNCHANGEDSINCE */
	uint64_t unchanged_since;
	struct parsed_flags flags;
};

struct store {
	uint64_t bits;
	struct quarantine_range *ranges;
	size_t count;
	size_t at; /* the place of view_run() */
	uint32_t uid;
	bool missed;                    /* a message of the view is gone */
	uint64_t modseq;                /* of the mailbox, as far as the session knows it */
	struct seqset_builder modified; /* what UNCHANGEDSINCE left alone, in the numbers of the command */
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

/* ["(" "UNCHANGEDSINCE" SP mod-sequence-valzer ")" SP] */
static bool modifier_parse(struct parser *p, struct store_args *args)
{
	args->unchanged_since = UINT64_MAX;
	if (!parse_peek(p, '('))
		return true;
	args->conditional = parse_char(p, '(') && parse_word(p, "UNCHANGEDSINCE");
	if (!args->conditional)
		return parse_fail(p, "Unknown STORE modifier");
	return parse_space(p) && parse_number64(p, &args->unchanged_since) && parse_char(p, ')') &&
	       parse_space(p);
}

/* store = "STORE" SP sequence-set SP [store-modifiers SP] store-att-flags */
static bool store_parse(struct parser *p, struct command *cmd)
{
	struct store_args *args = arena_alloc(cmd->arena, sizeof(*args));

	if (!args)
		return parse_fail(p, "Command too large");
	cmd->args = args;
	return seqset_parse(p, &args->set) && parse_space(p) && modifier_parse(p, args) && att_parse(p, args);
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
		view_new_keywords(v, cmd->response);
	return status;
}

/* False: the tagged answer is set. */
static bool store_begin(struct command *cmd)
{
	struct store_args *args = cmd->args;
	struct view *v = cmd->state->view;
	struct store *s = arena_alloc(cmd->arena, sizeof(*s));
	int status = QUARANTINE_NO_MEMORY, found;

	if (v->read_only) {
		response_no(cmd->response, NULL, "Mailbox is open read-only");
		return false;
	}
	if (args->conditional)
		state_enable(cmd->state, VIEW_CONDSTORE, cmd->response);
	cmd->cursor = s;
	if (s) {
		s->modseq = v->modseq;
		found = view_select(v, &args->set, cmd->uid, &s->ranges, &s->count);
		if (found == 0) {
			response_bad(cmd->response, "No message of that number");
			return false;
		}
		status = found == 1 ? flag_bits(cmd, &s->bits) : found;
	}
	if (status == QUARANTINE_OK)
		return true;
	response_store_error(cmd->response, status, quarantine_errmsg(cmd->store));
	return false;
}

/* Asked in the order of UIDs; *at is the place among the refused ranges, 0 at first. */
static bool is_refused(const struct quarantine_flag_result *result, size_t *at, uint32_t uid)
{
	while (*at < result->refused_count && result->refused[*at].last < uid)
		(*at)++;
	return *at < result->refused_count && result->refused[*at].first <= uid;
}

/* Tells what the messages of a slice have now: their flags, or with SILENT only the modseq, if the client
 * knows of such; of what UNCHANGEDSINCE left alone always the flags, which the client does not know. */
static void tell_slice(struct command *cmd, const struct quarantine_flag_result *result, uint32_t named)
{
	const struct view *v = cmd->state->view;
	const struct store_args *args = cmd->args;
	struct store *s = cmd->cursor;
	size_t at = 0;

	if (args->silent && !(v->enabled & VIEW_CONDSTORE))
		return;
	for (size_t i = 0; i < result->count; i++) {
		const struct quarantine_flag_state *entry = &result->entries[i];
		struct view_change change = {entry->uid, entry->modseq, entry->flags};

		bool flags = !args->silent || is_refused(result, &at, entry->uid);

		view_tell_change(v, &change, cmd->uid, flags, cmd->response);
	}
	s->missed |= result->count < named;
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

/* Notes for the log the messages of a run that were not left alone. */
static void note_changed(struct command *cmd, struct quarantine_range run,
			 const struct quarantine_flag_result *result)
{
	for (size_t i = 0; i < result->refused_count && run.first <= run.last; i++) {
		struct quarantine_range r = result->refused[i];

		if (r.last < run.first || r.first > run.last)
			continue;
		if (r.first > run.first)
			note(cmd, (struct quarantine_range){run.first, r.first - 1});
		run.first = r.last + 1;
	}
	if (run.first <= run.last)
		note(cmd, run);
}

static void note_modified(struct command *cmd, const struct quarantine_flag_result *result)
{
	const struct view *v = cmd->state->view;
	struct store *s = cmd->cursor;

	for (size_t i = 0; i < result->refused_count; i++) {
		struct quarantine_range r = result->refused[i];

		if (cmd->uid)
			seqset_add(&s->modified, r.first, r.last);
		else
			seqset_add(&s->modified, uidmap_seq(v->map, r.first), uidmap_seq(v->map, r.last));
	}
}

/* Whether the flags of a message in the runs were changed by somebody else and not told yet. *highest becomes
 * the mailbox's modseq. */
static int look_for_others(struct command *cmd, const struct quarantine_range *runs, size_t count,
			   uint64_t *highest, bool *found)
{
	const struct store *s = cmd->cursor;
	struct quarantine_mailbox box = {.id = 0};
	struct quarantine_cursor *c;
	struct quarantine_entry row;
	int status = quarantine_mailbox_get(cmd->store, cmd->state->view->box.id, &box);

	for (size_t i = 0; i < count && status == QUARANTINE_OK && box.highest_modseq > s->modseq; i++) {
		status = quarantine_list(cmd->store, box.id, runs[i].first, runs[i].last,
					 QUARANTINE_FIELD_FLAGS, false, &c);
		if (status != QUARANTINE_OK)
			break;
		while ((status = quarantine_next(c, &row)) == 1)
			*found |= row.modseq > s->modseq;
		quarantine_cursor_close(c);
	}
	*highest = box.highest_modseq;
	return status;
}

/* Makes the change of a slice the session's own, so that the sync at the end does not tell it again. A silent
 * one may not hide what somebody else did to the same messages. */
static void own_slice(struct command *cmd, const struct quarantine_range *runs, size_t count, uint64_t before,
		      const struct quarantine_flag_result *result)
{
	const struct store_args *args = cmd->args;
	struct store *s = cmd->cursor;
	bool alone = result->changed > 0 && result->highest_modseq == before + 1;

	if (result->changed > 0 && !cmd->state->contexts &&
	    view_tells_next(cmd->state->view, result->highest_modseq)) {
		s->modseq = result->highest_modseq;
		return;
	}
	if (args->silent && !alone)
		return;
	for (size_t i = 0; i < count; i++)
		view_own_change(cmd->state->view, result->highest_modseq, runs[i]);
	if (alone && before == s->modseq)
		s->modseq = result->highest_modseq;
}

/* Changes a slice in one transaction. */
static int change_slice(struct command *cmd, const struct quarantine_range *runs, size_t count)
{
	const struct store_args *args = cmd->args;
	struct store *s = cmd->cursor;
	struct quarantine_flag_request request = {.size = sizeof(request),
						  .change = args->change,
						  .flags = s->bits,
						  .unchanged_since = args->unchanged_since};
	struct quarantine_flag_result result;
	uint32_t named = 0;
	uint64_t before = 0;
	bool others = false;
	int status = QUARANTINE_OK;

	if (args->silent)
		status = look_for_others(cmd, runs, count, &before, &others);
	if (status == QUARANTINE_OK)
		status = quarantine_flags_change_if(cmd->store, cmd->state->view->box.id, runs, count,
						    &request, &result);
	if (status != QUARANTINE_OK)
		return status;
	if (result.changed > 0)
		feed_note_change(cmd->state->view->feed, cmd->store, &result);
	if (!others)
		own_slice(cmd, runs, count, before, &result);
	note_modified(cmd, &result);
	for (size_t i = 0; i < count; i++) {
		note_changed(cmd, runs[i], &result);
		named += runs[i].last - runs[i].first + 1;
	}
	tell_slice(cmd, &result, named);
	free(result.refused);
	free(result.entries);
	return s->modified.failed ? QUARANTINE_NO_MEMORY : QUARANTINE_OK;
}

static enum command_status store_end(struct command *cmd, int status)
{
	const struct store *s = cmd->cursor;
	struct buf *code = &cmd->response->long_code;

	if (status == QUARANTINE_OK && s->modified.count > 0) {
		buf_add_str(code, "MODIFIED ");
		seqset_print(s->modified.ranges, s->modified.count, code);
	}
	if (status != QUARANTINE_OK)
		response_store_error(cmd->response, status, quarantine_errmsg(cmd->store));
	else if (s->missed && !cmd->uid)
		response_no(cmd->response, "EXPUNGEISSUED", "Some messages were expunged");
	return COMMAND_DONE;
}

/* How many messages one transaction changes. Each is a sync of the disk; a larger one holds the lock for
 * longer, some 10 ms for 4,000, and what is told of it has to fit memory, however many keywords there are. */
static uint32_t slice_room(const struct view *v)
{
	struct buf names = {0};
	size_t room;

	view_flag_names(v, &names);
	room = SLICE_TOLD / (LINE_LENGTH + names.len);
	buf_finish(&names);
	return room > VIEW_SLICE ? (uint32_t)room : VIEW_SLICE;
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
		uint32_t room = slice_room(cmd->state->view);
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

	if (!s)
		return;
	free(s->ranges);
	seqset_finish(&s->modified);
}

const struct command_def command_store = {
	.name = "STORE",
	.states = STATE_SELECTED,
	.flags = COMMAND_HAS_UID_FORM | COMMAND_HOLDS_EXPUNGE,
	.parse = store_parse,
	.step = store_step,
	.finish = store_finish,
};
