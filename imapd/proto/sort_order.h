/* SPDX-License-Identifier: ISC
 *
 * In which order SORT wants its results (RFC 5256, 5957). Pure. */
#ifndef IMAPD_PROTO_SORT_ORDER_H
#define IMAPD_PROTO_SORT_ORDER_H

#include "parse.h"

enum sort_by {
	SORT_BY_ARRIVAL,
	SORT_BY_CC,
	SORT_BY_DATE,
	SORT_BY_DISPLAYFROM,
	SORT_BY_DISPLAYTO,
	SORT_BY_FROM,
	SORT_BY_SIZE,
	SORT_BY_SUBJECT,
	SORT_BY_TO,
	SORT_BY_COUNT,
};

struct sort_order {
	struct {
		enum sort_by by;
		bool reverse;
	} list[SORT_BY_COUNT]; /* each at most once: what is named again decides nothing */
	size_t count;
};

/* sort-criteria = "(" sort-criterion *(SP sort-criterion) ")" */
bool sort_order_parse(struct parser *p, struct sort_order *out);

#endif
