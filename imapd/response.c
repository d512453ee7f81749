/* SPDX-License-Identifier: ISC */
#include "response.h"

#include <stdio.h>

#include "../store/base/mutf7.h"
#include "../store/base/utf8.h"
#include "../store/include/quarantine.h"
#include "proto/charclass.h"

enum {
	QUOTED_MAX = 1024,       /* longer texts go out as literals: some clients bound their lines */
	ANSWER_SIZE = 16 * 1024, /* most answers are smaller, so that the last of a step has room, too */
};

void response_reset(struct response *r)
{
	r->condition = RESPONSE_OK;
	r->code[0] = '\0';
	buf_finish(&r->long_code);
	r->text = NULL;
	r->log_detail[0] = '\0';
}

void response_finish(struct response *r)
{
	buf_finish(&r->out);
	response_reset(r);
}

void response_make_room(struct response *r)
{
	if (r->out.cap < RESPONSE_STEP)
		buf_reserve(&r->out, RESPONSE_STEP + ANSWER_SIZE - r->out.len);
}

void response_untagged(struct response *r, const char *format, ...)
{
	va_list args;

	buf_add_str(&r->out, "* ");
	va_start(args, format);
	buf_addvf(&r->out, format, args);
	va_end(args);
	buf_add_str(&r->out, "\r\n");
}

/* resp-cond-state = ("OK" / "NO" / "BAD") SP ["[" resp-text-code "]" SP] text */
static void add_status(struct response *r, const char *condition, struct slice code)
{
	buf_add_str(&r->out, condition);
	buf_add_char(&r->out, ' ');
	if (code.len > 0) {
		buf_add_char(&r->out, '[');
		buf_add_slice(&r->out, code);
		buf_add_str(&r->out, "] ");
	}
}

void response_notice(struct response *r, const char *condition, const char *code, const char *text)
{
	buf_add_str(&r->out, "* ");
	add_status(r, condition, slice_str(code ? code : ""));
	buf_add_str(&r->out, text);
	buf_add_str(&r->out, "\r\n");
}

void response_continue(struct response *r, const char *text)
{
	buf_add_str(&r->out, "+ ");
	buf_add_str(&r->out, text);
	buf_add_str(&r->out, "\r\n");
}

static bool is_atom(struct slice text)
{
	if (text.len == 0 || text.len > QUOTED_MAX || slice_ieq(text, SLICE("NIL")))
		return false;
	for (size_t i = 0; i < text.len; i++)
		if (!char_is_astring(text.data[i]))
			return false;
	return true;
}

static bool is_quotable(struct slice text, bool utf8)
{
	if (text.len > QUOTED_MAX || (utf8 && !utf8_valid(text)))
		return false;
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.data[i];

		if (c == '\0' || c == '\r' || c == '\n' || (c >= 0x80 && !utf8))
			return false;
	}
	return true;
}

void response_string(struct response *r, struct slice text)
{
	if (!is_quotable(text, r->utf8)) {
		buf_addf(&r->out, "{%zu}\r\n", text.len);
		buf_add_slice(&r->out, text);
		return;
	}
	buf_add_char(&r->out, '"');
	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] == '"' || text.data[i] == '\\')
			buf_add_char(&r->out, '\\');
		buf_add_char(&r->out, text.data[i]);
	}
	buf_add_char(&r->out, '"');
}

void response_astring(struct response *r, struct slice text)
{
	if (is_atom(text))
		buf_add_slice(&r->out, text);
	else
		response_string(r, text);
}

void response_mailbox(struct response *r, const char *utf8_name)
{
	struct buf name = {0};

	if (r->utf8)
		buf_add_str(&name, utf8_name);
	else
		mutf7_encode(slice_str(utf8_name), &name);
	r->out.failed |= name.failed;
	response_astring(r, buf_slice(&name));
	buf_finish(&name);
}

static bool set_tagged(struct response *r, enum response_condition condition, const char *code,
		       const char *text)
{
	r->condition = condition;
	snprintf(r->code, sizeof(r->code), "%s", code ? code : "");
	r->text = text;
	return false;
}

bool response_no(struct response *r, const char *code, const char *text)
{
	return set_tagged(r, RESPONSE_NO, code, text);
}

bool response_bad(struct response *r, const char *text)
{
	return set_tagged(r, RESPONSE_BAD, NULL, text);
}

/* Response codes are those of RFC 5530 and 4469. What the administrator has to mend is UNAVAILABLE to
 * the client, with the detail in the log. */
static const struct store_reply {
	int status;
	const char *code;
	const char *text;
	bool asked; /* the client asked for what cannot be: nothing is wrong */
} store_replies[] = {
	{QUARANTINE_BUSY, "UNAVAILABLE", "The store is busy; try again"},
	{QUARANTINE_FULL, "UNAVAILABLE", "The disk is full; nothing was changed"},
	{QUARANTINE_IO, "UNAVAILABLE", "The store cannot be read or written just now"},
	{QUARANTINE_CORRUPT, "CORRUPTION", "What is stored is damaged"},
	{QUARANTINE_DENIED, "UNAVAILABLE", "The server may not use its store"},
	{QUARANTINE_NOT_FOUND, "NONEXISTENT", "There is no such mailbox or message", true},
	{QUARANTINE_TOO_BIG, "TOOBIG", "The message is too large", true},
	{QUARANTINE_INVALID, "CANNOT", "The store cannot do this", true},
	{QUARANTINE_NO_MEMORY, "UNAVAILABLE", "Out of memory; try again"},
	{QUARANTINE_VERSION_TOO_NEW, "UNAVAILABLE", "The store was made by a newer version"},
	{QUARANTINE_INTERRUPTED, "UNAVAILABLE", "The command was interrupted", true},
	{QUARANTINE_EXISTS, "ALREADYEXISTS", "The name is taken", true},
	{QUARANTINE_LIMIT, "LIMIT", "A limit of the store is reached", true},
	{QUARANTINE_READ_ONLY, "NOPERM", "The store is open for reading only"},
};

void response_store_error(struct response *r, int status, const char *detail)
{
	static const struct store_reply unknown = {0, "SERVERBUG", "Internal error"};
	const struct store_reply *reply = &unknown;

	for (size_t i = 0; i < ARRAY_SIZE(store_replies); i++)
		if (store_replies[i].status == status)
			reply = &store_replies[i];
	response_no(r, reply->code, reply->text);
	snprintf(r->log_detail, sizeof(r->log_detail), "%s", detail ? detail : "");
	r->asked = reply->asked;
}

void response_tagged(struct response *r, struct slice tag, const char *name)
{
	static const char *const conditions[] = {
		[RESPONSE_OK] = "OK", [RESPONSE_NO] = "NO", [RESPONSE_BAD] = "BAD"};

	buf_add_slice(&r->out, tag.len > 0 ? tag : SLICE("*"));
	buf_add_char(&r->out, ' ');
	r->out.failed |= r->long_code.failed;
	add_status(r, conditions[r->condition],
		   r->long_code.len > 0 ? buf_slice(&r->long_code) : slice_str(r->code));
	if (r->text)
		buf_add_str(&r->out, r->text);
	else
		buf_addf(&r->out, "%s %s", name, r->condition == RESPONSE_OK ? "completed" : "failed");
	buf_add_str(&r->out, "\r\n");
}
