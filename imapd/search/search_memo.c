/* SPDX-License-Identifier: ISC
 *
 * The happy path: after a piece comes the one that came after it the last time, so one comparison finds it.
 * Else a hash table has it. Else it is read, and kept when it is seen for the second time. What can go wrong:
 * lines that say nothing by themselves (then their whole body is a piece); more text or character sets than
 * mime_search_text() is sure to read, or no memory (then nothing is told). */
#include "search_memo.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <xxhash.h>

#include "../../store/base/arena.h"
#include "../../store/mime/pieces.h"

enum {
	SLOTS = 1 << 15,
	PROBES = 8, /* slots that a piece may be in */
	SEEN = 1 << 14,
	PIECE_MAX = 64 * 1024, /* a longer one is not kept */
	TEXT_MAX = 1024 * 1024,
	BODY_SETS = 2, /* character sets that a body may need: its own, and the one that is guessed */
	NEEDLES = 64,  /* of others the answer is not kept */
};

/* A piece and what was found out about it. */
struct known {
	uint64_t hash;
	uint32_t how;
	struct slice charset, bytes, text;
	bool closed, alone; /* `alone`: it says something by itself */
	size_t sets;        /* character sets that it may have needed */
	struct known *next; /* what followed in the same body; NULL: not known */
	uint64_t asked, held;
};

struct search_memo {
	struct mime_pieces walk;
	struct mime_piece_reader fields, bodies;
	struct arena arena;
	struct known *slots[SLOTS];
	uint32_t seen[SEEN];  /* hashes of pieces that came once */
	struct known fresh;   /* a piece that is not kept, its text in `text` */
	struct known *before; /* the piece before, where this one goes on in the same body; else NULL */
	struct buf text;
	struct buf join; /* the end of the text before, then the begin of this */
	struct slice needles[NEEDLES];
	size_t needle_count;
};

static atomic_uint memos;

struct search_memo *search_memo_create(void)
{
	struct search_memo *m = NULL;

	if (atomic_fetch_add(&memos, 1) < SEARCH_MEMOS_MAX)
		m = calloc(1, sizeof(*m));
	if (m)
		m->arena.limit = SEARCH_MEMO_BYTES_MAX;
	else
		atomic_fetch_sub(&memos, 1);
	return m;
}

void search_memo_destroy(struct search_memo *m)
{
	if (!m)
		return;
	mime_pieces_finish(&m->walk);
	mime_piece_reader_finish(&m->fields);
	mime_piece_reader_finish(&m->bodies);
	arena_finish(&m->arena);
	buf_finish(&m->text);
	buf_finish(&m->join);
	free(m);
	atomic_fetch_sub(&memos, 1);
}

/* Collisions cost time, as much as pieces that never come again; so no secret is in it. */
static uint64_t hash_of(const struct mime_piece *piece)
{
	uint64_t how = XXH3_64bits_withSeed(piece->charset.data, piece->charset.len, piece->how);

	return XXH3_64bits_withSeed(piece->bytes.data, piece->bytes.len, how);
}

static bool is_piece(const struct known *k, uint64_t hash, const struct mime_piece *piece)
{
	return k->hash == hash && k->how == piece->how && slice_eq(k->charset, piece->charset) &&
	       slice_eq(k->bytes, piece->bytes);
}

/* Where the piece is, or where it belongs: a free slot, or else one that others lose. */
static struct known **find_slot(struct search_memo *m, uint64_t hash, const struct mime_piece *piece)
{
	for (size_t i = 0; i < PROBES; i++) {
		struct known **slot = &m->slots[(hash + i) % SLOTS];

		if (!*slot || is_piece(*slot, hash, piece))
			return slot;
	}
	return &m->slots[hash % SLOTS];
}

static void forget(struct search_memo *m)
{
	memset(m->slots, 0, sizeof(m->slots));
	arena_reset(&m->arena);
	m->before = NULL;
}

static struct slice copy(struct search_memo *m, struct slice s)
{
	const char *copied = arena_strndup(&m->arena, s);

	return slice_of(copied, copied ? s.len : 0);
}

/* Keeps the fresh piece. When there is no room all is forgotten: what comes often is soon there again. */
static struct known *keep(struct search_memo *m, struct known **slot)
{
	struct known *k = arena_alloc(&m->arena, sizeof(*k));

	if (k) {
		*k = m->fresh;
		k->charset = copy(m, k->charset);
		k->bytes = copy(m, k->bytes);
		k->text = copy(m, k->text);
	}
	if (!k || !k->charset.data || !k->bytes.data || !k->text.data) {
		forget(m);
		return &m->fresh;
	}
	return *slot = k;
}

/* Reads a piece into m->fresh. */
static void read_fresh(struct search_memo *m, uint64_t hash, const struct mime_piece *piece)
{
	bool field = piece->how == MIME_FIELD;
	struct mime_piece_reader *reader = field ? &m->fields : &m->bodies;

	if (field || reader->sets.count + BODY_SETS > MIME_CHARSETS_MAX)
		mime_charsets_finish(&reader->sets);
	buf_reset(&m->text);
	m->fresh = (struct known){
		.hash = hash,
		.how = piece->how,
		.charset = piece->charset,
		.bytes = piece->bytes,
		.closed = piece->closed,
		.alone = mime_piece_read(reader, piece, &m->text),
	};
	m->fresh.text = buf_slice(&m->text);
	m->fresh.sets = field ? reader->sets.count : BODY_SETS;
}

/* What is known of a piece that the one before does not lead to. */
static struct known *look_up(struct search_memo *m, const struct mime_piece *piece)
{
	uint64_t hash = hash_of(piece);
	struct known **slot = find_slot(m, hash, piece);
	uint32_t *seen = &m->seen[(hash >> 32) % SEEN];

	if (*slot && is_piece(*slot, hash, piece))
		return *slot;
	read_fresh(m, hash, piece);
	if (*seen == (uint32_t)hash && piece->bytes.len <= PIECE_MAX)
		return keep(m, slot);
	*seen = (uint32_t)hash;
	return &m->fresh;
}

/* The next piece of the walk; NULL: there is none. *last: no other goes on behind it. */
static struct known *next_piece(struct search_memo *m, bool *last)
{
	const struct known *likely = m->before ? m->before->next : NULL;
	struct mime_piece piece;
	struct known *found;

	if (likely && mime_pieces_pass(&m->walk, likely->bytes, likely->closed, &piece)) {
		found = m->before->next;
	} else if (mime_pieces_next(&m->walk, &piece)) {
		found = look_up(m, &piece);
		if (m->before && found != &m->fresh)
			m->before->next = found;
	} else {
		return NULL;
	}
	*last = piece.last;
	m->before = piece.last || found == &m->fresh ? NULL : found;
	return found;
}

/* The needle's bit; 0: it has none. */
static uint64_t bit_of(struct search_memo *m, struct slice needle)
{
	for (size_t i = 0; i < m->needle_count; i++)
		if (m->needles[i].data == needle.data && m->needles[i].len == needle.len)
			return UINT64_C(1) << i;
	if (m->needle_count == NEEDLES)
		return 0;
	m->needles[m->needle_count] = needle;
	return UINT64_C(1) << m->needle_count++;
}

static bool holds(struct slice text, struct slice needle)
{
	return text.len >= needle.len && memmem(text.data, text.len, needle.data, needle.len);
}

static bool piece_holds(struct known *k, uint64_t bit, struct slice needle)
{
	if (bit == 0 || !(k->asked & bit)) {
		k->asked |= bit;
		k->held |= holds(k->text, needle) ? bit : 0;
	}
	return bit > 0 ? (k->held & bit) != 0 : holds(k->text, needle);
}

/* Whether the needle lies across the begin of `text`. Then m->join is the end of all before what follows. */
static bool border_holds(struct search_memo *m, struct slice text, bool last, struct slice needle)
{
	size_t most = needle.len - 1;
	bool held = false;

	if (m->join.len > 0) {
		buf_add(&m->join, text.data, text.len < most ? text.len : most);
		held = holds(buf_slice(&m->join), needle);
	}
	if (last || text.len >= most)
		buf_reset(&m->join);
	if (!last && text.len >= most)
		buf_add(&m->join, text.data + text.len - most, most);
	else if (!last && m->join.len == 0)
		buf_add_slice(&m->join, text);
	if (m->join.len > most)
		buf_consume(&m->join, m->join.len - most);
	return held;
}

int search_memo_holds(struct search_memo *m, struct slice message, const struct mime_structure *s,
		      bool headers, struct slice needle)
{
	uint64_t bit = bit_of(m, needle);
	size_t length = 0, sets = 0;
	struct known *k;
	bool last;

	mime_pieces_begin(&m->walk, message, s, headers, true);
	buf_reset(&m->join);
	m->before = NULL;
	while ((k = next_piece(m, &last))) {
		if (!k->alone) {
			mime_pieces_join(&m->walk);
			buf_reset(&m->join);
			m->before = NULL;
			continue;
		}
		length += k->text.len + 1;
		sets += last ? k->sets : 0;
		if (length > TEXT_MAX || sets > MIME_CHARSETS_MAX || m->text.failed || m->join.failed)
			return -1;
		if (piece_holds(k, bit, needle) || border_holds(m, k->text, last, needle))
			return 1;
	}
	return 0;
}
