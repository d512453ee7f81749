/* SPDX-License-Identifier: ISC */
#include "fields.h"

#include <stdlib.h>

#include "../../store/mime/word.h"
#include "extract.h"

/* Most names differ in their last letter, and names are compared for each source and each field. Neither is
 * empty. */
static bool same_end(struct slice name, struct slice other)
{
	return (name.data[name.len - 1] | 0x20) == (other.data[other.len - 1] | 0x20);
}

/* Whether `name` is "X-<brand><suffix>" with a brand, which is not "…-Outgoing". */
static bool split_brand(struct slice name, struct slice suffix, struct slice *brand)
{
	static const struct slice x = {"X-", 2}, outgoing = {"-Outgoing", 9};
	if (name.len <= x.len + suffix.len || !same_end(name, suffix) || !slice_istarts(name, x) ||
	    !slice_ieq(slice_skip(name, name.len - suffix.len), suffix))
		return false;
	*brand = slice_of(name.data + x.len, name.len - x.len - suffix.len);
	return brand->len < outgoing.len ||
	       !slice_ieq(slice_skip(*brand, brand->len - outgoing.len), outgoing);
}

static bool is_brand(const struct fields *f, struct slice brand)
{
	for (size_t i = 0; i < f->brand_count; i++)
		if (slice_ieq(f->brands[i], brand))
			return true;
	return false;
}

/* A brand is what has one of these fields: this keeps X-Authed-Username and its like apart. */
static void find_brands(struct fields *f)
{
	static const char *const suffixes[] = {"-Outgoing-Class", "-Outgoing-Evidence", "-Class", "-Evidence",
					       "-Domain"};
	for (size_t i = f->count; i-- > 0;)
		for (size_t k = 0; k < ARRAY_SIZE(suffixes) && slice_istarts(f->list[i].name, SLICE("X-"));
		     k++) {
			struct slice brand;
			if (f->brand_count < FIELDS_BRANDS_MAX &&
			    split_brand(f->list[i].name, slice_str(suffixes[k]), &brand) &&
			    !is_brand(f, brand))
				f->brands[f->brand_count++] = brand;
		}
}

struct fields fields_read(struct slice block)
{
	struct fields f = {0};
	struct mime_fields walk = {.block = slice_of(block.data, mime_header_length(block))};
	struct mime_field field;
	size_t room = 0;
	while (mime_fields_next(&walk, &field)) {
		if (f.count == room) {
			room = room > 0 ? 2 * room : 64;
			struct mime_field *grown = reallocarray(f.list, room, sizeof(*grown));
			if (!grown)
				break;
			f.list = grown;
		}
		f.list[f.count++] = field;
	}
	find_brands(&f);
	return f;
}

void fields_finish(struct fields *f)
{
	free(f->list);
	*f = (struct fields){0};
}

bool fields_match(const struct fields *f, size_t i, struct slice pattern)
{
	struct slice name = f->list[i].name, brand;
	if (!slice_starts(pattern, SLICE("X-*")))
		return name.len == pattern.len && name.len > 0 && same_end(name, pattern) &&
		       slice_ieq(name, pattern);
	return split_brand(name, slice_skip(pattern, 3), &brand) && is_brand(f, brand);
}

/* Whether there is nothing to decode: printable ASCII, blanks and folds, no encoded word. Most fields. */
static bool is_plain(struct slice value)
{
	for (size_t i = 0; i < value.len; i++) {
		char c = value.data[i], next = i + 1 < value.len ? value.data[i + 1] : ' ';
		bool fold = (c == '\r' && (next == '\n' || i + 1 == value.len)) ||
			    (c == '\n' && (next == ' ' || next == '\t'));
		if ((c < ' ' && c != '\t' && !fold) || c > '~' || (c == '=' && next == '?'))
			return false;
	}
	return true;
}

void fields_value(const struct fields *f, size_t i, struct buf *text)
{
	buf_reset(text);
	if (is_plain(f->list[i].value))
		buf_add_slice(text, f->list[i].value);
	else
		mime_decode_words(f->list[i].value, text);
	size_t len = 0;
	for (size_t k = 0; k < text->len; k++) {
		char c = text->data[k];
		bool blank = c == ' ' || c == '\t' || c == '\r' || c == '\n';
		if (!blank)
			text->data[len++] = c;
		else if (len > 0 && text->data[len - 1] != ' ')
			text->data[len++] = ' ';
	}
	text->len = len > 0 && text->data[len - 1] == ' ' ? len - 1 : len;
}

size_t fields_qmail_origin(const struct fields *f, struct buf *text)
{
	size_t found = f->count;
	for (size_t i = 0; i < f->count; i++) {
		if (!slice_ieq(f->list[i].name, SLICE("Received")))
			continue;
		/* Before the first qmail line only such lines count; they begin with a parenthesis. */
		struct slice value = slice_trim(f->list[i].value);
		if (found == f->count && (value.len == 0 || !strchr("(=", value.data[0])))
			continue;
		fields_value(f, i, text);
		if (extract_is_qmail(buf_slice(text)))
			found = i;
		else if (found < f->count && extract_is_remote_hop(buf_slice(text)))
			break;
	}
	return found;
}
