/* SPDX-License-Identifier: ISC */
#include "block.h"

enum { BLOCK_LAST = (1 << BLOCK_BITS) - 1 };

int block_mark(struct quarantine *q, struct block_marks *marks, int64_t uid)
{
	int64_t block = uid >> BLOCK_BITS;

	if (block == marks->last)
		return QUARANTINE_OK;
	marks->last = block;
	return stmt_run(q, QUERY_BLOCK_MARK, "lll", marks->mailbox, block, marks->modseq);
}

int block_mark_arrival(struct quarantine *q, struct block_marks *marks, int64_t uid)
{
	return (uid & BLOCK_LAST) == BLOCK_LAST ? block_mark(q, marks, uid) : QUARANTINE_OK;
}

int block_drop(struct quarantine *q, int64_t mailbox, int64_t uid)
{
	return stmt_run(q, QUERY_BLOCK_DROP, "ll", mailbox, uid >> BLOCK_BITS);
}
