/* SPDX-License-Identifier: ISC */
#include "header.h"

enum {
	SELECT_QUICK_MAX = 2 * MIME_FIELDS_MAX, /* bytes that cannot have more fields than are looked at */
	NAMES_CHAINED_MAX = 255,
};

/* The offset after the line that begins at `at`, its line end included. */
static size_t line_after(struct slice s, size_t at)
{
	const char *end = memchr(s.data + at, '\n', s.len - at);

	return end ? (size_t)(end - s.data) + 1 : s.len;
}

static bool is_empty_line(struct slice s, size_t at)
{
	return s.data[at] == '\n' || (s.data[at] == '\r' && at + 1 < s.len && s.data[at + 1] == '\n');
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Without the line end at the end, if there is one. */
static struct slice without_line_end(struct slice s)
{
	if (s.len > 0 && s.data[s.len - 1] == '\n') {
		s.len--;
		if (s.len > 0 && s.data[s.len - 1] == '\r')
			s.len--;
	}
	return s;
}

static bool is_name_char(char c)
{
	return c > ' ' && c < 0x7f && c != ':';
}

/* field-name *WSP ":" (RFC 5322 sections 2.2 and 4.5). The line "From x@y Mon …" of an mbox is none. */
static bool split_field(struct slice whole, struct mime_field *field)
{
	size_t name = 0;

	while (name < whole.len && is_name_char(whole.data[name]))
		name++;
	size_t colon = name;
	while (colon < whole.len && is_blank(whole.data[colon]))
		colon++;
	if (name == 0 || colon == whole.len || whole.data[colon] != ':')
		return false;
	field->whole = whole;
	field->name = slice_of(whole.data, name);
	field->value = without_line_end(slice_skip(whole, colon + 1));
	return true;
}

bool mime_fields_next(struct mime_fields *walk, struct mime_field *field)
{
	struct slice block = walk->block;

	if (block.len > MIME_HEADER_PARSED_MAX)
		block.len = MIME_HEADER_PARSED_MAX;
	while (walk->at < block.len && walk->count < MIME_FIELDS_MAX && !is_empty_line(block, walk->at)) {
		size_t start = walk->at;
		do
			walk->at = line_after(block, walk->at);
		while (walk->at < block.len && is_blank(block.data[walk->at]));
		if (split_field(slice_of(block.data + start, walk->at - start), field)) {
			walk->count++;
			return true;
		}
	}
	return false;
}

size_t mime_header_length(struct slice message)
{
	size_t at = 0;

	while (at < message.len) {
		bool empty = is_empty_line(message, at);
		at = line_after(message, at);
		if (empty)
			break;
	}
	return at;
}

bool mime_header_find(struct slice block, struct slice name, size_t n, struct mime_field *field)
{
	struct mime_fields walk = {.block = block};
	struct mime_field next;

	while (mime_fields_next(&walk, &next)) {
		if (slice_ieq(next.name, name) && n-- == 0) {
			*field = next;
			return true;
		}
	}
	return false;
}

bool mime_header_find_last(struct slice block, struct slice name, struct mime_field *field)
{
	struct mime_fields walk = {.block = block};
	struct mime_field next;
	bool found = false;

	while (mime_fields_next(&walk, &next)) {
		if (slice_ieq(next.name, name)) {
			*field = next;
			found = true;
		}
	}
	return found;
}

void mime_unfold(struct slice value, struct buf *out)
{
	value = slice_trim(value);
	char *room = buf_reserve(out, value.len);
	if (!room)
		return;
	size_t len = 0;
	for (size_t i = 0; i < value.len; i++) {
		char c = value.data[i];
		if (c == '\n' || (c == '\r' && i + 1 < value.len && value.data[i + 1] == '\n'))
			continue;
		room[len++] = c == '\0' || c == '\r' ? ' ' : c;
	}
	out->len += len;
}

/* The names that a block is searched for, chained by their first letter. */
struct wanted {
	const struct slice *names;
	unsigned char first[32];                   /* by first_letter(), and … */
	unsigned char next[NAMES_CHAINED_MAX + 1]; /* … by name: 1 + the index of one; 0: none */
};

/* The same for names that differ in case alone, and for some others. */
static size_t first_letter(char c)
{
	return (unsigned char)c & 31;
}

static bool is_name(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!is_name_char(s.data[i]))
			return false;
	return s.len > 0;
}

static void want(const struct slice *names, size_t count, struct wanted *out)
{
	memset(out->first, 0, sizeof(out->first));
	out->names = names;
	for (size_t i = 0; i < count; i++) {
		unsigned char *first;

		if (!is_name(names[i]))
			continue;
		first = &out->first[first_letter(names[i].data[0])];
		out->next[i + 1] = *first;
		*first = (unsigned char)(i + 1);
	}
}

/* Whether the line is the first of a field of that name. */
static bool begins_field(struct slice line, struct slice name)
{
	size_t colon = name.len;

	if (line.len <= name.len || is_name_char(line.data[name.len]) ||
	    strncasecmp(line.data, name.data, name.len) != 0)
		return false;
	while (colon < line.len && is_blank(line.data[colon]))
		colon++;
	return colon < line.len && line.data[colon] == ':';
}

static bool is_wanted(const struct wanted *w, struct slice line)
{
	for (unsigned i = w->first[first_letter(line.data[0])]; i > 0; i = w->next[i])
		if (begins_field(line, w->names[i - 1]))
			return true;
	return false;
}

/* The last line of a block may lack its end. */
static void add_lines(struct slice lines, struct buf *out)
{
	buf_add_slice(out, lines);
	if (lines.len > 0 && lines.data[lines.len - 1] != '\n')
		buf_add_str(out, "\r\n");
}

/* Of a block with at most SELECT_QUICK_MAX bytes. Names of other fields are not looked at, and what stands
 * together is copied together. */
static void select_quick(struct slice block, const struct wanted *w, struct buf *out)
{
	size_t at = 0, from = 0; /* lines from here up to `at` are chosen */
	bool chosen = false;

	while (at < block.len && !is_empty_line(block, at)) {
		size_t next = line_after(block, at);

		if (!is_blank(block.data[at]))
			chosen = is_wanted(w, slice_of(block.data + at, next - at));
		if (!chosen) {
			buf_add(out, block.data + from, at - from);
			from = next;
		}
		at = next;
	}
	add_lines(slice_skip(slice_of(block.data, at), from), out);
}

static bool is_named(struct slice name, const struct slice *names, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (slice_ieq(name, names[i]))
			return true;
	}
	return false;
}

static void select_any(struct slice block, const struct slice *names, size_t count, bool except,
		       struct buf *out)
{
	struct mime_fields walk = {.block = block};
	struct mime_field field;

	while (mime_fields_next(&walk, &field)) {
		if (is_named(field.name, names, count) != except)
			add_lines(field.whole, out);
	}
}

void mime_header_select(struct slice block, const struct slice *names, size_t count, bool except,
			struct buf *out)
{
	struct wanted wanted;

	if (except || count > NAMES_CHAINED_MAX || block.len > SELECT_QUICK_MAX) {
		select_any(block, names, count, except, out);
	} else {
		want(names, count, &wanted);
		select_quick(block, &wanted, out);
	}
	buf_add_str(out, "\r\n");
}
