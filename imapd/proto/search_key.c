/* SPDX-License-Identifier: ISC
 *
 * The program is read from left to right with a stack of its own instead of recursion: clients send
 * "OR (a) (OR (b) (…" with hundreds of terms. Each key that is complete goes to the entry above which it
 * stands; chains of one operator become one key on the way, so that the tree stays flat. */
#include "search_key.h"

#include "../../store/include/quarantine.h"
#include "../../store/mime/charset.h"
#include "charclass.h"
#include "datetime.h"
#include "search_name.h"

/* An operator whose keys are still being read. */
struct entry {
	struct search_key *key;
	unsigned wanted; /* keys still to come; 0: up to the closing parenthesis or the end */
};

enum { STACK_MAX = 2 * SEARCH_KEYS_MAX };

struct reader {
	struct parser *p;
	struct search_program *program;
	struct slice charset;
	struct entry *stack;
	size_t used;
	size_t keys;
};

static bool too_much(struct reader *r)
{
	r->program->limited = true;
	return parse_fail(r->p, "Search program too large");
}

static struct search_key *new_key(struct reader *r, enum search_op op)
{
	struct search_key *key = arena_alloc(r->p->arena, sizeof(*key));

	if (key)
		key->op = op;
	else
		parse_fail(r->p, "Command too large");
	return key;
}

/* Adds a child; the array has room for the next power of two. */
static bool add_child(struct reader *r, struct search_key *key, struct search_key *child)
{
	size_t n = key->count;

	if ((n & (n - 1)) == 0) {
		struct search_key **grown =
			arena_grow(r->p->arena, key->children, n, n == 0 ? 1 : 2 * n, sizeof(*grown));

		if (!grown)
			return parse_fail(r->p, "Command too large");
		key->children = grown;
	}
	key->children[key->count++] = child;
	return true;
}

/* "OR a (OR b c)" is one OR of three. The longer list takes in the shorter, so that long chains cost
 * little; the order of children has no meaning. */
static bool join(struct reader *r, struct search_key *key, struct search_key *child)
{
	if (child->count > key->count) {
		struct search_key larger = *child;

		*child = *key;
		*key = larger;
	}
	for (size_t i = 0; i < child->count; i++)
		if (!add_child(r, key, child->children[i]))
			return false;
	return true;
}

static unsigned depth_of(const struct search_key *key)
{
	unsigned deepest = 0;

	for (size_t i = 0; i < key->count; i++)
		deepest = key->children[i]->depth > deepest ? key->children[i]->depth : deepest;
	return deepest + 1;
}

static bool push(struct reader *r, enum search_op op, unsigned wanted)
{
	struct search_key *key = new_key(r, op);
	size_t n = r->used;

	if (!key)
		return false;
	if (n == STACK_MAX)
		return too_much(r);
	if ((n & (n - 1)) == 0) {
		struct entry *grown =
			arena_grow(r->p->arena, r->stack, n, n == 0 ? 1 : 2 * n, sizeof(*grown));

		if (!grown)
			return parse_fail(r->p, "Command too large");
		r->stack = grown;
	}
	r->stack[r->used++] = (struct entry){key, wanted};
	return true;
}

/* What a finished operator is, as simple as can be said: "(a)" is a, "NOT NOT a" is a. */
static struct search_key *simplify(struct search_key *key)
{
	if (key->op == SEARCH_AND && key->count == 1)
		return key->children[0];
	if (key->op == SEARCH_NOT && key->children[0]->op == SEARCH_NOT)
		return key->children[0]->children[0];
	key->depth = depth_of(key);
	return key;
}

/* Gives a complete key to the operator on top, and that one, if it is complete then, to the next. */
static bool deliver(struct reader *r, struct search_key *key)
{
	for (;;) {
		struct entry *top = &r->stack[r->used - 1];
		bool same = key->op == top->key->op && (key->op == SEARCH_OR || key->op == SEARCH_AND);

		if (key->depth > SEARCH_DEPTH_MAX)
			return too_much(r);
		if (same ? !join(r, top->key, key) : !add_child(r, top->key, key))
			return false;
		if (top->wanted == 0 || --top->wanted > 0)
			return true;
		key = simplify(top->key);
		r->used--;
	}
}

static bool close_group(struct reader *r)
{
	struct search_key *key = r->stack[r->used - 1].key;

	r->used--;
	return deliver(r, simplify(key));
}

/* A needle in the form of the store's search texts. */
static bool parse_needle(struct reader *r, struct slice *out)
{
	struct parser *p = r->p;
	struct buf utf8 = {0}, folded = {0};
	struct slice text;
	char *kept = NULL;

	if (!parse_astring(p, &text))
		return false;
	mime_to_utf8(r->charset, text, &utf8);
	mime_fold(buf_slice(&utf8), true, &folded);
	if (!utf8.failed && !folded.failed)
		kept = arena_strndup(p->arena, buf_slice(&folded));
	if (kept)
		*out = slice_of(kept, folded.len);
	buf_finish(&utf8);
	buf_finish(&folded);
	return kept || parse_fail(p, "Command too large");
}

/* objectid = 1*255(ALPHA / DIGIT / "_" / "-") */
static bool parse_object(struct parser *p, struct slice *out)
{
	if (!parse_atom(p, out))
		return false;
	for (size_t i = 0; i < out->len; i++)
		if (!char_is_digit(out->data[i]) && !char_is_letter(out->data[i]) && out->data[i] != '_' &&
		    out->data[i] != '-')
			return parse_fail(p, "Invalid identifier");
	return out->len <= SEARCH_OBJECT_MAX || parse_fail(p, "Invalid identifier");
}

/* A set, and room for what it means in a mailbox. */
static bool parse_set(struct parser *p, struct search_key *key)
{
	if (!seqset_parse(p, &key->set))
		return false;
	key->numbers.ranges = arena_alloc(p->arena, (key->set.count + 1) * sizeof(*key->numbers.ranges));
	return key->numbers.ranges || parse_fail(p, "Command too large");
}

static bool parse_argument(struct reader *r, enum search_argument argument, struct search_key *key)
{
	struct parser *p = r->p;

	if (argument != SEARCH_ARGUMENT_NONE && argument != SEARCH_ARGUMENT_THIS_SET && !parse_space(p))
		return false;
	switch (argument) {
	case SEARCH_ARGUMENT_NONE:
		break;
	case SEARCH_ARGUMENT_DATE:
		return datetime_parse_date(p, &key->day);
	case SEARCH_ARGUMENT_NUMBER:
		return parse_number64(p, &key->number);
	case SEARCH_ARGUMENT_NZ_NUMBER:
		return parse_number64(p, &key->number) &&
		       (key->number > 0 || parse_fail(p, "Expected a number above 0"));
	case SEARCH_ARGUMENT_TEXT:
		return parse_needle(r, &key->text);
	case SEARCH_ARGUMENT_HEADER:
		return parse_astring(p, &key->name) && parse_space(p) && parse_needle(r, &key->text);
	case SEARCH_ARGUMENT_KEYWORD:
		return parse_atom(p, &key->text);
	case SEARCH_ARGUMENT_MODSEQ:
		return parse_modseq(p, &key->number);
	case SEARCH_ARGUMENT_OBJECT:
		return parse_object(p, &key->text);
	case SEARCH_ARGUMENT_SET:
	case SEARCH_ARGUMENT_THIS_SET:
		return parse_set(p, key);
	}
	return true;
}

/* A complete key, with the NOT that some names mean. */
static bool deliver_named(struct reader *r, const struct search_name *known)
{
	struct search_key *key = new_key(r, known->op);

	if (!key || !parse_argument(r, known->argument, key))
		return false;
	key->flags = known->flags;
	key->depth = 1;
	if (known->negated && !push(r, SEARCH_NOT, 1))
		return false;
	return deliver(r, key);
}

/* search-key, those that are complete by themselves */
static bool read_key(struct reader *r)
{
	const struct search_name *known;
	struct parser *p = r->p;
	struct slice name;

	if (++r->keys > SEARCH_KEYS_MAX)
		return too_much(r);
	if (p->at < p->in.len &&
	    (char_is_digit(p->in.data[p->at]) || parse_peek(p, '*') || parse_peek(p, '$')))
		return deliver_named(r, &search_name_set);
	if (!parse_atom(p, &name))
		return parse_fail(p, "Expected a search key");
	if (slice_ieq(name, SLICE("NEW")))
		return push(r, SEARCH_AND, 2) && deliver_named(r, search_name_find(SLICE("RECENT"))) &&
		       deliver_named(r, search_name_find(SLICE("UNSEEN")));
	known = search_name_find(name);
	return known ? deliver_named(r, known) : parse_fail(p, "Unknown search key");
}

/* What may stand before a key: *("(" / "NOT" SP / "OR" SP) */
static bool read_operators(struct reader *r)
{
	struct parser *p = r->p;

	for (;;) {
		bool ok;

		if (parse_peek(p, '(')) {
			p->at++;
			ok = push(r, SEARCH_AND, 0);
		} else if (parse_word(p, "NOT")) {
			ok = push(r, SEARCH_NOT, 1) && parse_space(p);
		} else if (parse_word(p, "OR")) {
			ok = push(r, SEARCH_OR, 2) && parse_space(p);
		} else {
			return true;
		}
		if (!ok)
			return false;
	}
}

/* *")" behind a key */
static bool read_closings(struct reader *r)
{
	struct parser *p = r->p;

	while (parse_peek(p, ')')) {
		if (r->used == 1 || r->stack[r->used - 1].wanted > 0)
			return parse_fail(p, "Unexpected closing parenthesis");
		p->at++;
		if (!close_group(r))
			return false;
	}
	return true;
}

/* search-key *(SP search-key) */
static bool read_keys(struct reader *r)
{
	struct parser *p = r->p;

	if (!push(r, SEARCH_AND, 0))
		return false;
	for (;;) {
		if (!read_operators(r) || !read_key(r) || !read_closings(r))
			return false;
		if (parse_at_end(p))
			return r->used == 1 || parse_fail(p, "Search program without its end");
		if (!parse_space(p))
			return false;
	}
}

/* charset SP */
static bool read_charset(struct reader *r)
{
	struct parser *p = r->p;

	if (!parse_astring(p, &r->charset) || !parse_space(p))
		return parse_fail(p, "Expected a character set");
	if (mime_charset_known(r->charset))
		return true;
	r->program->bad_charset = true;
	return parse_fail(p, "Unknown character set");
}

static bool read_program(struct reader *r)
{
	if (!read_keys(r))
		return false;
	r->program->root = simplify(r->stack[0].key);
	return r->program->root->depth <= SEARCH_DEPTH_MAX || too_much(r);
}

bool search_program_parse(struct parser *p, struct search_program *out)
{
	struct reader r = {.p = p, .program = out};

	*out = (struct search_program){0};
	out->charset = parse_word(p, "CHARSET");
	if (out->charset && !(parse_space(p) && read_charset(&r)))
		return false;
	return read_program(&r);
}

bool search_criteria_parse(struct parser *p, struct search_program *out)
{
	struct reader r = {.p = p, .program = out};

	*out = (struct search_program){0};
	return read_charset(&r) && read_program(&r);
}
