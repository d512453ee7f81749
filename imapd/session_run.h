/* SPDX-License-Identifier: ISC
 *
 * Runs a session's commands: takes them from its input, gives their steps to the threads, sends what comes of
 * it. For session*.c and for those who bring news. Loop thread only. */
#ifndef IMAPD_SESSION_RUN_H
#define IMAPD_SESSION_RUN_H

#include "session_state.h"

struct feed;

/* Goes on from where the last step or event left, as far as possible without waiting. Nothing may be on its
 * way to the client, no job out. */
void session_proceed(struct session *s);

/* Checks the password when it is its turn and the penalty is served; until then the session is DELAYED and
 * this is called again. */
void session_check_login(struct session *s);

/* Starts the server's side of a handshake; what came before it is dropped. */
void session_start_tls(struct session *s);

/* The feed whose news it waits for, in IDLE or by NOTIFY; NULL: it does not wait for any. */
const struct feed *session_feed(const struct session *s);

/* Whether it waits for news of mailboxes that are not selected, or of metadata. */
bool session_watches(const struct session *s);

/* Steps it, when it waits for news: looks into the store. */
void session_wake(struct session *s);

/* Steps it, when it waits for news and its feed has some. */
void session_wake_for_news(struct session *s);

#endif
