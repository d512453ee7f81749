/* SPDX-License-Identifier: ISC */
#include "preview.h"

#include <utf8proc.h>

#include "../base/utf8.h"
#include "charset.h"
#include "header.h"
#include "html.h"
#include "structure.h"

enum { ZERO_WIDTH_NON_JOINER = 0x200c, ZERO_WIDTH_JOINER = 0x200d, GRAPHEME_JOINER = 0x34f };

enum what { SHOWN, BLANK, DROPPED };

/* Joiners belong between letters; mass mail fills its hidden first line with them. */
static enum what judge(uint32_t code, bool behind_blank)
{
	if (code == ZERO_WIDTH_NON_JOINER || code == ZERO_WIDTH_JOINER)
		return behind_blank ? DROPPED : SHOWN;
	if (code == GRAPHEME_JOINER)
		return DROPPED;
	switch (utf8proc_category((utf8proc_int32_t)code)) {
	case UTF8PROC_CATEGORY_CC:
	case UTF8PROC_CATEGORY_ZS:
	case UTF8PROC_CATEGORY_ZL:
	case UTF8PROC_CATEGORY_ZP:
		return BLANK;
	case UTF8PROC_CATEGORY_CF:
		return DROPPED;
	default:
		return SHOWN;
	}
}

/* Appends the first characters that show; false when there are none. */
static bool add_shown(struct slice utf8, struct buf *out)
{
	size_t start = out->len, shown = 0, len;
	bool blank = true;
	uint32_t code;

	while (utf8.data && shown < MIME_PREVIEW_MAX && (len = utf8_decode(utf8, &code)) > 0) {
		enum what what = judge(code, blank);

		if (what == SHOWN)
			buf_add(out, utf8.data, len);
		else if (what == BLANK && !blank)
			buf_add_char(out, ' ');
		shown += what == SHOWN || (what == BLANK && !blank);
		if (what != DROPPED)
			blank = what == BLANK;
		utf8 = slice_skip(utf8, len);
	}
	if (out->len > start && out->data[out->len - 1] == ' ')
		out->len--;
	return out->len > start;
}

static bool is_attachment(struct slice header, struct mime_content *c)
{
	struct mime_field field;

	if (!mime_header_find(header, SLICE("Content-Disposition"), 0, &field))
		return false;
	mime_content_disposition(field.value, c);
	return slice_ieq(c->type, SLICE("attachment"));
}

/* The body as text; its charset and kind are in *c. */
static void decode(struct slice body, enum mime_encoding encoding, const struct mime_content *c,
		   struct buf *out)
{
	struct mime_decoder decoder = {.encoding = encoding};
	struct buf bytes = {0}, utf8 = {0};

	mime_decode(&decoder, body, false, &bytes);
	mime_decode(&decoder, slice_of(NULL, 0), true, &bytes);
	mime_to_utf8(mime_parameter(c, SLICE("charset")), buf_slice(&bytes), &utf8);
	if (slice_ieq(c->subtype, SLICE("html")))
		mime_html_shown(buf_slice(&utf8), out);
	else
		buf_add_slice(out, buf_slice(&utf8));
	out->failed |= bytes.failed || utf8.failed;
	buf_finish(&bytes);
	buf_finish(&utf8);
}

bool mime_preview(struct slice header, struct slice body, enum mime_encoding encoding, struct buf *out)
{
	struct mime_content c = {0};
	struct mime_field field = {0};
	struct buf text = {0};
	bool found = false;

	if (encoding != MIME_OTHER && !is_attachment(header, &c)) {
		mime_header_find(header, SLICE("Content-Type"), 0, &field);
		mime_content_type(field.value, false, &c);
		found = slice_ieq(c.type, SLICE("text")) &&
			(slice_ieq(c.subtype, SLICE("plain")) || slice_ieq(c.subtype, SLICE("html")));
	}
	if (found) {
		decode(body, encoding, &c, &text);
		found = !text.failed && add_shown(buf_slice(&text), out);
	}
	buf_finish(&text);
	mime_content_finish(&c);
	return found;
}
