/* SPDX-License-Identifier: ISC */
#include "append.h"

#include "../../store/base/arena.h"
#include "../command.h"
#include "../literal8.h"
#include "../response.h"
#include "../state.h"

static const char **keyword_texts(struct command *cmd, const struct parsed_flags *flags)
{
	const char **texts = arena_alloc(cmd->arena, (flags->keyword_count + 1) * sizeof(*texts));

	for (size_t i = 0; texts && i < flags->keyword_count; i++) {
		texts[i] = arena_strndup(cmd->arena, flags->keywords[i]);
		if (!texts[i])
			return NULL;
	}
	return texts;
}

bool append_look(struct command *cmd)
{
	struct append *a = cmd->args;
	struct slice bytes;

	if (!spill_bytes(&a->spill, &bytes))
		return response_no(cmd->response, "UNAVAILABLE", "Out of memory; try again");
	for (size_t i = 0; i < a->count; i++) {
		struct append_message *m = &a->messages[i];
		size_t before = a->rewritten.len;

		if (m->binary && bytes.data && memchr(bytes.data, '\0', m->len)) {
			switch (literal8_rewrite(slice_of(bytes.data, m->len), &a->rewritten)) {
			case LITERAL8_REWRITTEN:
				m->rewritten = a->rewritten.len - before;
				break;
			case LITERAL8_UNKNOWN:
				return response_no(cmd->response, "UNKNOWN-CTE",
						   "NUL is for parts whose encoding is binary");
			case LITERAL8_NO_ROOM:
				return response_no(cmd->response, "UNAVAILABLE",
						   "There is no room for the message just now");
			}
		}
		bytes = slice_skip(bytes, m->len);
	}
	return true;
}

int append_store(struct command *cmd, struct quarantine_addition *list)
{
	struct append *a = cmd->args;
	struct slice bytes, rewritten = {NULL, 0};

	if (!spill_bytes(&a->spill, &bytes) ||
	    (a->rewritten.len > 0 && !spill_bytes(&a->rewritten, &rewritten)))
		return QUARANTINE_NO_MEMORY;
	for (size_t i = 0; i < a->count; i++) {
		const struct append_message *m = &a->messages[i];

		list[i] = (struct quarantine_addition){
			.size = sizeof(*list), .bytes = bytes.data, .len = m->len};
		if (m->rewritten > 0) {
			list[i].bytes = rewritten.data;
			list[i].len = m->rewritten;
			rewritten = slice_skip(rewritten, m->rewritten);
		}
		list[i].flags = m->flags.system;
		list[i].keywords = keyword_texts(cmd, &m->flags);
		list[i].keyword_count = m->flags.keyword_count;
		list[i].received = m->dated ? &m->date : NULL;
		list[i].by = cmd->state->user;
		if (!list[i].keywords)
			return QUARANTINE_NO_MEMORY;
		bytes = slice_skip(bytes, m->len);
	}
	return quarantine_replace(cmd->store, a->old.uid > 0 ? &a->old : NULL, a->to.id, list, a->count);
}
