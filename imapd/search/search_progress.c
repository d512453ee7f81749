/* SPDX-License-Identifier: ISC */
#include "search_progress.h"

#include "../response.h"

void search_progress_tell(struct search_progress *p, int64_t now, struct slice tag, uint32_t done,
			  uint32_t goal, struct response *r)
{
	if (p->since == 0)
		p->since = now;
	if (now - p->since < SEARCH_PROGRESS_MS)
		return;
	p->since = now;
	response_untagged(r, "OK [INPROGRESS (\"%.*s\" %u %u)] Still searching", (int)tag.len, tag.data,
			  (unsigned)done, (unsigned)goal);
}
