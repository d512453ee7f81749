/* SPDX-License-Identifier: ISC
 *
 * A whole session, cut at random: before login (the first byte is even) nothing that is said depends on the
 * cuts; after login, over a store with mail in it, each answer is one that a client can read: lines that
 * begin as answers do, literals of the length that they announce, nothing after a BYE. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../imapd/exchange.h"
#include "../../imapd/feed.h"
#include "../../imapd/log.h"
#include "../../store/include/quarantine.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { RUNS_A_STORE = 2000, STEPS_MAX = 1000000 };

static const struct exchange_limits limits = {
	.before_login = {.line = 64, .literal = 16, .literals = 2, .total = 128, .drain = 128},
	.after_login = {.line = 512, .literal = 128, .literals = 4, .total = 1024, .drain = 1024},
	.bad_before_login = 3,
	.bad_after_login = 20,
};

static char folder[] = "/tmp/fuzz-session-XXXXXX";
static char path[sizeof(folder) + 2];
static struct quarantine *store;
static struct imap_services services = {.tls_available = true};

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void remove_all(const char *name)
{
	char inner[512];
	struct dirent *entry;
	DIR *d = opendir(name);

	while (d && (entry = readdir(d))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		snprintf(inner, sizeof(inner), "%s/%s", name, entry->d_name);
		if (unlink(inner) != 0)
			remove_all(inner);
	}
	if (d)
		closedir(d);
	rmdir(name);
}

static void close_store(void)
{
	feeds_destroy(services.feeds);
	quarantine_close(store);
	store = NULL;
	remove_all(path);
}

static void at_end(void)
{
	close_store();
	rmdir(folder);
}

static void deliver(const char *message)
{
	struct quarantine_envelope env = QUARANTINE_ENVELOPE_INIT;

	env.direction = QUARANTINE_OUTGOING;
	env.received = 1700000000;
	require(quarantine_deliver(store, &env, message, strlen(message), NULL) == QUARANTINE_OK);
}

/* Commands change it, so it is made anew from time to time. */
static void open_store(void)
{
	static unsigned runs;

	if (runs == 0) {
		log_set_level(LOG_LEVEL_ERROR);
		require(mkdtemp(folder));
		snprintf(path, sizeof(path), "%s/s", folder);
		atexit(at_end);
	}
	if (runs++ % RUNS_A_STORE != 0)
		return;
	if (store)
		close_store();
	require(quarantine_open(path, QUARANTINE_WRITE | QUARANTINE_CREATE, &store) == QUARANTINE_OK);
	services.feeds = feeds_create();
	deliver("From: Shop <shop@customer.example>\r\nTo: a@b.example, \"B, C\" <c@d.example>\r\n"
		"Subject: =?utf-8?Q?P=C3=BCnktlich?=\r\nMessage-ID: <1@x>\r\n\r\nbody\r\n");
	deliver("Subject: two\r\nIn-Reply-To: <1@x>\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
		"--b\r\n\r\none\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: "
		"inner\r\n\r\nx\r\n--b\r\n"
		"Content-Transfer-Encoding: base64\r\n\r\nAAECAw==\r\n--b--\r\n");
	deliver("");
}

/* Takes the next response off the output; its literals may hold anything. */
static struct slice skip_response(struct slice out)
{
	for (;;) {
		const char *end = memmem(out.data, out.len, "\r\n", 2);
		size_t len = end ? (size_t)(end - out.data) : 0, digits = 0, literal = 0, power = 1;

		require(end && !memchr(out.data, '\0', len) && !memchr(out.data, '\n', len) &&
			!memchr(out.data, '\r', len));
		while (len > digits + 1 && out.data[len - 2 - digits] >= '0' &&
		       out.data[len - 2 - digits] <= '9') {
			literal += (size_t)(out.data[len - 2 - digits] - '0') * power;
			power *= 10;
			digits++;
		}
		bool announced = len > digits + 1 && digits > 0 && digits < 10 && out.data[len - 1] == '}' &&
				 out.data[len - 2 - digits] == '{';
		out = slice_skip(out, len + 2);
		if (!announced)
			return out;
		require(literal <= out.len);
		out = slice_skip(out, literal);
	}
}

static void check_answers(struct slice out)
{
	bool bye = false;

	while (out.len > 0) {
		const char *blank = memchr(out.data, ' ', out.len);

		require(!bye && blank && blank > out.data);
		bye = slice_starts(out, slice_str("* BYE"));
		out = skip_response(out);
		bye = bye && out.len > 0 && slice_starts(out, slice_str("* ")); /* LOGOUT's OK may follow */
	}
}

/* Runs what can be run. False: the connection would end. */
static bool take_commands(struct exchange *x, struct buf *in)
{
	enum exchange_next next;

	while ((next = exchange_read(x, in)) == EXCHANGE_STEP) {
		enum command_status status = COMMAND_MORE;

		if (exchange_place(x) == EXCHANGE_AUTH) {
			exchange_refuse(x, "UNAVAILABLE", "Not now");
			status = COMMAND_DONE;
		}
		for (unsigned steps = 0; status == COMMAND_MORE; steps++) {
			require(steps < STEPS_MAX);
			status = exchange_step(x, store);
		}
		if (status == COMMAND_WAIT)
			continue;
		exchange_end(x);
		if (status == COMMAND_CLOSE || status == COMMAND_STARTTLS)
			return false;
	}
	return next == EXCHANGE_WAIT;
}

/* The n-th read brings as many bytes as the n-th cut says. What was answered is in `out`. False: it is no
 * IMAP client, which its first bytes tell. */
static bool talk(struct slice in, struct slice cuts, bool logged_in, struct buf *out)
{
	struct exchange x;
	struct buf input = {0};
	size_t reads = 0;
	bool goes_on = true, begun;

	exchange_init(&x, &limits, &services);
	x.state.user = logged_in ? strdup("global") : NULL;
	x.state.login_allowed = true;
	while (goes_on && in.len > 0) {
		size_t n = cuts.len > 0 ? (unsigned char)cuts.data[reads++ % cuts.len] % 32 + 1u : in.len;

		n = n < in.len ? n : in.len;
		buf_add(&input, in.data, n);
		in = slice_skip(in, n);
		goes_on = take_commands(&x, &input);
	}
	begun = x.begun;
	require(!x.response.out.failed);
	buf_add_slice(out, buf_slice(&x.response.out));
	exchange_finish(&x);
	buf_finish(&input);
	return begun;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t cuts = size > 0 ? data[0] / 2 % 8 : 0;
	struct buf whole = {0}, cut = {0};
	struct slice in;

	if (size < 1 + cuts)
		return 0;
	open_store();
	in = slice_of((const char *)data + 1 + cuts, size - 1 - cuts);
	if (data[0] % 2 == 1) {
		talk(in, slice_of((const char *)data + 1, cuts), true, &cut);
	} else if (talk(in, slice_of(NULL, 0), false, &whole)) {
		talk(in, slice_of((const char *)data + 1, cuts), false, &cut);
		require(slice_eq(buf_slice(&whole), buf_slice(&cut)));
	}
	check_answers(buf_slice(&cut));
	buf_finish(&whole);
	buf_finish(&cut);
	return 0;
}
