/* SPDX-License-Identifier: ISC
 *
 * What 1,024 messages with neighbouring UIDs have in one header field, or are sorted by, in memory: equal
 * texts stand there once, one behind the other, so that a search compares all of them in one sweep. Immutable
 * once made. A text to be searched is lines without LF, each ended by LF, which no needle holds; no line
 * stands for no such field. A text to be sorted by is bytes that compare as the messages do. */
#ifndef IMAPD_COLUMN_H
#define IMAPD_COLUMN_H

#include <stdbool.h>
#include <stdint.h>

#include "../../store/base/buf.h"

enum {
	COLUMN_UIDS = 1024,           /* a column has the UIDs n * 1024 to n * 1024 + 1023 */
	COLUMN_TEXT_MAX = 544 * 1024, /* bytes of different texts; what is more is not known */
	COLUMN_SLOTS = 2 * COLUMN_UIDS,
};

/* One for each of these UIDs. */
struct column_bits {
	uint64_t word[COLUMN_UIDS / 64];
};

static inline bool column_bit(const struct column_bits *bits, uint32_t uid)
{
	return bits->word[uid % COLUMN_UIDS / 64] >> (uid % 64) & 1;
}

static inline void column_bit_set(struct column_bits *bits, uint32_t uid)
{
	bits->word[uid % COLUMN_UIDS / 64] |= (uint64_t)1 << (uid % 64);
}

/* The first that is set from this one on, by UID % COLUMN_UIDS; COLUMN_UIDS: none. */
static inline uint32_t column_bit_next(const struct column_bits *bits, uint32_t from)
{
	uint32_t at = from / 64;
	uint64_t word;

	if (from >= COLUMN_UIDS)
		return COLUMN_UIDS;
	word = bits->word[at] >> (from % 64) << (from % 64);
	while (word == 0 && ++at < COLUMN_UIDS / 64)
		word = bits->word[at];
	return word == 0 ? COLUMN_UIDS : at * 64 + (uint32_t)__builtin_ctzll(word);
}

static inline void column_bit_clear(struct column_bits *bits, uint32_t uid)
{
	bits->word[uid % COLUMN_UIDS / 64] &= ~((uint64_t)1 << (uid % 64));
}

struct column {
	unsigned users;              /* for who shares it, see columns.h */
	size_t size;                 /* bytes of memory */
	unsigned known;              /* messages whose text is known */
	unsigned count;              /* different texts */
	uint16_t place[COLUMN_UIDS]; /* 1 + which of them, by UID; 0: not known */
	uint32_t end[];              /* where each ends; then all the texts */
};

static inline bool column_knows(const struct column *c, uint32_t uid)
{
	return c->place[uid % COLUMN_UIDS] > 0;
}

/* The text of this place, from 1 to `count`. */
static inline struct slice column_text(const struct column *c, unsigned place)
{
	uint32_t begin = place > 1 ? c->end[place - 2] : 0;

	return slice_of((const char *)(c->end + c->count) + begin, c->end[place - 1] - begin);
}

/* The first 8 bytes as a number that compares as they do; missing ones are zeroes. */
uint64_t column_text_start(struct slice text);

/* Bytewise: negative, 0 or positive. */
int column_text_compare(struct slice a, struct slice b);

/* Sets the bits of messages whose text is known, clears the others. */
void column_known(const struct column *c, struct column_bits *out);

/* Sets the bits of messages whose text holds the needle, clears the others. An empty one asks whether there
 * is a line. */
void column_find(const struct column *c, struct slice needle, struct column_bits *out);

/* A column that is being made. Zeroed it is empty and may be finished. */
struct column_draft {
	unsigned known, count;
	uint16_t place[COLUMN_UIDS];
	uint32_t end[COLUMN_UIDS];
	uint16_t slots[COLUMN_SLOTS]; /* hash table: text → its place */
	struct buf text;
};

/* Empties it, then takes what `from` has; NULL is fine. */
void column_draft_begin(struct column_draft *d, const struct column *from);

/* Says what a message has; where that is known, or there is no room, nothing happens. */
void column_draft_add(struct column_draft *d, uint32_t uid, struct slice text);

/* NULL: nothing is known, or memory ran out. Its `users` is 1; freed by free(). `ordered`: places ascend with
 * their texts. */
struct column *column_create(const struct column_draft *d, bool ordered);
void column_draft_finish(struct column_draft *d);

#endif
