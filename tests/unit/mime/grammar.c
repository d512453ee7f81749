/* SPDX-License-Identifier: ISC */
#include "grammar.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { TEXT_MAX = 64, DEPTH_MAX = 21 };

static void fail(struct grammar *g, const char *error)
{
	if (!g->error)
		g->error = error;
	g->at = g->end;
}

static char peek(const struct grammar *g)
{
	return g->at < g->end ? *g->at : '\0';
}

static void expect(struct grammar *g, char c, const char *error)
{
	if (g->at < g->end && *g->at == c)
		g->at++;
	else
		fail(g, error);
}

static void space(struct grammar *g)
{
	expect(g, ' ', "no space");
}

/* number: digits, no needless zero in front */
static size_t number(struct grammar *g)
{
	const char *start = g->at;
	size_t n = 0;

	while (g->at < g->end && *g->at >= '0' && *g->at <= '9') {
		if (n > (size_t)1 << 59)
			fail(g, "number too large");
		else
			n = n * 10 + (size_t)(*g->at++ - '0');
	}
	if (g->at == start || (*start == '0' && g->at > start + 1))
		fail(g, "bad number");
	return n;
}

static void put(char text[TEXT_MAX], size_t *len, char c)
{
	if (*len < TEXT_MAX - 1)
		text[(*len)++] = c;
}

/* quoted: DQUOTE *QUOTED-CHAR DQUOTE */
static void quoted(struct grammar *g, char text[TEXT_MAX])
{
	size_t len = 0;

	g->at++;
	while (g->at < g->end && *g->at != '"') {
		unsigned char c = (unsigned char)*g->at++;
		if (c == '\\') {
			c = (unsigned char)peek(g);
			if (c != '"' && c != '\\')
				fail(g, "bad escape");
			else
				g->at++;
		}
		if (c == '\0' || c == '\r' || c == '\n' || c > 0x7f)
			fail(g, "character not allowed in a quoted string");
		put(text, &len, (char)c);
	}
	text[len] = '\0';
	expect(g, '"', "open quote");
}

/* literal: "{" number "}" CRLF *CHAR8 */
static void literal(struct grammar *g, char text[TEXT_MAX])
{
	size_t len = 0;

	g->at++;
	size_t size = number(g);
	expect(g, '}', "bad literal");
	expect(g, '\r', "bad literal");
	expect(g, '\n', "bad literal");
	if (g->error || size > (size_t)(g->end - g->at)) {
		fail(g, "literal too long");
		return;
	}
	for (size_t i = 0; i < size; i++) {
		if (g->at[i] == '\0')
			fail(g, "NUL in a literal");
		else
			put(text, &len, g->at[i]);
		if (g->error)
			return;
	}
	text[len] = '\0';
	g->at += size;
}

static void string(struct grammar *g, char text[TEXT_MAX])
{
	text[0] = '\0';
	if (peek(g) == '"')
		quoted(g, text);
	else if (peek(g) == '{')
		literal(g, text);
	else
		fail(g, "no string");
}

static bool nil(struct grammar *g)
{
	if (g->end - g->at < 3 || memcmp(g->at, "NIL", 3) != 0)
		return false;
	g->at += 3;
	return true;
}

/* False for NIL. */
static bool nstring(struct grammar *g)
{
	char text[TEXT_MAX];

	if (nil(g))
		return false;
	string(g, text);
	return true;
}

/* address: "(" addr-name SP addr-adl SP addr-mailbox SP addr-host ")"; in_group follows the markers */
static void address(struct grammar *g, bool *in_group)
{
	expect(g, '(', "no address");
	bool name = nstring(g);
	space(g);
	bool route = nstring(g);
	space(g);
	bool mailbox = nstring(g);
	space(g);
	bool host = nstring(g);
	expect(g, ')', "open address");
	if (host && !mailbox)
		fail(g, "host without mailbox");
	if (!host) {
		if (name || route)
			fail(g, "group marker with a name or route");
		if (mailbox == *in_group)
			fail(g, "groups do not balance");
		*in_group = mailbox;
	}
}

/* env-from and so on: "(" 1*address ")" / nil */
static void addresses(struct grammar *g)
{
	bool in_group = false;
	size_t count = 0;

	if (nil(g))
		return;
	expect(g, '(', "no address list");
	do {
		address(g, &in_group);
		count++;
	} while (!g->error && peek(g) == '(');
	expect(g, ')', "open address list");
	if (in_group)
		fail(g, "open group");
	if (count > g->addresses)
		g->addresses = count;
}

static void envelope(struct grammar *g)
{
	expect(g, '(', "no envelope");
	nstring(g);
	space(g);
	nstring(g);
	for (int i = 0; i < 6; i++) {
		space(g);
		addresses(g);
	}
	space(g);
	nstring(g);
	space(g);
	nstring(g);
	expect(g, ')', "open envelope");
}

/* body-fld-param: "(" string SP string *(SP string SP string) ")" / nil */
static void parameters(struct grammar *g)
{
	char text[TEXT_MAX];

	if (nil(g))
		return;
	expect(g, '(', "no parameters");
	string(g, text);
	space(g);
	string(g, text);
	while (!g->error && peek(g) == ' ') {
		space(g);
		string(g, text);
		space(g);
		string(g, text);
	}
	expect(g, ')', "open parameters");
}

/* body-fld-dsp: "(" string SP body-fld-param ")" / nil */
static void disposition(struct grammar *g)
{
	char text[TEXT_MAX];

	if (nil(g))
		return;
	expect(g, '(', "no disposition");
	string(g, text);
	space(g);
	parameters(g);
	expect(g, ')', "open disposition");
}

/* body-fld-lang: nstring / "(" string *(SP string) ")" */
static void languages(struct grammar *g)
{
	char text[TEXT_MAX];

	if (peek(g) != '(') {
		nstring(g);
		return;
	}
	g->at++;
	string(g, text);
	while (!g->error && peek(g) == ' ') {
		space(g);
		string(g, text);
	}
	expect(g, ')', "open languages");
}

/* SP body-fld-dsp SP body-fld-lang SP body-fld-loc, all of which we send */
static void extension(struct grammar *g)
{
	space(g);
	disposition(g);
	space(g);
	languages(g);
	space(g);
	nstring(g);
}

static void body(struct grammar *g, bool extended);

/* body-type-mpart: 1*body SP media-subtype [SP body-ext-mpart] */
static void multipart(struct grammar *g, bool extended)
{
	char text[TEXT_MAX];

	while (!g->error && peek(g) == '(')
		body(g, extended);
	space(g);
	string(g, text);
	if (extended) {
		space(g);
		parameters(g);
		extension(g);
	}
}

/* body-type-1part: (body-type-basic / body-type-msg / body-type-text) [SP body-ext-1part] */
static void single(struct grammar *g, bool extended)
{
	char type[TEXT_MAX], subtype[TEXT_MAX], encoding[TEXT_MAX];

	string(g, type);
	space(g);
	string(g, subtype);
	if (type[0] == '\0' || subtype[0] == '\0' || strcasecmp(type, "multipart") == 0)
		fail(g, "a type that no single part has");
	space(g);
	parameters(g);
	space(g);
	nstring(g);
	space(g);
	nstring(g);
	space(g);
	string(g, encoding);
	space(g);
	number(g);
	bool message = strcasecmp(type, "message") == 0 && strcasecmp(subtype, "rfc822") == 0;
	if (message) {
		space(g);
		envelope(g);
		space(g);
		body(g, extended);
	}
	if (message || strcasecmp(type, "text") == 0) {
		space(g);
		number(g);
	}
	if (extended) {
		space(g);
		nstring(g);
		extension(g);
	}
}

static void body(struct grammar *g, bool extended)
{
	g->parts++;
	if (++g->depth > DEPTH_MAX)
		fail(g, "too deep");
	expect(g, '(', "no body");
	if (peek(g) == '(')
		multipart(g, extended);
	else
		single(g, extended);
	expect(g, ')', "open body");
	g->depth--;
}

static bool ends(struct grammar *g)
{
	if (g->at != g->end)
		fail(g, "more than was expected");
	return !g->error;
}

bool grammar_envelope(struct grammar *g, const char *bytes, size_t len)
{
	*g = (struct grammar){.start = bytes, .at = bytes, .end = bytes + len};
	envelope(g);
	return ends(g);
}

bool grammar_body(struct grammar *g, const char *bytes, size_t len, bool extended)
{
	*g = (struct grammar){.start = bytes, .at = bytes, .end = bytes + len};
	body(g, extended);
	return ends(g);
}
