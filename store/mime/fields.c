/* SPDX-License-Identifier: ISC */
#include "fields.h"

/* The same for names that differ in case alone. */
static unsigned char mark_of(struct slice name)
{
	unsigned first = (unsigned char)name.data[0] | 0x20U;
	unsigned last = (unsigned char)name.data[name.len - 1] | 0x20U;

	return (unsigned char)(name.len * 31 + first * 7 + last);
}

bool mime_field_list_read(struct slice block, struct arena *arena, struct mime_field_list *out)
{
	struct mime_fields walk = {.block = block};
	struct mime_field field;
	size_t room = 0;

	*out = (struct mime_field_list){0};
	while (mime_fields_next(&walk, &field)) {
		if (out->count == room) {
			size_t more = room > 0 ? 2 * room : 32;
			void *grown = arena_grow(arena, out->fields, out->count, more, sizeof(field));

			if (!grown)
				return false;
			out->fields = grown;
			room = more;
		}
		out->fields[out->count++] = field;
	}
	out->marks = arena_alloc(arena, out->count);
	for (size_t i = 0; i < out->count && out->marks; i++)
		out->marks[i] = mark_of(out->fields[i].name);
	return out->marks;
}

const struct mime_field *mime_field_list_find(const struct mime_field_list *list, struct slice name,
					      const struct mime_field *after)
{
	unsigned char mark = mark_of(name);

	for (size_t i = after ? (size_t)(after - list->fields) + 1 : 0; i < list->count; i++) {
		if (list->marks[i] == mark && slice_ieq(list->fields[i].name, name))
			return &list->fields[i];
	}
	return NULL;
}
