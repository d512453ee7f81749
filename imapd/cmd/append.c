/* SPDX-License-Identifier: ISC
 *
 * APPEND, of one message or of several (RFC 3502), and REPLACE. The happy path: the arguments up to the
 * literal are parsed; the first step looks at the mailbox and lets the client send; each piece of the literal
 * is kept; the line behind it ends the command or announces the next message; then all are stored at once.
 * What can go wrong: the mailbox is not there or not for clients, the literal is empty or too large: NO
 * before it is sent; what a client sends unasked is read and dropped by the exchange. A literal8 holds NUL
 * where no encoding allows it: NO. */
#include "append.h"

#include <stdlib.h>

#include "../../store/base/arena.h"
#include "../../store/include/quarantine.h"
#include "../box/names.h"
#include "../command.h"
#include "../log.h"
#include "../proto/datetime.h"
#include "../proto/frame.h"
#include "../proto/parse.h"
#include "../proto/seqset.h"
#include "../response.h"
#include "../state.h"
#include "../view.h"
#include "cmd.h"
#include "list.h"

enum { MESSAGES_MAX = 1000, TOTAL_MAX = 4 * QUARANTINE_MESSAGE_MAX_DEFAULT };

/* literal = ["~"] "{" number64 ["+"] "}" CRLF; cmd->literal is known already
 * utf8-literal = "UTF8" SP "(" literal8 ")", which RFC 6855 had and RFC 9755 has no more */
static bool announcement_parse(struct parser *p, struct append_message *m)
{
	uint64_t n;

	m->wrapped = parse_word(p, "UTF8");
	if (m->wrapped && !(parse_space(p) && parse_char(p, '(')))
		return false;
	m->binary = parse_peek(p, '~');
	if (m->binary)
		p->at++;
	if (!parse_char(p, '{') || !parse_number64(p, &n))
		return parse_fail(p, "Expected a literal");
	if (parse_peek(p, '+'))
		p->at++;
	return parse_char(p, '}') && (p->at == p->in.len || parse_end(p));
}

/* append-message = [SP flag-list] [SP date-time] SP literal. False: BAD, or what the response says. */
static bool message_parse(struct parser *p, struct command *cmd)
{
	struct append *a = cmd->args;
	struct append_message m = {.dated = false};

	if (parse_peek(p, '(') && !(parse_flag_list(p, &m.flags) && parse_space(p)))
		return false;
	m.dated = parse_peek(p, '"');
	if (m.dated && !(datetime_parse(p, &m.date) && parse_space(p)))
		return false;
	if (!announcement_parse(p, &m))
		return false;
	if (cmd->literal == 0)
		return response_no(cmd->response, NULL, "An empty message is not stored");
	if (cmd->literal > QUARANTINE_MESSAGE_MAX_DEFAULT || cmd->literal > TOTAL_MAX - a->total)
		return response_no(cmd->response, "TOOBIG", "The message is too large");
	if (a->count == MESSAGES_MAX)
		return response_no(cmd->response, "LIMIT", "Too many messages at once");
	if ((a->count & (a->count - 1)) == 0)
		a->messages = arena_grow(cmd->arena, a->messages, a->count, a->count == 0 ? 1 : 2 * a->count,
					 sizeof(m));
	if (!a->messages)
		return parse_fail(p, "Command too large");
	a->left = m.len = (size_t)cmd->literal;
	a->total += m.len;
	a->messages[a->count++] = m;
	return true;
}

/* append = "APPEND" SP mailbox 1*append-message */
static bool append_parse(struct parser *p, struct command *cmd)
{
	struct append *a = arena_alloc(cmd->arena, sizeof(*a));
	struct slice name;

	if (!a)
		return parse_fail(p, "Command too large");
	cmd->args = a;
	if (!parse_mailbox(p, &name) || !parse_space(p))
		return false;
	a->mailbox = name.data;
	return message_parse(p, cmd);
}

static bool append_streams(struct parser *p)
{
	struct slice name;

	return parse_astring(p, &name) && parse_space(p);
}

/* seq-number = nz-number / "*" */
static bool number_parse(struct parser *p, uint32_t *out)
{
	if (!parse_peek(p, '*'))
		return parse_nz_number(p, out);
	p->at++;
	*out = SEQSET_STAR;
	return true;
}

/* replace = "REPLACE" SP seq-number SP mailbox append-message (RFC 8508) */
static bool replace_parse(struct parser *p, struct command *cmd)
{
	uint32_t number;

	if (!number_parse(p, &number) || !parse_space(p) || !append_parse(p, cmd))
		return false;
	((struct append *)cmd->args)->number = number;
	return true;
}

static bool replace_streams(struct parser *p)
{
	uint32_t number;

	return number_parse(p, &number) && parse_space(p) && append_streams(p);
}

/* Finds the message that is replaced. False: the tagged answer is set. */
static bool replace_begin(struct command *cmd)
{
	struct append *a = cmd->args;
	const struct view *v = cmd->state->view;
	uint32_t uid = a->number;

	if (v->read_only)
		return response_no(cmd->response, NULL, "Mailbox is open read-only");
	if (a->number == SEQSET_STAR)
		uid = uidmap_largest(v->map);
	else if (!cmd->uid)
		uid = uidmap_uid(v->map, a->number);
	if (uid == 0 && !cmd->uid)
		return response_bad(cmd->response, "No message of that number");
	if (uidmap_seq(v->map, uid) == 0)
		return response_no(cmd->response, "NONEXISTENT", "There is no such message");
	a->old = (struct quarantine_replaced){v->box.id, uid};
	return true;
}

/* False: the tagged answer is set. */
static bool append_begin(struct command *cmd)
{
	struct append *a = cmd->args;
	int status = box_find(cmd->store, a->mailbox, &a->to);

	if (status == QUARANTINE_NOT_FOUND)
		return response_no(cmd->response, "TRYCREATE", "There is no such mailbox");
	if (status != QUARANTINE_OK) {
		response_store_error(cmd->response, status, quarantine_errmsg(cmd->store));
		return false;
	}
	a->began = true;
	if (a->to.kind == QUARANTINE_KIND_LOG)
		return response_no(cmd->response, "CANNOT", "Only filters put messages there");
	list_tell_other(cmd, a->to.name, a->mailbox);
	return true;
}

/* Lets the client send the literal. */
static enum command_status go_on(struct command *cmd)
{
	if (cmd->literal_sync)
		response_continue(cmd->response, "OK");
	cmd->literal_sync = false;
	return COMMAND_WAIT;
}

/* resp-code-apnd = "APPENDUID" SP nz-number SP append-uid (RFC 4315). The UIDs of one transaction are
 * consecutive. */
static void tell_uids(const struct append *a, const struct quarantine_addition *list, struct buf *out)
{
	buf_addf(out, "APPENDUID %u %u", (unsigned)a->to.uidvalidity, (unsigned)list[0].uid);
	if (a->count > 1)
		buf_addf(out, ":%u", (unsigned)list[a->count - 1].uid);
}

static void note(struct command *cmd, const struct quarantine_addition *list)
{
	const struct append *a = cmd->args;

	log_event(LOG_LEVEL_INFO, cmd->state->session, "append", "user", cmd->state->user, "messages",
		  LOG_NUMBER(a->count), "mailbox", a->to.name, NULL);
	state_own_messages(cmd->state, a->to.id,
			   (struct quarantine_range){list[0].uid, list[a->count - 1].uid});
	if (a->old.uid > 0)
		audit_add(&cmd->state->view->audit, "expunge", NULL,
			  (struct quarantine_range){a->old.uid, a->old.uid});
}

/* REPLACE tells the UID before the view's sync tells EXPUNGE (RFC 8508 section 4.3). */
static enum command_status append_end(struct command *cmd)
{
	const struct append *a = cmd->args;
	struct quarantine_addition *list = calloc(a->count, sizeof(*list));
	int status = list ? append_store(cmd, list) : QUARANTINE_NO_MEMORY;

	if (status == QUARANTINE_NOT_FOUND) {
		response_no(cmd->response, a->old.uid > 0 ? "NONEXISTENT" : "TRYCREATE",
			    "The mailbox or the message has gone meanwhile");
	} else if (status != QUARANTINE_OK) {
		response_store_error(cmd->response, status, quarantine_errmsg(cmd->store));
	} else if (a->old.uid > 0) {
		buf_add_str(&cmd->response->out, "* OK [");
		tell_uids(a, list, &cmd->response->out);
		buf_add_str(&cmd->response->out, "] Replacement stored\r\n");
	} else {
		tell_uids(a, list, &cmd->response->long_code);
	}
	if (status == QUARANTINE_OK)
		note(cmd, list);
	free(list);
	return COMMAND_DONE;
}

/* The line behind a literal. */
static enum command_status take_line(struct command *cmd)
{
	const struct append *a = cmd->args;
	struct parser p = {.in = cmd->line, .arena = cmd->arena};

	cmd->unfinished = frame_announced(cmd->line, &cmd->literal, &cmd->literal_sync);
	if (a->messages[a->count - 1].wrapped && !parse_char(&p, ')')) {
		response_bad(cmd->response, "Expected a closing parenthesis");
		return COMMAND_DONE;
	}
	if (p.at == cmd->line.len)
		return append_look(cmd) ? append_end(cmd) : COMMAND_DONE;
	if (a->old.uid > 0) {
		response_bad(cmd->response, "One message replaces one");
		return COMMAND_DONE;
	}
	if (parse_space(&p) && message_parse(&p, cmd))
		return go_on(cmd);
	if (cmd->response->condition == RESPONSE_OK)
		response_bad(cmd->response, p.error);
	return COMMAND_DONE;
}

static enum command_status append_step(struct command *cmd)
{
	struct append *a = cmd->args;

	if (!a->began)
		return append_begin(cmd) ? go_on(cmd) : COMMAND_DONE;
	if (a->left == 0)
		return take_line(cmd);
	a->left -= cmd->line.len;
	if (spill_add(&a->spill, cmd->line))
		return COMMAND_WAIT;
	response_no(cmd->response, "UNAVAILABLE", "There is no room for the message just now");
	return COMMAND_DONE;
}

static enum command_status replace_step(struct command *cmd)
{
	const struct append *a = cmd->args;

	if (!a->began && !replace_begin(cmd))
		return COMMAND_DONE;
	return append_step(cmd);
}

static void append_finish(struct command *cmd)
{
	struct append *a = cmd->args;

	spill_finish(&a->spill);
	spill_finish(&a->rewritten);
}

const struct command_def command_append = {
	.name = "APPEND",
	.states = STATE_LOGGED_IN,
	.flags = COMMAND_CONTINUES,
	.parse = append_parse,
	.streams = append_streams,
	.step = append_step,
	.finish = append_finish,
};

const struct command_def command_replace = {
	.name = "REPLACE",
	.states = STATE_SELECTED,
	.flags = COMMAND_CONTINUES | COMMAND_HAS_UID_FORM,
	.parse = replace_parse,
	.streams = replace_streams,
	.step = replace_step,
	.finish = append_finish,
};
