/* SPDX-License-Identifier: ISC */
#include "audit.h"

#include <stdio.h>
#include <string.h>

#include "log.h"

enum { RANGE_MAX = 22 }; /* "4294967295:4294967295," */

void audit_say(struct audit *a)
{
	char uids[AUDIT_RANGES * RANGE_MAX + 1] = "";
	size_t used = 0;

	for (unsigned i = 0; i < a->ranges; i++) {
		const struct quarantine_range *r = &a->uids[i];
		const char *comma = i > 0 ? "," : "";

		if (r->first == r->last)
			used += (size_t)snprintf(uids + used, sizeof(uids) - used, "%s%u", comma, r->first);
		else
			used += (size_t)snprintf(uids + used, sizeof(uids) - used, "%s%u:%u", comma, r->first,
						 r->last);
	}
	if (a->verb && a->user) {
		const char *what = strcmp(a->verb, "flags") == 0 ? "flags" : "to";

		log_event(LOG_LEVEL_INFO, a->session, a->verb, "user", a->user, "messages",
			  LOG_NUMBER(a->messages), "uids", uids, what, a->detail[0] ? a->detail : NULL,
			  "mailbox", a->mailbox, NULL);
	}
	a->verb = NULL;
	a->detail[0] = '\0';
	a->ranges = 0;
	a->messages = 0;
}

void audit_add(struct audit *a, const char *verb, const char *detail, struct quarantine_range uids)
{
	char fitting[AUDIT_DETAIL_MAX];

	snprintf(fitting, sizeof(fitting), "%s", detail ? detail : "");
	if (a->verb && (strcmp(a->verb, verb) != 0 || strcmp(a->detail, fitting) != 0))
		audit_say(a);
	a->verb = verb;
	memcpy(a->detail, fitting, sizeof(fitting));
	a->messages += uids.last - uids.first + 1;
	if (a->ranges > 0 && a->uids[a->ranges - 1].last + 1 == uids.first)
		a->uids[a->ranges - 1].last = uids.last;
	else
		a->uids[a->ranges++] = uids;
	if (a->ranges == AUDIT_RANGES)
		audit_say(a);
}
