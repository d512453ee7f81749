/* SPDX-License-Identifier: ISC
 *
 * ESEARCH over several mailboxes (RFC 7377). The happy path: the mailboxes are listed once, then searched and
 * told one after the other, each through a view of its own that nobody else sees.
 * What can go wrong: a mailbox goes meanwhile. Then it has no matches. */
#include <stdlib.h>

#include "../../store/base/arena.h"
#include "../../store/include/quarantine.h"
#include "../box/filter.h"
#include "../box/names.h"
#include "../proto/mailbox_filter.h"
#include "../proto/parse.h"
#include "../proto/search_return.h"
#include "../response.h"
#include "../search/search.h"
#include "../search/search_answer.h"
#include "../search/search_context.h"
#include "../state.h"
#include "../view.h"
#include "cmd.h"
#include "find.h"

enum { SOURCES_MAX = 16 };

struct esearch_args {
	struct mailbox_filter sources[SOURCES_MAX];
	size_t count;
	struct search_return wanted;
	struct search_program program;
	struct slice text; /* of the program */
};

struct target {
	int64_t id; /* 0: the selected mailbox */
	char name[QUARANTINE_NAME_MAX + 1];
};

struct esearch_run {
	struct target *targets;
	size_t count, cap;
	size_t at; /* the one that is searched */
	struct view *view;
	struct find find;
	struct search_answer answer;
	bool telling;
	bool kept; /* the results in the selected mailbox are kept up to date */
};

static bool names_selected(const struct esearch_args *args)
{
	for (size_t i = 0; i < args->count; i++)
		if (args->sources[i].kind == MAILBOX_FILTER_SELECTED)
			return true;
	return false;
}

/* ["IN" SP "(" filter-mailboxes *(SP filter-mailboxes) ")" SP]; without it the selected mailbox is meant. */
static bool parse_sources(struct parser *p, struct esearch_args *args)
{
	if (!parse_word(p, "IN")) {
		args->sources[args->count++].kind = MAILBOX_FILTER_SELECTED;
		return true;
	}
	if (!parse_space(p) || !parse_char(p, '('))
		return false;
	do {
		if (args->count == SOURCES_MAX)
			return parse_fail(p, "Too many kinds of mailboxes");
		if (!mailbox_filter_parse(p, &args->sources[args->count]))
			return false;
		if (args->sources[args->count++].kind == MAILBOX_FILTER_SELECTED_DELAYED)
			return parse_fail(p, "Unknown kind of mailboxes");
	} while (!parse_peek(p, ')') && parse_space(p));
	return parse_char(p, ')') && parse_space(p);
}

/* esearch = "ESEARCH" [SP esearch-source-opts] [SP search-return-opts] SP search-program */
static bool esearch_parse(struct parser *p, struct command *cmd)
{
	struct esearch_args *args = arena_alloc(cmd->arena, sizeof(*args));
	bool save, update;
	size_t begin;

	if (!args)
		return parse_fail(p, "Command too large");
	cmd->args = args;
	if (!parse_sources(p, args) || !search_return_parse(p, &args->wanted))
		return false;
	if (!args->wanted.asked)
		args->wanted = (struct search_return){.asked = true, .options = SEARCH_RETURN_ALL};
	save = args->wanted.options & SEARCH_RETURN_SAVE;
	update = args->wanted.options & SEARCH_RETURN_UPDATE;
	if ((update || names_selected(args)) && !cmd->state->view)
		return parse_fail(p, "No mailbox is selected");
	if (find_tag_in_use(cmd, &args->wanted))
		return parse_fail(p, "Tag reuse");
	if (save && (args->count != 1 || !names_selected(args)))
		return parse_fail(p, "SAVE is for the selected mailbox alone");
	begin = p->at;
	if (find_parse(p, cmd, &args->program)) {
		args->text = slice_of(p->in.data + begin, p->at - begin);
		return parse_end(p);
	}
	find_refuse(cmd, &args->program);
	if (save && cmd->response->condition == RESPONSE_NO)
		seqset_finish(&cmd->state->view->saved);
	return false;
}

/* Once each; false when memory runs out. */
static bool add_target(struct esearch_run *run, int64_t id, const char *name)
{
	for (size_t i = 0; i < run->count; i++)
		if (run->targets[i].id == id)
			return true;
	if (run->count == run->cap) {
		size_t cap = run->cap == 0 ? 8 : 2 * run->cap;
		struct target *grown = reallocarray(run->targets, cap, sizeof(*grown));

		if (!grown)
			return false;
		run->targets = grown;
		run->cap = cap;
	}
	run->targets[run->count].id = id;
	strcpy(run->targets[run->count++].name, name);
	return true;
}

struct mailbox_list {
	struct quarantine_mailbox *boxes;
	size_t count;
};

/* A mailbox that the client names is told by that name. */
static bool add_named(struct command *cmd, struct esearch_run *run, const struct mailbox_filter *f,
		      const struct mailbox_list *list)
{
	bool ok = true;

	for (size_t i = 0; i < f->count; i++) {
		struct quarantine_mailbox named = {0};
		const char *name = f->names[i].data;
		bool found = strlen(name) <= QUARANTINE_NAME_MAX &&
			     box_find(cmd->store, name, &named) == QUARANTINE_OK;

		if (found)
			ok = ok && add_target(run, named.id, name);
		for (size_t k = 0; f->kind != MAILBOX_FILTER_MAILBOXES && k < list->count; k++)
			if (list->boxes[k].id != 0 &&
			    box_is_below(list->boxes[k].name, found ? named.name : name,
					 f->kind == MAILBOX_FILTER_SUBTREE_ONE))
				ok = ok && add_target(run, list->boxes[k].id, list->boxes[k].name);
	}
	return ok;
}

static bool add_source(struct command *cmd, struct esearch_run *run, const struct mailbox_filter *f,
		       const struct mailbox_list *list)
{
	bool ok = true;

	if (f->kind == MAILBOX_FILTER_SELECTED)
		return add_target(run, cmd->state->view->box.id, "");
	if (f->count > 0)
		return add_named(cmd, run, f, list);
	for (size_t i = 0; i < list->count; i++)
		if (list->boxes[i].id != 0 && box_is_of_kind(&list->boxes[i], f->kind))
			ok = ok && add_target(run, list->boxes[i].id, list->boxes[i].name);
	return ok;
}

static int list_targets(struct command *cmd, struct esearch_run *run)
{
	const struct esearch_args *args = cmd->args;
	struct mailbox_list list = {0};
	int status = quarantine_mailbox_list(cmd->store, &list.boxes, &list.count);

	for (size_t i = 0; i < args->count && status == QUARANTINE_OK; i++)
		if (!add_source(cmd, run, &args->sources[i], &list))
			status = QUARANTINE_NO_MEMORY;
	free(list.boxes);
	return status;
}

/* Lets go of the mailbox that is searched. */
static void end_target(struct esearch_run *run)
{
	search_destroy(run->find.search);
	view_close(run->view);
	run->view = NULL;
	run->find = (struct find){.progress = run->find.progress};
	run->telling = false;
}

static int begin_target(struct command *cmd, struct esearch_run *run)
{
	const struct target *target = &run->targets[run->at];
	const struct view *selected = cmd->state->view;
	int status = QUARANTINE_OK;

	if (selected && selected->box.id == target->id) {
		run->find.view = selected;
		return status;
	}
	status = view_open(cmd->state->services->feeds, cmd->store, target->id, target->name, true,
			   &run->view);
	if (status != QUARANTINE_OK)
		return status;
	run->view->columns = cmd->state->services->columns;
	run->find.view = run->view;
	return status;
}

static int search_target(struct command *cmd, struct esearch_run *run, bool *more)
{
	struct esearch_args *args = cmd->args;
	int status = QUARANTINE_OK;

	*more = false;
	run->find.told = &args->wanted;
	if (!run->find.view)
		status = begin_target(cmd, run);
	return status == QUARANTINE_OK ? find_step(cmd, &run->find, args->program.root, more) : status;
}

/* False: the tagged answer is set. */
static bool save(struct command *cmd, const struct search_answer *answer)
{
	struct seqset_builder *saved = &cmd->state->view->saved;
	struct seqset_builder fresh = {0};

	seqset_finish(saved);
	if (search_answer_save(answer, &fresh)) {
		*saved = fresh;
		return true;
	}
	seqset_finish(&fresh);
	return response_no(cmd->response, "NOTSAVED", "Too much to save");
}

static bool updates(const struct command *cmd)
{
	const struct esearch_args *args = cmd->args;

	return args->wanted.options & SEARCH_RETURN_UPDATE;
}

/* UPDATE is for the selected mailbox alone (RFC 7377 section 2.2). */
static void keep_up(struct command *cmd, struct esearch_run *run)
{
	const struct esearch_args *args = cmd->args;
	struct sort_order none = {.count = 0};
	struct find_update update = {
		.correlated = true, .program = args->text, .items = args->wanted.items, .order = &none};

	if (updates(cmd) && run->find.view == cmd->state->view)
		run->kept = find_update(cmd, &run->find, &update);
}

static bool begin_answer(struct command *cmd, struct esearch_run *run)
{
	const struct esearch_args *args = cmd->args;
	int status;

	run->telling = true;
	run->answer = (struct search_answer){
		.name = "ESEARCH",
		.tag = cmd->tag,
		.uid = true,
		.view = run->find.view,
		.wanted = &args->wanted,
		.found = search_found(run->find.search),
		.correlated = true,
	};
	search_answer_begin(&run->answer);
	status = find_modseq(cmd, &run->find, args->program.root, &run->answer);
	if (status != QUARANTINE_OK) {
		find_failed(cmd, status);
		return false;
	}
	keep_up(cmd, run);
	if (!(args->wanted.options & SEARCH_RETURN_SAVE) || save(cmd, &run->answer))
		return true;
	contexts_cancel(cmd->state->contexts, cmd->tag);
	return false;
}

/* A step in one mailbox. A QUARANTINE_ status; *more: there is another. */
static int work(struct command *cmd, struct esearch_run *run, bool *more)
{
	int status = QUARANTINE_OK;

	*more = true;
	if (!run->find.done) {
		bool looking;

		status = search_target(cmd, run, &looking);
		if (status == QUARANTINE_OK)
			return status;
	} else {
		if (!run->telling && !begin_answer(cmd, run)) {
			*more = false;
			return status;
		}
		if (run->answer.count > 0 && !search_answer_tell(&run->answer, cmd->response))
			return status;
	}
	end_target(run);
	*more = ++run->at < run->count;
	return status == QUARANTINE_NOT_FOUND ? QUARANTINE_OK : status;
}

static enum command_status esearch_do(struct command *cmd)
{
	struct esearch_run *run = cmd->cursor ? cmd->cursor : calloc(1, sizeof(*run));
	int status = run ? QUARANTINE_OK : QUARANTINE_NO_MEMORY;
	bool more = false;

	if (run && !cmd->cursor)
		status = list_targets(cmd, run);
	cmd->cursor = run;
	if (status == QUARANTINE_OK && run->at < run->count)
		status = work(cmd, run, &more);
	if (status != QUARANTINE_OK)
		return find_failed(cmd, status);
	if (more && !cmd->hangup)
		return COMMAND_MORE;
	if (updates(cmd) && !run->kept)
		find_tell_no_update(cmd);
	return COMMAND_DONE;
}

static void esearch_finish(struct command *cmd)
{
	struct esearch_run *run = cmd->cursor;

	if (!run)
		return;
	end_target(run);
	free(run->targets);
	free(run);
}

const struct command_def command_esearch = {
	.name = "ESEARCH",
	.states = STATE_LOGGED_IN,
	.flags = COMMAND_HAS_UID_FORM,
	.parse = esearch_parse,
	.step = esearch_do,
	.finish = esearch_finish,
};
