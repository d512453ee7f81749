/* SPDX-License-Identifier: ISC */
#include "fetch_att.h"

#include "charclass.h"

/* An item before it is taken apart: its label is built beside it. */
struct building {
	struct parser *p;
	struct fetch_item item;
	struct buf label;
};

/* Names that end in '[' have a section. */
static const struct item_name {
	const char *name;
	const char *label; /* NULL: the name */
	enum fetch_kind kind;
	bool sets_seen;
	enum mime_section_text text;
} item_names[] = {
	{"BINARY.PEEK[", "BINARY[", FETCH_BINARY, false, MIME_SECTION_ALL},
	{"BINARY.SIZE[", NULL, FETCH_BINARY_SIZE, false, MIME_SECTION_ALL},
	{"BINARY[", NULL, FETCH_BINARY, true, MIME_SECTION_ALL},
	{"BODY", NULL, FETCH_BODY, false, MIME_SECTION_ALL},
	{"BODY.PEEK[", "BODY[", FETCH_SECTION, false, MIME_SECTION_ALL},
	{"BODYSTRUCTURE", NULL, FETCH_BODYSTRUCTURE, false, MIME_SECTION_ALL},
	{"BODY[", NULL, FETCH_SECTION, true, MIME_SECTION_ALL},
	{"EMAILID", NULL, FETCH_EMAILID, false, MIME_SECTION_ALL},
	{"ENVELOPE", NULL, FETCH_ENVELOPE, false, MIME_SECTION_ALL},
	{"FLAGS", NULL, FETCH_FLAGS, false, MIME_SECTION_ALL},
	{"INTERNALDATE", NULL, FETCH_INTERNALDATE, false, MIME_SECTION_ALL},
	{"MODSEQ", NULL, FETCH_MODSEQ, false, MIME_SECTION_ALL},
	{"PREVIEW", NULL, FETCH_PREVIEW, false, MIME_SECTION_ALL},
	{"RFC822", NULL, FETCH_SECTION, true, MIME_SECTION_ALL},
	{"RFC822.HEADER", NULL, FETCH_SECTION, false, MIME_SECTION_HEADER},
	{"RFC822.PEEK", "RFC822", FETCH_SECTION, false, MIME_SECTION_ALL},
	{"RFC822.SIZE", NULL, FETCH_SIZE, false, MIME_SECTION_ALL},
	{"RFC822.TEXT", NULL, FETCH_SECTION, true, MIME_SECTION_TEXT},
	{"RFC822.TEXT.PEEK", "RFC822.TEXT", FETCH_SECTION, false, MIME_SECTION_TEXT},
	{"SAVEDATE", NULL, FETCH_SAVEDATE, false, MIME_SECTION_ALL},
	{"THREADID", NULL, FETCH_THREADID, false, MIME_SECTION_ALL},
	{"UID", NULL, FETCH_UID, false, MIME_SECTION_ALL},
};

static bool is_name_char(char c)
{
	return char_is_letter(c) || char_is_digit(c) || c == '.';
}

/* 1*(letter / digit / "."); with a '[' that follows it */
static struct slice take_name(struct parser *p)
{
	size_t start = p->at;

	while (p->at < p->in.len && is_name_char(p->in.data[p->at]))
		p->at++;
	if (parse_peek(p, '['))
		p->at++;
	return slice_of(p->in.data + start, p->at - start);
}

static const struct item_name *find_name(struct slice name)
{
	for (size_t i = 0; i < ARRAY_SIZE(item_names); i++)
		if (slice_ieq(name, slice_str(item_names[i].name)))
			return &item_names[i];
	return NULL;
}

/* section-part = nz-number *("." nz-number); stops behind the dot that section-text may follow */
static bool parse_part(struct building *b)
{
	struct parser *p = b->p;
	size_t depth = 1;

	for (size_t i = p->at; i < p->in.len && (char_is_digit(p->in.data[i]) || p->in.data[i] == '.'); i++)
		depth += p->in.data[i] == '.';
	if (depth > FETCH_DEPTH_MAX)
		return parse_fail(p, "Section too deep");
	b->item.path = arena_alloc(p->arena, depth * sizeof(*b->item.path));
	if (!b->item.path)
		return parse_fail(p, "Command too large");
	for (;;) {
		if (!parse_nz_number(p, &b->item.path[b->item.depth]))
			return parse_fail(p, "Invalid section");
		b->item.depth++;
		if (parse_peek(p, ']'))
			return true;
		if (!parse_char(p, '.'))
			return parse_fail(p, "Invalid section");
		if (p->at < p->in.len && !char_is_digit(p->in.data[p->at]))
			return !parse_peek(p, ']') || parse_fail(p, "Invalid section");
	}
}

/* header-fld-name = astring. Written to the label as it stood, a literal as a quoted string. */
static bool parse_field_name(struct building *b, struct slice *out)
{
	struct parser *p = b->p;
	size_t start = p->at;
	bool literal = parse_peek(p, '{');

	if (!parse_astring(p, out))
		return false;
	for (size_t i = 0; i < out->len; i++)
		if (out->data[i] < 0x20 || out->data[i] > 0x7e)
			return parse_fail(p, "Invalid name of a header field");
	if (!literal) {
		buf_add(&b->label, p->in.data + start, p->at - start);
		return true;
	}
	buf_add_char(&b->label, '"');
	for (size_t i = 0; i < out->len; i++) {
		if (out->data[i] == '"' || out->data[i] == '\\')
			buf_add_char(&b->label, '\\');
		buf_add_char(&b->label, out->data[i]);
	}
	buf_add_char(&b->label, '"');
	return true;
}

static bool add_field_name(struct building *b)
{
	struct fetch_item *item = &b->item;
	size_t n = item->name_count;

	if (n == FETCH_NAMES_MAX)
		return parse_fail(b->p, "Too many header fields");
	if ((n & (n - 1)) == 0) {
		size_t want = n == 0 ? 1 : 2 * n;
		struct slice *grown = arena_grow(b->p->arena, item->names, n, want, sizeof(*grown));

		if (!grown)
			return parse_fail(b->p, "Command too large");
		item->names = grown;
	}
	return parse_field_name(b, &item->names[item->name_count++]);
}

/* header-list = "(" header-fld-name *(SP header-fld-name) ")"; also without the SP in front of it */
static bool parse_field_names(struct building *b)
{
	struct parser *p = b->p;

	if (parse_peek(p, ' '))
		parse_space(p);
	if (!parse_char(p, '('))
		return parse_fail(p, "Expected a list of header fields");
	buf_add_str(&b->label, " (");
	while (add_field_name(b)) {
		if (parse_peek(p, ')')) {
			p->at++;
			buf_add_char(&b->label, ')');
			return true;
		}
		if (!parse_space(p))
			return false;
		buf_add_char(&b->label, ' ');
	}
	return false;
}

/* section-text = "HEADER" / "HEADER.FIELDS" [".NOT"] SP header-list / "TEXT" / "MIME" */
static bool parse_section_text(struct building *b)
{
	struct parser *p = b->p;
	struct fetch_item *item = &b->item;
	size_t start = p->at;
	struct slice name = take_name(p);

	buf_add(&b->label, p->in.data + start, name.len);
	item->text = MIME_SECTION_HEADER;
	if (slice_ieq(name, SLICE("HEADER")))
		return true;
	item->fields_not = slice_ieq(name, SLICE("HEADER.FIELDS.NOT"));
	item->fields = item->fields_not || slice_ieq(name, SLICE("HEADER.FIELDS"));
	if (item->fields)
		return parse_field_names(b);
	item->text = MIME_SECTION_TEXT;
	if (slice_ieq(name, SLICE("TEXT")))
		return true;
	item->text = MIME_SECTION_MIME;
	return (slice_ieq(name, SLICE("MIME")) && item->depth > 0) || parse_fail(p, "Invalid section");
}

/* partial = "<" number64 "." nz-number ">" */
static bool parse_partial(struct building *b)
{
	struct parser *p = b->p;

	if (!parse_peek(p, '<'))
		return true;
	p->at++;
	b->item.partial = true;
	if (!parse_number64(p, &b->item.offset) || !parse_char(p, '.') || !parse_number64(p, &b->item.size) ||
	    b->item.size == 0 || !parse_char(p, '>'))
		return parse_fail(p, "Invalid partial range");
	buf_addf(&b->label, "<%llu>", (unsigned long long)b->item.offset);
	return true;
}

/* section = "[" [section-msgtext / (section-part ["." section-text])] "]"
 * section-binary = "[" [section-part] "]", without partial after BINARY.SIZE (RFC 3516 section 7) */
static bool parse_section(struct building *b)
{
	struct parser *p = b->p;
	size_t start = p->at;
	bool has_text = b->item.kind == FETCH_SECTION;

	if (p->at < p->in.len && char_is_digit(p->in.data[p->at]) && !parse_part(b))
		return false;
	buf_add(&b->label, p->in.data + start, p->at - start);
	if (has_text && !parse_peek(p, ']') && !parse_section_text(b))
		return false;
	if (!parse_char(p, ']'))
		return parse_fail(p, "Invalid section");
	buf_add_char(&b->label, ']');
	return b->item.kind == FETCH_BINARY_SIZE || parse_partial(b);
}

/* [SP "(" preview-mod *(SP preview-mod) ")"], preview-mod = "LAZY". A FETCH modifier may stand there as well.
 */
static bool parse_preview_mods(struct parser *p)
{
	if (!slice_istarts(slice_skip(p->in, p->at), SLICE(" (LAZY")))
		return true;
	p->at += 2;
	do {
		if (!parse_word(p, "LAZY"))
			return parse_fail(p, "Unknown modifier of PREVIEW");
	} while (parse_peek(p, ' ') && parse_space(p));
	return parse_char(p, ')');
}

static bool parse_item_into(struct building *b)
{
	const struct item_name *known = find_name(take_name(b->p));

	if (!known)
		return parse_fail(b->p, "Unknown FETCH item");
	b->item.kind = known->kind;
	b->item.sets_seen = known->sets_seen;
	b->item.text = known->text;
	buf_add_str(&b->label, known->label ? known->label : known->name);
	if (known->name[strlen(known->name) - 1] == '[')
		return parse_section(b);
	return known->kind != FETCH_PREVIEW || parse_preview_mods(b->p);
}

static bool parse_item(struct parser *p, struct fetch_items *out)
{
	struct building b = {.p = p};
	const char *label = NULL;
	bool ok = parse_item_into(&b);

	if (ok) {
		label = b.label.failed ? NULL : arena_strndup(p->arena, buf_slice(&b.label));
		ok = label || parse_fail(p, "Command too large");
	}
	if (ok) {
		b.item.label = slice_str(label);
		out->list[out->count++] = b.item;
	}
	buf_finish(&b.label);
	return ok;
}

/* "(" fetch-att *(SP fetch-att) ")" */
static bool parse_list(struct parser *p, struct fetch_items *out)
{
	p->at++;
	while (out->count < FETCH_ITEMS_MAX && parse_item(p, out)) {
		if (parse_peek(p, ')')) {
			p->at++;
			return true;
		}
		if (!parse_space(p))
			return false;
	}
	return out->count < FETCH_ITEMS_MAX ? false : parse_fail(p, "Too many FETCH items");
}

/* "ALL" / "FULL" / "FAST" / fetch-att */
static bool parse_single(struct parser *p, struct fetch_items *out)
{
	static const struct {
		const char *name;
		const char *items;
	} macros[] = {
		{"ALL", "(FLAGS INTERNALDATE RFC822.SIZE ENVELOPE)"},
		{"FAST", "(FLAGS INTERNALDATE RFC822.SIZE)"},
		{"FULL", "(FLAGS INTERNALDATE RFC822.SIZE ENVELOPE BODY)"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(macros); i++) {
		struct parser items = {.in = slice_str(macros[i].items), .arena = p->arena};

		if (parse_word(p, macros[i].name))
			return parse_list(&items, out) || parse_fail(p, items.error);
	}
	return parse_item(p, out);
}

bool fetch_items_parse(struct parser *p, struct fetch_items *out)
{
	struct fetch_items items = {arena_alloc(p->arena, FETCH_ITEMS_MAX * sizeof(*items.list)), 0};
	bool ok;

	if (!items.list)
		return parse_fail(p, "Command too large");
	if (parse_peek(p, '('))
		ok = parse_list(p, &items);
	else
		ok = parse_single(p, &items);
	if (ok)
		*out = items;
	return ok;
}
