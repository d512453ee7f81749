/* SPDX-License-Identifier: ISC */
#include "find.h"

#include "../../store/include/quarantine.h"
#include "../pace.h"
#include "../response.h"
#include "../search.h"
#include "../state.h"

bool find_refuse(struct command *cmd, const struct search_program *program)
{
	if (program->bad_charset)
		return response_no(cmd->response, "BADCHARSET (US-ASCII UTF-8)", "Unknown character set");
	if (program->limited)
		return response_no(cmd->response, "LIMIT", "Too many or too deep search keys");
	return false;
}

int find_step(struct command *cmd, struct find *find, struct search_key *root, bool *more)
{
	uint32_t looked, of;
	int status;

	if (!find->search)
		find->search = search_create(find->view ? find->view : cmd->state->view, root);
	if (!find->search)
		return QUARANTINE_NO_MEMORY;
	status = search_step(find->search, cmd->store, more);
	search_progress(find->search, &looked, &of);
	if (*more)
		search_progress_tell(&find->progress, pace_now(), cmd->tag, looked, of, cmd->response);
	find->done = status == QUARANTINE_OK && !*more;
	return status;
}

enum command_status find_failed(struct command *cmd, int status)
{
	response_store_error(cmd->response, status, quarantine_errmsg(cmd->store));
	return COMMAND_DONE;
}
