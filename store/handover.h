/* SPDX-License-Identifier: ISC
 *
 * The client's side of handing a message over to the running server; handover/form.h has the bytes. */
#ifndef QUARANTINE_HANDOVER_H
#define QUARANTINE_HANDOVER_H

#include "internal.h"

enum { HANDOVER_NONE = 1 }; /* above any status: no server answered for the message */

/* Connects to the server, if there is one and this handle is not connected yet. Leaves no error text. */
bool handover_connect(struct quarantine *q);
void handover_disconnect(struct quarantine *q);

/* A message on its way. `envelope` is the caller's, completed where it goes to a server: time and key. */
struct handover {
	struct quarantine_envelope envelope;
	char key[40];
	bool unknown; /* a server got it and may yet have stored it, under the key of `envelope` */
};

/* Hands a message over and waits until the server has committed it: QUARANTINE_OK and *message, or the
 * server's status with its text. HANDOVER_NONE: the caller is to deliver h->envelope by itself. */
int handover_deliver(struct quarantine *q, const struct quarantine_envelope *env, struct slice bytes,
		     struct handover *h, int64_t *message);

#endif
