/* SPDX-License-Identifier: ISC
 *
 * One client's connection from accept to the last close callback. It knows nothing of the server: it sits
 * on a list and calls the functions of its env. Loop thread only. */
#ifndef IMAPD_SESSION_H
#define IMAPD_SESSION_H

#include "session_state.h"

/* What the settings allow a client to send. */
struct exchange_limits session_limits(const struct config *c);

/* Takes the socket. NULL when memory is out; the socket is closed then. on_closed() comes in any other case.
 */
struct session *session_create(struct session_env *env, unsigned id, int fd, bool tls_first);

/* Frees a session whose on_closed() has been called. */
void session_destroy(struct session *s);

/* Says BYE with this text where that is possible, and closes: at once, or when the running step is over. */
void session_stop(struct session *s, const char *text);

/* Closes at once; a running step goes on to its end, its reading of the store is interrupted. */
void session_abort(struct session *s, const char *why);

/* Before login, no password of it is being checked, and it is not closed yet: it may be dropped to make room.
 */
bool session_is_spare(const struct session *s);

#endif
