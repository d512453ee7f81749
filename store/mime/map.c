/* SPDX-License-Identifier: ISC
 *
 * The part map as stored: a version, flags, the number of parts, then each part as five numbers: how
 * many levels to climb from the part before to the parent (so a tree it always is), kind and encoding,
 * the header's distance from the header before, the lengths of header and body, and the lines. Numbers
 * take seven bits a byte, lowest first. */
#include "structure.h"

#include <stdlib.h>

enum { MAP_VERSION = 1, MAP_BOUNDED = 1, NUMBER_BYTES_MAX = 10 };

static void add_number(struct buf *out, uint64_t n)
{
	for (; n > 0x7f; n >>= 7)
		buf_add_char(out, (char)((n & 0x7f) | 0x80));
	buf_add_char(out, (char)n);
}

static uint64_t levels_up(const struct mime_structure *s, size_t i)
{
	uint64_t up = 0;

	for (size_t at = i - 1; at != s->parts[i].parent; at = s->parts[at].parent)
		up++;
	return up;
}

void mime_structure_encode(const struct mime_structure *s, struct buf *out)
{
	uint64_t header = 0;

	add_number(out, MAP_VERSION);
	add_number(out, s->bounded ? MAP_BOUNDED : 0);
	add_number(out, s->count);
	for (size_t i = 0; i < s->count; i++) {
		const struct mime_part *part = &s->parts[i];
		if (i > 0)
			add_number(out, levels_up(s, i));
		add_number(out, (uint64_t)part->kind * (MIME_OTHER + 1) + part->encoding);
		add_number(out, part->header - header);
		add_number(out, part->header_length);
		add_number(out, part->body_length);
		add_number(out, part->lines);
		header = part->header;
	}
}

struct map_reader {
	struct slice rest;
	bool failed;
};

/* A number up to max; fails above. */
static uint64_t read_number(struct map_reader *r, uint64_t max)
{
	uint64_t n = 0;

	for (unsigned int i = 0; i < NUMBER_BYTES_MAX && i < r->rest.len && !r->failed; i++) {
		uint64_t bits = (unsigned char)r->rest.data[i] & 0x7f;
		if (bits << (7 * i) >> (7 * i) != bits)
			break;
		n |= bits << (7 * i);
		if (!((unsigned char)r->rest.data[i] & 0x80)) {
			r->rest = slice_skip(r->rest, i + 1);
			r->failed = n > max;
			return r->failed ? 0 : n;
		}
	}
	r->failed = true;
	return 0;
}

/* Puts part i below the part that lies `up` levels above the part before it. */
static bool link_part(struct mime_structure *s, uint32_t i, uint64_t up)
{
	uint32_t parent = i - 1;
	uint32_t before = 0; /* the sibling before */

	for (; up > 0 && parent != 0; up--) {
		before = parent;
		parent = s->parts[parent].parent;
	}
	const struct mime_part *p = &s->parts[parent];
	if (up > 0 || p->kind == MIME_LEAF || (p->kind == MIME_MESSAGE && before != 0))
		return false;
	if (before != 0)
		s->parts[before].next = i;
	else
		s->parts[parent].first_child = i;
	s->parts[i].parent = parent;
	/* It begins behind its sibling, and the message of a message part where its parent's body begins. */
	uint64_t from = p->body;
	if (before != 0)
		from = s->parts[before].body + s->parts[before].body_length;
	return s->parts[i].header >= from && (p->kind != MIME_MESSAGE || s->parts[i].header == from);
}

/* Reads part i; it must end where its parent ends, or before. */
static bool read_part(struct map_reader *r, struct mime_structure *s, uint32_t i, uint64_t message_length)
{
	uint64_t up = i > 0 ? read_number(r, MIME_DEPTH_MAX) : 0;
	uint64_t kind = read_number(r, MIME_MESSAGE * (MIME_OTHER + 1) + MIME_OTHER);
	uint64_t before = i > 0 ? s->parts[i - 1].header : 0;
	struct mime_part *part = &s->parts[i];

	part->kind = (uint8_t)(kind / (MIME_OTHER + 1));
	part->encoding = (uint8_t)(kind % (MIME_OTHER + 1));
	part->header = before + read_number(r, message_length - before);
	part->header_length = read_number(r, message_length - part->header);
	part->body = part->header + part->header_length;
	part->body_length = read_number(r, message_length - part->body);
	part->lines = read_number(r, part->body_length);
	if (r->failed || (i > 0 && !link_part(s, i, up)))
		return false;
	const struct mime_part *parent = &s->parts[part->parent];
	return part->body + part->body_length <= parent->body + parent->body_length;
}

static bool is_sound(const struct mime_structure *s)
{
	for (size_t i = 0; i < s->count; i++) {
		size_t depth = 0;
		if (s->parts[i].kind == MIME_MESSAGE && s->parts[i].first_child == 0)
			return false;
		for (size_t at = i; at != 0 && depth <= MIME_DEPTH_MAX; at = s->parts[at].parent)
			depth++;
		if (depth > MIME_DEPTH_MAX)
			return false;
	}
	return s->parts[0].header == 0;
}

bool mime_structure_decode(struct slice map, uint64_t message_length, struct mime_structure *out)
{
	struct map_reader r = {.rest = map};
	struct mime_structure s = {0};

	r.failed = read_number(&r, MAP_VERSION) != MAP_VERSION;
	s.bounded = read_number(&r, MAP_BOUNDED) == MAP_BOUNDED;
	s.count = read_number(&r, MIME_PARTS_MAX);
	if (r.failed || s.count == 0 || s.count > map.len)
		return false;
	s.parts = calloc(s.count, sizeof(*s.parts));
	bool sound = s.parts != NULL;
	for (uint32_t i = 0; sound && i < s.count; i++)
		sound = read_part(&r, &s, i, message_length);
	if (!sound || r.rest.len > 0 || !is_sound(&s)) {
		mime_structure_finish(&s);
		return false;
	}
	*out = s;
	return true;
}
