/* SPDX-License-Identifier: ISC */
#include "html.h"

#include <stdlib.h>

#include "../base/utf8.h"

enum { ENTITY_MAX = 10, TAG_NAME_MAX = 16 };

struct html {
	struct slice rest;
	struct buf *out;
	struct buf links;
	bool shown; /* only what a reader sees */
};

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* A character reference as text; what is no character becomes U+FFFD. */
static void add_character(uint32_t code, struct buf *out)
{
	bool character = code != 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);

	utf8_encode(character ? code : 0xfffd, out);
}

/* The character of a named entity, 0 when it is not known. Names of U+00A0 to U+00FF lie in their order. */
static uint32_t named_entity(struct slice name)
{
	static const char *const latin[] = {
		"nbsp",   "iexcl",  "cent",   "pound",  "curren", "yen",    "brvbar", "sect",   "uml",
		"copy",   "ordf",   "laquo",  "not",    "shy",    "reg",    "macr",   "deg",    "plusmn",
		"sup2",   "sup3",   "acute",  "micro",  "para",   "middot", "cedil",  "sup1",   "ordm",
		"raquo",  "frac14", "frac12", "frac34", "iquest", "Agrave", "Aacute", "Acirc",  "Atilde",
		"Auml",   "Aring",  "AElig",  "Ccedil", "Egrave", "Eacute", "Ecirc",  "Euml",   "Igrave",
		"Iacute", "Icirc",  "Iuml",   "ETH",    "Ntilde", "Ograve", "Oacute", "Ocirc",  "Otilde",
		"Ouml",   "times",  "Oslash", "Ugrave", "Uacute", "Ucirc",  "Uuml",   "Yacute", "THORN",
		"szlig",  "agrave", "aacute", "acirc",  "atilde", "auml",   "aring",  "aelig",  "ccedil",
		"egrave", "eacute", "ecirc",  "euml",   "igrave", "iacute", "icirc",  "iuml",   "eth",
		"ntilde", "ograve", "oacute", "ocirc",  "otilde", "ouml",   "divide", "oslash", "ugrave",
		"uacute", "ucirc",  "uuml",   "yacute", "thorn",  "yuml",
	};
	static const struct {
		const char *name;
		uint32_t code;
	} others[] = {
		{"amp", '&'},      {"lt", '<'},       {"gt", '>'},        {"quot", '"'},
		{"apos", '\''},    {"ndash", 0x2013}, {"mdash", 0x2014},  {"lsquo", 0x2018},
		{"rsquo", 0x2019}, {"sbquo", 0x201a}, {"ldquo", 0x201c},  {"rdquo", 0x201d},
		{"bdquo", 0x201e}, {"bull", 0x2022},  {"hellip", 0x2026}, {"euro", 0x20ac},
		{"trade", 0x2122}, {"zwnj", 0x200c},  {"zwj", 0x200d},
	};

	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		if (slice_eq(name, slice_str(others[i].name)))
			return others[i].code;
	}
	for (uint32_t i = 0; i < ARRAY_SIZE(latin); i++) {
		if (slice_eq(name, slice_str(latin[i])))
			return 0xa0 + i;
	}
	return 0;
}

/* "#" digits or "#x" hex digits; what is no number gives 0. */
static uint32_t numeric_entity(struct slice name)
{
	char digits[ENTITY_MAX + 1] = {0};
	char *end;

	memcpy(digits, name.data, name.len);
	bool hex = (digits[1] | 0x20) == 'x';
	const char *start = digits + (hex ? 2 : 1);
	if (!is_letter(*start) && !(*start >= '0' && *start <= '9'))
		return 0;
	unsigned long code = strtoul(start, &end, hex ? 16 : 10);
	return *end == '\0' && code <= 0x10ffff ? (uint32_t)code : 0;
}

/* Decodes the entity at the start of s, which is "&…". Returns its length; 0 when it is none. */
static size_t add_entity(struct slice s, struct buf *out)
{
	size_t len = 1;

	while (len < s.len && len <= ENTITY_MAX &&
	       (is_letter(s.data[len]) || s.data[len] == '#' || (s.data[len] >= '0' && s.data[len] <= '9')))
		len++;
	if (len == 1 || len > ENTITY_MAX)
		return 0;
	struct slice name = slice_of(s.data + 1, len - 1);
	uint32_t code = name.data[0] == '#' ? numeric_entity(name) : named_entity(name);
	if (code == 0)
		return 0;
	add_character(code, out);
	return len + (len < s.len && s.data[len] == ';');
}

/* Appends text with its entities decoded. */
static void add_text(struct slice s, struct buf *out)
{
	while (s.len > 0) {
		const char *mark = memchr(s.data, '&', s.len);
		size_t plain = mark ? (size_t)(mark - s.data) : s.len;
		buf_add(out, s.data, plain);
		s = slice_skip(s, plain);
		size_t entity = s.len > 0 ? add_entity(s, out) : 0;
		if (entity == 0 && s.len > 0)
			buf_add_char(out, '&');
		s = slice_skip(s, entity > 0 ? entity : 1);
	}
}

/* Skips to behind `end`, or to the end of the document. */
static void skip_past(struct html *h, struct slice end)
{
	const char *found = h->rest.len > 0 ? memmem(h->rest.data, h->rest.len, end.data, end.len) : NULL;

	h->rest = found ? slice_skip(h->rest, (size_t)(found - h->rest.data) + end.len) : slice_of(NULL, 0);
}

static size_t skip_spaces(struct slice s, size_t i)
{
	while (i < s.len && is_space(s.data[i]))
		i++;
	return i;
}

/* The value that begins at s, in quotes or up to a blank or ">"; *after is the offset behind it. */
static struct slice attribute_value(struct slice s, size_t i, size_t *after)
{
	i = skip_spaces(s, i);
	size_t end = i;

	if (i < s.len && (s.data[i] == '"' || s.data[i] == '\'')) {
		const char *quote = memchr(s.data + i + 1, s.data[i], s.len - i - 1);
		end = quote ? (size_t)(quote - s.data) : s.len;
		*after = end < s.len ? end + 1 : end;
		return slice_of(s.data + i + 1, end - i - 1);
	}
	while (end < s.len && !is_space(s.data[end]) && s.data[end] != '>')
		end++;
	*after = end;
	return slice_of(s.data + i, end - i);
}

static bool is_link(struct slice name)
{
	return slice_ieq(name, SLICE("href")) || slice_ieq(name, SLICE("src")) ||
	       slice_ieq(name, SLICE("action"));
}

/* Skips the attributes of a tag and its ">", and keeps where it points to. */
static void read_attributes(struct html *h)
{
	struct slice s = h->rest;
	size_t i = 0;

	while (i < s.len && s.data[i] != '>') {
		size_t start = i;
		while (i < s.len && !is_space(s.data[i]) && s.data[i] != '=' && s.data[i] != '>')
			i++;
		struct slice name = slice_of(s.data + start, i - start);
		i = skip_spaces(s, i);
		if (i == s.len || s.data[i] != '=')
			continue;
		struct slice value = attribute_value(s, i + 1, &i);
		if (!h->shown && is_link(name)) {
			buf_add_char(&h->links, ' ');
			add_text(value, &h->links);
		}
	}
	h->rest = slice_skip(s, i + 1);
}

/* Elements that do not part two words. */
static bool is_inline(struct slice name)
{
	static const char *const names[] = {"a",      "abbr", "b",    "big", "code",  "em",   "font",
					    "i",      "ins",  "mark", "s",   "small", "span", "strike",
					    "strong", "sub",  "sup",  "tt",  "u",     "wbr"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (slice_ieq(name, slice_str(names[i])))
			return true;
	}
	return false;
}

/* Skips the content of an element that holds no text, and its end tag. */
static void skip_content(struct html *h, struct slice name)
{
	while (h->rest.len > 0) {
		skip_past(h, SLICE("</"));
		if (slice_istarts(h->rest, name)) {
			read_attributes(h);
			return;
		}
	}
}

/* After "<" and a letter or "/". */
static void read_tag(struct html *h)
{
	bool end = h->rest.data[0] == '/';
	struct slice s = slice_skip(h->rest, end);
	size_t len = 0;

	while (len < s.len && len < TAG_NAME_MAX && !is_space(s.data[len]) && s.data[len] != '>' &&
	       s.data[len] != '/')
		len++;
	struct slice name = slice_of(s.data, len);
	h->rest = slice_skip(s, len);
	read_attributes(h);
	if (!is_inline(name))
		buf_add_char(h->out, ' ');
	if (!end && (slice_ieq(name, SLICE("script")) || slice_ieq(name, SLICE("style")) ||
		     (h->shown && slice_ieq(name, SLICE("title")))))
		skip_content(h, name);
}

/* At "<". One that begins no markup is text. */
static void read_markup(struct html *h)
{
	char next = h->rest.len > 1 ? h->rest.data[1] : '\0';
	struct slice markup = h->rest;

	h->rest = slice_skip(h->rest, 1);
	if (slice_starts(markup, SLICE("<!--"))) {
		h->rest = slice_skip(markup, 4);
		skip_past(h, SLICE("-->"));
	} else if (next == '!' || next == '?') {
		skip_past(h, SLICE(">"));
	} else if (is_letter(next) || next == '/') {
		read_tag(h);
	} else {
		buf_add_char(h->out, '<');
	}
}

static void read_all(struct html *h)
{
	while (h->rest.len > 0) {
		const char *mark = memchr(h->rest.data, '<', h->rest.len);
		size_t plain = mark ? (size_t)(mark - h->rest.data) : h->rest.len;
		add_text(slice_of(h->rest.data, plain), h->out);
		h->rest = slice_skip(h->rest, plain);
		if (h->rest.len > 0)
			read_markup(h);
	}
}

void mime_html_shown(struct slice html_utf8, struct buf *out)
{
	struct html h = {.rest = html_utf8, .out = out, .shown = true};

	read_all(&h);
}

void mime_html_text(struct slice html_utf8, struct buf *out)
{
	struct html h = {.rest = html_utf8, .out = out};

	read_all(&h);
	buf_add_slice(out, buf_slice(&h.links));
	buf_finish(&h.links);
}
