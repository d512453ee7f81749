/* SPDX-License-Identifier: ISC
 *
 * Numbers in remarks are the steps of RFC 5256 section 2.1. */
#include "subject.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct slice skip_blanks(struct slice s)
{
	while (s.len > 0 && is_blank(s.data[0]))
		s = slice_skip(s, 1);
	return s;
}

/* (2) subj-trailer = "(fwd)" / WSP */
static struct slice drop_trailers(struct slice s, bool *reply)
{
	const struct slice forwarded = SLICE("(fwd)");

	for (;;) {
		if (s.len > 0 && is_blank(s.data[s.len - 1])) {
			s.len--;
		} else if (s.len >= forwarded.len &&
			   slice_ieq(slice_skip(s, s.len - forwarded.len), forwarded)) {
			s.len -= forwarded.len;
			*reply = true;
		} else {
			return s;
		}
	}
}

/* subj-blob = "[" *BLOBCHAR "]" *WSP; its length, 0 when there is none. */
static size_t blob_length(struct slice s)
{
	size_t i = 1;

	if (s.len == 0 || s.data[0] != '[')
		return 0;
	while (i < s.len && s.data[i] != '[' && s.data[i] != ']')
		i++;
	if (i == s.len || s.data[i] != ']')
		return 0;
	return s.len - skip_blanks(slice_skip(s, i + 1)).len;
}

/* subj-refwd = ("re" / ("fw" ["d"])) *WSP [subj-blob] ":"; its length, 0 when there is none. */
static size_t refwd_length(struct slice s)
{
	static const struct slice words[] = {{"fwd", 3}, {"fw", 2}, {"re", 2}};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		struct slice rest;

		if (!slice_istarts(s, words[i]))
			continue;
		rest = skip_blanks(slice_skip(s, words[i].len));
		rest = slice_skip(rest, blob_length(rest));
		if (rest.len > 0 && rest.data[0] == ':')
			return s.len - rest.len + 1;
	}
	return 0;
}

/* (3), (4), (5). All blobs in a row are looked past at once: what follows the last decides about each. */
static struct slice drop_leaders(struct slice s, bool *reply)
{
	for (;;) {
		struct slice rest = s = skip_blanks(s), last = s;
		size_t length;

		while ((length = blob_length(rest)) > 0) {
			last = rest;
			rest = slice_skip(rest, length);
		}
		length = refwd_length(rest);
		if (length > 0) {
			*reply = true;
			s = slice_skip(rest, length);
			continue;
		}
		if (rest.len == 0) /* a blob is the subject where nothing else is */
			return last;
		if (rest.len == s.len)
			return s;
		s = rest;
	}
}

/* (6) "[fwd:" … "]" */
static bool drop_forward(struct slice *s)
{
	const struct slice start = SLICE("[fwd:");

	if (s->len <= start.len || !slice_istarts(*s, start) || s->data[s->len - 1] != ']')
		return false;
	*s = slice_of(s->data + start.len, s->len - start.len - 1);
	return true;
}

struct slice mime_base_subject(struct slice subject, bool *reply)
{
	*reply = false;
	for (;;) {
		subject = drop_leaders(drop_trailers(subject, reply), reply);
		if (!drop_forward(&subject))
			return subject;
		*reply = true;
	}
}
