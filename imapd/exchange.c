/* SPDX-License-Identifier: ISC
 *
 * The happy path: exchange_read() frames a command, copies it into the arena, finds its definition, parses
 * its arguments: EXCHANGE_STEP. exchange_step() runs it until it is done, tells the view's news, appends the
 * tagged line. exchange_end().
 *
 * What can go wrong: the framer refuses (tagged BAD, go on; BYE where it cannot get in step again); the
 * command is unknown, not legal now or not understood (tagged BAD); too many of those (BYE); the store is
 * not there (NO [UNAVAILABLE], but LOGOUT and its like still work); the news cannot be read (logged, the
 * answer stands). */
#include "exchange.h"

#include <string.h>

#include "commands.h"
#include "log.h"
#include "proto/parse.h"
#include "view.h"

enum { LINE_MAX_WAITING = 16 * 1024, ARENA_LIMIT = 16 * 1024 * 1024 };

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
	char code[512] = "CAPABILITY ";
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

/* Drops the first bytes of the input; they may have been a password. */
static void drop(struct exchange *x, struct buf *in, size_t n)
{
	buf_consume(in, n);
	if (!logged_in(x) && in->data)
		explicit_bzero(in->data + in->len, n);
}

bool exchange_count_bad(struct exchange *x)
{
	unsigned most = logged_in(x) ? x->limits->bad_after_login : x->limits->bad_before_login;

	if (++x->bad < most)
		return false;
	exchange_bye(x, "Too many invalid commands");
	return true;
}

/* Answers a command that does not run: its tagged line as `response` says, untagged without a tag. */
static enum exchange_next reject(struct exchange *x, struct slice tag, const char *name)
{
	struct response *r = &x->response;

	if (tag.len > 0)
		response_tagged(r, tag, name);
	else
		response_notice(r, "BAD", NULL, r->text ? r->text : "Invalid command");
	exchange_end(x);
	return exchange_count_bad(x) ? EXCHANGE_CLOSE : EXCHANGE_WAIT;
}

static enum exchange_next reject_bad(struct exchange *x, struct slice tag, const char *text)
{
	response_bad(&x->response, text);
	return reject(x, tag, "");
}

static const char *why_refused(enum frame_why why)
{
	switch (why) {
	case FRAME_WHY_LINE:
		return "Command line too long";
	case FRAME_WHY_LITERAL:
		return "Literal too large, or too many of them";
	case FRAME_WHY_TOTAL:
		return "Command too long";
	case FRAME_WHY_NUL:
		return "NUL is not allowed in a command";
	case FRAME_WHY_NONE:
		break;
	}
	return "Invalid command";
}

static const struct command_def *parse_name(struct parser *p, struct command *cmd)
{
	const struct command_def *def;
	struct slice name;

	if (!parse_atom(p, &name))
		return NULL;
	cmd->uid = slice_ieq(name, SLICE("UID"));
	if (cmd->uid && !(parse_space(p) && parse_atom(p, &name)))
		return NULL;
	def = commands_find(name);
	if (def && cmd->uid && !(def->flags & COMMAND_HAS_UID_FORM))
		return NULL;
	return def;
}

/* Reads name and arguments; the command is ready to run, or `response` says why not. */
static bool parse_command(struct exchange *x, struct parser *p)
{
	struct command *cmd = &x->command;
	const struct command_def *def = parse_name(p, cmd);

	if (!def)
		return response_bad(&x->response, "Unknown command");
	if (!(def->states & state_now(&x->state)))
		return response_bad(&x->response, "Not allowed in this state");
	if (!parse_at_end(p) && !parse_space(p))
		return response_bad(&x->response, p->error);
	cmd->def = def;
	if (def->parse ? def->parse(p, cmd) : parse_end(p))
		return true;
	if (x->response.condition == RESPONSE_OK)
		response_bad(&x->response, p->error ? p->error : "Invalid arguments");
	return false;
}

/* The framed command of `length` bytes becomes x->command. */
static enum exchange_next begin(struct exchange *x, struct buf *in, size_t length)
{
	struct command *cmd = &x->command;
	char *copy = arena_strndup(&x->arena, slice_of(in->data, length));
	struct parser p = {.in = slice_of(copy, length), .arena = &x->arena};

	drop(x, in, length);
	frame_reset(&x->frame);
	if (!copy)
		return reject_bad(x, slice_of(NULL, 0), "Out of memory");
	*cmd = (struct command){.arena = &x->arena, .state = &x->state, .response = &x->response};
	if (!parse_tag(&p, &cmd->tag))
		return reject_bad(x, slice_of(NULL, 0), "Invalid tag");
	if (!parse_space(&p))
		return reject_bad(x, cmd->tag, "Missing command");
	if (!parse_command(x, &p)) {
		const char *name = cmd->def ? cmd->def->name : "";

		cmd->def = NULL; /* it never ran */
		return reject(x, cmd->tag, name);
	}
	x->spoken = true;
	return EXCHANGE_STEP;
}

/* Takes a line for the command that waits for one. */
static enum exchange_next continue_command(struct exchange *x, struct buf *in)
{
	struct command *cmd = &x->command;

	for (;;) {
		size_t length;
		struct slice line;

		switch (frame_line(&x->frame, LINE_MAX_WAITING, buf_slice(in))) {
		case FRAME_COMPLETE:
			break;
		case FRAME_FATAL:
			exchange_bye(x, "Line too long");
			return EXCHANGE_CLOSE;
		default:
			return EXCHANGE_WAIT;
		}
		length = x->frame.length;
		line = slice_of(in->data, length - 1);
		if (line.len > 0 && line.data[line.len - 1] == '\r')
			line.len--;
		cmd->line = slice_of(arena_strndup(&x->arena, line), line.len);
		drop(x, in, length);
		frame_reset(&x->frame);
		if (!cmd->line.data) {
			exchange_bye(x, "Out of memory");
			return EXCHANGE_CLOSE;
		}
		if (line.len > 0 || !cmd->idling) /* some clients send an empty line while they idle */
			return EXCHANGE_STEP;
	}
}

/* Browsers and port scanners: nothing of theirs may be answered, lest it be taken for an answer. */
static bool is_other_protocol(struct slice in)
{
	static const char *const starts[] = {"GET ",     "POST ",    "HEAD ", "PUT ",
					     "OPTIONS ", "CONNECT ", "SSH-",  "\x16\x03"};

	for (size_t i = 0; i < ARRAY_SIZE(starts); i++) {
		if (slice_starts(in, slice_str(starts[i])))
			return true;
	}
	return false;
}

enum exchange_next exchange_read(struct exchange *x, struct buf *in)
{
	if (x->command.def)
		return continue_command(x, in);
	if (!x->spoken && is_other_protocol(buf_slice(in)))
		return EXCHANGE_DROP;
	for (;;) {
		const struct frame_limits *limits =
			logged_in(x) ? &x->limits->after_login : &x->limits->before_login;
		enum exchange_next next = EXCHANGE_WAIT;

		switch (frame_scan(&x->frame, limits, buf_slice(in))) {
		case FRAME_MORE:
			return EXCHANGE_WAIT;
		case FRAME_CONTINUE:
			response_continue(&x->response, "OK");
			break;
		case FRAME_COMPLETE:
			next = begin(x, in, x->frame.length);
			break;
		case FRAME_REFUSED:
			drop(x, in, x->frame.length);
			next = reject_bad(x, slice_str(x->frame.tag), why_refused(x->frame.why));
			frame_reset(&x->frame);
			break;
		case FRAME_DISCARD:
			drop(x, in, x->frame.length);
			break;
		case FRAME_FATAL:
			exchange_bye(x, why_refused(x->frame.why));
			return EXCHANGE_CLOSE;
		}
		if (next != EXCHANGE_WAIT)
			return next;
	}
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
	if (!logged_in(x) || (def->states == STATE_ANY && !x->state.view))
		return EXCHANGE_HERE;
	return EXCHANGE_STORE;
}

/* Tells the view's news; false when the response is full first. */
static bool tell_news(struct exchange *x, struct quarantine *store)
{
	const struct command_def *def = x->command.def;
	bool hold = (def->flags & COMMAND_HOLDS_EXPUNGE) && !x->command.uid;
	bool more = false;
	int status;

	if (!x->state.view || !store || (def->flags & COMMAND_RESETS_VIEW))
		return true;
	status = view_sync(x->state.view, store, &x->response, hold, &more);
	if (status != QUARANTINE_OK)
		log_event(LOG_LEVEL_ERROR, x->state.session, "sync-failed", "reason",
			  quarantine_strerror(status), "detail", quarantine_errmsg(store), NULL);
	return !more;
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
	response_tagged(&x->response, cmd->tag, cmd->def->name);
	return status;
}

void exchange_refuse(struct exchange *x, const char *code, const char *text)
{
	response_no(&x->response, code, text);
	response_tagged(&x->response, x->command.tag, x->command.def->name);
}

void exchange_end(struct exchange *x)
{
	struct command *cmd = &x->command;

	if (cmd->def && x->ran && cmd->def->finish)
		cmd->def->finish(cmd);
	if (logged_in(x) && !(cmd->def && cmd->def->flags & COMMAND_PASSWORD))
		arena_reset(&x->arena);
	else
		arena_wipe(&x->arena);
	memset(cmd, 0, sizeof(*cmd));
	frame_reset(&x->frame);
	x->ran = x->told = false;
	response_reset(&x->response);
}
