/* SPDX-License-Identifier: ISC */
#include "facts_take.h"

static const struct slice NONE = {NULL, 0};

static struct slice known(struct slice text)
{
	text = slice_trim(text);
	return text.len == 0 || slice_ieq(text, SLICE("unknown")) ? NONE : text;
}

/* What comes before the first of `stops`. */
static struct slice until(struct slice text, const char *stops)
{
	size_t len = 0;

	while (len < text.len && !strchr(stops, text.data[len]))
		len++;
	return slice_of(text.data, len);
}

/* What follows the first `needle`, without regard to case; NONE when there is none. */
static struct slice after(struct slice text, struct slice needle)
{
	for (; text.len >= needle.len; text = slice_skip(text, 1)) {
		if (slice_istarts(text, needle))
			return text.len > needle.len ? slice_skip(text, needle.len) : slice_of("", 0);
	}
	return NONE;
}

/* What comes before the first `needle`, or all. */
static struct slice before(struct slice text, struct slice needle)
{
	struct slice rest = after(text, needle);

	return rest.data ? slice_of(text.data, text.len - rest.len - needle.len) : text;
}

struct slice facts_take_text(struct slice value)
{
	return known(value);
}

struct slice facts_take_word(struct slice value)
{
	return known(until(value, " \t,;"));
}

/* The word is kept as the filter spelt it but for case: NONE keeps other programs' "X-…-Class" out. */
struct slice facts_take_class(struct slice value)
{
	static const char *const classes[] = {
		"spam",       "phish",      "virus",        "blacklisted", "whitelisted", "locked",
		"oversize",   "deferred",   "unsure",       "unknown",     "ham",         "not-spam",
		"block list", "allow list", "not-filtered", "error",
	};

	for (size_t i = 0; i < ARRAY_SIZE(classes); i++) {
		if (slice_ieq(value, slice_str(classes[i])))
			return slice_str(classes[i]);
	}
	return NONE;
}

struct slice facts_take_yes(struct slice value)
{
	return slice_ieq(until(value, " \t,;"), SLICE("yes")) ? SLICE("spam") : NONE;
}

/* SpamAssassin folds after a comma, so blanks may stand inside the list; the next word has a "=". */
struct slice facts_take_tests(struct slice value)
{
	struct slice tests = after(value, SLICE("tests="));

	for (size_t i = 0; i < tests.len; i++) {
		if (tests.data[i] == ' ' && i > 0 && tests.data[i - 1] != ',') {
			tests.len = i;
			break;
		}
	}
	tests = known(tests);
	return slice_ieq(tests, SLICE("none")) ? NONE : tests;
}

struct slice facts_take_number(struct slice value)
{
	struct slice number = until(value, " \t,;/");
	size_t digits = 0;

	for (size_t i = 0; i < number.len; i++) {
		if (number.data[i] >= '0' && number.data[i] <= '9')
			digits++;
		else if (!strchr("+-.", number.data[i]) || number.data[i] == '\0')
			return NONE;
	}
	return digits > 0 && digits < 40 ? number : NONE;
}

struct slice facts_take_score(struct slice value)
{
	return facts_take_number(after(value, SLICE("score=")));
}

struct slice facts_take_bracketed(struct slice value)
{
	struct slice inside = after(value, SLICE("["));

	return known(until(inside.data ? inside : value, " \t,;/]"));
}

struct slice facts_take_path(struct slice value)
{
	struct slice inside = after(value, SLICE("<"));

	if (inside.data)
		return slice_trim(until(inside, ">"));
	return facts_take_word(value);
}

/* "smtp.auth=@domain" is authentication as the domain itself: there is no user. */
struct slice facts_take_smtp_auth(struct slice value)
{
	struct slice user = facts_take_word(after(value, SLICE("smtp.auth=")));

	return user.len > 0 && user.data[0] != '@' ? user : NONE;
}

struct slice facts_take_smtp_auth_domain(struct slice value)
{
	struct slice user = facts_take_word(after(value, SLICE("smtp.auth=")));
	struct slice domain = NONE;

	for (struct slice rest = after(user, SLICE("@")); rest.data; rest = after(rest, SLICE("@")))
		domain = rest;
	return known(domain);
}

struct slice facts_take_authenticated_sender(struct slice value)
{
	return known(until(after(value, SLICE("(Authenticated sender:")), ")"));
}

struct slice facts_take_authenticated_id(struct slice value)
{
	return known(until(slice_trim(after(value, SLICE("authenticated_id:"))), " \t/"));
}

struct slice facts_take_after_host(struct slice value)
{
	struct slice host = until(value, ": \t");

	return facts_take_word(host.len < value.len && value.data[host.len] == ':'
				       ? slice_trim(slice_skip(value, host.len + 1))
				       : value);
}

struct slice facts_take_php_script(struct slice value)
{
	return known(before(value, SLICE(" for ")));
}

struct slice facts_take_php_filename(struct slice value)
{
	return known(before(value, SLICE(" REMOTE_ADDR:")));
}

/* The id clause comes last before the date, or before "for"; a comment may hold another " id ". */
struct slice facts_take_received_id(struct slice value)
{
	struct slice rest = after(value, SLICE(" by "));

	rest = after(rest, SLICE(" id "));
	return facts_take_word(slice_trim(until(rest, ";")));
}
