/* SPDX-License-Identifier: ISC */
#include "columns.h"

#include <stdlib.h>

#include "../../store/mime/header.h"
#include "../../store/mime/word.h"
#include "extract.h"

const char COLUMNS_TITLES[] = "#,From,To,Reply-To,Qmail UID,Invoked for,IP/Username,Evidence,PHP script,"
			      "Auth.sender,Auth-User,Auth-Email";

enum {
	OCCURRENCES_MAX = 100, /* fields of one name that are looked at */
	BRANDS_MAX = 16,
	CELL_MAX = 64 * 1024,
};

/* Which of several fields of a name counts. What a filter or a mail server appends stands below what the
 * sender wrote, what it prepends stands above; the first that holds something counts. */
enum order {
	TOP_DOWN,
	BOTTOM_UP,
	TOP_ONLY,
	QMAIL_ORIGIN, /* see qmail_origin() */
};

enum sets { BOTH, INCOMING, OUTGOING };

struct source {
	const char *name; /* of the field, compared without regard to case; * stands for a brand */
	enum order order;
	extract_fn *extract;
	enum sets set;
	bool join; /* says more about what the source before found: both are taken */
};

static const struct source FROM[] = {{"From", TOP_DOWN, extract_all}};
static const struct source TO[] = {
	{"To", TOP_DOWN, extract_all},           {"X-Envelope-To", BOTTOM_UP, extract_all},
	{"Envelope-To", BOTTOM_UP, extract_all}, {"X-Original-To", BOTTOM_UP, extract_all},
	{"Delivered-To", TOP_DOWN, extract_all},
};
static const struct source REPLY_TO[] = {{"Reply-To", TOP_DOWN, extract_all}};
static const struct source QMAIL_UID[] = {{"Received", QMAIL_ORIGIN, extract_qmail_uid}};
static const struct source INVOKED_FOR[] = {{"Received", QMAIL_ORIGIN, extract_invoked_for}};
static const struct source IP_USERNAME[] = {
	{"X-*-Username", BOTTOM_UP, extract_all},
	{"Authentication-Results", BOTTOM_UP, extract_smtp_auth},
	{"X-Originating-IP", BOTTOM_UP, extract_address_in_brackets},
	{"Received", TOP_ONLY, extract_client_address},
};
static const struct source EVIDENCE[] = {
	{"X-*-Outgoing-Evidence", BOTTOM_UP, extract_all, OUTGOING},
	{"X-*-Evidence", BOTTOM_UP, extract_all, INCOMING},
	{"X-Spamd-Result", BOTTOM_UP, extract_all}, /* rspamd */
	{"X-Spam-Status", BOTTOM_UP, extract_all},  /* SpamAssassin, amavis */
	{"X-Spam-Report", BOTTOM_UP, extract_all},
};
static const struct source PHP_SCRIPT[] = {
	{"X-PHP-Script", TOP_DOWN, extract_php_script},
	{"X-PHP-Originating-Script", TOP_DOWN, extract_all, BOTH, true},
	{"X-PHP-Filename", TOP_DOWN, extract_all},
	{"X-Source-Args", BOTTOM_UP, extract_all},
	{"X-Source-Dir", BOTTOM_UP, extract_all, BOTH, true},
};
static const struct source AUTH_SENDER[] = {
	{"Received", TOP_DOWN, extract_authenticated_sender},
	{"X-Authenticated-Sender", BOTTOM_UP, extract_after_host},
};
static const struct source AUTH_USER[] = {
	{"X-AuthUser", BOTTOM_UP, extract_all},
	{"X-Auth-User", BOTTOM_UP, extract_before_comma},
	{"X-Authenticated-User", BOTTOM_UP, extract_all},
	{"X-SmarterMail-Authenticated-As", BOTTOM_UP, extract_all},
	{"X-SmarterMail-Auth", BOTTOM_UP, extract_all},
	{"X-Authenticated-Id", BOTTOM_UP, extract_all},
	{"X-Auth", BOTTOM_UP, extract_all},
	{"X-Auth-ID", BOTTOM_UP, extract_all},
	{"X-Authinfo", BOTTOM_UP, extract_authinfo},
	{"X-Authed-Username", BOTTOM_UP, extract_base64},
};
static const struct source AUTH_EMAIL[] = {
	{"X-Auth-Email", BOTTOM_UP, extract_all},
	{"X-Get-Message-Sender-Via", BOTTOM_UP, extract_authenticated_id},
	{"X-Source-Auth", BOTTOM_UP, extract_email},
	{"X-AuthUser", BOTTOM_UP, extract_email},
	{"X-Sender", BOTTOM_UP, extract_email},
	{"X-Sender-Id", BOTTOM_UP, extract_email_behind_bars},
};

/* In the order of enum column. */
static const struct {
	const struct source *sources;
	size_t count;
} COLUMNS[COLUMN_COUNT] = {
	{FROM, ARRAY_SIZE(FROM)},
	{TO, ARRAY_SIZE(TO)},
	{REPLY_TO, ARRAY_SIZE(REPLY_TO)},
	{QMAIL_UID, ARRAY_SIZE(QMAIL_UID)},
	{INVOKED_FOR, ARRAY_SIZE(INVOKED_FOR)},
	{IP_USERNAME, ARRAY_SIZE(IP_USERNAME)},
	{EVIDENCE, ARRAY_SIZE(EVIDENCE)},
	{PHP_SCRIPT, ARRAY_SIZE(PHP_SCRIPT)},
	{AUTH_SENDER, ARRAY_SIZE(AUTH_SENDER)},
	{AUTH_USER, ARRAY_SIZE(AUTH_USER)},
	{AUTH_EMAIL, ARRAY_SIZE(AUTH_EMAIL)},
};

struct header {
	struct mime_field *fields;
	size_t count;
	struct slice brands[BRANDS_MAX]; /* of filters that the message passed, the lowest first */
	size_t brand_count;
};

/* Whether `name` is "X-<brand><suffix>" with a brand, which is not "…-Outgoing". */
static bool split_brand(struct slice name, struct slice suffix, struct slice *brand)
{
	static const struct slice x = {"X-", 2}, outgoing = {"-Outgoing", 9};
	if (name.len <= x.len + suffix.len || !slice_istarts(name, x) ||
	    !slice_ieq(slice_skip(name, name.len - suffix.len), suffix))
		return false;
	*brand = slice_of(name.data + x.len, name.len - x.len - suffix.len);
	return brand->len < outgoing.len ||
	       !slice_ieq(slice_skip(*brand, brand->len - outgoing.len), outgoing);
}

static bool is_brand(const struct header *h, struct slice brand)
{
	for (size_t i = 0; i < h->brand_count; i++)
		if (slice_ieq(h->brands[i], brand))
			return true;
	return false;
}

/* A brand is what has one of these fields: this keeps X-Authed-Username and its like apart. */
static void find_brands(struct header *h)
{
	static const char *const fields[] = {"-Outgoing-Class", "-Outgoing-Evidence", "-Class", "-Evidence",
					     "-Domain"};
	for (size_t i = h->count; i-- > 0;)
		for (size_t k = 0; k < ARRAY_SIZE(fields); k++) {
			struct slice brand;
			if (h->brand_count < BRANDS_MAX &&
			    split_brand(h->fields[i].name, slice_str(fields[k]), &brand) &&
			    !is_brand(h, brand))
				h->brands[h->brand_count++] = brand;
		}
}

/* On lack of memory: what fitted. */
static struct header read_fields(struct slice block)
{
	struct header h = {0};
	struct mime_fields walk = {.block = slice_of(block.data, mime_header_length(block))};
	struct mime_field field;
	size_t room = 0;
	while (mime_fields_next(&walk, &field)) {
		if (h.count == room) {
			room = room > 0 ? 2 * room : 64;
			struct mime_field *grown = reallocarray(h.fields, room, sizeof(*grown));
			if (!grown)
				break;
			h.fields = grown;
		}
		h.fields[h.count++] = field;
	}
	find_brands(&h);
	return h;
}

/* A value as people read it: decoded, on one line, each run of blanks one blank. */
static void read_value(struct slice value, struct buf *text)
{
	buf_reset(text);
	mime_decode_words(value, text);
	size_t len = 0;
	for (size_t i = 0; i < text->len; i++) {
		char c = text->data[i];
		bool blank = c == ' ' || c == '\t' || c == '\r' || c == '\n';
		if (!blank)
			text->data[len++] = c;
		else if (len > 0 && text->data[len - 1] != ' ')
			text->data[len++] = ' ';
	}
	text->len = len > 0 && text->data[len - 1] == ' ' ? len - 1 : len;
}

static bool name_matches(const struct header *h, const struct source *source, struct slice name)
{
	struct slice pattern = slice_str(source->name), brand;
	if (!slice_starts(pattern, SLICE("X-*")))
		return slice_ieq(name, pattern);
	return split_brand(name, slice_skip(pattern, 3), &brand) && is_brand(h, brand);
}

/* Where a message came into the qmail host that we got it from: the lowest qmail line above the hop from
 * another host. Lines below that hop are another host's, or forged. */
static size_t qmail_origin(const struct header *h, struct buf *text)
{
	size_t found = h->count;
	for (size_t i = 0; i < h->count; i++) {
		if (!slice_ieq(h->fields[i].name, SLICE("Received")))
			continue;
		read_value(h->fields[i].value, text);
		if (extract_is_qmail(buf_slice(text)))
			found = i;
		else if (found < h->count && extract_is_remote_hop(buf_slice(text)))
			break;
	}
	return found;
}

static void take(const struct header *h, const struct source *source, size_t i, struct buf *out)
{
	struct buf text = {.limit = CELL_MAX * 4};
	read_value(h->fields[i].value, &text);
	source->extract(buf_slice(&text), out);
	buf_finish(&text);
}

/* Appends what the first field that says something says. */
static void read_source(const struct header *h, const struct source *source, struct buf *out)
{
	if (source->order == QMAIL_ORIGIN) {
		struct buf text = {0};
		size_t i = qmail_origin(h, &text);
		if (i < h->count)
			take(h, source, i, out);
		buf_finish(&text);
		return;
	}
	size_t tries = source->order == TOP_ONLY ? 1 : OCCURRENCES_MAX;
	for (size_t n = 0; n < h->count && tries > 0 && out->len == 0; n++) {
		size_t i = source->order == BOTTOM_UP ? h->count - 1 - n : n;
		if (!name_matches(h, source, h->fields[i].name))
			continue;
		take(h, source, i, out);
		tries--;
	}
}

static void read_column(const struct header *h, enum column column, enum sets set, struct buf *cell)
{
	const struct source *by = NULL; /* the source that filled the cell */
	for (size_t i = 0; i < COLUMNS[column].count; i++) {
		const struct source *source = &COLUMNS[column].sources[i];
		bool joins = by && source->join && source == by + 1;
		if ((by && !joins) || (source->set != BOTH && source->set != set))
			continue;
		struct buf found = {.limit = CELL_MAX};
		read_source(h, source, &found);
		if (found.len > 0) {
			buf_add_str(cell, joins ? "; " : "");
			buf_add_slice(cell, buf_slice(&found));
			by = source;
		}
		buf_finish(&found);
	}
}

void columns_extract(struct slice header, enum direction direction, struct buf cells[COLUMN_COUNT])
{
	struct header h = read_fields(header);
	enum sets set = direction == DIRECTION_OUTGOING ? OUTGOING : INCOMING;
	for (int column = 0; column < COLUMN_COUNT; column++) {
		buf_reset(&cells[column]);
		read_column(&h, (enum column)column, set, &cells[column]);
	}
	free(h.fields);
}

void columns_finish(struct buf cells[COLUMN_COUNT])
{
	for (int column = 0; column < COLUMN_COUNT; column++)
		buf_finish(&cells[column]);
}

bool columns_is_bounce(const struct buf cells[COLUMN_COUNT])
{
	return extract_after(buf_slice(&cells[COLUMN_FROM]), "mailer-daemon").data != NULL;
}
