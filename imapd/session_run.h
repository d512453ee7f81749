/* SPDX-License-Identifier: ISC
 *
 * Runs a session's commands: takes them from its input, gives their steps to the threads, sends what comes of
 * it. For session*.c and for those who bring news. Loop thread only. */
#ifndef IMAPD_SESSION_RUN_H
#define IMAPD_SESSION_RUN_H

#include "session_state.h"

/* Goes on from where the last step or event left, as far as possible without waiting. Nothing may be on its
 * way to the client, no job out. */
void session_proceed(struct session *s);

/* Checks the password when it is its turn and the penalty is served; until then the session is DELAYED and
 * this is called again. */
void session_check_login(struct session *s);

/* Starts the server's side of a handshake; what came before it is dropped. */
void session_start_tls(struct session *s);

/* Tells it the news, when it waits for any and there are some: at once from memory what a mailbox has had, by
 * a step what else it watches. */
void session_hear(struct session *s);

#endif
