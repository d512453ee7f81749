/* SPDX-License-Identifier: ISC */
#include "metadata_wish.h"

#include <string.h>
#include <strings.h>

#include "../../store/include/quarantine.h"
#include "charclass.h"

/* No "//", no "/" at the end; at least one component. */
static bool is_path(struct slice name)
{
	char before = '\0';

	for (size_t i = 0; i < name.len; i++) {
		char c = name.data[i];

		if (c < ' ' || c >= 0x7f || c == '*' || c == '%' || (c == '/' && before == '/'))
			return false;
		before = c;
	}
	return name.len > 1 && name.data[0] == '/' && before != '/';
}

static bool begins_with(const char *name, const char *component)
{
	size_t len = strlen(component);

	return strncasecmp(name, component, len) == 0 && (name[len] == '/' || name[len] == '\0');
}

bool metadata_entry_parse(struct parser *p, const char **out)
{
	struct slice name;
	char *text;

	if (!parse_astring(p, &name))
		return false;
	if (name.len > QUARANTINE_ENTRY_MAX)
		return parse_fail(p, "The name of the entry is too long");
	text = arena_strndup(p->arena, name);
	if (!text)
		return parse_fail(p, "Command too large");
	if (!is_path(name) || !(begins_with(text, "/private") || begins_with(text, "/shared")))
		return parse_fail(p, "No entry can have this name");
	*out = text;
	return true;
}

bool metadata_entry_is_whole(const char *entry)
{
	const char *second = strchr(entry + 1, '/');
	const char *third = second ? strchr(second + 1, '/') : NULL;

	if (!second || !begins_with(second, "/vendor"))
		return second != NULL;
	return third && strchr(third + 1, '/');
}

static bool option_parse(struct parser *p, struct metadata_wish *w)
{
	uint32_t size;

	if (parse_word(p, "MAXSIZE")) {
		if (!parse_space(p) || !parse_number(p, &size))
			return false;
		w->max_size = size;
		return true;
	}
	if (!parse_word(p, "DEPTH") || !parse_space(p))
		return parse_fail(p, "Unknown GETMETADATA option");
	if (parse_word(p, "0"))
		w->depth = METADATA_ENTRY;
	else if (parse_word(p, "1"))
		w->depth = METADATA_CHILDREN;
	else if (parse_word(p, "infinity"))
		w->depth = METADATA_ALL;
	else
		return parse_fail(p, "DEPTH is 0, 1 or infinity");
	return true;
}

bool metadata_options_parse(struct parser *p, struct metadata_wish *w)
{
	if (!parse_char(p, '('))
		return false;
	do {
		if (!option_parse(p, w))
			return false;
	} while (!parse_peek(p, ')') && parse_space(p));
	return parse_char(p, ')');
}

bool metadata_options_ahead(const struct parser *p)
{
	char c = p->at + 1 < p->in.len ? p->in.data[p->at + 1] : '\0';

	return parse_peek(p, '(') && ((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'));
}

bool metadata_entries_parse(struct parser *p, struct metadata_wish *w)
{
	bool listed = parse_peek(p, '(');

	p->at += listed ? 1 : 0;
	do {
		if (w->count == METADATA_WISHES_MAX)
			return parse_fail(p, "Too many entries");
		if (!metadata_entry_parse(p, &w->entries[w->count]))
			return false;
		w->count++;
	} while (!(listed ? parse_peek(p, ')') : parse_at_end(p)) && parse_space(p));
	return listed ? parse_char(p, ')') : parse_at_end(p);
}

bool metadata_wish_matches(const struct metadata_wish *w, const char *entry, const char *name)
{
	size_t len = strlen(entry);

	if (!begins_with(name, entry))
		return false;
	if (name[len] == '\0')
		return true;
	return w->depth == METADATA_ALL || (w->depth == METADATA_CHILDREN && !strchr(name + len + 1, '/'));
}
