/* SPDX-License-Identifier: ISC
 *
 * The happy path: session_proceed() has exchange_read() find a command, WORKING while a worker does a step
 * of it, WRITING what the step gave; then the next step (MORE), IDLING (WAIT), the handshake (STARTTLS), the
 * end (CLOSE) or READING again.
 *
 * What can go wrong: the address has failed to log in before, or
 * another login from it is under way (DELAYED); the queue of logins is full (NO
 * [UNAVAILABLE]); too many commands are refused (BYE); news came while an idling session was in a step
 * (`bells` has moved on: it steps again); the client or the server ends meanwhile (step_done() sees CLOSING
 * or `stopping`). */
#include "session_run.h"

#include <string.h>

#include "../auth/penalty.h"
#include "config.h"
#include "log.h"
#include "notify.h"
#include "version.h"
#include "view.h"

enum {
	ANSWERS_TOGETHER = 4 * 1024, /* then other sessions have their turn */
	TURN_RETRY_MS = 50,
};

static void submit(struct session *s);

/* Sends what there is, or goes on when there is nothing. */
static void flush_or_proceed(struct session *s)
{
	if (session_has_output(s))
		session_flush(s, s->wanted);
	else
		session_proceed(s);
}

/* Worker thread. */
static void run_step(struct work *w, struct quarantine *store)
{
	struct session *s = (struct session *)((char *)w - offsetof(struct session, work));

	if (__atomic_load_n(&s->exchange.command.hangup, __ATOMIC_RELAXED)) {
		s->wanted = COMMAND_CLOSE;
		return;
	}
	s->wanted = s->pushing ? exchange_push(&s->exchange, store) : exchange_step(&s->exchange, store);
	session_pack(s);
	w->reopen = strcmp(s->exchange.response.code, "UNAVAILABLE") == 0;
}

static void note_login(struct session *s)
{
	struct imap_state *state = &s->exchange.state;
	const struct sockaddr *peer = (const struct sockaddr *)&s->conn.peer;
	static const char *const results[] = {
		[LOGIN_ACCEPTED] = "accepted", [LOGIN_DENIED] = "denied", [LOGIN_BUSY] = "busy"};
	char address[80];

	if (state->login == LOGIN_NONE)
		return;
	s->env->metrics.logins[state->login]++;
	conn_describe_peer(&s->conn, address, sizeof(address));
	/* What the client chose stands last: a long name must not push out the address. */
	log_event(LOG_LEVEL_INFO, s->id, "login", "result", results[state->login], "address", address, "tls",
		  state->tls ? "yes" : "no", "user", state->attempted_user, NULL);
	if (state->login == LOGIN_DENIED) {
		penalty_failed(s->env->penalty, peer, session_now(s));
	} else if (state->login == LOGIN_ACCEPTED) {
		penalty_succeeded(s->env->penalty, peer);
		s->exchange.bad = 0;
		s->logged_in = true;
		s->env->on_login(s->env, s);
	}
}

/* Of what the server alone takes: not of logins, which may be held back, nor of what waits for the client. */
static void count_time(struct session *s)
{
	if (!(s->exchange.command.def->flags & (COMMAND_PASSWORD | COMMAND_CONTINUES)))
		metrics_took(&s->env->metrics.commands, (uv_hrtime() - s->command_began) / 1000);
}

/* Of a push there is no tagged line: what went wrong is for the log. */
static void settle_push(struct session *s)
{
	struct response *r = &s->exchange.response;

	if (r->log_detail[0])
		log_event(LOG_LEVEL_ERROR, s->id, "push-failed", "reason", r->log_detail, NULL);
	r->log_detail[0] = '\0';
	response_reset(r);
	s->pushing = s->wanted == COMMAND_MORE;
}

/* A step has ended: ends the command where that was its last, and says what the session is to do. */
static enum command_status settle(struct session *s, enum command_status status)
{
	struct exchange *x = &s->exchange;
	enum response_condition condition = x->response.condition;
	bool refused = condition == RESPONSE_BAD || (condition == RESPONSE_NO && !s->logged_in);

	if (x->response.log_detail[0])
		log_event(x->response.asked ? LOG_LEVEL_DEBUG : LOG_LEVEL_ERROR, s->id, "command-failed",
			  "name", x->command.def->name, "reason", x->response.log_detail, NULL);
	x->response.log_detail[0] = '\0';
	note_login(s);
	x->state.login = LOGIN_NONE;
	session_end_turn(s);
	if (status == COMMAND_MORE || status == COMMAND_WAIT)
		return status;
	log_event(LOG_LEVEL_DEBUG, s->id, "command", "name", x->command.def->name, NULL);
	count_time(s);
	exchange_end(x);
	if (!refused || !exchange_count_bad(x))
		return status;
	s->end = "commands refused";
	return COMMAND_CLOSE;
}

/* Loop thread again. */
static void step_done(struct work *w)
{
	struct session *s = (struct session *)((char *)w - offsetof(struct session, work));

	s->at_work = false;
	if (s->state == SESSION_CLOSING) {
		s->exchange.response.out.len = s->packed.len = 0;
		session_maybe_gone(s);
		return;
	}
	if (s->pushing)
		settle_push(s);
	else
		s->wanted = settle(s, s->wanted);
	flush_or_proceed(s);
}

/* A login was not looked at: the client may try again. */
static void refuse_login(struct session *s, const char *text)
{
	exchange_refuse(&s->exchange, "UNAVAILABLE", text);
	s->exchange.state.login = LOGIN_BUSY;
	session_flush(s, settle(s, COMMAND_DONE));
}

static void submit_to(struct session *s, enum work_class class)
{
	s->work.run = run_step;
	s->work.done = step_done;
	if (!exchange_is_telling(&s->exchange)) /* what rang since it began to is still to be looked at */
		s->bells = s->env->bells;
	s->at_work = work_submit(s->env->pool, &s->work, class);
	if (s->at_work) {
		session_enter(s, SESSION_WORKING);
		return;
	}
	refuse_login(s, "Too many logins at once, try again");
}

/* Each step that looks at a password has its own turn and delay. */
void session_check_login(struct session *s)
{
	const struct sockaddr *peer = (const struct sockaddr *)&s->conn.peer;
	unsigned wait = TURN_RETRY_MS;

	if (s->has_turn) {
		submit_to(s, WORK_AUTH);
		return;
	}
	s->has_turn = penalty_begin(s->env->penalty, peer);
	if (s->has_turn)
		wait = penalty_delay(s->env->penalty, peer, session_now(s));
	else if (session_now(s) > s->began + (uint64_t)s->env->config->login_timeout * 1000) {
		refuse_login(s, "Too many logins from your address, try again");
		return;
	}
	if (wait == 0) {
		submit_to(s, WORK_AUTH);
		return;
	}
	session_enter(s, SESSION_DELAYED);
	conn_deadline(&s->conn, wait);
}

/* What a client waits for and takes moments goes before commands on messages, which may take long; those
 * that begin go before those that go on. */
static enum work_class store_class(const struct session *s)
{
	const struct command *cmd = &s->exchange.command;

	if (s->pushing || (s->exchange.ran && !cmd->line.data))
		return WORK_LATER;
	return cmd->def->flags & COMMAND_HAS_UID_FORM ? WORK_FIRST : WORK_QUICK;
}

/* From memory, where that holds all that is asked for: the way to a worker and back takes three times as long
 * as the rest of a NOOP. */
static bool recall(struct session *s)
{
	struct exchange *x = &s->exchange;

	return exchange_may_recall(x) && exchange_recall(x, version_ask(s->env->version));
}

/* Gives the command's next step to where it belongs. True: it was done here and now. */
static bool step(struct session *s)
{
	if (s->pushing) {
		submit_to(s, store_class(s));
		return false;
	}
	switch (exchange_place(&s->exchange)) {
	case EXCHANGE_HERE:
		s->wanted = settle(s, exchange_step(&s->exchange, NULL));
		return true;
	case EXCHANGE_STORE:
		if (recall(s)) {
			s->wanted = settle(s, COMMAND_DONE);
			return true;
		}
		submit_to(s, store_class(s));
		return false;
	case EXCHANGE_AUTH:
		session_check_login(s);
		return false;
	}
	return false;
}

static void rest(struct session *s)
{
	struct exchange *x = &s->exchange;

	session_rest(s);
	if (x->command.def || !exchange_is_amid(x, &s->conn.in))
		s->amid_since = 0;
	else if (!s->amid_since)
		s->amid_since = session_now(s);
	session_enter(s, x->command.def ? SESSION_IDLING : SESSION_READING);
	if (s->bells != s->env->bells)
		session_hear(s);
}

/* Takes commands until one has to be waited for. Answers of those that are done here go out together. */
static void read_commands(struct session *s)
{
	struct exchange *x = &s->exchange;

	while (x->response.out.len < ANSWERS_TOGETHER) {
		switch (exchange_read(x, &s->conn.in)) {
		case EXCHANGE_WAIT:
			if (conn_pull(&s->conn))
				break;
			if (session_has_output(s))
				session_flush(s, x->command.def ? COMMAND_WAIT : COMMAND_DONE);
			else
				rest(s);
			return;
		case EXCHANGE_STEP:
			s->amid_since = 0;
			s->command_began = uv_hrtime();
			if (!step(s))
				return;
			if (s->wanted != COMMAND_DONE && s->wanted != COMMAND_WAIT) {
				flush_or_proceed(s);
				return;
			}
			break;
		case EXCHANGE_CLOSE:
			s->end = "commands refused";
			session_flush(s, COMMAND_CLOSE);
			return;
		case EXCHANGE_DROP:
			session_leave(s, "no IMAP client");
			return;
		}
	}
	session_flush(s, s->wanted);
}

void session_start_tls(struct session *s)
{
	if (s->conn.in.len > 0)
		log_event(LOG_LEVEL_ERROR, s->id, "starttls-injection", "bytes", LOG_NUMBER(s->conn.in.len),
			  NULL);
	if (!s->env->tls || !conn_secure(&s->conn, s->env->tls)) {
		session_leave(s, "TLS cannot start");
		return;
	}
	s->amid_since = 0;
	session_enter(s, SESSION_HANDSHAKE);
}

void session_proceed(struct session *s)
{
	enum command_status wanted = s->wanted;

	s->wanted = COMMAND_DONE;
	s->compressed |= wanted == COMMAND_COMPRESS;
	if (wanted == COMMAND_CLOSE)
		session_part(s, s->end ? s->end : "logout");
	else if (s->stopping && wanted == COMMAND_MORE)
		session_part(s, s->end); /* in the middle of an answer */
	else if (s->stopping)
		session_say_bye(s, s->end);
	else if (wanted == COMMAND_MORE)
		submit(s);
	else if (wanted == COMMAND_STARTTLS)
		session_start_tls(s);
	else if (wanted == COMMAND_COMPRESS && !conn_inflate(&s->conn))
		session_leave(s, "out of memory for compression");
	else
		read_commands(s);
}

/* The next step of a command that has begun; where it is done here, what follows as well. */
static void submit(struct session *s)
{
	if (step(s))
		flush_or_proceed(s);
}

/* It can be told of news now: in IDLE, or between commands where NOTIFY asks for that. What comes amid the
 * bytes of a command is told at its end. */
static bool listens(const struct session *s)
{
	const struct exchange *x = &s->exchange;

	if (s->state == SESSION_IDLING)
		return x->command.idling;
	return s->state == SESSION_READING && exchange_pushes(x) && !exchange_is_amid(x, &s->conn.in);
}

static bool has_news(const struct session *s)
{
	const struct imap_state *state = &s->exchange.state;

	return state->view && notify_selected_events(state->notify) != 0 && view_has_news(state->view);
}

/* It waits for news of mailboxes that are not selected, or of metadata. */
static bool watches(const struct session *s)
{
	const struct imap_state *state = &s->exchange.state;

	return state->notify ? state->notify->watches : (state->enabled & VIEW_METADATA) != 0;
}

/* Mostly a line or two, which the system takes at once: then the session idles on as it did, and the loop is
 * spared a turn for it. */
static void tell_from_memory(struct session *s)
{
	struct exchange *x = &s->exchange;

	s->bells = s->env->bells;
	s->wanted = exchange_hear(x);
	if (s->wanted != COMMAND_WAIT || !conn_try_write(&s->conn, &x->response.out))
		flush_or_proceed(s);
}

void session_hear(struct session *s)
{
	struct exchange *x = &s->exchange;

	if (!listens(s)) /* a worker may have the state */
		return;
	if (watches(s) ? s->bells == s->env->bells : !has_news(s))
		return;
	if (exchange_may_hear(x) && !s->compressed) {
		tell_from_memory(s);
		return;
	}
	s->pushing = s->state == SESSION_READING;
	submit_to(s, store_class(s));
}
