/* SPDX-License-Identifier: ISC */
#include "recall.h"

#include "stmt.h"

struct gone {
	int64_t message;
	int64_t mailbox, uid;
	int64_t received, length, header_length;
	int64_t home;
};

/* The one stored message that the draft can be a copy of; 0: none, or several. */
static int find_original(struct quarantine *q, const struct message_draft *draft, int64_t *message)
{
	sqlite3_stmt *stmt;
	struct slice likeness = slice_of((const char *)draft->likeness, sizeof(draft->likeness));
	int status = stmt_row(q, QUERY_RECALL_LIKE, &stmt, "bbi", likeness, blob_draft_hash(&draft->head),
			      (int)RECALL_ALIKE_MAX + 1);

	if (status < 0)
		return status;
	if (sqlite3_column_int64(stmt, 0) > RECALL_ALIKE_MAX)
		*message = 0;
	else if (sqlite3_column_int64(stmt, 1) == 1)
		*message = sqlite3_column_int64(stmt, 2);
	else
		*message = sqlite3_column_int64(stmt, 0) == 1 ? sqlite3_column_int64(stmt, 3) : 0;
	stmt_done(stmt);
	return QUARANTINE_OK;
}

/* The tombstone that `by` left of it; g->uid 0: none. */
static int find_gone(struct quarantine *q, const char *by, struct gone *g)
{
	sqlite3_stmt *stmt;
	int status = stmt_row(q, QUERY_RECALL_GONE, &stmt, "ltlii", g->message, by,
			      store_now() - QUARANTINE_RECALL_SECONDS, (int)QUARANTINE_REMOVED,
			      (int)QUARANTINE_KIND_LOG);

	if (status <= 0)
		return status;
	g->mailbox = sqlite3_column_int64(stmt, 0);
	g->uid = sqlite3_column_int64(stmt, 1);
	g->received = sqlite3_column_int64(stmt, 2);
	g->length = sqlite3_column_int64(stmt, 3);
	g->header_length = sqlite3_column_int64(stmt, 4);
	g->home = sqlite3_column_int64(stmt, 5);
	stmt_done(stmt);
	return QUARANTINE_OK;
}

/* A second copy of the same tombstone finds it moved, and gets no home. */
static int put_back(struct quarantine *q, const struct gone *g, struct message_place *place)
{
	struct message_arrival arrival;
	int status = message_arrive(q, place, (uint64_t)g->length, &arrival);

	if (status == QUARANTINE_OK)
		status = stmt_run(q, QUERY_COPY_INSERT, "lllullllll", arrival.mailbox, arrival.uid,
				  g->message, place->flags, arrival.modseq, g->received, g->length,
				  g->header_length, g->home == arrival.mailbox ? 0 : g->home, store_now());
	if (status == QUARANTINE_OK)
		status = stmt_run(q, QUERY_MESSAGE_SHARE, "l", g->message);
	if (status == QUARANTINE_OK)
		status = stmt_run(q, QUERY_RECALL_REASON, "lli", g->mailbox, g->uid, (int)QUARANTINE_MOVED);
	return status;
}

int recall(struct quarantine *q, const struct message_draft *draft, const char *by,
	   struct message_place *place, int64_t *message)
{
	struct gone g = {0};
	int status = find_original(q, draft, &g.message);

	if (status == QUARANTINE_OK && g.message > 0)
		status = find_gone(q, by, &g);
	if (status != QUARANTINE_OK || g.uid == 0)
		return status;
	status = put_back(q, &g, place);
	if (status == QUARANTINE_OK)
		*message = g.message;
	return status;
}
