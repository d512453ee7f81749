/* SPDX-License-Identifier: ISC */
#include "parse.h"

#include "../../store/base/mutf7.h"
#include "../../store/base/utf8.h"
#include "../../store/include/quarantine.h"
#include "../../store/mime/charset.h"
#include "charclass.h"

bool parse_fail(struct parser *p, const char *error)
{
	p->error = error;
	return false;
}

static struct slice rest(const struct parser *p)
{
	return slice_skip(p->in, p->at);
}

bool parse_peek(const struct parser *p, char c)
{
	return p->at < p->in.len && p->in.data[p->at] == c;
}

bool parse_char(struct parser *p, char c)
{
	if (!parse_peek(p, c))
		return parse_fail(p, "Unexpected character");
	p->at++;
	return true;
}

bool parse_space(struct parser *p)
{
	if (!parse_peek(p, ' '))
		return parse_fail(p, "Expected a space");
	while (parse_peek(p, ' '))
		p->at++;
	return true;
}

bool parse_at_end(const struct parser *p)
{
	struct slice s = rest(p);

	while (s.len > 0 && s.data[0] == ' ')
		s = slice_skip(s, 1);
	return slice_eq(s, SLICE("\r\n")) || slice_eq(s, SLICE("\n"));
}

bool parse_end(struct parser *p)
{
	if (!parse_at_end(p))
		return parse_fail(p, "Unexpected argument at the end");
	p->at = p->in.len;
	return true;
}

bool parse_word(struct parser *p, const char *word)
{
	struct slice s = rest(p), w = slice_str(word);

	if (!slice_istarts(s, w) || (s.len > w.len && char_is_atom(s.data[w.len])))
		return parse_fail(p, "Unexpected word");
	p->at += w.len;
	return true;
}

/* 1*<character of a class> */
static bool span(struct parser *p, bool (*in_class)(char), const char *error, struct slice *out)
{
	size_t start = p->at;

	while (p->at < p->in.len && in_class(p->in.data[p->at]))
		p->at++;
	if (p->at == start)
		return parse_fail(p, error);
	*out = slice_of(p->in.data + start, p->at - start);
	return true;
}

/* tag = 1*<any ASTRING-CHAR except "+"> */
bool parse_tag(struct parser *p, struct slice *out)
{
	struct slice tag;

	if (!span(p, char_is_tag, "Expected a tag", &tag))
		return false;
	if (tag.len > PARSE_TAG_MAX)
		return parse_fail(p, "Tag too long");
	*out = tag;
	return true;
}

/* atom = 1*ATOM-CHAR */
bool parse_atom(struct parser *p, struct slice *out)
{
	return span(p, char_is_atom, "Expected an atom", out);
}

/* QUOTED-CHAR = <any TEXT-CHAR except quoted-specials> / "\" quoted-specials. Finds the closing quote. */
static bool quoted_length(struct parser *p, size_t *len, size_t *escapes)
{
	size_t at = p->at;

	for (*escapes = 0; at < p->in.len && p->in.data[at] != '"'; at++) {
		char c = p->in.data[at];

		if (c == '\0' || c == '\r' || c == '\n')
			return parse_fail(p, "Line end or NUL in a quoted string");
		if (c != '\\')
			continue;
		at++;
		if (at == p->in.len || (p->in.data[at] != '"' && p->in.data[at] != '\\'))
			return parse_fail(p, "Only a quote and a backslash are escaped in a quoted string");
		++*escapes;
	}
	if (at == p->in.len)
		return parse_fail(p, "Quoted string without its end");
	*len = at - p->at;
	return true;
}

/* quoted = DQUOTE *QUOTED-CHAR DQUOTE */
static bool parse_quoted(struct parser *p, struct slice *out)
{
	size_t len, escapes, used = 0;
	const char *raw;
	char *text;

	p->at++;
	if (!quoted_length(p, &len, &escapes))
		return false;
	raw = p->in.data + p->at;
	p->at += len + 1;
	*out = slice_of(raw, len);
	if (p->utf8 && !utf8_valid(*out))
		return parse_fail(p, "Invalid UTF-8 in a quoted string");
	if (escapes == 0)
		return true;
	text = arena_alloc(p->arena, len);
	if (!text)
		return parse_fail(p, "Command too large");
	for (size_t i = 0; i < len; i++) {
		if (raw[i] == '\\')
			i++;
		text[used++] = raw[i];
	}
	*out = slice_of(text, used);
	return true;
}

/* literal = "{" number ["+"] "}" CRLF *CHAR8, literal8 = "~" literal of any octets */
static bool parse_literal(struct parser *p, struct slice *out)
{
	bool binary = parse_peek(p, '~');
	uint64_t n;

	p->at += binary ? 1 : 0;
	if (!parse_char(p, '{') || !parse_number64(p, &n))
		return parse_fail(p, "Expected a literal");
	p->at += parse_peek(p, '+') ? 1 : 0;
	if (!parse_char(p, '}'))
		return parse_fail(p, "Expected a literal");
	p->at += parse_peek(p, '\r') ? 1 : 0;
	if (!parse_char(p, '\n') || n > p->in.len - p->at)
		return parse_fail(p, "Literal without its bytes");
	if (!binary && n > 0 && memchr(p->in.data + p->at, '\0', (size_t)n))
		return parse_fail(p, "NUL in a literal");
	*out = slice_of(p->in.data + p->at, (size_t)n);
	p->at += (size_t)n;
	return true;
}

/* string = quoted / literal */
bool parse_string(struct parser *p, struct slice *out)
{
	if (parse_peek(p, '"'))
		return parse_quoted(p, out);
	if (parse_peek(p, '{') || parse_peek(p, '~'))
		return parse_literal(p, out);
	return parse_fail(p, "Expected a string");
}

static bool string_or_span(struct parser *p, bool (*in_class)(char), struct slice *out)
{
	if (parse_peek(p, '"') || parse_peek(p, '{'))
		return parse_string(p, out);
	return span(p, in_class, "Expected a string", out);
}

/* astring = 1*ASTRING-CHAR / string */
bool parse_astring(struct parser *p, struct slice *out)
{
	return string_or_span(p, char_is_astring, out);
}

/* list-mailbox = 1*list-char / string */
bool parse_list_mailbox(struct parser *p, struct slice *out)
{
	return string_or_span(p, char_is_list, out);
}

/* nstring = string / nil */
bool parse_nstring(struct parser *p, struct slice *out)
{
	if (!parse_word(p, "NIL"))
		return parse_string(p, out);
	*out = slice_of(NULL, 0);
	return true;
}

/* number = 1*DIGIT, up to max */
static bool parse_digits(struct parser *p, uint64_t max, uint64_t *out)
{
	size_t start = p->at;
	uint64_t n = 0;

	for (; p->at < p->in.len && char_is_digit(p->in.data[p->at]); p->at++) {
		uint64_t digit = (uint64_t)(p->in.data[p->at] - '0');

		if (n > (max - digit) / 10)
			return parse_fail(p, "Number too large");
		n = n * 10 + digit;
	}
	if (p->at == start)
		return parse_fail(p, "Expected a number");
	*out = n;
	return true;
}

bool parse_number64(struct parser *p, uint64_t *out)
{
	return parse_digits(p, INT64_MAX, out);
}

bool parse_number(struct parser *p, uint32_t *out)
{
	uint64_t n;

	if (!parse_digits(p, UINT32_MAX, &n))
		return false;
	*out = (uint32_t)n;
	return true;
}

/* nz-number = digit-nz *DIGIT; zeros in front are taken */
bool parse_nz_number(struct parser *p, uint32_t *out)
{
	uint32_t n;

	if (!parse_number(p, &n))
		return false;
	if (n == 0)
		return parse_fail(p, "Zero is no number here");
	*out = n;
	return true;
}

bool parse_mailbox_text(const struct parser *p, struct slice sent, struct buf *utf8)
{
	bool ascii = true;

	for (size_t i = 0; i < sent.len; i++)
		ascii &= (unsigned char)sent.data[i] < 0x80;
	if (ascii && !p->utf8)
		return mutf7_decode(sent, utf8);
	buf_add_slice(utf8, sent);
	return utf8_valid(sent) && !(sent.len > 0 && memchr(sent.data, '\0', sent.len));
}

/* mailbox = "INBOX" / astring */
bool parse_new_mailbox(struct parser *p, struct slice *out, bool *valid)
{
	struct slice sent;
	struct buf name = {0};
	char *kept = NULL;

	if (!parse_astring(p, &sent))
		return false;
	*valid = true;
	if (slice_ieq(sent, SLICE("INBOX"))) {
		buf_add_str(&name, "INBOX");
	} else if (!parse_mailbox_text(p, sent, &name)) {
		*valid = false;
		buf_reset(&name);
		mime_clean_utf8(sent, &name);
	}
	if (!name.failed)
		kept = arena_strndup(p->arena, buf_slice(&name));
	if (kept)
		*out = slice_of(kept, name.len);
	buf_finish(&name);
	return kept || parse_fail(p, "Command too large");
}

bool parse_mailbox(struct parser *p, struct slice *out)
{
	bool valid;

	return parse_new_mailbox(p, out, &valid);
}

/* [entry-name SP ("priv" / "shared" / "all") SP] mod-sequence-valzer. Each message has one modseq, so the
 * entry is not looked at (RFC 7162 section 3.1.5). */
bool parse_modseq(struct parser *p, uint64_t *out)
{
	struct slice entry;

	if (!parse_peek(p, '"'))
		return parse_number64(p, out);
	if (!parse_string(p, &entry) || !parse_space(p))
		return false;
	if (!slice_istarts(entry, SLICE("/flags/")) ||
	    !(parse_word(p, "all") || parse_word(p, "priv") || parse_word(p, "shared")))
		return parse_fail(p, "Expected the entry of a flag");
	return parse_space(p) && parse_number64(p, out);
}
