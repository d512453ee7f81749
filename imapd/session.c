/* SPDX-License-Identifier: ISC
 *
 * The happy path: HANDSHAKE with implicit TLS; the greeting is written; READING until exchange_read() has a
 * command; WORKING while a worker does a step of it; WRITING what the step gave; then the next step (MORE),
 * IDLING (WAIT), the handshake (STARTTLS), the end (CLOSE) or READING again. session_proceed() goes on as far
 * as it can without waiting; every event leads there or to session_leave().
 *
 * What can go wrong: the client hangs up (in any state: session_leave(); a running step is told, its reading
 * interrupted, its result dropped); a timer of session_deadline() passes; output makes no progress; the
 * client sends more than it may while a command runs (reading stops at SESSION_INPUT_MAX until the command is
 * done); the queue of logins is full (NO [UNAVAILABLE]); the server stops (BYE when no answer is half sent).
 * Whatever happens, the session ends in session_maybe_gone(), called from the two places that may have been
 * its last reason to live: CONN_CLOSED and the end of a job. */
#include "session.h"

#include <stdlib.h>
#include <unistd.h>

#include "config.h"
#include "log.h"
#include "net/deflate.h"
#include "net/tls.h"
#include "session_run.h"

enum { FIRST_INPUT = 4096 };

static void greet(struct session *s)
{
	struct imap_state *state = &s->exchange.state;
	enum config_plaintext plaintext = config_plaintext(s->env->config);

	state->session = s->id;
	state->tls = s->conn.tls != NULL;
	state->login_allowed =
		state->tls || plaintext == PLAINTEXT_ALWAYS ||
		(plaintext == PLAINTEXT_LOOPBACK && (conn_is_unix(&s->conn) || conn_is_loopback(&s->conn)));
}

static void on_secured(struct session *s)
{
	char tls[80];

	tls_describe(s->conn.tls, tls, sizeof(tls));
	log_event(LOG_LEVEL_INFO, s->id, "secured", "tls", tls, NULL);
	greet(s);
	session_enter(s, SESSION_READING);
	if (!s->tls_first)
		return;
	exchange_greet(&s->exchange);
	session_flush(s, COMMAND_DONE);
}

static void on_timeout(struct session *s)
{
	switch (s->state) {
	case SESSION_DELAYED:
		session_check_login(s);
		break;
	case SESSION_WRITING:
		if (conn_progressed(&s->conn))
			conn_deadline(&s->conn, session_deadline(s, SESSION_WRITING));
		else
			session_leave(s, "no progress in output");
		break;
	case SESSION_READING:
	case SESSION_IDLING:
		if (s->exchange.command.idling) {
			response_notice(&s->exchange.response, "OK", NULL, "Still here");
			session_flush(s, COMMAND_WAIT);
		} else {
			session_say_bye(s, s->logged_in ? "Closed for inactivity" : "Login took too long");
		}
		break;
	case SESSION_HANDSHAKE:
		session_leave(s, "TLS handshake took too long");
		break;
	case SESSION_WORKING:
	case SESSION_CLOSING:
		break;
	}
}

static void on_closed(struct session *s)
{
	char address[80];

	conn_describe_peer(&s->conn, address, sizeof(address));
	log_event(LOG_LEVEL_INFO, s->id, "disconnect", "address", address, "reason", s->end, NULL);
	s->closed = true;
	session_maybe_gone(s);
}

static void on_event(struct conn *c, enum conn_event event)
{
	struct session *s = (struct session *)((char *)c - offsetof(struct session, conn));

	if (event == CONN_CLOSED)
		on_closed(s);
	else if (s->state == SESSION_CLOSING)
		return;
	else if (event == CONN_HANGUP)
		session_leave(s, c->error ? c->error : "client hung up");
	else if (event == CONN_TIMEOUT)
		on_timeout(s);
	else if (event == CONN_SECURED)
		on_secured(s);
	else if (event == CONN_DRAINED && s->state == SESSION_WRITING)
		session_proceed(s);
	else if (event == CONN_DATA && (s->state == SESSION_READING || s->state == SESSION_IDLING))
		session_proceed(s);
	else if (event == CONN_DATA && s->conn.in.len >= SESSION_INPUT_MAX)
		conn_read(c, false);
}

void session_stop(struct session *s, const char *text)
{
	s->stopping = true;
	s->end = text;
	switch (s->state) {
	case SESSION_READING:
	case SESSION_DELAYED:
	case SESSION_IDLING:
		session_say_bye(s, text);
		break;
	case SESSION_HANDSHAKE:
		session_leave(s, text);
		break;
	case SESSION_WORKING:
	case SESSION_WRITING:
	case SESSION_CLOSING:
		break; /* session_proceed() sees `stopping` */
	}
}

void session_abort(struct session *s, const char *why)
{
	session_leave(s, why);
	conn_close(&s->conn); /* it may have been lingering */
}

bool session_is_spare(const struct session *s)
{
	return !s->logged_in && !s->at_work && !conn_is_closing(&s->conn);
}

struct exchange_limits session_limits(const struct config *c)
{
	size_t line = (size_t)c->line_before_login, literals = (size_t)c->literals_before_login;
	size_t literal = (size_t)c->literal_before_login;

	return (struct exchange_limits){
		.before_login = {.line = line,
				 .literal = literal,
				 .literals = (unsigned)literals,
				 .total = line + literals * literal,
				 .drain = line + literals * literal},
		.after_login = {.line = (size_t)c->line,
				.literal = (uint64_t)c->literal,
				.literals = (unsigned)c->literals,
				.total = (size_t)c->command_size,
				.streams = exchange_streams,
				.drain = (uint64_t)c->command_size},
		.bad_before_login = (unsigned)c->bad_commands_before_login,
		.bad_after_login = (unsigned)c->bad_commands,
	};
}

struct session *session_create(struct session_env *env, unsigned id, int fd, bool tls_first)
{
	struct session *s = calloc(1, sizeof(*s));
	char address[80];

	if (!s) {
		close(fd);
		return NULL;
	}
	s->env = env;
	s->id = id;
	s->tls_first = tls_first;
	s->began = uv_now(env->hub->loop);
	exchange_init(&s->exchange, &env->limits, env->services);
	s->state = SESSION_READING;
	if (conn_open(&s->conn, env->hub, fd, on_event) < 0) {
		s->state = SESSION_CLOSING;
		s->end = "the socket cannot be used";
		return s;
	}
	conn_describe_peer(&s->conn, address, sizeof(address));
	log_event(LOG_LEVEL_INFO, id, "connect", "address", address, NULL);
	buf_reserve(&s->conn.in, FIRST_INPUT);
	if (tls_first) {
		s->state = SESSION_WRITING;
		session_start_tls(s);
		return s;
	}
	greet(s);
	exchange_greet(&s->exchange);
	session_flush(s, COMMAND_DONE);
	return s;
}

void session_destroy(struct session *s)
{
	exchange_finish(&s->exchange);
	deflater_destroy(s->deflater);
	buf_finish(&s->packed);
	free(s);
}
