/* SPDX-License-Identifier: ISC
 *
 * The sessions of a server, those before login apart from the others, and how many there may be. When a
 * limit is reached the oldest that has not logged in gives way, so that nobody who can log in is shut out by
 * many who cannot. Loop thread only. */
#ifndef IMAPD_SEATS_H
#define IMAPD_SEATS_H

#include <stdbool.h>
#include <sys/socket.h>

#include "session_state.h"

struct config;

struct seats {
	const struct config *config;
	struct session_list waiting; /* before login, the oldest first */
	struct session_list logged_in;
	long waiting_count, logged_in_count;
};

void seats_init(struct seats *s, const struct config *config);

/* Whether one more may come in from there; another may be dropped for it. */
bool seats_make_room(struct seats *s, const struct sockaddr_storage *origin);

void seats_add(struct seats *s, struct session *session);
void seats_promote(struct seats *s, struct session *session); /* it has logged in */
void seats_remove(struct seats *s, struct session *session);
bool seats_empty(const struct seats *s);

/* Calls act(session, text) for each; it may not free the session. */
void seats_each(struct seats *s, void (*act)(struct session *, const char *), const char *text);

#endif
