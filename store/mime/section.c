/* SPDX-License-Identifier: ISC */
#include "section.h"

static const struct mime_part *nth_child(const struct mime_structure *s, const struct mime_part *p,
					 uint32_t n)
{
	uint32_t child = p->first_child;

	while (child > 0 && n > 1) {
		child = s->parts[child].next;
		n--;
	}
	return child > 0 && n == 1 ? &s->parts[child] : NULL;
}

/* Part n of a message: a child of its multipart; or the message's only body, which is part 1. */
static const struct mime_part *part_of_message(const struct mime_structure *s,
					       const struct mime_part *message, uint32_t n)
{
	if (message->kind == MIME_MULTIPART)
		return nth_child(s, message, n);
	return n == 1 ? message : NULL;
}

static const struct mime_part *find_part(const struct mime_structure *s, const uint32_t *path, size_t depth)
{
	const struct mime_part *part = part_of_message(s, &s->parts[0], path[0]);

	for (size_t i = 1; part && i < depth; i++) {
		if (part->kind == MIME_MESSAGE)
			part = part_of_message(s, &s->parts[part->first_child], path[i]);
		else
			part = nth_child(s, part, path[i]);
	}
	return part;
}

static bool find(const struct mime_structure *s, const struct mime_part *part, bool is_root,
		 enum mime_section_text text, struct mime_range *out)
{
	/* HEADER and TEXT are of the message inside a message part. */
	const struct mime_part *message = is_root ? part : &s->parts[part->first_child];

	if ((text == MIME_SECTION_HEADER || text == MIME_SECTION_TEXT) && !is_root &&
	    part->kind != MIME_MESSAGE)
		return false;
	switch (text) {
	case MIME_SECTION_ALL:
		*out = (struct mime_range){part->body, part->body_length};
		if (is_root)
			*out = (struct mime_range){part->header, part->header_length + part->body_length};
		return true;
	case MIME_SECTION_HEADER:
		*out = (struct mime_range){message->header, message->header_length};
		return true;
	case MIME_SECTION_TEXT:
		*out = (struct mime_range){message->body, message->body_length};
		return true;
	case MIME_SECTION_MIME:
		*out = (struct mime_range){part->header, part->header_length};
		return true;
	}
	return false;
}

bool mime_section_find(const struct mime_structure *s, const uint32_t *path, size_t depth,
		       enum mime_section_text text, struct mime_range *out, size_t *part)
{
	if (s->count == 0)
		return false;
	const struct mime_part *found = depth > 0 ? find_part(s, path, depth) : &s->parts[0];
	if (!found || !find(s, found, depth == 0, text, out))
		return false;
	if (part)
		*part = (size_t)(found - s->parts);
	return true;
}
