/* SPDX-License-Identifier: ISC
 *
 * What SEARCH, SORT and THREAD share: they look through the mailbox first. */
#ifndef IMAPD_CMD_FIND_H
#define IMAPD_CMD_FIND_H

#include <stdbool.h>

#include "../command.h"
#include "../proto/search_key.h"
#include "../search/search_progress.h"

struct search;
struct search_answer;
struct search_return;
struct seqset_builder;
struct sort_order;
struct view;

/* With a view and nothing else it has not begun. */
struct find {
	const struct view *view;          /* borrowed; NULL: the selected mailbox */
	const struct search_return *told; /* what will be told of it, in mailbox order; NULL: all */
	struct search *search;
	struct search_progress progress;
	bool done;
};

/* search_program_parse(), but without CHARSET for clients that have enabled UTF8=ACCEPT (RFC 9755 section 3).
 */
bool find_parse(struct parser *p, const struct command *cmd, struct search_program *program);

/* Why a program was not taken: sets NO where the RFCs want it. Returns false, for use in parse(). */
bool find_refuse(struct command *cmd, const struct search_program *program);

/* Whether RETURN asks for UPDATE with a tag that is in use for that: BAD (RFC 5267 section 4.3). */
bool find_tag_in_use(const struct command *cmd, const struct search_return *wanted);

/* Looks on. *more: call again. A QUARANTINE_ status. */
int find_step(struct command *cmd, struct find *find, struct search_key *root, bool *more);

/* Sets the tagged line when a step failed. */
enum command_status find_failed(struct command *cmd, int status);

/* For a program that asks for modseqs, puts into the answer the highest of what it tells (RFC 7162
 * section 3.1.5, RFC 4731 section 3.2): of all, or of the ends and the part that are told. After
 * search_answer_begin(). A QUARANTINE_ status. */
int find_modseq(struct command *cmd, const struct find *find, const struct search_key *root,
		struct search_answer *answer);

/* Keeps the results up to date, where RETURN asks for UPDATE; before "$" changes. `program` is its text,
 * `items` that of the FETCH items of UPDATE; `order` and `sorted` are of SORT, else empty and NULL. False:
 * that is refused. */
struct find_update {
	bool correlated;
	struct slice program, items;
	const struct sort_order *order;
	const struct seqset_builder *sorted;
};
bool find_update(struct command *cmd, const struct find *find, const struct find_update *update);

/* Tells that it was refused. */
void find_tell_no_update(struct command *cmd);

#endif
