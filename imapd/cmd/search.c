/* SPDX-License-Identifier: ISC
 *
 * SEARCH and SORT. The happy path: look through the mailbox, put what was found in order, save it for "$" or
 * keep it up to date if asked to, tell it.
 * What can go wrong: the store fails, or there is no room for what is to be saved. Then NO, and "$" is empty.
 */
#include "../search/search.h"

#include <stdlib.h>

#include "../../store/base/arena.h"
#include "../proto/parse.h"
#include "../proto/search_return.h"
#include "../proto/sort_order.h"
#include "../response.h"
#include "../search/search_answer.h"
#include "../search/search_context.h"
#include "../search/search_sort.h"
#include "../state.h"
#include "../view.h"
#include "cmd.h"
#include "find.h"

struct search_args {
	struct search_return wanted;
	struct sort_order order; /* empty: SEARCH */
	struct search_program program;
	struct slice text; /* of the program */
};

struct search_run {
	struct find find;
	struct search_sort *sort;
	bool sorted;
	struct search_answer answer;
	bool telling;
	bool refused; /* to be kept up to date */
};

static void forget_saved(struct command *cmd, const struct search_args *args)
{
	if ((args->wanted.options & SEARCH_RETURN_SAVE) && cmd->state->view)
		seqset_finish(&cmd->state->view->saved);
}

static bool refuse(struct command *cmd, const struct search_args *args)
{
	find_refuse(cmd, &args->program);
	if (cmd->response->condition == RESPONSE_NO)
		forget_saved(cmd, args);
	return false;
}

static bool read_program(struct parser *p, struct command *cmd)
{
	struct search_args *args = cmd->args;
	size_t begin = p->at;

	if (find_tag_in_use(cmd, &args->wanted))
		return parse_fail(p, "Tag reuse");
	if (!(args->order.count > 0 ? search_criteria_parse(p, &args->program)
				    : find_parse(p, cmd, &args->program)))
		return refuse(cmd, args);
	args->text = slice_of(p->in.data + begin, p->at - begin);
	return parse_end(p);
}

/* search = "SEARCH" [search-return-opts] SP search-program */
static bool search_parse(struct parser *p, struct command *cmd)
{
	struct search_args *args = arena_alloc(cmd->arena, sizeof(*args));

	if (!args)
		return parse_fail(p, "Command too large");
	cmd->args = args;
	if (!search_return_parse(p, &args->wanted))
		return false;
	if (!args->wanted.asked && cmd->state->enabled & VIEW_REV2)
		args->wanted = (struct search_return){.asked = true, .options = SEARCH_RETURN_ALL};
	return read_program(p, cmd);
}

/* sort = "SORT" [search-return-opts] SP sort-criteria SP search-criteria */
static bool sort_parse(struct parser *p, struct command *cmd)
{
	struct search_args *args = arena_alloc(cmd->arena, sizeof(*args));

	if (!args)
		return parse_fail(p, "Command too large");
	cmd->args = args;
	if (!search_return_parse(p, &args->wanted) || !sort_order_parse(p, &args->order) || !parse_space(p))
		return false;
	return read_program(p, cmd);
}

/* False: the tagged answer is set. */
static bool save(struct command *cmd, const struct search_answer *answer)
{
	struct seqset_builder saved = {0};

	if (!search_answer_save(answer, &saved)) {
		seqset_finish(&saved);
		return response_no(cmd->response, "NOTSAVED", "Too much to save");
	}
	seqset_finish(&cmd->state->view->saved);
	cmd->state->view->saved = saved;
	return true;
}

static void keep_up(struct command *cmd, struct search_run *run)
{
	const struct search_args *args = cmd->args;
	struct find_update update = {.program = args->text,
				     .items = args->wanted.items,
				     .order = &args->order,
				     .sorted = run->sort ? search_sort_result(run->sort) : NULL};

	if (args->wanted.options & SEARCH_RETURN_UPDATE)
		run->refused = !find_update(cmd, &run->find, &update);
}

/* False: the tagged answer is set. */
static bool begin_answer(struct command *cmd, struct search_run *run)
{
	const struct search_args *args = cmd->args;
	int status;

	run->telling = true;
	run->answer = (struct search_answer){
		.name = cmd->def->name,
		.tag = cmd->tag,
		.uid = cmd->uid,
		.view = cmd->state->view,
		.wanted = &args->wanted,
		.found = run->sort ? search_sort_result(run->sort) : search_found(run->find.search),
	};
	search_answer_begin(&run->answer);
	keep_up(cmd, run);
	forget_saved(cmd, args);
	status = find_modseq(cmd, &run->find, args->program.root, &run->answer);
	if (status != QUARANTINE_OK)
		find_failed(cmd, status);
	else if (!(args->wanted.options & SEARCH_RETURN_SAVE) || save(cmd, &run->answer))
		return true;
	contexts_cancel(cmd->state->contexts, cmd->tag);
	return false;
}

static int sort_step(struct command *cmd, struct search_run *run, bool *more)
{
	const struct search_args *args = cmd->args;
	int status;

	if (!run->sort)
		run->sort = search_sort_create(cmd->state->view, &args->order, search_found(run->find.search),
					       search_return_limit(&args->wanted));
	if (!run->sort)
		return QUARANTINE_NO_MEMORY;
	status = search_sort_step(run->sort, cmd->store, more);
	run->sorted = status == QUARANTINE_OK && !*more;
	return status;
}

/* The next piece of work before the answer; *more: there is another. */
static int work(struct command *cmd, struct search_run *run, bool *more)
{
	const struct search_args *args = cmd->args;
	bool sorts = args->order.count > 0;
	int status = QUARANTINE_OK;

	*more = false;
	run->find.told = sorts ? NULL : &args->wanted;
	if (!run->find.done) {
		status = find_step(cmd, &run->find, args->program.root, more);
		*more = *more || (sorts && status == QUARANTINE_OK);
	} else if (sorts && !run->sorted) {
		status = sort_step(cmd, run, more);
	}
	return status;
}

static enum command_status search_do(struct command *cmd)
{
	struct search_run *run = cmd->cursor ? cmd->cursor : calloc(1, sizeof(*run));
	int status = QUARANTINE_NO_MEMORY;
	bool more = false;

	cmd->cursor = run;
	if (run)
		status = work(cmd, run, &more);
	if (status != QUARANTINE_OK) {
		forget_saved(cmd, cmd->args);
		return find_failed(cmd, status);
	}
	if (cmd->hangup)
		return COMMAND_DONE;
	if (more)
		return COMMAND_MORE;
	if (!run->telling && !begin_answer(cmd, run))
		return COMMAND_DONE;
	if (!search_answer_tell(&run->answer, cmd->response))
		return COMMAND_MORE;
	if (run->refused)
		find_tell_no_update(cmd);
	return COMMAND_DONE;
}

static void search_finish(struct command *cmd)
{
	struct search_run *run = cmd->cursor;

	if (!run)
		return;
	search_sort_destroy(run->sort);
	search_destroy(run->find.search);
	free(run);
}

const struct command_def command_search = {
	.name = "SEARCH",
	.states = STATE_SELECTED,
	.flags = COMMAND_HAS_UID_FORM | COMMAND_HOLDS_EXPUNGE,
	.parse = search_parse,
	.step = search_do,
	.finish = search_finish,
};

const struct command_def command_sort = {
	.name = "SORT",
	.states = STATE_SELECTED,
	.flags = COMMAND_HAS_UID_FORM | COMMAND_HOLDS_EXPUNGE,
	.parse = sort_parse,
	.step = search_do,
	.finish = search_finish,
};
