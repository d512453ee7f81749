/* SPDX-License-Identifier: ISC
 *
 * What is true of every search by a memo: it finds what the plain way finds. */
#ifndef TEST_IMAPD_CHECK_MEMO_H
#define TEST_IMAPD_CHECK_MEMO_H

#include "../../../imapd/search/search_memo.h"
#include "../../../store/base/buf.h"

/* The text of a message, as BODY or TEXT searches it. False: no memory. */
bool plain_text(struct slice message, bool headers, struct buf *out);

/* 1 or 0 as search_memo_holds() says, -1: it does not tell, -2: it says something else than the text. */
int check_memo(struct search_memo *m, struct slice message, bool headers, struct slice text,
	       struct slice needle);

#endif
