/* SPDX-License-Identifier: ISC */
#include "digest.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static uint64_t mix(uint64_t x)
{
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
	x = (x ^ x >> 27) * 0x94d049bb133111ebu;
	return x ^ x >> 31;
}

static uint64_t mix_bytes(uint64_t hash, const char *bytes, size_t len)
{
	uint64_t word = 0;

	for (; len >= sizeof(word); bytes += sizeof(word), len -= sizeof(word)) {
		memcpy(&word, bytes, sizeof(word));
		hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
		hash ^= hash >> 29;
	}
	word = len;
	for (; len > 0; len--)
		word = word << 8 | (unsigned char)*bytes++;
	return mix(hash ^ word);
}

/* One response: `line` up to the first literal, and all of its literals hashed. */
struct response {
	struct slice line;
	uint64_t literals;
};

/* Bytes of the literal that a line announces at its end; false: none. */
static bool literal_size(const char *line, const char *end, size_t *size)
{
	const char *brace;

	if (end == line || end[-1] != '}')
		return false;
	brace = memrchr(line, '{', (size_t)(end - line));
	if (!brace || !isdigit((unsigned char)brace[1]))
		return false;
	*size = strtoul(brace + 1, NULL, 10);
	return true;
}

static bool next_response(struct slice *rest, struct response *r)
{
	bool first = true;

	*r = (struct response){.literals = 0};
	while (rest->len > 0) {
		const char *line = rest->data, *end = memchr(line, '\n', rest->len);
		size_t size = 0;
		bool more;

		if (!end)
			return false;
		more = literal_size(line, end - (end > line && end[-1] == '\r'), &size);
		if (first)
			r->line = (struct slice){.data = line, .len = (size_t)(end - line)};
		first = false;
		rest->len -= (size_t)(end + 1 - line);
		rest->data = end + 1;
		if (!more)
			return true;
		size = size < rest->len ? size : rest->len;
		r->literals = mix_bytes(r->literals, rest->data, size);
		rest->data += size;
		rest->len -= size;
	}
	return !first;
}

static void add_number(struct digest *d, uint64_t n)
{
	d->count++;
	d->numbers += mix(n);
	d->order = mix(d->order ^ n);
}

/* All numbers of a text, and its parentheses. */
static void add_numbers(struct digest *d, const char *text, const char *end)
{
	while (text < end) {
		if (isdigit((unsigned char)*text)) {
			char *after;

			add_number(d, strtoul(text, &after, 10));
			text = after;
			continue;
		}
		if (*text == '(' || *text == ')')
			d->order = mix(d->order ^ (uint64_t)*text << 32);
		text++;
	}
}

static void add_fetch(struct digest *d, const struct response *r, uint64_t number)
{
	const char *uid = memmem(r->line.data, r->line.len, "UID ", 4);

	if (uid)
		number = strtoul(uid + 4, NULL, 10);
	add_number(d, number);
	if (r->literals)
		d->literals += mix(r->literals ^ number);
}

void digest_add(struct digest *d, struct slice answer)
{
	struct response r;

	while (next_response(&answer, &r)) {
		const char *text = r.line.data, *end = text + r.line.len;
		uint64_t number;
		char *after;

		if (r.line.len < 4 || strncmp(text, "* ", 2) != 0)
			continue;
		text += 2;
		number = strtoul(text, &after, 10);
		if (after > text && strncasecmp(after, " FETCH", 6) == 0)
			add_fetch(d, &r, number);
		else if (after > text && strncasecmp(after, " EXISTS", 7) == 0)
			add_number(d, number);
		else if (strncasecmp(text, "SEARCH", 6) == 0 || strncasecmp(text, "SORT", 4) == 0 ||
			 strncasecmp(text, "THREAD", 6) == 0 || strncasecmp(text, "STATUS", 6) == 0)
			add_numbers(d, text, end);
	}
}
