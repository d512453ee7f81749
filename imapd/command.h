/* SPDX-License-Identifier: ISC
 *
 * What a command is. Every file in cmd/ defines one const struct command_def (or two with one meaning)
 * and nothing else that others see. Types only; commands.c holds the table. */
#ifndef IMAPD_COMMAND_H
#define IMAPD_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../store/base/slice.h"

struct arena;
struct auth;
struct imap_state;
struct parser;
struct quarantine;
struct response;

enum command_state {
	STATE_NOT_AUTHENTICATED = 1,
	STATE_AUTHENTICATED = 2,
	STATE_SELECTED = 4,
	STATE_ANY = 7,
	STATE_LOGGED_IN = STATE_AUTHENTICATED | STATE_SELECTED,
};

enum command_flag {
	COMMAND_HAS_UID_FORM = 1, /* "UID X" exists */
	COMMAND_HOLDS_EXPUNGE =
		2, /* no EXPUNGE may be told at its end: FETCH, STORE, SEARCH (not their UID forms) */
	COMMAND_PASSWORD = 4,    /* its step may verify a password: runs on the auth threads, never logged */
	COMMAND_RESETS_VIEW = 8, /* changes what is selected: no view sync at its end */
	COMMAND_CONTINUES = 16,  /* takes further lines: AUTHENTICATE, IDLE. See struct command, `line` */
	COMMAND_TELLS_MODSEQ = 32, /* removes messages: with QRESYNC its OK has HIGHESTMODSEQ (RFC 7162) */
};

/* What a step wants of the session. */
enum command_status {
	COMMAND_DONE,     /* finished: the session syncs the view and sends the tagged line */
	COMMAND_MORE,     /* send what is there, then step again */
	COMMAND_WAIT,     /* send what is there; step again when a line has come, or `idling` and the view has
			     news */
	COMMAND_CLOSE,    /* send what is there and hang up: LOGOUT */
	COMMAND_COMPRESS, /* as DONE; then what goes and comes is compressed */
	COMMAND_STARTTLS, /* as DONE; then start the handshake */
};

struct command {
	const struct command_def *def;
	struct slice tag;
	bool uid;            /* the UID form */
	void *args;          /* what parse() made, in the arena */
	void *cursor;        /* where a command of several steps is, in the arena; NULL at the first step */
	struct arena *arena; /* ends with the command */
	struct imap_state *state;
	struct response *response;
	struct quarantine *store; /* the worker's own handle, for this step only; NULL on auth threads */
	struct slice line; /* COMMAND_CONTINUES: the line that came, without its end; data NULL: none */
	uint64_t literal;  /* bytes of the announced literal that are still to come, in pieces, as `line` */
	bool literal_sync; /* the client waits for "+" before it sends them */
	bool unfinished;   /* the line behind a literal has not come yet */
	bool idling;       /* set by IDLE: news of the view steps it */
	bool tells_all;    /* all news of the selected mailbox are told at its end, whatever NOTIFY says */
	bool hangup;       /* the client has gone: end soon, its answer is lost */
};

struct command_def {
	const char *name; /* upper case */
	unsigned states;  /* enum command_state bits in which it is legal */
	unsigned flags;   /* enum command_flag bits */

	/* Reads the arguments (after the name and its SP, the line end included) on the loop's thread.
	 * NULL: no arguments. False: BAD with p->error, or what the response already says. */
	bool (*parse)(struct parser *p, struct command *cmd);

	/* Of a command that takes a literal piece by piece: reads the arguments before it; true when they are
	 * whole, so that a literal that begins there is the one. The command is then parsed as far as the
	 * announcement of the literal, which it has to let the client send. NULL: other commands. */
	bool (*streams)(struct parser *p);

	/* Does all of the work on the loop's thread from what is known of the store at this version (feed.h),
	 * in microseconds: true. False: nothing was done, the step is to come. NULL: where there is a step,
	 * it is needed. */
	bool (*recall)(struct command *cmd, uint64_t version);

	/* Does a piece of the work on a worker thread: at most some 20 ms or RESPONSE_STEP bytes of output.
	 * May block; holds nothing of the store when it returns. NULL: nothing to do but answer OK. */
	enum command_status (*step)(struct command *cmd);

	/* Frees what is not in the arena; called once after a step ran, also on hang-up. NULL: nothing. */
	void (*finish)(struct command *cmd);
};

#endif
