/* SPDX-License-Identifier: ISC
 *
 * A field value as each parser of values reads it; the first byte chooses the parser. */
#include <stdint.h>
#include <stdlib.h>

#include "../../store/mime/address.h"
#include "../../store/mime/charset.h"
#include "../../store/mime/date.h"
#include "../../store/mime/header.h"
#include "../../store/mime/html.h"
#include "../../store/mime/preview.h"
#include "../../store/mime/structure.h"
#include "../../store/mime/wire.h"
#include "../../store/mime/word.h"
#include "../unit/mime/check.h"
#include "../unit/mime/grammar.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void fuzz_header(struct slice value)
{
	struct mime_fields walk = {.block = value};
	struct mime_field field;
	struct buf out = {0};
	size_t end = 0;

	while (mime_fields_next(&walk, &field)) {
		size_t at = (size_t)(field.whole.data - value.data);
		require(at >= end && at + field.whole.len <= value.len && field.name.len > 0);
		end = at + field.whole.len;
	}
	require(mime_header_length(value) <= value.len);
	mime_header_select(value, &SLICE("To"), 1, true, &out);
	require(slice_eq(slice_of(out.data + out.len - 2, 2), SLICE("\r\n")));
	buf_finish(&out);
}

static void fuzz_addresses(struct slice value)
{
	struct arena arena = {0};
	struct mime_addresses list;
	struct buf header = {0};
	struct buf out = {0};
	struct grammar g;

	mime_addresses_parse(value, &arena, &list);
	require(list.count <= MIME_ADDRESSES_MAX);
	buf_add_str(&header, "From: ");
	mime_unfold(value, &header);
	mime_wire_envelope(buf_slice(&header), &out);
	require(grammar_envelope(&g, out.data, out.len));
	arena_finish(&arena);
	buf_finish(&header);
	buf_finish(&out);
}

static void fuzz_words(struct slice value)
{
	struct buf out = {0};

	mime_decode_words(value, &out);
	require(out.len <= 4 * value.len && check_utf8(buf_slice(&out)));
	buf_finish(&out);
}

static void fuzz_content(struct slice value)
{
	struct mime_content c = {0};

	mime_content_type(value, false, &c);
	require(c.type.len > 0 && c.subtype.len > 0 && c.count <= MIME_PARAMETERS_MAX);
	mime_content_disposition(value, &c);
	for (size_t i = 0; i < c.count; i++) {
		require(c.parameters[i].name.len > 0);
		require(mime_parameter(&c, c.parameters[i].name).data == c.parameters[i].value.data);
	}
	mime_content_finish(&c);
}

/* One cut anywhere changes nothing. */
static void fuzz_transfer(struct slice value, enum mime_encoding encoding)
{
	struct mime_decoder whole = {.encoding = encoding};
	struct mime_decoder cut = {.encoding = encoding};
	struct buf a = {0};
	struct buf b = {0};
	size_t at = value.len / 2;

	mime_decode(&whole, value, true, &a);
	mime_decode(&cut, slice_of(value.data, at), false, &b);
	mime_decode(&cut, slice_of(value.data + at, value.len - at), false, &b);
	mime_decode(&cut, slice_of(NULL, 0), true, &b);
	require(slice_eq(buf_slice(&a), buf_slice(&b)));
	buf_finish(&a);
	buf_finish(&b);
}

static void fuzz_text(struct slice value)
{
	static const char *const sets[] = {"utf-7",      "iso-2022-jp", "gb2312", "utf-16",
					   "big5-hkscs", "tscii",       "none"};
	struct buf utf8 = {0};
	struct buf out = {0};

	mime_to_utf8(slice_str(sets[value.len % ARRAY_SIZE(sets)]), value, &utf8);
	require(check_utf8(buf_slice(&utf8)));
	mime_html_text(buf_slice(&utf8), &out);
	require(check_utf8(buf_slice(&out)));
	buf_reset(&out);
	mime_preview(SLICE("Content-Type: text/html\r\n"), value, MIME_QUOTED_PRINTABLE, &out);
	require(!check_preview_text(buf_slice(&out)));
	buf_reset(&utf8);
	mime_fold(buf_slice(&out), true, &utf8);
	require(check_utf8(buf_slice(&utf8)));
	buf_finish(&utf8);
	buf_finish(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mime_date date;

	if (size == 0)
		return 0;
	struct slice value = slice_of((const char *)data + 1, size - 1);
	switch (data[0] % 8) {
	case 0:
		fuzz_header(value);
		break;
	case 1:
		fuzz_addresses(value);
		break;
	case 2:
		fuzz_words(value);
		break;
	case 3:
		fuzz_content(value);
		break;
	case 4:
		fuzz_transfer(value, MIME_BASE64);
		break;
	case 5:
		fuzz_transfer(value, MIME_QUOTED_PRINTABLE);
		break;
	case 6:
		fuzz_text(value);
		break;
	default:
		if (mime_date_parse(value, &date))
			require(date.zone_minutes >= -100 * 60 && date.zone_minutes <= 100 * 60);
	}
	return 0;
}
