/* SPDX-License-Identifier: ISC
 *
 * From bytes to a command. The happy path: the framer finds a whole command, or the beginning of one whose
 * literal comes in pieces; it is copied into the arena, its definition found, its arguments parsed. What a
 * running command waits for is handed to it: a line, or a piece of a literal.
 *
 * What can go wrong: the framer refuses (tagged BAD, go on; BYE where it cannot get in step again); the
 * command is unknown, not legal now or not understood (tagged BAD); too many of those (BYE). */
#include "exchange.h"

#include <stdio.h>
#include <string.h>

#include "../store/include/quarantine.h"
#include "commands.h"
#include "proto/parse.h"

enum { LINE_MAX_WAITING = 16 * 1024, STREAM_ARENA = 16 * 1024 * 1024 };

static bool logged_in(const struct exchange *x)
{
	return x->state.user != NULL;
}

/* Drops the first bytes of the input; they may have been a password. */
static void drop(struct exchange *x, struct buf *in, size_t n)
{
	buf_consume(in, n);
	x->begun = true;
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
	bool counts = r->condition == RESPONSE_BAD || !logged_in(x);

	if (tag.len > 0)
		response_tagged(r, tag, name);
	else
		response_notice(r, "BAD", NULL, r->text ? r->text : "Invalid command");
	exchange_end(x);
	return counts && exchange_count_bad(x) ? EXCHANGE_CLOSE : EXCHANGE_WAIT;
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
	case FRAME_WHY_ANSWERED:
		break;
	}
	return "Invalid command";
}

/* Answers what the framer has refused; a literal too large is named (RFC 7888 section 4). */
static enum exchange_next refuse(struct exchange *x)
{
	struct response *r = &x->response;
	enum exchange_next next = EXCHANGE_WAIT;

	if (x->frame.why != FRAME_WHY_ANSWERED) {
		response_bad(r, why_refused(x->frame.why));
		if (x->frame.why == FRAME_WHY_LITERAL)
			snprintf(r->code, sizeof(r->code), "TOOBIG");
		next = reject(x, slice_str(x->frame.tag), "");
	}
	frame_reset(&x->frame);
	return next;
}

static enum exchange_next refuse_fatally(struct exchange *x)
{
	bool literal = x->frame.why == FRAME_WHY_LITERAL;

	response_notice(&x->response, "BYE", literal ? "TOOBIG" : NULL, why_refused(x->frame.why));
	return EXCHANGE_CLOSE;
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

/* The framed command, or the beginning of one that streams, becomes x->command. */
static enum exchange_next begin(struct exchange *x, struct buf *in, bool streams)
{
	struct command *cmd = &x->command;
	struct frame f = x->frame;
	size_t length = f.length;
	char *copy = arena_strndup(&x->arena, slice_of(in->data, length));
	struct parser p = {.in = slice_of(copy, length), .arena = &x->arena, .utf8 = state_utf8(&x->state)};

	drop(x, in, length);
	frame_reset(&x->frame);
	*cmd = (struct command){.arena = &x->arena, .state = &x->state, .response = &x->response};
	cmd->unfinished = streams;
	cmd->literal = streams ? f.spec_number : 0;
	cmd->literal_sync = streams && f.spec_sync;
	if (!copy)
		return reject_bad(x, slice_of(NULL, 0), "Out of memory");
	if (!parse_tag(&p, &cmd->tag))
		return reject_bad(x, slice_of(NULL, 0), "Invalid tag");
	if (!parse_space(&p))
		return reject_bad(x, cmd->tag, "Missing command");
	if (!parse_command(x, &p)) {
		const char *name = cmd->def ? cmd->def->name : "";

		cmd->def = NULL; /* it never ran */
		return reject(x, cmd->tag, name);
	}
	return EXCHANGE_STEP;
}

bool exchange_streams(struct slice begun)
{
	struct parser p = {.in = begun};
	struct command cmd = {.uid = false};
	struct arena arena = {.limit = STREAM_ARENA};
	const struct command_def *def = NULL;
	struct slice tag;
	bool streams;

	p.arena = &arena;
	if (parse_tag(&p, &tag) && parse_space(&p))
		def = parse_name(&p, &cmd);
	streams = def && def->streams && parse_space(&p) && def->streams(&p);
	arena_finish(&arena);
	return streams;
}

/* Takes a piece of the literal for the command that waits for it. */
static enum exchange_next continue_literal(struct exchange *x, struct buf *in)
{
	struct command *cmd = &x->command;
	size_t n = cmd->literal < in->len ? (size_t)cmd->literal : in->len;

	if (n == 0)
		return EXCHANGE_WAIT;
	buf_reset(&x->piece);
	buf_add(&x->piece, in->data, n);
	if (x->piece.failed) {
		exchange_bye(x, "Out of memory");
		return EXCHANGE_CLOSE;
	}
	drop(x, in, n);
	cmd->literal -= n;
	cmd->line = buf_slice(&x->piece);
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
		if (line.data && line.len > 0 && line.data[line.len - 1] == '\r')
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
		return x->command.literal > 0 ? continue_literal(x, in) : continue_command(x, in);
	if (!x->begun && is_other_protocol(buf_slice(in)))
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
		case FRAME_STREAM:
			x->frame.why = FRAME_WHY_LITERAL;
			if (!x->frame.spec_sync && x->frame.spec_number > QUARANTINE_MESSAGE_MAX_DEFAULT)
				return refuse_fatally(x);
			next = begin(x, in, true);
			break;
		case FRAME_COMPLETE:
			next = begin(x, in, false);
			break;
		case FRAME_REFUSED:
			drop(x, in, x->frame.length);
			next = refuse(x);
			break;
		case FRAME_DISCARD:
			drop(x, in, x->frame.length);
			break;
		case FRAME_FATAL:
			return refuse_fatally(x);
		}
		if (next != EXCHANGE_WAIT)
			return next;
	}
}
