/* SPDX-License-Identifier: ISC */
#include "search_fields.h"

#include <stdlib.h>

#include "../proto/search_key.h"
#include "../view.h"
#include "column.h"
#include "columns.h"

struct field {
	struct column_key key;
	const struct column *column; /* NULL: there is none yet */
	struct column_draft draft;
	bool learning; /* the draft has more than the column */
};

/* A key that asks for one, by its place. */
struct asking {
	const struct search_key *key;
	struct field *field;
	struct column_bits held; /* of what the column knows */
};

struct search_fields {
	struct columns *columns;
	struct field *list[SEARCH_FIELDS_MAX];
	size_t count;
	struct asking asking[SEARCH_ASKING_MAX];
	size_t asking_count;
};

static bool is_about_field(const struct search_key *key)
{
	return (key->op >= SEARCH_FROM && key->op <= SEARCH_SUBJECT) ||
	       (key->op == SEARCH_HEADER && key->name.len <= COLUMNS_NAME_MAX);
}

static struct column_key key_of(const struct search_key *key, const struct view *view)
{
	struct column_key k = {.mailbox = view->box.id, .kind = key->op};

	for (size_t i = 0; key->op == SEARCH_HEADER && i < key->name.len; i++) {
		char c = key->name.data[i];

		k.name[i] = c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
	}
	return k;
}

/* The field of a key, new or found; NULL: there are too many, or no memory. */
static struct field *field_for(struct search_fields *f, const struct column_key *key)
{
	for (size_t i = 0; i < f->count; i++)
		if (memcmp(&f->list[i]->key, key, sizeof(*key)) == 0)
			return f->list[i];
	if (f->count == SEARCH_FIELDS_MAX || !(f->list[f->count] = calloc(1, sizeof(struct field))))
		return NULL;
	f->list[f->count]->key = *key;
	return f->list[f->count++];
}

static void add_keys(struct search_fields *f, struct search_key *key, const struct view *view)
{
	struct column_key column = key_of(key, view);
	bool takes = f->asking_count < SEARCH_ASKING_MAX && is_about_field(key);
	struct field *field = takes ? field_for(f, &column) : NULL;

	if (field) {
		f->asking[f->asking_count++] = (struct asking){.key = key, .field = field};
		key->place = f->asking_count;
	}
	for (size_t i = 0; i < key->count; i++)
		add_keys(f, key->children[i], view);
}

struct search_fields *search_fields_create(struct search_key *root, const struct view *view)
{
	struct search_fields *f = view->columns ? calloc(1, sizeof(*f)) : NULL;

	if (!f)
		return NULL;
	f->columns = view->columns;
	add_keys(f, root, view);
	return f;
}

/* What was learnt is for all. */
static void leave(struct search_fields *f, struct field *field)
{
	columns_release(f->columns, field->column);
	field->column = NULL;
	if (field->learning)
		columns_put(f->columns, &field->key, column_create(&field->draft, false));
	field->learning = false;
}

void search_fields_destroy(struct search_fields *f)
{
	if (!f)
		return;
	for (size_t i = 0; i < f->count; i++) {
		leave(f, f->list[i]);
		column_draft_finish(&f->list[i]->draft);
		free(f->list[i]);
	}
	free(f);
}

void search_fields_enter(struct search_fields *f, uint32_t number)
{
	for (size_t i = 0; f && i < f->count; i++) {
		struct field *field = f->list[i];

		leave(f, field);
		field->key.number = number;
		field->column = columns_get(f->columns, &field->key);
	}
	for (size_t i = 0; f && i < f->asking_count; i++) {
		struct asking *a = &f->asking[i];

		if (a->field->column)
			column_find(a->field->column, a->key->text, &a->held);
	}
}

bool search_fields_know(const struct search_fields *f, const struct search_key *key, uint32_t uid, bool *held)
{
	const struct asking *a = &f->asking[key->place - 1];

	if (!a->field->column || !column_knows(a->field->column, uid))
		return false;
	*held = column_bit(&a->held, uid);
	return true;
}

void search_fields_learn(struct search_fields *f, const struct search_key *key, uint32_t uid,
			 struct slice text)
{
	struct field *field = f->asking[key->place - 1].field;

	if (!field->learning)
		column_draft_begin(&field->draft, field->column);
	field->learning = true;
	column_draft_add(&field->draft, uid, text);
}
