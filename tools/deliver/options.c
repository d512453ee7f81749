/* SPDX-License-Identifier: ISC */
#include "options.h"

#include <argp.h>
#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "fromenv.h"

/* Visible, so that libc finds it. */
__attribute__((visibility("default"))) const char *argp_program_version =
	"quarantine-deliver " PROGRAM_VERSION;

enum {
	KEY_SENDER = 'f',
	KEY_STORE = 256,
	KEY_SPOOL,
	KEY_DIRECTION,
	KEY_SCORE,
	KEY_RECEIVED,
	KEY_KEY,
	KEY_MIN_FREE,
	KEY_BSMTP,
	KEY_FROM_ENV,
	KEY_STRIP_MBOX_FROM,
	KEY_TEXT, /* and up: see TEXT() */
};

enum { KEY_MAX = 200 }; /* bytes that the store takes */

/* The key of an option whose value becomes a text of the envelope. */
#define TEXT(member) (KEY_TEXT + (int)offsetof(struct quarantine_envelope, member))

static const struct argp_option option_list[] = {
	{"store", KEY_STORE, "DIR", 0, "The quarantine's store", 1},
	{"direction", KEY_DIRECTION, "WORD", 0, "outgoing (a customer sent it) or incoming", 1},
	{"spool", KEY_SPOOL, "DIR", 0, "Keep the message here when the store cannot be had", 1},
	{"min-free", KEY_MIN_FREE, "BYTES", 0, "Leave so much free on the disk, else try again (64 MiB)", 1},
	{"bsmtp", KEY_BSMTP, NULL, 0, "Standard input is batch SMTP: envelope and message", 2},
	{"from-env", KEY_FROM_ENV, NULL, 0, "Take what no option gives from the environment", 2},
	{"strip-mbox-from", KEY_STRIP_MBOX_FROM, NULL, 0, "Drop a first line that begins with \"From \"", 2},
	{"sender", KEY_SENDER, "ADDRESS", 0, "Envelope sender; empty: the null sender", 3},
	{"class", TEXT(class_name), "WORD", 0, "spam, phish, virus or another word: the verdict", 3},
	{"sub-class", TEXT(sub_class), "WORD", 0, "The kind of rule that decided", 3},
	{"evidence", TEXT(evidence), "TEXT", 0, "The rule or text that decided", 3},
	{"score", KEY_SCORE, "NUMBER", 0, "The filter's score", 3},
	{"action", TEXT(action), "WORD", 0, "rejected, accepted, discarded, deferred: what the filter did",
	 3},
	{"auth-user", TEXT(auth_user), "NAME", 0, "Authenticated user", 3},
	{"auth-domain", TEXT(auth_domain), "DOMAIN", 0, "Domain or account the user belongs to", 3},
	{"identity", TEXT(identity), "TEXT", 0, "Customer, script or user behind the message", 3},
	{"client-ip", TEXT(client_address), "ADDRESS", 0, "IP address of the sending client", 3},
	{"client-name", TEXT(client_name), "NAME", 0, "Its host name", 3},
	{"helo", TEXT(helo), "NAME", 0, "What it said in HELO or EHLO", 3},
	{"queue-id", TEXT(queue_id), "ID", 0, "The mail server's id of the message", 3},
	{"received", KEY_RECEIVED, "TIME", 0, "When it came: seconds since 1970, or 2026-01-31T12:00:00Z", 3},
	{"key", KEY_KEY, "KEY", 0, "Deliveries with one key within 7 days are one message", 3},
	{0},
};

/* Digits at *text, exactly `count`; moves *text past them. -1: others stand there. */
static int take_digits(const char **text, int count)
{
	int n = 0;

	for (int i = 0; i < count; i++, (*text)++) {
		if (!isdigit((unsigned char)**text))
			return -1;
		n = n * 10 + (**text - '0');
	}
	return n;
}

static bool take_char(const char **text, const char *any)
{
	return **text != '\0' && strchr(any, *(*text)++);
}

/* time-offset of RFC 3339 at the end of a text, in seconds east of Greenwich. */
static bool take_offset(const char **text, int64_t *seconds)
{
	bool west = **text == '-';
	int hours, minutes;

	*seconds = 0;
	if (strcmp(*text, "Z") == 0 || strcmp(*text, "z") == 0)
		return true;
	if (!take_char(text, "+-") || (hours = take_digits(text, 2)) < 0 || !take_char(text, ":") ||
	    (minutes = take_digits(text, 2)) < 0)
		return false;
	*seconds = (hours * 60 + minutes) * (west ? -60 : 60);
	return **text == '\0' && hours < 24 && minutes < 60;
}

static bool read_rfc3339(const char *text, int64_t *seconds)
{
	struct tm tm = {0};
	int64_t offset;

	if ((tm.tm_year = take_digits(&text, 4)) < 1970 || !take_char(&text, "-") ||
	    (tm.tm_mon = take_digits(&text, 2)) < 1 || tm.tm_mon > 12 || !take_char(&text, "-") ||
	    (tm.tm_mday = take_digits(&text, 2)) < 1 || tm.tm_mday > 31 || !take_char(&text, "Tt ") ||
	    (tm.tm_hour = take_digits(&text, 2)) < 0 || tm.tm_hour > 23 || !take_char(&text, ":") ||
	    (tm.tm_min = take_digits(&text, 2)) < 0 || tm.tm_min > 59 || !take_char(&text, ":") ||
	    (tm.tm_sec = take_digits(&text, 2)) < 0 || tm.tm_sec > 60)
		return false;
	if (*text == '.')
		text += 1 + strspn(text + 1, "0123456789");
	if (!take_offset(&text, &offset))
		return false;
	tm.tm_year -= 1900;
	tm.tm_mon--;
	*seconds = timegm(&tm) - offset;
	return *seconds > 0;
}

bool time_read(const char *text, int64_t *seconds)
{
	char *end;
	long long n;

	if (text[0] == '\0' || text[strspn(text, "0123456789")] != '\0')
		return read_rfc3339(text, seconds);
	n = strtoll(text, &end, 10);
	if (n <= 0 || n >= 253402300800) /* the year 10000 */
		return false;
	*seconds = n;
	return true;
}

static error_t wrong_value(struct argp_state *state, const char *option, const char *wanted)
{
	argp_error(state, "--%s wants %s", option, wanted);
	return EINVAL;
}

static error_t read_bytes(struct argp_state *state, const char *text, uint64_t *bytes)
{
	char *end;

	errno = 0;
	*bytes = strtoull(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0)
		return wrong_value(state, "min-free", "a number of bytes");
	return 0;
}

static error_t read_direction(struct argp_state *state, struct quarantine_envelope *env, const char *word)
{
	if (strcmp(word, "outgoing") == 0)
		env->direction = QUARANTINE_OUTGOING;
	else if (strcmp(word, "incoming") == 0)
		env->direction = QUARANTINE_INCOMING;
	else
		return wrong_value(state, "direction", "outgoing or incoming");
	return 0;
}

static error_t read_text(struct quarantine_envelope *env, int key, const char *value)
{
	if (key < KEY_TEXT || key >= KEY_TEXT + (int)sizeof(*env))
		return ARGP_ERR_UNKNOWN;
	*(const char **)((char *)env + (key - KEY_TEXT)) = value[0] != '\0' ? value : NULL;
	return 0;
}

static error_t read_option(int key, char *value, struct argp_state *state)
{
	struct options *o = state->input;
	struct quarantine_envelope *env = &o->envelope;
	const char *text = value ? value : "";
	bool empty = text[0] == '\0';

	switch (key) {
	case KEY_STORE:
		o->store = value;
		return 0;
	case KEY_SPOOL:
		o->spool = empty ? NULL : value;
		return 0;
	case KEY_BSMTP:
		o->bsmtp = true;
		return 0;
	case KEY_FROM_ENV:
		o->from_env = true;
		return 0;
	case KEY_STRIP_MBOX_FROM:
		o->strip_mbox_from = true;
		return 0;
	case KEY_SENDER:
		env->sender = value;
		return 0;
	case KEY_DIRECTION:
		return read_direction(state, env, text);
	case KEY_SCORE:
		env->score = empty ? NULL : &o->score;
		return empty || score_read(text, &o->score) ? 0 : wrong_value(state, "score", "a number");
	case KEY_RECEIVED:
		return empty || time_read(text, &env->received) ? 0
								: wrong_value(state, "received", "a time");
	case KEY_KEY:
		env->delivery_key = empty ? NULL : value;
		return strlen(text) <= KEY_MAX ? 0 : wrong_value(state, "key", "at most 200 bytes");
	case KEY_MIN_FREE:
		return read_bytes(state, text, &o->min_free);
	case ARGP_KEY_ARGS:
		env->recipients = (const char *const *)(state->argv + state->next);
		env->recipient_count = (size_t)(state->argc - state->next);
		return 0;
	default:
		return read_text(env, key, text);
	}
}

void options_read(int argc, char **argv, struct options *options)
{
	static const struct argp argp = {
		option_list, read_option, "[--] [RECIPIENT…]",
		"Puts the message on standard input into a mail quarantine and prints its id.\v"
		"Exit status: 0 the message is durable; 64 wrong usage; 65 the message or its batch SMTP is "
		"malformed or "
		"too big; 75 try again later; 77 no permission. quarantine-deliver(1) has the lines for Exim "
		"and Postfix."};
	struct options draft = {.envelope = QUARANTINE_ENVELOPE_INIT};

	/* Postfix takes a status code at the start of the output for the result, and keeps the mail. So
	 * the command line is read in silence first. */
	if (argp_parse(&argp, argc, argv, ARGP_NO_ERRS, NULL, &draft) != 0)
		fputs("4.3.5 ", stderr);
	*options = (struct options){.envelope = QUARANTINE_ENVELOPE_INIT,
				    .min_free = QUARANTINE_MIN_FREE_DEFAULT};
	argp_parse(&argp, argc, argv, 0, NULL, options);
	if (!options->store || options->store[0] == '\0' || options->envelope.direction == 0) {
		fputs("4.3.5 quarantine-deliver: --store and --direction are needed; see --help\n", stderr);
		exit(EX_USAGE);
	}
}
