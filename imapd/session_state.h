/* SPDX-License-Identifier: ISC
 *
 * What a session is, and how it moves between its states. For session*.c; the server sees session.h. Loop
 * thread only. */
#ifndef IMAPD_SESSION_STATE_H
#define IMAPD_SESSION_STATE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "exchange.h"
#include "metrics.h"
#include "net/conn.h"
#include "net/work.h"

struct config;
struct deflater;
struct penalty;
struct session;
struct tls_context;
struct version;

enum { SESSION_INPUT_MAX = 64 * 1024 }; /* bytes read ahead while a command runs */

/* What all sessions of a server share. */
struct session_env {
	const struct config *config;
	struct exchange_limits limits;
	struct conn_hub *hub;
	struct work_pool *pool;
	struct penalty *penalty;
	const struct imap_services *services;
	struct version *version;
	struct tls_context *tls; /* for new handshakes; NULL: no TLS */
	struct metrics metrics;
	unsigned bells; /* how often news of the store were read into the feeds */

	void (*on_login)(struct session_env *env, struct session *s);
	/* Frees the session by session_destroy(). */
	void (*on_closed)(struct session_env *env, struct session *s);
};

enum session_state {
	SESSION_HANDSHAKE, /* TLS is being negotiated */
	SESSION_READING,   /* a command is awaited */
	SESSION_DELAYED, /* a login is held back: its address has failed before, or another of it is under way
			  */
	SESSION_WORKING, /* a worker has the exchange: the loop leaves it alone */
	SESSION_WRITING, /* what a step gave is on its way; `wanted` says what then */
	SESSION_IDLING,  /* a command waits for a line, or IDLE for news */
	SESSION_CLOSING, /* CONN_CLOSED is awaited, and the job if one is out */
};

struct session {
	TAILQ_ENTRY(session) link; /* the server's */
	struct session_env *env;
	struct conn conn;
	struct work work;
	struct exchange exchange;
	struct deflater *deflater; /* NULL: none yet, or given back; used by whoever has the exchange */
	struct buf packed;         /* output that is compressed already */
	bool compressed;           /* COMPRESS has taken effect */
	unsigned id;
	enum session_state state;
	enum command_status wanted; /* what the last step asked for */
	uint64_t began;             /* ms; of the connection */
	uint64_t command_began;     /* ns */
	uint64_t amid_since;        /* ms; when a command's first bytes came; 0: none have */
	unsigned bells;             /* of the env, when it began to be told of news last */
	unsigned heard; /* the same, when news.c last came by; it stands behind others in the list then */
	bool tls_first; /* implicit TLS */
	bool logged_in;
	bool has_turn;   /* of the logins from its address this one is looked at */
	bool at_work;    /* a job is out */
	bool pushing;    /* it tells news that no command asked for */
	bool closed;     /* CONN_CLOSED has come */
	bool stopping;   /* the server ends: BYE at the next occasion */
	const char *end; /* why it ended, for the log */
};

TAILQ_HEAD(session_list, session);

/* Enters a state, when that may follow the present one; its deadline begins. */
void session_enter(struct session *s, enum session_state state);

/* Sends what the response holds; `wanted` says what is to come when it has gone out. */
void session_flush(struct session *s, enum command_status wanted);

/* Compresses what the response holds, if the client wants it so: the end of a step, on its thread. */
void session_pack(struct session *s);

/* Whether there is something to send. */
bool session_has_output(const struct session *s);

/* Gives memory back that a session at rest does not need. */
void session_rest(struct session *s);

/* Sends BYE, then parts. No answer may be half sent. */
void session_say_bye(struct session *s, const char *text);

/* Ends in good order, after the last words went out. `why` is for the log. */
void session_part(struct session *s, const char *why);

/* Ends at once. A running step is told, its reading of the store interrupted, its result dropped. */
void session_leave(struct session *s, const char *why);

/* Lets the next login of its address have the turn. */
void session_end_turn(struct session *s);

/* Tells the owner, when nothing keeps the session alive any more. */
void session_maybe_gone(struct session *s);

/* Milliseconds of the loop's clock. */
uint64_t session_now(const struct session *s);

/* What is left of the present state, as if it had just begun; for deadlines that are put off. */
uint64_t session_deadline(const struct session *s, enum session_state state);

#endif
