/* SPDX-License-Identifier: ISC
 *
 * The happy path: exchange_read() (exchange_read.c) finds a command ready: EXCHANGE_STEP. exchange_step()
 * runs it until it is done, tells the view's news, appends the tagged line. exchange_end().
 *
 * What can go wrong: the store is not there (NO [UNAVAILABLE], but LOGOUT and its like still work); the news
 * cannot be read (logged, the answer stands); the command ends before the client has sent all of its literal
 * (what comes is read and dropped). */
#include "exchange.h"

#include <stdio.h>
#include <string.h>

#include "../store/include/quarantine.h"
#include "log.h"
#include "notify.h"
#include "sync.h"
#include "view.h"

enum { ARENA_LIMIT = 16 * 1024 * 1024 };

void exchange_init(struct exchange *x, const struct exchange_limits *limits,
		   const struct imap_services *services)
{
	memset(x, 0, sizeof(*x));
	x->limits = limits;
	x->arena.limit = ARENA_LIMIT;
	x->state.services = services;
}

void exchange_finish(struct exchange *x)
{
	exchange_end(x);
	state_finish(&x->state);
	response_finish(&x->response);
	arena_finish(&x->arena);
}

void exchange_greet(struct exchange *x)
{
	char code[sizeof(x->response.code)] = "CAPABILITY ";
	size_t used = strlen(code);

	state_capabilities(&x->state, code + used, sizeof(code) - used);
	response_notice(&x->response, "OK", code, "Quarantine ready");
}

void exchange_bye(struct exchange *x, const char *text)
{
	response_notice(&x->response, "BYE", NULL, text);
}

static bool logged_in(const struct exchange *x)
{
	return x->state.user != NULL;
}

bool exchange_is_amid(const struct exchange *x, const struct buf *in)
{
	return in->len > 0 || x->frame.refusing;
}

enum exchange_place exchange_place(const struct exchange *x)
{
	const struct command_def *def = x->command.def;

	if (def->flags & COMMAND_PASSWORD)
		return EXCHANGE_AUTH;
	if (!logged_in(x) || (def->states == STATE_ANY && !x->state.view && !x->state.notify &&
			      !(x->state.enabled & VIEW_METADATA)))
		return EXCHANGE_HERE;
	return EXCHANGE_STORE;
}

static void log_failed_sync(const struct exchange *x, int status, const struct quarantine *store)
{
	if (status != QUARANTINE_OK)
		log_event(LOG_LEVEL_ERROR, x->state.session, "sync-failed", "reason",
			  quarantine_strerror(status), "detail", quarantine_errmsg(store), NULL);
}

/* How its end tells the news: enum sync_how. */
static unsigned how_told(const struct command *cmd)
{
	unsigned flags = cmd->def->flags;
	unsigned how = (flags & COMMAND_HOLDS_EXPUNGE) && !cmd->uid ? SYNC_HOLDS_EXPUNGE : 0;

	if (cmd->tells_all || flags & COMMAND_TELLS_MODSEQ)
		how |= SYNC_ALL;
	if (flags & COMMAND_RESETS_VIEW)
		how |= SYNC_OTHERS;
	return how;
}

/* Tells the view's news; false when the response is full first. */
static bool tell_news(struct exchange *x, struct quarantine *store)
{
	bool more = false;

	if (!store)
		return true;
	log_failed_sync(x, sync_tell(&x->state, store, &x->response, how_told(&x->command), &more), store);
	return !more;
}

/* After the news are told, the client knows all up to here. */
static void tell_modseq(struct exchange *x)
{
	const struct view *v = x->state.view;
	struct response *r = &x->response;

	if (x->command.def->flags & COMMAND_TELLS_MODSEQ && v && v->enabled & VIEW_QRESYNC &&
	    r->condition == RESPONSE_OK && r->code[0] == '\0' && r->long_code.len == 0)
		snprintf(r->code, sizeof(r->code), "HIGHESTMODSEQ %llu", (unsigned long long)v->complete);
}

static enum command_status run_step(struct exchange *x, struct quarantine *store)
{
	struct command *cmd = &x->command;
	enum command_status status = COMMAND_DONE;

	cmd->store = store;
	x->ran = true;
	if (cmd->def->step)
		status = cmd->def->step(cmd);
	cmd->store = NULL;
	cmd->line = slice_of(NULL, 0);
	return status;
}

/* In the middle of an answer nothing can be said any more; a client that idles waits on. */
static enum command_status do_without_store(struct exchange *x)
{
	const struct command *cmd = &x->command;

	if (cmd->idling && !cmd->line.data)
		return COMMAND_WAIT;
	if (x->ran && !cmd->idling)
		return COMMAND_CLOSE;
	exchange_refuse(x, "UNAVAILABLE", "The quarantine cannot be read just now, try again");
	return COMMAND_DONE;
}

enum command_status exchange_step(struct exchange *x, struct quarantine *store)
{
	struct command *cmd = &x->command;
	enum command_status status = COMMAND_DONE;

	if (!store && exchange_place(x) == EXCHANGE_STORE && cmd->def->states != STATE_ANY)
		return do_without_store(x);
	if (!x->told)
		status = run_step(x, store);
	if (status == COMMAND_MORE || status == COMMAND_WAIT)
		return status;
	x->told = true;
	if (status == COMMAND_DONE && !tell_news(x, store))
		return COMMAND_MORE;
	tell_modseq(x);
	response_tagged(&x->response, cmd->tag, cmd->def->name);
	return status;
}

bool exchange_may_recall(const struct exchange *x)
{
	const struct command_def *def = x->command.def;

	return !x->ran && (def->recall || !def->step);
}

bool exchange_recall(struct exchange *x, uint64_t version)
{
	struct command *cmd = &x->command;

	if (!sync_is_told(&x->state, how_told(cmd), version) ||
	    (cmd->def->recall && !cmd->def->recall(cmd, version)))
		return false;
	response_tagged(&x->response, cmd->tag, cmd->def->name);
	return true;
}

bool exchange_pushes(const struct exchange *x)
{
	const struct notify *n = x->state.notify;

	return n && ((x->state.view && notify_selected_events(n) != 0) || n->watches);
}

enum command_status exchange_push(struct exchange *x, struct quarantine *store)
{
	unsigned how = notify_delays_expunge(x->state.notify) ? SYNC_HOLDS_EXPUNGE : 0;
	bool more = false;
	int status;

	if (!store)
		return COMMAND_DONE;
	status = sync_tell(&x->state, store, &x->response, how, &more);
	if (status != QUARANTINE_OK)
		response_store_error(&x->response, status, quarantine_errmsg(store));
	else if (!more && x->state.view)
		audit_say(&x->state.view->audit);
	return more ? COMMAND_MORE : COMMAND_DONE;
}

bool exchange_may_hear(const struct exchange *x)
{
	return x->command.idling && !x->state.notify && !x->state.contexts &&
	       !(x->state.enabled & VIEW_METADATA);
}

enum command_status exchange_hear(struct exchange *x)
{
	bool more = false;
	int status = sync_tell(&x->state, NULL, &x->response, 0, &more);

	return more || status != QUARANTINE_OK ? COMMAND_MORE : COMMAND_WAIT;
}

bool exchange_is_telling(const struct exchange *x)
{
	return x->state.view && x->state.view->sync.target;
}

void exchange_refuse(struct exchange *x, const char *code, const char *text)
{
	response_no(&x->response, code, text);
	response_tagged(&x->response, x->command.tag, x->command.def->name);
}

void exchange_end(struct exchange *x)
{
	struct command *cmd = &x->command;
	bool skip = cmd->unfinished && !cmd->literal_sync; /* the client sends on */
	uint64_t literal = cmd->literal;

	if (cmd->def && x->ran && cmd->def->finish)
		cmd->def->finish(cmd);
	if (x->state.view)
		audit_say(&x->state.view->audit);
	if (logged_in(x) && !(cmd->def && cmd->def->flags & COMMAND_PASSWORD))
		arena_reset(&x->arena);
	else
		arena_wipe(&x->arena);
	memset(cmd, 0, sizeof(*cmd));
	buf_finish(&x->piece);
	frame_reset(&x->frame);
	if (skip)
		frame_skip(&x->frame, literal);
	x->ran = x->told = false;
	response_reset(&x->response);
}
