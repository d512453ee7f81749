/* SPDX-License-Identifier: ISC */
#include "names.h"

#include <string.h>

static const struct {
	const char *other;
	const char *name;
} other_names[] = {
	{"Caught (Outgoing)", QUARANTINE_MAILBOX_OUTGOING},
	{"Caught", QUARANTINE_MAILBOX_INCOMING},
};

int box_find(struct quarantine *q, const char *name, struct quarantine_mailbox *out)
{
	for (size_t i = 0; i < ARRAY_SIZE(other_names); i++)
		if (strcmp(name, other_names[i].other) == 0)
			name = other_names[i].name;
	if (strcasecmp(name, QUARANTINE_MAILBOX_INBOX) == 0)
		name = QUARANTINE_MAILBOX_INBOX;
	return quarantine_mailbox_find(q, name, out);
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
