/* SPDX-License-Identifier: ISC
 *
 * The text form of the table of columns: what it may change, and what is wrong with it. */
#include "../../../tools/retrieve/columns.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

static void check_cell(const char *text, const char *column, const char *header, const char *expected)
{
	struct columns *c = columns_create();
	struct buf why = {0}, cells[COLUMNS_MAX] = {0};
	assert_true(columns_change(c, slice_str(text), "f", &why));
	size_t at = columns_find(c, slice_str(column));
	assert_true(at < c->count);
	columns_extract(c, slice_str(header), DIRECTION_OUTGOING, cells);
	if (!slice_eq(buf_slice(&cells[at]), slice_str(expected)))
		fail_msg("%s\nis [%.*s]", text, (int)cells[at].len, cells[at].data ? cells[at].data : "");
	columns_finish(cells);
	columns_destroy(c);
}

static void changes(void **state)
{
	(void)state;
	static const struct {
		const char *text, *column, *header, *cell;
	} cases[] = {
		{"[Ticket]\nX-Ticket\n", "Ticket", "X-Ticket: 7\n", "7"},
		{"# ours\r\n\r\n[ Ticket ]\r\n\tx-ticket  last # the newest\r\n", "ticket",
		 "X-Ticket: 7\nX-Ticket: 8\n", "8"},
		{"[From]\nSender\nFrom\n", "From", "From: a\nSender: b\n", "b"},
		{"[subject] shown\n", "subject", "Subject: s\n", "s"},
		{"[subject] shown\nX-Subject\n", "subject", "Subject: s\nX-Subject: x\n", "x"},
		{"[From] hidden\n", "From", "From: a\n", ""},
		{"[User]\n=Auth-User\n\"=IP/Username\"\n", "User", "X-Originating-IP: 192.0.2.1\n",
		 "192.0.2.1"},
		{"[Who]\n=identity\n", "Who", "X-AuthUser: u\n", "u"},
		{"[Id]\nX-Id after \"id: \" until ;\n", "Id", "X-Id: x; id: 77; y\n", "77"},
		{"[Id]\nX-Id after \"id: \"\n", "Id", "X-Id: x\n", ""},
		{"[Id]\nX-Id until \" for \" email\n", "Id", "X-Id: <a@b> for c\n", "a@b"},
		{"[B]\nX-*-Ticket last outgoing\n", "B", "X-A-Class: spam\nX-A-Ticket: 9\n", "9"},
		{"[B]\nX-T incoming\n", "B", "X-T: 9\n", ""},
		{"[B]\nX-T\nX-U also\n", "B", "X-T: 9\nX-U: 10\n", "9; 10"},
		{"", "From", "From: a\n", "a"},
	};
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		check_cell(cases[i].text, cases[i].column, cases[i].header, cases[i].cell);
}

static void mistakes(void **state)
{
	(void)state;
	static const struct {
		const char *text, *why;
	} cases[] = {
		{"X-T\n", "f:1: a source before the first [COLUMN]"},
		{"\n# x\n[A\n", "f:3: no ] behind the column's name"},
		{"[]\nX-T\n", "f:1: a column's name has 1 to 100 bytes and no comma"},
		{"[a,b]\nX-T\n", "f:1: a column's name has 1 to 100 bytes and no comma"},
		{"[A]\n\n[B]\nX-T\n", "f:1: column 'A' has no source"},
		{"[B]\nX-T\n[A]\n", "f:3: column 'A' has no source"},
		{"[A] hidden\n", "f:1: column 'A' has no source"},
		{"[A] maybe\n", "f:1: 'maybe' is neither 'hidden' nor 'shown'"},
		{"[A]\nX-T sometimes\n", "f:2: 'sometimes' is no word for a source"},
		{"[A]\nX-T email base64\n", "f:2: 'base64': one way of reading is taken already"},
		{"[A]\nX-T after\n", "f:2: 'after' wants one text"},
		{"[A]\nX-T after a after b\n", "f:2: 'after' wants one text"},
		{"[A]\nX-T after \"a\n", "f:2: no end of the quotes"},
		{"[A]\nX-T:\n", "f:2: 'X-T:' is no name of a field"},
		{"[A]\nX-*\n", "f:2: 'X-*' is no name of a field"},
		{"[A]\n*-T\n", "f:2: '*-T' is no name of a field"},
		{"[A]\n=A\n", "f:2: '=A': there is no such column above"},
		{"[From]\n=identity\n", "f:2: '=identity': there is no such column above"},
	};
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct columns *c = columns_create();
		struct buf why = {0};
		if (columns_change(c, slice_str(cases[i].text), "f", &why))
			fail_msg("taken: %s", cases[i].text);
		if (!slice_eq(buf_slice(&why), slice_str(cases[i].why)))
			fail_msg("%s\nis [%.*s]", cases[i].text, (int)why.len, why.data);
		buf_finish(&why);
		columns_destroy(c);
	}
}

/* N and N + 1 of columns, of sources, of bytes of a name. */
static void limits(void **state)
{
	(void)state;
	for (int more = 0; more < 2; more++) {
		struct columns *c = columns_create();
		struct buf text = {0}, why = {0};
		for (size_t i = c->count; i < COLUMNS_MAX + (size_t)more; i++)
			buf_addf(&text, "[c%zu]\nX-T\n", i);
		assert_int_equal(columns_change(c, buf_slice(&text), "f", &why), more == 0);
		columns_destroy(c);
		buf_reset(&text);
		buf_add_str(&text, "[c]\n");
		for (int i = 0; i < COLUMNS_SOURCES_MAX + more; i++)
			buf_add_str(&text, "X-T\n");
		c = columns_create();
		assert_int_equal(columns_change(c, buf_slice(&text), "f", &why), more == 0);
		columns_destroy(c);
		buf_reset(&text);
		buf_addf(&text, "[%0*d]\nX-T\n", COLUMNS_NAME_MAX + more, 7);
		c = columns_create();
		assert_int_equal(columns_change(c, buf_slice(&text), "f", &why), more == 0);
		columns_destroy(c);
		buf_finish(&text);
		buf_finish(&why);
	}
}

static void any_cut_is_survived(void **state)
{
	(void)state;
	static const char whole[] =
		"[A] shown # x\nX-T last after \"a b\" until c email\n\"=From\"\n[subject] shown\n";
	for (size_t len = 0; len < sizeof(whole); len++) {
		char *cut = malloc(len ? len : 1);
		struct columns *c = columns_create();
		struct buf why = {0};
		memcpy(cut, whole, len);
		columns_change(c, slice_of(cut, len), "f", &why);
		free(cut);
		buf_finish(&why);
		columns_destroy(c);
	}
}

static void files(void **state)
{
	(void)state;
	char path[] = "/tmp/columns-XXXXXX";
	int fd = mkstemp(path);
	struct columns *c = columns_create();
	struct buf why = {0};
	assert_int_equal(write(fd, "[A]\nX-T oops\n", 13), 13);
	close(fd);
	assert_false(columns_read(c, path, &why));
	assert_non_null(memmem(why.data, why.len, ":2: 'oops'", 10));
	assert_memory_equal(why.data, path, strlen(path));
	unlink(path);
	buf_reset(&why);
	assert_false(columns_read(c, path, &why));
	assert_non_null(memmem(why.data, why.len, "No such file", 12));
	buf_finish(&why);
	columns_destroy(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(changes), cmocka_unit_test(mistakes),
		cmocka_unit_test(limits),  cmocka_unit_test(any_cut_is_survived),
		cmocka_unit_test(files),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
