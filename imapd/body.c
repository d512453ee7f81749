/* SPDX-License-Identifier: ISC */
#include "body.h"

#include "../store/mime/structure.h"

enum { BASIC_FIELDS = 5 }; /* parameters, id, description, encoding, octets */

struct reader {
	struct slice in;
	size_t at;
	struct buf *out;
};

static bool at(const struct reader *r, char c)
{
	return r->at < r->in.len && r->in.data[r->at] == c;
}

static bool skip_quoted(struct reader *r)
{
	for (r->at++; r->at < r->in.len && !at(r, '"'); r->at++)
		if (at(r, '\\'))
			r->at++;
	return r->at++ < r->in.len;
}

/* literal = "{" number "}" CRLF *CHAR8 */
static bool skip_literal(struct reader *r)
{
	size_t n = 0;

	for (r->at++; r->at < r->in.len && !at(r, '}'); r->at++) {
		if (r->in.data[r->at] < '0' || r->in.data[r->at] > '9' || n > r->in.len)
			return false;
		n = n * 10 + (size_t)(r->in.data[r->at] - '0');
	}
	if (r->at + 3 > r->in.len || n > r->in.len - r->at - 3)
		return false;
	r->at += 3 + n;
	return true;
}

/* An atom, string or whole list. */
static bool skip_value(struct reader *r)
{
	size_t depth = 0;

	do {
		size_t start = r->at;

		if (at(r, '(')) {
			depth++;
			r->at++;
		} else if (at(r, ')')) {
			if (depth-- == 0)
				return false;
			r->at++;
		} else if (at(r, '"')) {
			if (!skip_quoted(r))
				return false;
		} else if (at(r, '{')) {
			if (!skip_literal(r))
				return false;
		} else if (at(r, ' ') && depth > 0) {
			r->at++;
		} else {
			while (r->at < r->in.len && !strchr(" ()\"{", r->in.data[r->at]))
				r->at++;
			if (r->at == start)
				return false;
		}
	} while (depth > 0);
	return true;
}

static bool copy_value(struct reader *r, struct slice *value)
{
	size_t start = r->at;

	if (!skip_value(r))
		return false;
	*value = slice_of(r->in.data + start, r->at - start);
	buf_add_slice(r->out, *value);
	return true;
}

/* SP value */
static bool copy_next(struct reader *r, struct slice *value)
{
	if (!at(r, ' '))
		return false;
	r->at++;
	buf_add_char(r->out, ' ');
	return copy_value(r, value);
}

/* What is left of a list, dropped. */
static bool drop_rest(struct reader *r)
{
	while (at(r, ' ')) {
		r->at++;
		if (!skip_value(r))
			return false;
	}
	if (!at(r, ')'))
		return false;
	r->at++;
	buf_add_char(r->out, ')');
	return true;
}

static bool copy_body(struct reader *r, size_t depth);

/* SP envelope SP body SP lines, of a message inside; other types may be called message, too. */
static bool copy_message(struct reader *r, size_t depth)
{
	struct slice ignored;

	if (!copy_next(r, &ignored))
		return false;
	if (!at(r, ' '))
		return false;
	r->at++;
	buf_add_char(r->out, ' ');
	return copy_body(r, depth + 1) && copy_next(r, &ignored);
}

static bool copy_single(struct reader *r, size_t depth)
{
	struct slice type, subtype, ignored;

	if (!copy_value(r, &type) || !copy_next(r, &subtype))
		return false;
	for (int i = 0; i < BASIC_FIELDS; i++)
		if (!copy_next(r, &ignored))
			return false;
	if (slice_ieq(type, SLICE("\"TEXT\"")))
		return copy_next(r, &ignored) && drop_rest(r);
	if (slice_ieq(type, SLICE("\"MESSAGE\"")) && r->at + 1 < r->in.len && r->in.data[r->at + 1] == '(')
		return copy_message(r, depth) && drop_rest(r);
	return drop_rest(r);
}

/* body = "(" (1*body SP media-subtype / body-type-1part) ")" */
static bool copy_body(struct reader *r, size_t depth)
{
	struct slice subtype;

	if (!at(r, '(') || depth > 2 * MIME_DEPTH_MAX)
		return false;
	r->at++;
	buf_add_char(r->out, '(');
	if (!at(r, '('))
		return copy_single(r, depth);
	while (at(r, '('))
		if (!copy_body(r, depth + 1))
			return false;
	return copy_next(r, &subtype) && drop_rest(r);
}

bool body_from_structure(struct slice structure, struct buf *out)
{
	struct reader r = {.in = structure, .out = out};
	size_t before = out->len;

	if (copy_body(&r, 0) && r.at == r.in.len)
		return true;
	out->len = before;
	return false;
}
