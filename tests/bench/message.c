/* SPDX-License-Identifier: ISC */
#include "message.h"

enum { TEMPLATES = 467, LINE = 74 };

static uint64_t next_random(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

static uint64_t seed_of(unsigned a, unsigned b)
{
	uint64_t seed = ((uint64_t)a + 1) << 32 | (b + 1);

	for (int i = 0; i < 8; i++)
		next_random(&seed);
	return seed;
}

/* Bytes of a template's body: the median is 6 KB, one in 60 is above 60 KB. */
static size_t size_of(uint64_t *seed)
{
	size_t size = 1000 + next_random(seed) % 5000;

	while (next_random(seed) % 5 < 2 && size < 100 * 1024)
		size *= 2;
	return size;
}

static void add_words(struct buf *out, uint64_t *seed, size_t size)
{
	static const char *const words[] = {
		"account", "offer",   "please", "your",  "customer", "the",    "today", "and",  "security",
		"invoice", "payment", "click",  "free",  "order",    "we",     "to",    "of",   "number",
		"bank",    "confirm", "dear",   "price", "delivery", "within", "hours", "best", "prize",
	};
	size_t end = out->len + size, line = out->len;

	while (out->len < end) {
		buf_add_str(out, words[next_random(seed) % ARRAY_SIZE(words)]);
		if (out->len - line > LINE) {
			buf_add_str(out, "\r\n");
			line = out->len;
		} else {
			buf_add_char(out, ' ');
		}
	}
	buf_add_str(out, "\r\n");
}

static void add_base64(struct buf *out, uint64_t *seed, size_t size)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < size; i += 76) {
		for (int j = 0; j < 76; j++)
			buf_add_char(out, alphabet[next_random(seed) & 63]);
		buf_add_str(out, "\r\n");
	}
}

static void add_header(struct buf *out, unsigned run, unsigned n, uint64_t *seed)
{
	buf_addf(out,
		 "Received: from client%u.example ([192.0.2.%u])\r\n\tby mx.example.net (Postfix) with "
		 "ESMTPSA id "
		 "%08llX;\r\n\tMon, 23 Nov 2026 %02u:%02u:%02u +0100\r\nX-AuthUser: "
		 "user%u@customer.example\r\n",
		 run, (unsigned)(next_random(seed) % 254),
		 (unsigned long long)(next_random(seed) & UINT32_MAX), n / 3600 % 24, n / 60 % 60, n % 60,
		 run);
	buf_addf(out, "From: %s <shop%u@customer.example>\r\nTo: victim%llu@example.net\r\n",
		 run % 3 ? "The Shop" : "=?UTF-8?Q?Gesch=C3=A4ft?=", run,
		 (unsigned long long)(next_random(seed) % 100000));
	buf_addf(out, "Subject: %s %u\r\nDate: Mon, 23 Nov 2026 %02u:%02u:%02u +0100\r\n",
		 run % 2 ? "Your offer" : "=?UTF-8?B?SWhyIEFuZ2Vib3Q=?=", run, n / 3600 % 24, n / 60 % 60,
		 n % 60);
	buf_addf(out, "Message-ID: <%u.%016llx@customer.example>\r\nMIME-Version: 1.0\r\n", n,
		 (unsigned long long)next_random(seed));
}

void bench_message(struct buf *out, unsigned n)
{
	uint64_t own = seed_of(n, 0), run_seed;
	unsigned run = (unsigned)(next_random(&own) % TEMPLATES);
	size_t size;

	run = (unsigned)(next_random(&own) % (run + 1)); /* some runs are large */
	run_seed = seed_of(run, 1);
	size = size_of(&run_seed);
	add_header(out, run, n, &own);
	if (run % 4 == 0) {
		buf_add_str(out, "Content-Type: text/plain; charset=utf-8\r\n\r\n");
		add_words(out, &run_seed, size);
	} else {
		buf_addf(out, "Content-Type: multipart/mixed; boundary=\"b%u\"\r\n\r\n--b%u\r\n", run,
			 run % 20 == 1 ? run + 1 : run);
		buf_add_str(out, "Content-Type: text/plain\r\n\r\n");
		add_words(out, &run_seed, size / 3);
		buf_addf(out, "\r\n--b%u\r\nContent-Type: text/html\r\n\r\n<html><body><p>", run);
		add_words(out, &run_seed, size / 3);
		buf_addf(out,
			 "</p></body></html>\r\n--b%u\r\nContent-Type: application/pdf\r\n"
			 "Content-Transfer-Encoding: base64\r\n\r\n",
			 run);
		add_base64(out, &run_seed, size / 3);
		buf_addf(out, "--b%u--\r\n", run);
	}
	buf_addf(out, "Unsubscribe: http://shop.example/u?%016llx\r\n",
		 (unsigned long long)next_random(&own));
}
