/* SPDX-License-Identifier: ISC
 *
 * What the tests of this folder share: cmocka and a parser over a text. */
#ifndef TESTS_UNIT_PROTO_TESTER_H
#define TESTS_UNIT_PROTO_TESTER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../../../imapd/proto/parse.h"
#include "../../../store/base/buf.h"

/* The bytes are copied to memory of their exact length, so that the sanitizer sees a byte too far. */
struct tester {
	char *bytes;
	struct arena arena;
	struct parser parser;
};

static inline struct parser *tester_start(struct tester *t, struct slice text)
{
	t->bytes = malloc(text.len > 0 ? text.len : 1);
	assert_non_null(t->bytes);
	if (text.len > 0)
		memcpy(t->bytes, text.data, text.len);
	t->arena = (struct arena){0};
	t->parser = (struct parser){.in = slice_of(t->bytes, text.len), .arena = &t->arena};
	return &t->parser;
}

static inline void tester_end(struct tester *t)
{
	arena_finish(&t->arena);
	free(t->bytes);
}

static inline void assert_slice(struct slice got, struct slice want)
{
	if (!slice_eq(got, want))
		fail_msg("got \"%.*s\" (%zu bytes), want \"%.*s\"", (int)got.len, got.data ? got.data : "",
			 got.len, (int)want.len, want.data ? want.data : "");
}

#endif
