/* SPDX-License-Identifier: ISC
 *
 * What a search found out about pieces of text (store/mime/pieces.h): mail of a run is nearly the same, so
 * most pieces come again and again, and a comparison of their bytes is all that they cost then. Bytes are
 * compared, not only hashes of them: whatever mail says, the answer is that of mime_search_text(). Bounded.
 * One thread at a time. */
#ifndef IMAPD_SEARCH_MEMO_H
#define IMAPD_SEARCH_MEMO_H

#include "../../store/base/slice.h"
#include "../../store/mime/structure.h"

enum {
	SEARCH_MEMOS_MAX = 4,                     /* at once, in the process, */
	SEARCH_MEMO_BYTES_MAX = 16 * 1024 * 1024, /* with so many bytes each */
	SEARCH_MEMO_MESSAGE_MAX = 256 * 1024,     /* a larger message is read the plain way */
};

struct search_memo;

/* NULL: there are enough already, or memory ran out. */
struct search_memo *search_memo_create(void);
void search_memo_destroy(struct search_memo *m); /* NULL is fine */

/* Whether the text of a message holds the needle: 1 or 0; with `headers` as for mime_search_text(). -1: it is
 * not told; read it the plain way. Needles are borrowed as long as the memo lives. */
int search_memo_holds(struct search_memo *m, struct slice message, const struct mime_structure *s,
		      bool headers, struct slice needle);

#endif
