/* SPDX-License-Identifier: ISC
 *
 * FETCH of messages that have just come, for clients that asked for it: by MessageNew of NOTIFY, or by UPDATE
 * of a search whose results they join (RFC 5465 sections 5.2 and 7). Used by whoever has the command. */
#ifndef IMAPD_ARRIVALS_H
#define IMAPD_ARRIVALS_H

#include <stdbool.h>

#include "../store/include/quarantine.h"

struct arrivals;
struct contexts;
struct fetch_items;
struct response;
struct view;

/* What is asked for; all is borrowed. */
struct arrivals_of {
	struct quarantine_range range;   /* of the view; first > last: none */
	const struct fetch_items *items; /* of NOTIFY; NULL or empty: none */
	const struct contexts *contexts; /* whose results they join; NULL: none */
};

/* Tells one FETCH a message. *place, NULL at first, is where it stands; *more: call again. A QUARANTINE_
 * status.
 */
int arrivals_tell(struct arrivals **place, struct view *v, const struct arrivals_of *of, struct quarantine *q,
		  struct response *r, bool *more);
void arrivals_destroy(struct arrivals *a); /* NULL is fine */

#endif
