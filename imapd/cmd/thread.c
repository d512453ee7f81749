/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "../../store/base/arena.h"
#include "../../store/include/quarantine.h"
#include "../proto/parse.h"
#include "../search/search.h"
#include "../search/search_thread.h"
#include "../state.h"
#include "cmd.h"
#include "find.h"

struct thread_args {
	enum search_thread_by by;
	struct search_program program;
};

struct thread_run {
	struct find find;
	struct search_thread *thread;
};

static bool read_algorithm(struct parser *p, enum search_thread_by *out)
{
	if (parse_word(p, "ORDEREDSUBJECT"))
		*out = SEARCH_THREAD_ORDEREDSUBJECT;
	else if (parse_word(p, "REFERENCES"))
		*out = SEARCH_THREAD_REFERENCES;
	else
		return parse_fail(p, "Unknown threading algorithm");
	return true;
}

/* thread = "THREAD" SP thread-alg SP search-criteria */
static bool thread_parse(struct parser *p, struct command *cmd)
{
	struct thread_args *args = arena_alloc(cmd->arena, sizeof(*args));

	if (!args)
		return parse_fail(p, "Command too large");
	cmd->args = args;
	if (!read_algorithm(p, &args->by) || !parse_space(p))
		return false;
	return search_criteria_parse(p, &args->program) ? parse_end(p) : find_refuse(cmd, &args->program);
}

static int work(struct command *cmd, struct thread_run *run, bool *more)
{
	struct thread_args *args = cmd->args;

	if (!run->find.done) {
		int status = find_step(cmd, &run->find, args->program.root, more);

		*more = true;
		return status;
	}
	if (!run->thread)
		run->thread =
			search_thread_create(cmd->state->view, args->by, search_found(run->find.search));
	if (!run->thread)
		return QUARANTINE_NO_MEMORY;
	return search_thread_step(run->thread, cmd->store, cmd->response, cmd->uid, more);
}

static enum command_status thread_do(struct command *cmd)
{
	struct thread_run *run = cmd->cursor ? cmd->cursor : calloc(1, sizeof(*run));
	int status = QUARANTINE_NO_MEMORY;
	bool more = false;

	cmd->cursor = run;
	if (run)
		status = work(cmd, run, &more);
	if (status != QUARANTINE_OK)
		return find_failed(cmd, status);
	return more && !cmd->hangup ? COMMAND_MORE : COMMAND_DONE;
}

static void thread_finish(struct command *cmd)
{
	struct thread_run *run = cmd->cursor;

	if (!run)
		return;
	search_thread_destroy(run->thread);
	search_destroy(run->find.search);
	free(run);
}

const struct command_def command_thread = {
	.name = "THREAD",
	.states = STATE_SELECTED,
	.flags = COMMAND_HAS_UID_FORM | COMMAND_HOLDS_EXPUNGE,
	.parse = thread_parse,
	.step = thread_do,
	.finish = thread_finish,
};
