/* SPDX-License-Identifier: ISC
 *
 * A search program that was taken keeps the promises of its tree: flat, shallow, whole. */
#include <stdint.h>
#include <stdlib.h>

#include "../../imapd/proto/search_key.h"
#include "../../store/base/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_children(const struct search_key *key)
{
	for (size_t i = 0; i < key->count; i++) {
		const struct search_key *child = key->children[i];

		if (child->op == key->op || child->depth >= key->depth)
			abort();
	}
}

/* Returns the number of keys without children. */
static size_t check(const struct search_key *key)
{
	size_t leaves = 0;

	if (key->depth == 0 || key->depth > SEARCH_DEPTH_MAX || !utf8_valid(key->text))
		abort();
	if ((key->op == SEARCH_NOT && key->count != 1) || (key->op == SEARCH_OR && key->count < 2) ||
	    (key->op == SEARCH_AND && key->count == 1) || (key->op > SEARCH_NOT && key->count != 0))
		abort();
	check_children(key);
	for (size_t i = 0; i < key->count; i++)
		leaves += check(key->children[i]);
	return key->count == 0 ? 1 : leaves;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = {.limit = 16 * 1024 * 1024};
	struct parser p = {.in = slice_of((const char *)data, size), .arena = &arena};
	struct search_program program;

	if (search_program_parse(&p, &program)) {
		if (!parse_at_end(&p) || check(program.root) > 2 * SEARCH_KEYS_MAX)
			abort();
	} else if (!p.error) {
		abort();
	}
	arena_finish(&arena);
	return 0;
}
