/* SPDX-License-Identifier: ISC */
#include "check_memo.h"

#include "../../../store/mime/text.h"

enum { TEXT_MAX = 2 * 1024 * 1024 };

bool plain_text(struct slice message, bool headers, struct buf *out)
{
	struct mime_structure s;

	if (!mime_structure_parse(message, &s))
		return false;
	mime_search_text(message, &s, headers, TEXT_MAX, out);
	mime_structure_finish(&s);
	return !out->failed;
}

int check_memo(struct search_memo *m, struct slice message, bool headers, struct slice text,
	       struct slice needle)
{
	struct mime_structure s;
	int held, plain = text.len > 0 && memmem(text.data, text.len, needle.data, needle.len);

	if (!mime_structure_parse(message, &s))
		return -1;
	held = search_memo_holds(m, message, &s, headers, needle);
	mime_structure_finish(&s);
	return held < 0 || held == plain ? held : -2;
}
