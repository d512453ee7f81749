/* SPDX-License-Identifier: ISC */
#include "frame.h"

#include "charclass.h"

enum spec { SPEC_NONE, SPEC_OPEN, SPEC_NUMBER, SPEC_PLUS, SPEC_CLOSED, SPEC_CR };

void frame_reset(struct frame *f)
{
	*f = (struct frame){0};
}

void frame_skip(struct frame *f, uint64_t literal_left)
{
	*f = (struct frame){.refusing = true, .why = FRAME_WHY_ANSWERED, .literal_left = literal_left};
}

/* literal = "{" number ["+"] "}" CRLF *CHAR8. RFC 7888 section 3 wants the end of every line looked at,
 * whatever stands before it; so quotes do not matter here. A number too large stays at UINT64_MAX. */
static void take_spec(struct frame *f, char c)
{
	if (c == '{') {
		f->spec = SPEC_OPEN;
		f->spec_number = 0;
	} else if (char_is_digit(c) && (f->spec == SPEC_OPEN || f->spec == SPEC_NUMBER)) {
		bool fits = f->spec_number <= (UINT64_MAX - 9) / 10;
		f->spec_number = fits ? f->spec_number * 10 + (uint64_t)(c - '0') : UINT64_MAX;
		f->spec = SPEC_NUMBER;
	} else if (c == '+' && f->spec == SPEC_NUMBER) {
		f->spec = SPEC_PLUS;
	} else if (c == '}' && (f->spec == SPEC_NUMBER || f->spec == SPEC_PLUS)) {
		f->spec_sync = f->spec == SPEC_NUMBER;
		f->spec = SPEC_CLOSED;
	} else if (c == '\r' && f->spec == SPEC_CLOSED) {
		f->spec = SPEC_CR;
	} else {
		f->spec = SPEC_NONE;
	}
}

bool frame_announced(struct slice line, uint64_t *size, bool *sync)
{
	struct frame f = {0};

	for (size_t i = 0; i < line.len && line.data[i] != '\n'; i++)
		take_spec(&f, line.data[i]);
	if (f.spec != SPEC_CLOSED && f.spec != SPEC_CR)
		return false;
	*size = f.spec_number;
	*sync = f.spec_sync;
	return true;
}

static void keep_tag(struct frame *f, struct slice seen)
{
	size_t n = 0;

	while (n < seen.len && char_is_tag(seen.data[n]))
		n++;
	if (n == seen.len || seen.data[n] != ' ' || n > FRAME_TAG_MAX)
		n = 0;
	memcpy(f->tag, seen.data, n);
	f->tag[n] = '\0';
}

/* Nothing was dropped of this command so far, so `in` still begins with its tag. */
static void refuse(struct frame *f, enum frame_why why, struct slice in)
{
	f->refusing = true;
	f->why = why;
	keep_tag(f, slice_of(in.data, f->scanned));
}

static enum frame_status discard(struct frame *f)
{
	f->length = f->scanned;
	f->scanned = 0;
	return FRAME_DISCARD;
}

static enum frame_status refused_literal(struct frame *f, const struct frame_limits *limits)
{
	if (f->spec_sync) { /* the client waits for "+" and hears BAD instead */
		f->length = f->scanned;
		return FRAME_REFUSED;
	}
	if (f->spec_number > limits->drain - f->drained)
		return FRAME_FATAL;
	f->drained += f->spec_number;
	f->literal_left = f->spec_number;
	return FRAME_MORE;
}

static enum frame_status take_announcement(struct frame *f, const struct frame_limits *limits,
					   struct slice in)
{
	if (!f->refusing && limits->streams && limits->streams(slice_of(in.data, f->scanned))) {
		f->length = f->scanned;
		return FRAME_STREAM;
	}
	if (!f->refusing) {
		if (f->spec_number > limits->literal || f->literals >= limits->literals)
			refuse(f, FRAME_WHY_LITERAL, in);
		else if (f->spec_number > limits->total - f->total)
			refuse(f, FRAME_WHY_TOTAL, in);
	}
	if (f->refusing)
		return refused_literal(f, limits);
	f->literals++;
	f->total += (size_t)f->spec_number;
	f->literal_left = f->spec_number;
	return f->spec_sync ? FRAME_CONTINUE : FRAME_MORE;
}

static bool is_empty_line(const struct frame *f, struct slice in)
{
	return !f->refusing && (f->total == 1 || (f->total == 2 && in.data[0] == '\r'));
}

static enum frame_status take_line_end(struct frame *f, const struct frame_limits *limits, struct slice in)
{
	bool announced = f->spec == SPEC_CLOSED || f->spec == SPEC_CR;

	if (is_empty_line(f, in)) {
		f->line = f->total = 0;
		return discard(f);
	}
	f->spec = SPEC_NONE;
	f->line = 0;
	if (announced)
		return take_announcement(f, limits, in);
	f->length = f->scanned;
	return f->refusing ? FRAME_REFUSED : FRAME_COMPLETE;
}

static enum frame_status take_byte(struct frame *f, const struct frame_limits *limits, struct slice in)
{
	char c = in.data[f->scanned++];

	if (f->refusing) {
		if (f->drained == limits->drain)
			return FRAME_FATAL;
		f->drained++;
	} else {
		f->line++;
		f->total++;
		if (c == '\0')
			refuse(f, FRAME_WHY_NUL, in);
		else if (f->line > limits->line)
			refuse(f, FRAME_WHY_LINE, in);
		else if (f->total > limits->total)
			refuse(f, FRAME_WHY_TOTAL, in);
	}
	if (c == '\n')
		return take_line_end(f, limits, in);
	take_spec(f, c);
	return FRAME_MORE;
}

static void take_literal(struct frame *f, struct slice in)
{
	size_t there = in.len - f->scanned;
	size_t n = f->literal_left < there ? (size_t)f->literal_left : there;

	f->scanned += n;
	f->literal_left -= n;
}

enum frame_status frame_scan(struct frame *f, const struct frame_limits *limits, struct slice in)
{
	while (f->scanned < in.len) {
		enum frame_status status = FRAME_MORE;

		if (f->literal_left > 0)
			take_literal(f, in);
		else
			status = take_byte(f, limits, in);
		if (status != FRAME_MORE)
			return status;
	}
	return f->refusing && f->scanned > 0 ? discard(f) : FRAME_MORE;
}

enum frame_status frame_line(struct frame *f, size_t limit, struct slice in)
{
	const char *end = NULL;

	if (f->scanned < in.len)
		end = memchr(in.data + f->scanned, '\n', in.len - f->scanned);
	f->scanned = end ? (size_t)(end - in.data) + 1 : in.len;
	f->length = f->scanned;
	if (f->scanned > limit) {
		f->why = FRAME_WHY_LINE;
		return FRAME_FATAL;
	}
	return end ? FRAME_COMPLETE : FRAME_MORE;
}
