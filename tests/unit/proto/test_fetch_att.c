/* SPDX-License-Identifier: ISC */
#include "../../../imapd/proto/fetch_att.h"

#include "tester.h"

static void print_section(const struct fetch_item *item, struct buf *out)
{
	static const char texts[] = {[MIME_SECTION_ALL] = 'A',
				     [MIME_SECTION_HEADER] = 'H',
				     [MIME_SECTION_TEXT] = 'T',
				     [MIME_SECTION_MIME] = 'M'};

	buf_add_char(out, texts[item->text]);
	for (size_t i = 0; i < item->depth; i++)
		buf_addf(out, ".%u", item->path[i]);
	if (item->fields)
		buf_add_str(out, item->fields_not ? " not" : " only");
	for (size_t i = 0; i < item->name_count; i++)
		buf_addf(out, " <%.*s>", (int)item->names[i].len, item->names[i].data);
	if (item->partial)
		buf_addf(out, " %llu+%llu", (unsigned long long)item->offset, (unsigned long long)item->size);
	if (item->sets_seen)
		buf_add_char(out, '!');
}

/* "label=kind;" for each item; a section is printed in full. */
static void print_items(const struct fetch_items *items, struct buf *out)
{
	static const char kinds[][8] = {
		[FETCH_UID] = "uid",           [FETCH_FLAGS] = "flags",  [FETCH_INTERNALDATE] = "date",
		[FETCH_SIZE] = "size",         [FETCH_ENVELOPE] = "env", [FETCH_BODY] = "body",
		[FETCH_BODYSTRUCTURE] = "str", [FETCH_MODSEQ] = "mod"};

	for (size_t i = 0; i < items->count; i++) {
		const struct fetch_item *item = &items->list[i];

		buf_addf(out, "%.*s=", (int)item->label.len, item->label.data);
		if (item->kind == FETCH_SECTION)
			print_section(item, out);
		else
			buf_add_str(out, kinds[item->kind]);
		buf_add_char(out, ';');
	}
}

static const struct {
	struct slice in;
	const char *want; /* NULL: refused */
} cases[] = {
	{SLICE("FLAGS"), "FLAGS=flags;"},
	{SLICE("(UID)"), "UID=uid;"},
	{SLICE("(flags Uid modseq)"), "FLAGS=flags;UID=uid;MODSEQ=mod;"},
	{SLICE("all"), "FLAGS=flags;INTERNALDATE=date;RFC822.SIZE=size;ENVELOPE=env;"},
	{SLICE("FAST"), "FLAGS=flags;INTERNALDATE=date;RFC822.SIZE=size;"},
	{SLICE("Full"), "FLAGS=flags;INTERNALDATE=date;RFC822.SIZE=size;ENVELOPE=env;BODY=body;"},
	{SLICE("BODYSTRUCTURE"), "BODYSTRUCTURE=str;"},
	{SLICE("body"), "BODY=body;"},
	{SLICE("BODY[]"), "BODY[]=A!;"},
	{SLICE("body.peek[]"), "BODY[]=A;"},
	{SLICE("BODY.PEEK[1]<0.393216>"), "BODY[1]<0>=A.1 0+393216;"},
	{SLICE("BODY[]<9223372036854775807.9223372036854775807>"),
	 "BODY[]<9223372036854775807>=A 9223372036854775807+9223372036854775807!;"},
	{SLICE("BODY[1.2.3]"), "BODY[1.2.3]=A.1.2.3!;"},
	{SLICE("BODY[4294967295]"), "BODY[4294967295]=A.4294967295!;"},
	{SLICE("BODY[header]"), "BODY[header]=H!;"},
	{SLICE("BODY[1.TEXT]"), "BODY[1.TEXT]=T.1!;"},
	{SLICE("BODY[1.MIME]"), "BODY[1.MIME]=M.1!;"},
	{SLICE("BODY.PEEK[HEADER.FIELDS (From \"To\" {2}\r\nCc)]"),
	 "BODY[HEADER.FIELDS (From \"To\" \"Cc\")]=H only <From> <To> <Cc>;"},
	{SLICE("BODY.PEEK[Header.Fields.Not (date)]<5.6>"),
	 "BODY[Header.Fields.Not (date)]<5>=H not <date> 5+6;"},
	{SLICE("BODY.PEEK[2.HEADER.FIELDS(A)]"), "BODY[2.HEADER.FIELDS (A)]=H.2 only <A>;"},
	{SLICE("BODY.PEEK[HEADER.FIELDS ({4}\r\na\"\\b)]"),
	 "BODY[HEADER.FIELDS (\"a\\\"\\\\b\")]=H only <a\"\\b>;"},
	{SLICE("(RFC822.SIZE RFC822.HEADER RFC822.TEXT RFC822)"),
	 "RFC822.SIZE=size;RFC822.HEADER=H;RFC822.TEXT=T!;RFC822=A!;"},
	{SLICE("RFC822.PEEK"), "RFC822=A;"},
	{SLICE("RFC822.TEXT.PEEK"), "RFC822.TEXT=T;"},
	{SLICE("()"), NULL},
	{SLICE("(FLAGS"), NULL},
	{SLICE("(FLAGS )"), NULL},
	{SLICE("(FLAGS,UID)"), NULL},
	{SLICE("(ALL)"), NULL},
	{SLICE("FLAG"), NULL},
	{SLICE("FLAGSX"), NULL},
	{SLICE("FLAGS[]"), NULL},
	{SLICE("BODYSTRUCTURE[]"), NULL},
	{SLICE("BODY["), NULL},
	{SLICE("BODY[0]"), NULL},
	{SLICE("BODY[1.]"), NULL},
	{SLICE("BODY[.1]"), NULL},
	{SLICE("BODY[1..2]"), NULL},
	{SLICE("BODY[4294967296]"), NULL},
	{SLICE("BODY[MIME]"), NULL},
	{SLICE("BODY[FOO]"), NULL},
	{SLICE("BODY[TEXT.1]"), NULL},
	{SLICE("BODY[HEADER.FIELDS]"), NULL},
	{SLICE("BODY[HEADER.FIELDS ()]"), NULL},
	{SLICE("BODY[HEADER.FIELDS (a]"), NULL},
	{SLICE("BODY[HEADER.FIELDS (\"a\x80\")]"), NULL},
	{SLICE("BODY[HEADER.FIELDS ({3}\r\na\r\n)]"), NULL},
	{SLICE("BODY[]<0>"), NULL},
	{SLICE("BODY[]<0.0>"), NULL},
	{SLICE("BODY[]<-1.5>"), NULL},
	{SLICE("BODY[]<1.5"), NULL},
	{SLICE("BODY[]<9223372036854775808.1>"), NULL},
	{SLICE(""), NULL},
};

static void check(size_t i, struct slice in, const char *want)
{
	struct fetch_items items = {0};
	struct buf out = {0};
	struct tester t;
	struct parser *p = tester_start(&t, in);
	bool ok = fetch_items_parse(p, &items);

	if (ok != (want != NULL))
		fail_msg("case %zu: \"%.*s\" is %s", i, (int)in.len, in.data, ok ? "taken" : p->error);
	if (ok) {
		print_items(&items, &out);
		assert_slice(buf_slice(&out), slice_str(want));
		assert_int_equal(p->at, in.len);
	}
	buf_finish(&out);
	tester_end(&t);
}

static void test_items(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		check(i, cases[i].in, cases[i].want);
}

static void test_cut(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		for (size_t len = 0; len < cases[i].in.len; len++) {
			struct fetch_items items;
			struct tester t;
			struct parser *p = tester_start(&t, slice_of(cases[i].in.data, len));

			fetch_items_parse(p, &items);
			assert_true(p->at <= len);
			tester_end(&t);
		}
	}
}

/* count times `piece` between two texts */
static bool takes(const char *before, const char *piece, int count, const char *after)
{
	struct fetch_items items;
	struct buf text = {0};
	struct tester t;
	bool ok;

	buf_add_str(&text, before);
	for (int i = 0; i < count; i++)
		buf_add_str(&text, piece);
	buf_add_str(&text, after);
	ok = fetch_items_parse(tester_start(&t, buf_slice(&text)), &items);
	tester_end(&t);
	buf_finish(&text);
	return ok;
}

static void test_limits(void **state)
{
	(void)state;
	assert_true(takes("(", "UID ", FETCH_ITEMS_MAX - 1, "UID)"));
	assert_false(takes("(", "UID ", FETCH_ITEMS_MAX, "UID)"));
	assert_true(takes("BODY[", "1.", FETCH_DEPTH_MAX - 1, "1]"));
	assert_false(takes("BODY[", "1.", FETCH_DEPTH_MAX, "1]"));
	assert_true(takes("BODY[HEADER.FIELDS (", "a ", FETCH_NAMES_MAX - 1, "a)]"));
	assert_false(takes("BODY[HEADER.FIELDS (", "a ", FETCH_NAMES_MAX, "a)]"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_items),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
