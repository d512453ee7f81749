/* SPDX-License-Identifier: ISC */
#include "fetch_content.h"

#include "../pace.h"
#include "../response.h"
#include "fetch_preview.h"

void content_begin(struct content_stream *c, bool separate)
{
	c->separate = separate;
	c->begun = false;
	c->item = 0;
}

static bool write_item(struct content_stream *c, const struct section_source *source,
		       const struct fetch_item *item, struct quarantine *q, struct response *r,
		       const struct pace *pace)
{
	bool binary = item->kind == FETCH_BINARY || item->kind == FETCH_BINARY_SIZE;

	if (item->kind == FETCH_PREVIEW && pace_over(pace))
		return false;
	if (binary && !binary_measure(&c->binary, &c->sections, source, item, q, pace))
		return false;
	if (binary && !binary_has_answer(&c->binary, item)) {
		binary_next(&c->binary);
		return true;
	}
	if (!c->begun && c->separate)
		buf_add_char(&r->out, ' ');
	c->separate = c->begun = true;
	if (item->kind == FETCH_PREVIEW) {
		preview_write(&c->sections, source, item, q, r);
		return true;
	}
	if (!binary)
		return section_write(&c->sections, source, item, q, r);
	if (!binary_write(&c->binary, &c->sections, source, item, q, r, pace))
		return false;
	binary_next(&c->binary);
	return true;
}

bool content_write(struct content_stream *c, const struct section_source *source,
		   const struct fetch_items *items, struct quarantine *q, struct response *r,
		   const struct pace *pace)
{
	for (; c->item < items->count; c->item++) {
		const struct fetch_item *item = &items->list[c->item];

		if (content_needed(item) && !write_item(c, source, item, q, r, pace))
			return false;
		c->begun = false;
	}
	section_next(&c->sections);
	return true;
}

void content_finish(struct content_stream *c)
{
	section_finish(&c->sections);
	binary_next(&c->binary);
}
