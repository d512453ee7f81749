/* SPDX-License-Identifier: ISC */
#include "fetch_preview.h"

#include "../../store/mime/preview.h"
#include "../response.h"

static size_t least(uint64_t a, size_t b)
{
	return a < b ? (size_t)a : b;
}

/* The text of one part; what was read of its content comes off *left. A QUARANTINE_ status. */
static int read_part(const struct mime_part *part, int64_t message, size_t *left, struct quarantine *q,
		     struct buf *out)
{
	size_t content = least(part->body_length, *left);
	size_t fields = least(part->header_length, PREVIEW_HEADER_MAX);
	struct buf header = {0}, body = {0};
	int status = QUARANTINE_OK;

	if (fields > 0)
		status = section_read(message, part->header, fields, q, &header);
	if (content > 0 && status == QUARANTINE_OK)
		status = section_read(message, part->body, content, q, &body);
	if (status == QUARANTINE_OK)
		mime_preview(buf_slice(&header), buf_slice(&body), part->encoding, out);
	*left -= content;
	buf_finish(&header);
	buf_finish(&body);
	return status;
}

void preview_write(struct section_stream *s, const struct section_source *source,
		   const struct fetch_item *item, struct quarantine *q, struct response *r)
{
	const struct mime_structure *structure = section_structure(s, source);
	size_t left = PREVIEW_CONTENT_MAX, looked = 0;
	struct buf text = {0};
	int status = QUARANTINE_OK;

	for (size_t i = 0; structure && i < structure->count && text.len == 0 && left > 0 &&
			   looked < PREVIEW_PARTS_MAX && status == QUARANTINE_OK;
	     i++) {
		if (structure->parts[i].kind != MIME_LEAF)
			continue;
		status = read_part(&structure->parts[i], source->message, &left, q, &text);
		looked++;
	}
	if (status != QUARANTINE_OK)
		s->status = status;
	buf_add_slice(&r->out, item->label);
	buf_add_char(&r->out, ' ');
	response_string(r, buf_slice(&text));
	r->out.failed |= text.failed;
	buf_finish(&text);
}
