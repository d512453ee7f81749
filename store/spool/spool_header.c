/* SPDX-License-Identifier: ISC */
#include "spool_header.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const char first_line[] = "quarantine-spool 1";

/* The lines that hold one text each. */
static const struct text_line {
	struct slice name;
	size_t offset;
} text_lines[] = {
	{SLICE("key"), offsetof(struct quarantine_envelope, delivery_key)},
	{SLICE("sender"), offsetof(struct quarantine_envelope, sender)},
	{SLICE("class"), offsetof(struct quarantine_envelope, class_name)},
	{SLICE("sub_class"), offsetof(struct quarantine_envelope, sub_class)},
	{SLICE("evidence"), offsetof(struct quarantine_envelope, evidence)},
	{SLICE("action"), offsetof(struct quarantine_envelope, action)},
	{SLICE("client_address"), offsetof(struct quarantine_envelope, client_address)},
	{SLICE("client_name"), offsetof(struct quarantine_envelope, client_name)},
	{SLICE("helo"), offsetof(struct quarantine_envelope, helo)},
	{SLICE("auth_user"), offsetof(struct quarantine_envelope, auth_user)},
	{SLICE("auth_domain"), offsetof(struct quarantine_envelope, auth_domain)},
	{SLICE("identity"), offsetof(struct quarantine_envelope, identity)},
	{SLICE("queue_id"), offsetof(struct quarantine_envelope, queue_id)},
};

static const char **text_of(struct quarantine_envelope *env, const struct text_line *line)
{
	return (const char **)((char *)env + line->offset);
}

static void write_text(struct buf *out, struct slice name, const char *value)
{
	if (!value)
		return;
	buf_add_slice(out, name);
	buf_add_char(out, ' ');
	for (const unsigned char *c = (const unsigned char *)value; *c; c++) {
		if (*c < ' ' || *c == 0x7f || *c == '%')
			buf_addf(out, "%%%02X", *c);
		else
			buf_add_char(out, (char)*c);
	}
	buf_add_char(out, '\n');
}

bool spool_header_write(struct buf *out, const struct quarantine_envelope *env, uint64_t length)
{
	struct quarantine_envelope copy = *env;
	size_t start = out->len;

	if (env->direction != QUARANTINE_OUTGOING && env->direction != QUARANTINE_INCOMING)
		return false;
	if (!env->delivery_key || env->received < 0)
		return false;
	buf_addf(out, "%s\ndirection %s\nreceived %lld\n", first_line,
		 env->direction == QUARANTINE_OUTGOING ? "outgoing" : "incoming", (long long)env->received);
	if (env->score)
		buf_addf(out, "score %.17g\n", *env->score);
	for (size_t i = 0; i < ARRAY_SIZE(text_lines); i++)
		write_text(out, text_lines[i].name, *text_of(&copy, &text_lines[i]));
	for (size_t i = 0; i < env->recipient_count; i++)
		write_text(out, SLICE("recipient"), env->recipients[i]);
	buf_addf(out, "length %llu\n\n", (unsigned long long)length);
	return !out->failed && out->len - start <= SPOOL_HEADER_MAX;
}

/* What is being read. */
struct reading {
	struct arena *arena;
	struct quarantine_envelope *env;
	const char **recipients;
	size_t recipient_room;
	uint64_t length;
	bool has_length;
	bool no_memory;
};

static int hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* A value with its %XX undone, in the arena; NULL when it is malformed or memory runs out. */
static char *read_text(struct reading *r, struct slice value)
{
	char *text = arena_strndup(r->arena, value);
	char *to = text;

	r->no_memory = !text;
	for (size_t i = 0; text && i < value.len; i++) {
		int c = (unsigned char)value.data[i];

		if (c == '%') {
			int high = i + 2 < value.len ? hex_digit(value.data[i + 1]) : -1;
			int low = high < 0 ? -1 : hex_digit(value.data[i + 2]);

			c = low < 0 ? 0 : high * 16 + low;
			i += 2;
		}
		if (c == '\0')
			return NULL;
		*to++ = (char)c;
	}
	if (to)
		*to = '\0';
	return text;
}

static bool read_number(const char *text, int64_t *number)
{
	char *end;

	*number = strtoll(text, &end, 10);
	return text[0] >= '0' && text[0] <= '9' && *end == '\0' && *number < INT64_MAX;
}

static bool add_recipient(struct reading *r, const char *text)
{
	size_t count = r->env->recipient_count;

	if (count == r->recipient_room) {
		size_t want = count ? count * 2 : 8;

		r->recipients = arena_grow(r->arena, r->recipients, count, want, sizeof(*r->recipients));
		r->no_memory = !r->recipients;
		if (r->no_memory)
			return false;
		r->recipient_room = want;
		r->env->recipients = r->recipients;
	}
	r->recipients[r->env->recipient_count++] = text;
	return true;
}

static bool read_score(struct reading *r, const char *text)
{
	double *score = arena_alloc(r->arena, sizeof(*score));
	char *end;

	r->no_memory = !score;
	if (r->no_memory)
		return false;
	*score = strtod(text, &end);
	r->env->score = score;
	return end != text && *end == '\0' && isfinite(*score);
}

static bool read_line(struct reading *r, struct slice name, struct slice value)
{
	const char *text = read_text(r, value);
	int64_t number = 0;

	if (!text)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(text_lines); i++) {
		if (slice_eq(name, text_lines[i].name)) {
			*text_of(r->env, &text_lines[i]) = text;
			return true;
		}
	}
	if (slice_eq(name, SLICE("recipient")))
		return add_recipient(r, text);
	if (slice_eq(name, SLICE("score")))
		return read_score(r, text);
	if (slice_eq(name, SLICE("received")))
		return read_number(text, &r->env->received);
	if (slice_eq(name, SLICE("length"))) {
		r->has_length = read_number(text, &number);
		r->length = (uint64_t)number;
		return r->has_length;
	}
	if (!slice_eq(name, SLICE("direction")))
		return false;
	if (slice_eq(value, SLICE("outgoing")))
		r->env->direction = QUARANTINE_OUTGOING;
	else if (slice_eq(value, SLICE("incoming")))
		r->env->direction = QUARANTINE_INCOMING;
	return r->env->direction != 0;
}

/* Takes the first line, without its end, off *rest. */
static struct slice next_line(struct slice *rest)
{
	const char *end = rest->len ? memchr(rest->data, '\n', rest->len) : NULL;
	struct slice line = slice_of(rest->data, end ? (size_t)(end - rest->data) : rest->len);

	*rest = slice_skip(*rest, line.len + 1);
	return line;
}

/* NULL, or what is wrong. */
static const char *read_lines(struct reading *r, struct slice header)
{
	if (!slice_eq(next_line(&header), slice_str(first_line)))
		return "the first line is not \"quarantine-spool 1\"";
	while (header.len > 0) {
		struct slice line = next_line(&header);
		const char *blank = line.len ? memchr(line.data, ' ', line.len) : NULL;
		size_t name = blank ? (size_t)(blank - line.data) : 0;

		if (!blank || !read_line(r, slice_of(line.data, name), slice_skip(line, name + 1)))
			return "a header line is malformed";
	}
	if (r->env->direction == 0 || !r->env->delivery_key || !r->has_length)
		return "direction, key or length is missing";
	return NULL;
}

int spool_header_read(struct slice header, struct arena *arena, struct quarantine_envelope *env,
		      uint64_t *length, const char **why)
{
	struct reading r = {.arena = arena, .env = env};

	*env = (struct quarantine_envelope)QUARANTINE_ENVELOPE_INIT;
	*why = read_lines(&r, header);
	if (r.no_memory)
		return QUARANTINE_NO_MEMORY;
	*length = r.length;
	return *why ? QUARANTINE_INVALID : QUARANTINE_OK;
}
