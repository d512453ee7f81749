/* SPDX-License-Identifier: ISC
 *
 * The header fields that a search looks at, by columns: what is known of them before a message is read, and
 * what the search finds out, for the searches after it. A search reads nothing only to fill a column. */
#ifndef IMAPD_SEARCH_FIELDS_H
#define IMAPD_SEARCH_FIELDS_H

#include <stdbool.h>
#include <stdint.h>

#include "../../store/base/slice.h"

struct search_fields;
struct search_key;
struct view;

enum {
	SEARCH_FIELDS_MAX = 8, /* different fields, */
	SEARCH_ASKING_MAX = 64 /* and keys about them; others are held against each message */
};

/* Gives each key of the tree that asks for the text of a field its `place`. All is borrowed. NULL: there are
 * none, the view has no columns, or memory ran out; then no key has a place. */
struct search_fields *search_fields_create(struct search_key *root, const struct view *view);

/* Keeps what was found out, as the next does. */
void search_fields_destroy(struct search_fields *f); /* NULL is fine */

/* Goes to the UIDs number * COLUMN_UIDS and those that follow: all below is about them. NULL is fine. */
void search_fields_enter(struct search_fields *f, uint32_t number);

/* Whether it is known if the message matches the key, which has a place, and if it does. */
bool search_fields_know(const struct search_fields *f, const struct search_key *key, uint32_t uid,
			bool *held);

/* The text that the message has in the field of the key, in the form of a column. */
void search_fields_learn(struct search_fields *f, const struct search_key *key, uint32_t uid,
			 struct slice text);

#endif
