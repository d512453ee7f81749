/* SPDX-License-Identifier: ISC */
#include "message.h"

#include <stdbool.h>
#include <time.h>

#define DATE "%a, %d %b %Y %H:%M:%S +0000"

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

/* "Mon, 15 Jan 2024 09:00:00 +0000" and later: a message every ten seconds. */
static struct tm time_of(unsigned n)
{
	time_t when = 1705309200 + 10 * (time_t)n;
	struct tm tm;

	gmtime_r(&when, &tm);
	return tm;
}

static void add_time(struct buf *out, const char *format, unsigned n)
{
	struct tm tm = time_of(n);
	char text[64];

	buf_add(out, text, strftime(text, sizeof(text), format, &tm));
}

void bench_message_time(struct buf *out, unsigned n)
{
	add_time(out, "%d-%b-%Y %H:%M:%S +0000", n);
}

static void add_message_id(struct buf *out, unsigned n)
{
	uint64_t seed = seed_of(n, 2);

	buf_addf(out, "<%u.%016llx@customer.example>", n, (unsigned long long)next_random(&seed));
}

static void add_header(struct buf *out, unsigned run, unsigned n, uint64_t *seed)
{
	buf_addf(out,
		 "Received: from client%u.example ([192.0.2.%u])\r\n\tby mx.example.net (Postfix) with "
		 "ESMTPSA id %08llX;\r\n\t",
		 run, (unsigned)(next_random(seed) % 254),
		 (unsigned long long)(next_random(seed) & UINT32_MAX));
	add_time(out, DATE "\r\n", n);
	buf_addf(out, "X-AuthUser: user%u@customer.example\r\n", run);
	buf_addf(out, "From: %s <shop%u@customer.example>\r\nTo: victim%llu@example.net\r\n",
		 run % 3 ? "The Shop" : "=?UTF-8?Q?Gesch=C3=A4ft?=", run,
		 (unsigned long long)(next_random(seed) % 100000));
	if (run % 5 < 2)
		buf_addf(out, "Reply-To: claims%u@freemail.example\r\n", run);
	buf_addf(out,
		 "Subject: %s %u\r\nDate: ", run % 2 ? "Your offer" : "=?UTF-8?B?SWhyIEFuZ2Vib3Q=?=", run);
	add_time(out, DATE "\r\nMessage-ID: ", n);
	add_message_id(out, n);
	if (n % 8 == 7) { /* an answer to one of the seven before */
		buf_add_str(out, "\r\nReferences: ");
		add_message_id(out, n - 1 - (unsigned)(next_random(seed) % 7));
	}
	buf_add_str(out, "\r\nMIME-Version: 1.0\r\n");
}

/* One run in twenty names another boundary than it uses. Servers differ in what they find in such a message.
 */
static bool is_broken(unsigned run)
{
	return run % 20 == 1;
}

/* The text, in which each message has an address of its own. */
static void add_text(struct buf *out, unsigned run, uint64_t *run_seed, uint64_t *own, size_t size)
{
	add_words(out, run_seed, size);
	buf_addf(out, "%s: http://shop.example/u?%016llx\r\n", is_broken(run) ? "Opt out" : "Unsubscribe",
		 (unsigned long long)next_random(own));
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
		add_text(out, run, &run_seed, &own, size);
	} else {
		buf_addf(out, "Content-Type: multipart/mixed; boundary=\"b%u\"\r\n\r\n--b%u\r\n",
			 is_broken(run) ? run + 1 : run, run);
		buf_add_str(out, "Content-Type: text/plain\r\n\r\n");
		add_text(out, run, &run_seed, &own, size / 3);
		buf_addf(out, "\r\n--b%u\r\nContent-Type: text/html\r\n\r\n<html><body><p>", run);
		add_words(out, &run_seed, size / 3);
		buf_addf(out,
			 "</p></body></html>\r\n--b%u\r\nContent-Type: application/pdf\r\n"
			 "Content-Transfer-Encoding: base64\r\n\r\n",
			 run);
		add_base64(out, &run_seed, size / 3);
		buf_addf(out, "--b%u--\r\n", run);
	}
}
