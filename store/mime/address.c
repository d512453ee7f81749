/* SPDX-License-Identifier: ISC
 *
 * An address is read as a run of text up to "," ";" ":" "<" or the end. What ends the run says what it
 * was: a display name, a group's name, or an address without brackets. */
#include "address.h"

#include <stdint.h>

#include "../base/buf.h"
#include "header.h"

static const size_t NO_AT_SIGN = SIZE_MAX;

struct reader {
	const char *at;
	const char *end;
	struct buf text;    /* the run, quoting and comments undone, blanks joined */
	struct buf comment; /* the last comment of the run */
	size_t at_sign;     /* in text, the last one outside of quotes */
	bool is_phrase;     /* the run is of several words, or quoted: without an @ it is a name */
	bool no_comments;   /* one was never closed: "(" is text from there on */
	bool no_quotes;     /* likewise, and quotes are left out */
};

struct list {
	struct arena *arena;
	struct mime_addresses *out;
	size_t capacity;
	bool in_group;
	bool full; /* or memory ran out */
};

/* After "(". False, and nothing is read, when it is not closed. */
static bool read_comment(struct reader *r)
{
	const char *start = r->at;
	int depth = 1;

	buf_reset(&r->comment);
	for (; r->at < r->end; r->at++) {
		if (*r->at == ')' && --depth == 0) {
			r->at++;
			return true;
		}
		if (*r->at == '(' && depth < MIME_COMMENT_DEPTH)
			depth++;
		else if (*r->at == '\\' && r->at + 1 < r->end)
			r->at++;
		buf_add_char(&r->comment, *r->at);
	}
	r->at = start;
	r->no_comments = true;
	buf_reset(&r->comment);
	return false;
}

/* After the opening quote; a quote that is not closed is left out. */
static void read_quoted(struct reader *r)
{
	const char *start = r->at;
	size_t len = r->text.len;

	for (; r->at < r->end; r->at++) {
		if (*r->at == '"') {
			r->at++;
			return;
		}
		if (*r->at == '\\' && r->at + 1 < r->end)
			r->at++;
		buf_add_char(&r->text, *r->at);
	}
	r->at = start;
	r->no_quotes = true;
	r->text.len = len;
}

static void add_text(struct reader *r, char c, bool blank_before)
{
	if (blank_before && r->text.len > 0) {
		buf_add_char(&r->text, ' ');
		r->is_phrase = true;
	}
	if (c == '"') {
		r->is_phrase = true;
		read_quoted(r);
		return;
	}
	if (c == '@')
		r->at_sign = r->text.len;
	buf_add_char(&r->text, c);
}

/* Reads a run up to one of `stops`, which stays, or the end. A colon behind an @ ends nothing. */
static void read_run(struct reader *r, const char *stops)
{
	bool blank = false;

	buf_reset(&r->text);
	r->at_sign = NO_AT_SIGN;
	r->is_phrase = false;
	while (r->at < r->end) {
		char c = *r->at;
		if (strchr(stops, c) && !(c == ':' && r->at_sign != NO_AT_SIGN))
			return;
		r->at++;
		if (c == ' ' || c == '\t' || (c == '(' && !r->no_comments && read_comment(r))) {
			blank = true;
		} else if (c == '"' && r->no_quotes) {
			continue;
		} else if (c != '<' && c != '>') {
			add_text(r, c, blank);
			blank = false;
		}
	}
}

static struct slice keep(struct list *list, struct slice s)
{
	s = slice_trim(s);
	if (s.len == 0)
		return slice_of(NULL, 0);
	const char *copy = arena_strndup(list->arena, s);
	list->full |= !copy;
	return slice_of(copy, copy ? s.len : 0);
}

/* A local part or domain: blanks beside its dots do not count (RFC 5322 section 4.4). */
static struct slice keep_dotted(struct list *list, struct slice s)
{
	s = slice_trim(s);
	if (s.len == 0)
		return slice_of(NULL, 0);
	char *copy = arena_strndup(list->arena, s);
	list->full |= !copy;
	size_t len = 0;
	for (size_t i = 0; copy && i < s.len; i++) {
		bool beside_dot = (i > 0 && s.data[i - 1] == '.') || (i + 1 < s.len && s.data[i + 1] == '.');
		if (s.data[i] != ' ' || !beside_dot)
			copy[len++] = s.data[i];
	}
	return slice_of(copy, len);
}

static bool make_room(struct list *list)
{
	struct mime_addresses *out = list->out;

	if (out->count < list->capacity)
		return true;
	size_t want = list->capacity > 0 ? list->capacity * 2 : 4;
	void *grown = arena_grow(list->arena, out->list, out->count, want, sizeof(*out->list));
	if (!grown)
		return false;
	out->list = grown;
	list->capacity = want;
	return true;
}

/* False when the list is full. Room is kept for the end of a group. */
static bool add(struct list *list, const struct mime_address *address)
{
	bool in_group = list->in_group || address->kind == MIME_GROUP_START;
	size_t max =
		in_group && address->kind != MIME_GROUP_END ? MIME_ADDRESSES_MAX - 1 : MIME_ADDRESSES_MAX;

	if (list->out->count >= max || !make_room(list)) {
		list->full = true;
		return false;
	}
	list->out->list[list->out->count++] = *address;
	return true;
}

/* The text of the run as "local@domain", or as a local part alone. */
static void split_at_sign(struct list *list, const struct reader *r, struct mime_address *address)
{
	struct slice text = buf_slice(&r->text);

	if (r->at_sign == NO_AT_SIGN) {
		address->mailbox = keep(list, text);
		return;
	}
	address->mailbox = keep_dotted(list, slice_of(text.data, r->at_sign));
	address->host = keep_dotted(list, slice_skip(text, r->at_sign + 1));
}

/* The run was an address without brackets, or a name without address; behind one with brackets it needs an
 * @ to count. */
static void add_plain(struct list *list, const struct reader *r, bool after_angle)
{
	struct mime_address address = {.kind = MIME_MAILBOX};

	if (r->text.len == 0 || (after_angle && r->at_sign == NO_AT_SIGN))
		return;
	if (r->at_sign == NO_AT_SIGN && r->is_phrase) {
		address.name = keep(list, buf_slice(&r->text));
	} else {
		address.name = keep(list, buf_slice(&r->comment));
		split_at_sign(list, r, &address);
	}
	add(list, &address);
}

static void skip_blanks(struct reader *r)
{
	while (r->at < r->end && (*r->at == ' ' || *r->at == '\t'))
		r->at++;
}

/* "@a,@b:" in front of an address (RFC 5322 section 4.4), or nothing. */
static struct slice read_route(struct list *list, struct reader *r)
{
	const char *start = r->at;
	const char *at = start;

	if (at == r->end || *at != '@')
		return slice_of(NULL, 0);
	while (at < r->end && !strchr(":<>", *at))
		at++;
	if (at == r->end || *at != ':')
		return slice_of(NULL, 0);
	r->at = at + 1;
	return keep(list, slice_of(start, (size_t)(at - start)));
}

/* After "<": [route] addr-spec ">" [comment]. The run before was the name. */
static void add_angle(struct list *list, struct reader *r)
{
	struct mime_address address = {.kind = MIME_MAILBOX, .name = keep(list, buf_slice(&r->text))};

	skip_blanks(r);
	address.route = read_route(list, r);
	read_run(r, ">,");
	split_at_sign(list, r, &address);
	if (r->at < r->end && *r->at == '>')
		r->at++;
	skip_blanks(r);
	if (r->at < r->end && *r->at == '(' && !r->no_comments) {
		r->at++;
		if (!read_comment(r))
			r->at--;
	}
	if (!address.name.data)
		address.name = keep(list, buf_slice(&r->comment));
	add(list, &address);
}

static void end_group(struct list *list)
{
	if (list->in_group)
		add(list, &(struct mime_address){.kind = MIME_GROUP_END});
	list->in_group = false;
}

static void begin_group(struct list *list, const struct reader *r)
{
	struct mime_address group = {.kind = MIME_GROUP_START, .mailbox = keep(list, buf_slice(&r->text))};

	end_group(list);
	if (!group.mailbox.data)
		group.mailbox = SLICE("");
	list->in_group = add(list, &group);
}

void mime_addresses_parse(struct slice value, struct arena *arena, struct mime_addresses *out)
{
	struct list list = {.arena = arena, .out = out};
	struct buf line = {0};
	bool after_angle = false;

	*out = (struct mime_addresses){0};
	mime_unfold(value, &line);
	struct reader r = {.at = line.data, .end = line.len > 0 ? line.data + line.len : line.data};
	while (r.at < r.end && !list.full) {
		buf_reset(&r.comment);
		read_run(&r, ",;:<");
		char stop = r.at < r.end ? *r.at++ : '\0';
		if (stop == '<')
			add_angle(&list, &r);
		else if (stop == ':')
			begin_group(&list, &r);
		else
			add_plain(&list, &r, after_angle);
		if (stop == ';')
			end_group(&list);
		after_angle = stop == '<';
	}
	end_group(&list);
	buf_finish(&line);
	buf_finish(&r.text);
	buf_finish(&r.comment);
}
