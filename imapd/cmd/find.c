/* SPDX-License-Identifier: ISC */
#include "find.h"

#include "../../store/include/quarantine.h"
#include "../pace.h"
#include "../proto/parse.h"
#include "../proto/search_return.h"
#include "../response.h"
#include "../search/search.h"
#include "../search/search_answer.h"
#include "../search/search_context.h"
#include "../search/search_match.h"
#include "../state.h"
#include "../view.h"

bool find_parse(struct parser *p, const struct command *cmd, struct search_program *program)
{
	bool taken = search_program_parse(p, program);

	if (!program->charset || !(cmd->state->enabled & VIEW_UTF8))
		return taken;
	program->bad_charset = program->limited = false;
	return parse_fail(p, "CHARSET does not go with UTF8=ACCEPT");
}

bool find_refuse(struct command *cmd, const struct search_program *program)
{
	if (program->bad_charset)
		return response_no(cmd->response, "BADCHARSET (US-ASCII UTF-8)", "Unknown character set");
	if (program->limited)
		return response_no(cmd->response, "LIMIT", "Too many or too deep search keys");
	return false;
}

bool find_tag_in_use(const struct command *cmd, const struct search_return *wanted)
{
	return (wanted->options & SEARCH_RETURN_UPDATE) && contexts_has(cmd->state->contexts, cmd->tag);
}

bool find_update(struct command *cmd, const struct find *find, const struct find_update *update)
{
	struct context_request request = {
		.tag = cmd->tag,
		.uid = cmd->uid || update->correlated,
		.correlated = update->correlated,
		.order = update->order,
		.program = update->program,
		.items = update->items,
		.found = search_found(find->search),
		.sorted = update->sorted,
	};

	return contexts_add(&cmd->state->contexts, cmd->state->view, &request);
}

void find_tell_no_update(struct command *cmd)
{
	buf_addf(&cmd->response->out,
		 "* NO [NOUPDATE \"%.*s\"] Results of this search are not kept up to date\r\n",
		 (int)cmd->tag.len, cmd->tag.data);
}

int find_step(struct command *cmd, struct find *find, struct search_key *root, bool *more)
{
	struct search_limit limit = {UINT64_MAX, false};
	uint32_t looked, of;
	int status;

	if (!find->search && search_asks(root, SEARCH_MODSEQ))
		state_enable(cmd->state, VIEW_CONDSTORE, cmd->response);
	if (find->told)
		limit = search_return_limit(find->told);
	if (!find->search)
		find->search = search_create(find->view ? find->view : cmd->state->view, root, limit);
	if (!find->search)
		return QUARANTINE_NO_MEMORY;
	status = search_step(find->search, cmd->store, more);
	search_progress(find->search, &looked, &of);
	if (*more)
		search_progress_tell(&find->progress, pace_now(), cmd->tag, looked, of, cmd->response);
	find->done = status == QUARANTINE_OK && !*more;
	return status;
}

int find_modseq(struct command *cmd, const struct find *find, const struct search_key *root,
		struct search_answer *answer)
{
	const struct view *v = answer->view;
	struct seqset_builder told = {0};
	struct quarantine_cursor *c;
	struct quarantine_entry row;
	int status = QUARANTINE_OK;

	if (!search_asks(root, SEARCH_MODSEQ))
		return status;
	answer->modseq = search_highest_modseq(find->search);
	if (!answer->wanted->asked || answer->wanted->options & (SEARCH_RETURN_ALL | SEARCH_RETURN_COUNT))
		return status;
	if (search_answer_save(answer, &told))
		answer->modseq = 0;
	for (size_t i = 0; i < told.count && status == QUARANTINE_OK; i++) {
		status = quarantine_list(cmd->store, v->box.id, told.ranges[i].first, told.ranges[i].last, 0,
					 true, &c);
		if (status != QUARANTINE_OK)
			break;
		while ((status = quarantine_next(c, &row)) == 1)
			if (row.modseq > answer->modseq && uidmap_seq(v->map, row.uid) > 0)
				answer->modseq = row.modseq;
		quarantine_cursor_close(c);
	}
	seqset_finish(&told);
	return status;
}

enum command_status find_failed(struct command *cmd, int status)
{
	response_store_error(cmd->response, status, quarantine_errmsg(cmd->store));
	return COMMAND_DONE;
}
