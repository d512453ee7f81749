/* SPDX-License-Identifier: ISC */
#include "../../../store/base/base64.h"

#include "tester.h"

static void test_decode(void **state)
{
	static const struct {
		struct slice in;
		const char *want; /* NULL: refused */
	} cases[] = {
		{SLICE(""), ""},           {SLICE("Zg=="), "f"},         {SLICE("Zm8="), "fo"},
		{SLICE("Zm9v"), "foo"},    {SLICE("Zm9vYmE="), "fooba"}, {SLICE("+/+/"), "\xfb\xff\xbf"},
		{SLICE("Zg="), NULL},      {SLICE("Zg"), NULL},          {SLICE("Z==="), NULL},
		{SLICE("===="), NULL},     {SLICE("Zh=="), NULL},        {SLICE("Zm9="), NULL},
		{SLICE("Zg==Zg=="), NULL}, {SLICE("Z g="), NULL},        {SLICE("Zm9v\n"), NULL},
		{SLICE("*"), NULL},        {SLICE("A2 LOGOUT"), NULL},   {SLICE("Zm\0v"), NULL},
		{SLICE("Zm9\xff"), NULL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char *out = malloc(cases[i].in.len / 4 * 3 + 1);
		size_t len = 99;
		bool ok;

		assert_non_null(out);
		ok = base64_decode(cases[i].in, out, &len);
		assert_int_equal(ok, cases[i].want != NULL);
		if (ok)
			assert_slice(slice_of(out, len), slice_str(cases[i].want));
		free(out);
	}
}

static void test_every_byte(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 256 * 256; i++) {
		unsigned char bytes[2] = {(unsigned char)(i >> 8), (unsigned char)i};
		char text[4] = {base64_alphabet[bytes[0] >> 2],
				base64_alphabet[(bytes[0] & 3) << 4 | bytes[1] >> 4],
				base64_alphabet[(bytes[1] & 15) << 2], '='};
		char out[3];
		size_t len;

		assert_true(base64_decode(slice_of(text, 4), out, &len));
		assert_int_equal(len, 2);
		assert_memory_equal(out, bytes, 2);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_decode), cmocka_unit_test(test_every_byte)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
