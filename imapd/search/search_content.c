/* SPDX-License-Identifier: ISC */
#include "search_content.h"

#include "../../store/mime/charset.h"
#include "../../store/mime/header.h"
#include "../../store/mime/structure.h"
#include "../../store/mime/text.h"
#include "../../store/mime/word.h"
#include "search_memo.h"

/* The first bytes of the message, at least `want` where it has them and the bound allows. */
static struct slice read_bytes(struct search_content *c, uint64_t want)
{
	size_t got = 0;
	char *into;

	if (want > SEARCH_CONTENT_MAX)
		want = SEARCH_CONTENT_MAX;
	if (want > c->bytes.len) {
		buf_reset(&c->bytes);
		into = buf_reserve(&c->bytes, (size_t)want);
		if (into && quarantine_content_read(c->store, c->row->message, 0, into, (size_t)want, &got) ==
				    QUARANTINE_OK)
			c->bytes.len = got;
	}
	return buf_slice(&c->bytes);
}

static bool decode_fields(struct search_content *c, struct slice name)
{
	uint64_t length = c->row->header_length < MIME_HEADER_PARSED_MAX ? c->row->header_length
									 : MIME_HEADER_PARSED_MAX;
	struct slice bytes = read_bytes(c, length);
	struct mime_fields walk = {
		.block = slice_of(bytes.data, bytes.len < length ? bytes.len : (size_t)length)};
	struct mime_field field;
	struct buf decoded = {0};

	while (mime_fields_next(&walk, &field)) {
		if (!slice_ieq(field.name, name))
			continue;
		buf_reset(&decoded);
		mime_decode_words(field.value, &decoded);
		mime_fold(buf_slice(&decoded), true, &c->field);
		buf_add_char(&c->field, '\n');
		c->field.failed |= decoded.failed;
	}
	buf_finish(&decoded);
	return bytes.len >= length && !c->field.failed;
}

bool search_content_field(struct search_content *c, const struct search_key *key, struct slice *out)
{
	const struct quarantine_entry *row = c->row;
	const struct quarantine_bytes *texts[] = {
		[SEARCH_FROM] = &row->from, [SEARCH_TO] = &row->to,           [SEARCH_CC] = &row->cc,
		[SEARCH_BCC] = &row->bcc,   [SEARCH_SUBJECT] = &row->subject,
	};
	bool whole;

	buf_reset(&c->field);
	if (key->op == SEARCH_HEADER) {
		whole = decode_fields(c, key->name);
	} else {
		buf_add(&c->field, texts[key->op]->data, texts[key->op]->len);
		buf_add_char(&c->field, '\n');
		whole = !c->field.failed;
	}
	*out = buf_slice(&c->field);
	return whole;
}

/* The structure of a message all of which was read, as the store knows it. */
static bool stored_structure(struct search_content *c, struct slice bytes)
{
	struct quarantine_bytes map;

	return bytes.len == c->row->length &&
	       quarantine_parts_read(c->store, c->row->message, &map) == QUARANTINE_OK &&
	       mime_structure_decode(slice_of(map.data, map.len), bytes.len, &c->structure);
}

/* The structure of the message, whose bytes are read with it; NULL: no memory. A map that is damaged or does
 * not fit is no reason not to search the bytes. */
static const struct mime_structure *read_structure(struct search_content *c, struct slice *bytes)
{
	*bytes = read_bytes(c, c->row->length);
	if (!c->structure.parts && !stored_structure(c, *bytes) &&
	    !mime_structure_parse(*bytes, &c->structure))
		return NULL;
	return &c->structure;
}

/* What BODY searches, and with `headers` TEXT; made once a message. */
static struct slice read_text(struct search_content *c, bool headers)
{
	struct buf *text = headers ? &c->text : &c->body;
	bool *made = headers ? &c->has_text : &c->has_body;
	const struct mime_structure *structure;
	struct slice bytes;

	if (*made)
		return buf_slice(text);
	*made = true;
	structure = read_structure(c, &bytes);
	if (structure)
		mime_search_text(bytes, structure, headers, SEARCH_CONTENT_MAX, text);
	return buf_slice(text);
}

/* As search_memo_holds(). */
static int ask_memo(struct search_content *c, bool headers, struct slice needle)
{
	const struct mime_structure *structure;
	struct slice bytes;

	if (!c->memo || c->row->length > SEARCH_MEMO_MESSAGE_MAX)
		return -1;
	structure = read_structure(c, &bytes);
	return structure ? search_memo_holds(c->memo, bytes, structure, headers, needle) : -1;
}

bool search_content_holds(struct search_content *c, bool headers, struct slice needle)
{
	int known = ask_memo(c, headers, needle);
	struct slice text;

	if (known >= 0)
		return known > 0;
	text = read_text(c, headers);
	return text.len > 0 && memmem(text.data, text.len, needle.data, needle.len);
}

void search_content_begin(struct search_content *c, struct quarantine *q, const struct quarantine_entry *row)
{
	c->store = q;
	c->row = row;
	buf_reset(&c->bytes);
	buf_reset(&c->text);
	buf_reset(&c->body);
	mime_structure_finish(&c->structure);
	c->has_text = c->has_body = false;
}

void search_content_finish(struct search_content *c)
{
	buf_finish(&c->bytes);
	buf_finish(&c->field);
	buf_finish(&c->text);
	buf_finish(&c->body);
	mime_structure_finish(&c->structure);
	search_memo_destroy(c->memo);
	c->memo = NULL;
}
