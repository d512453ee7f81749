/* SPDX-License-Identifier: ISC */
#include "names.h"

#include <string.h>

#include "../../store/base/buf.h"
#include "../../store/base/mutf7.h"
#include "../../store/mime/charset.h"
#include "../proto/parse.h"
#include "../response.h"

static const struct {
	const char *other;
	const char *name;
} other_names[] = {
	{"Caught (Outgoing)", QUARANTINE_MAILBOX_OUTGOING},
	{"Caught", QUARANTINE_MAILBOX_INCOMING},
};

const char *box_name(const char *name, char room[BOX_ROOM])
{
	struct buf normal = {0};

	for (size_t i = 0; i < ARRAY_SIZE(other_names); i++)
		if (strcmp(name, other_names[i].other) == 0)
			return other_names[i].name;
	if (strcasecmp(name, QUARANTINE_MAILBOX_INBOX) == 0)
		return QUARANTINE_MAILBOX_INBOX;
	mime_nfc(slice_str(name), &normal);
	if (!normal.failed && normal.len < BOX_ROOM && !slice_eq(buf_slice(&normal), slice_str(name))) {
		memcpy(room, normal.data, normal.len);
		room[normal.len] = '\0';
		name = room;
	}
	buf_finish(&normal);
	return name;
}

void box_wire(struct slice name, bool utf8, struct buf *out)
{
	if (utf8)
		buf_add_slice(out, name);
	else
		mutf7_encode(name, out);
}

int box_find(struct quarantine *q, const char *name, struct quarantine_mailbox *out)
{
	char room[BOX_ROOM];

	return quarantine_mailbox_find(q, box_name(name, room), out);
}

static const struct {
	unsigned use;
	const char *name;
} uses[] = {
	{QUARANTINE_USE_ARCHIVE, "\\Archive"}, {QUARANTINE_USE_DRAFTS, "\\Drafts"},
	{QUARANTINE_USE_JUNK, "\\Junk"},       {QUARANTINE_USE_SENT, "\\Sent"},
	{QUARANTINE_USE_TRASH, "\\Trash"},
};

void box_use(unsigned use, struct buf *out)
{
	for (size_t i = 0; i < ARRAY_SIZE(uses); i++)
		if (use & uses[i].use)
			buf_addf(out, " %s", uses[i].name);
}

unsigned box_use_of(struct slice attribute)
{
	for (size_t i = 0; i < ARRAY_SIZE(uses); i++)
		if (slice_ieq(attribute, slice_str(uses[i].name)))
			return uses[i].use;
	return 0;
}

/* Below another name nothing can be: it would stand in two places of LIST. */
static bool is_below_other_name(struct slice name)
{
	bool below = slice_istarts(name, SLICE("INBOX/")) && !slice_starts(name, SLICE("INBOX/"));

	for (size_t i = 0; i < ARRAY_SIZE(other_names); i++) {
		struct slice other = slice_str(other_names[i].other);

		below |= slice_starts(name, other) && name.len > other.len &&
			 name.data[other.len] == BOX_SEPARATOR;
	}
	return below;
}

bool box_parse(struct parser *p, struct response *r, struct box_given *out)
{
	struct slice sent;
	char *text, *room;
	bool valid;

	if (!parse_new_mailbox(p, &sent, &valid))
		return false;
	if (sent.len > 1 && sent.data[sent.len - 1] == BOX_SEPARATOR)
		sent.len--;
	if (!valid || is_below_other_name(sent))
		return response_no(r, "CANNOT", "No mailbox can have this name");
	text = arena_strndup(p->arena, sent);
	room = arena_alloc(p->arena, BOX_ROOM);
	if (!text || !room)
		return parse_fail(p, "Command too large");
	*out = (struct box_given){box_name(text, room), text};
	return true;
}

static char fold(char c, bool any_case)
{
	return any_case && c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

/* Moves on to the places of the pattern that are reached without another character. */
static void reach_wildcards(struct slice pattern, bool *reached)
{
	for (size_t i = 0; i < pattern.len; i++)
		if (reached[i] && (pattern.data[i] == '*' || pattern.data[i] == '%'))
			reached[i + 1] = true;
}

/* All places of the pattern that the name so far can reach, advanced by one character at a time. */
bool box_matches(struct slice pattern, struct slice name)
{
	bool any_case = slice_ieq(name, SLICE(QUARANTINE_MAILBOX_INBOX));
	bool reached[BOX_PATTERN_MAX + 1] = {true};

	if (pattern.len > BOX_PATTERN_MAX)
		return false;
	reach_wildcards(pattern, reached);
	for (size_t n = 0; n < name.len; n++) {
		char c = name.data[n];

		for (size_t i = pattern.len + 1; i-- > 0;) {
			char p = i < pattern.len ? pattern.data[i] : '\0';
			bool stays = p == '*' || (p == '%' && c != BOX_SEPARATOR);
			bool comes = i > 0 && reached[i - 1] && pattern.data[i - 1] != '*' &&
				     pattern.data[i - 1] != '%' &&
				     fold(pattern.data[i - 1], any_case) == fold(c, any_case);

			reached[i] = (reached[i] && stays && i < pattern.len) || comes;
		}
		reach_wildcards(pattern, reached);
	}
	return reached[pattern.len];
}
