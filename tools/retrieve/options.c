/* SPDX-License-Identifier: ISC */
#include "options.h"

#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char OPTIONS_PROGRAM[] = "retrieve_quarantine_info";
static const char PASSWORD_VARIABLE[] = "QUARANTINE_PASSWORD";

enum {
	KEY_CA = 256,
	KEY_INSECURE,
	KEY_STARTTLS,
	KEY_PASSWORD_FILE,
	KEY_OUTPUT,
	KEY_BOM,
	KEY_RAW,
	KEY_FORMAT,
	KEY_SINCE,
	KEY_UNTIL,
	KEY_LAST_HOUR,
	KEY_FOLLOW,
	KEY_MAILBOX,
	KEY_WITH_MAILBOX,
	KEY_GROUP_BY,
	KEY_TOP,
	KEY_COLUMNS,
	KEY_SHOW_COLUMNS,
	KEY_FAIL_EMPTY,
	KEY_USAGE,
	KEY_VERSION,
};

enum { TOP_MAX = 1000000 };

static const struct argp_option OPTIONS[] = {
	{"csv", 'c', NULL, 0, "Save the lines to a CSV file in the current folder", 0},
	{"display", 'd', NULL, 0, "Print the lines as they pass (the default without -c)", 0},
	{"incoming", 'i', NULL, 0, "Look at the incoming quarantine", 0},
	{"outgoing", 'o', NULL, 0, "Look at the outgoing quarantine", 0},
	{"today", 't', NULL, 0, "Mail that arrived today; otherwise yesterday's", 0},
	{"imaphost", 's', "HOST[:PORT]", 0,
	 "The server (default localhost), or a URL: port 993 with TLS, or on this machine port 143 without",
	 0},
	{"username", 'u', "NAME", 0, "The IMAP account (default global)", 0},
	{"password", 'p', "PASSWORD", 0,
	 "Its password; asked for when neither this, nor --password-file, nor QUARANTINE_PASSWORD in the "
	 "environment is given",
	 0},
	{"no-bounce", 'n', NULL, 0, "Leave out mail from 'mailer-daemon'", 0},
	{0, 0, NULL, 0, "Which mail:", 1},
	{"since", KEY_SINCE, "TIME", 0,
	 "Mail that arrived since then: 2026-11-22, '2026-11-22 14:30', 14:30, '2 hours ago'", 1},
	{"until", KEY_UNTIL, "TIME", 0, "Mail that arrived before then; a day is taken whole", 1},
	{"last-hour", KEY_LAST_HOUR, NULL, 0, "Mail of the last 60 minutes", 1},
	{"follow", KEY_FOLLOW, NULL, 0, "Stay, and print each new line as mail arrives", 1},
	{"mailbox", KEY_MAILBOX, "NAME", 0, "Look at this mailbox; -i or -o says of which kind it is", 1},
	{0, 0, NULL, 0, "What comes out:", 2},
	{"output", KEY_OUTPUT, "FILE", 0,
	 "Save the lines to FILE instead of a file named after the day; - is standard output", 2},
	{"format", KEY_FORMAT, "FORMAT", 0, "csv (the default), tsv, json or table", 2},
	{"bom", KEY_BOM, NULL, 0, "Begin the file with a byte order mark, for Excel", 2},
	{"raw", KEY_RAW, NULL, 0, "Leave cells that a spreadsheet takes for formulas as they are", 2},
	{"with-mailbox", KEY_WITH_MAILBOX, NULL, 0, "A first column that names the quarantine", 2},
	{"group-by", KEY_GROUP_BY, "COLUMN[,COLUMN]", 0,
	 "Count messages by these columns, or by identity, class, subject, domain", 2},
	{"top", KEY_TOP, "N", 0, "Only the N largest groups", 2},
	{"columns", KEY_COLUMNS, "FILE", 0, "Change the table of columns by FILE", 2},
	{"show-columns", KEY_SHOW_COLUMNS, NULL, 0, "Show the table of columns in the form that FILE has", 2},
	{"fail-empty", KEY_FAIL_EMPTY, NULL, 0, "Exit status 1 when nothing matched", 2},
	{0, 0, NULL, 0, "The connection:", 3},
	{"password-file", KEY_PASSWORD_FILE, "FILE", 0, "Read the password from the first line of FILE", 3},
	{"ca", KEY_CA, "FILE", 0, "Trust the certificates in FILE instead of the system's", 3},
	{"insecure", KEY_INSECURE, NULL, 0, "Take any certificate: the server may be anybody", 3},
	{"starttls", KEY_STARTTLS, NULL, 0, "Go over to TLS after connecting, on port 143", 3},
	{"help", 'h', NULL, 0, "Show this list", -1},
	{"usage", KEY_USAGE, NULL, 0, "Show the options without their meaning", -1},
	{"version", KEY_VERSION, NULL, 0, "Show the version", -1},
	{0},
};

static const char DOC[] =
	"List who sent the mail in the quarantine: one line a message, with the fields that name the "
	"account, "
	"the script or the address behind it.\v"
	"Example: retrieve_quarantine_info -d -o -n -t -s mail.example.com\n\n"
	"Exit status: 0 done, 1 nothing matched (with --fail-empty), 2 wrong options, 3 no connection, 4 "
	"login "
	"refused, 5 no such mailbox, 6 output could not be written.";

/* Where the options without more to them are kept. */
static const struct {
	int key;
	size_t flag, text; /* one of them; 0 is neither: `csv` alone is at 0 */
} PLACES[] = {
	{'d', offsetof(struct options, display), 0},
	{'i', offsetof(struct options, incoming), 0},
	{'o', offsetof(struct options, outgoing), 0},
	{'t', offsetof(struct options, today), 0},
	{'n', offsetof(struct options, no_bounce), 0},
	{KEY_INSECURE, offsetof(struct options, insecure), 0},
	{KEY_STARTTLS, offsetof(struct options, starttls), 0},
	{KEY_BOM, offsetof(struct options, bom), 0},
	{KEY_RAW, offsetof(struct options, raw), 0},
	{KEY_LAST_HOUR, offsetof(struct options, last_hour), 0},
	{KEY_FOLLOW, offsetof(struct options, follow), 0},
	{KEY_WITH_MAILBOX, offsetof(struct options, with_mailbox), 0},
	{KEY_FAIL_EMPTY, offsetof(struct options, fail_empty), 0},
	{'s', 0, offsetof(struct options, host)},
	{'u', 0, offsetof(struct options, user)},
	{KEY_PASSWORD_FILE, 0, offsetof(struct options, password_file)},
	{KEY_OUTPUT, 0, offsetof(struct options, output)},
	{KEY_CA, 0, offsetof(struct options, ca)},
	{KEY_FORMAT, 0, offsetof(struct options, format_name)},
	{KEY_SINCE, 0, offsetof(struct options, since)},
	{KEY_UNTIL, 0, offsetof(struct options, until)},
	{KEY_MAILBOX, 0, offsetof(struct options, mailbox)},
	{KEY_GROUP_BY, 0, offsetof(struct options, group_by)},
	{KEY_TOP, 0, offsetof(struct options, top_text)},
	{KEY_COLUMNS, 0, offsetof(struct options, columns_file)},
};

static bool keep(int key, char *arg, struct options *options)
{
	char *base = (char *)options;
	options->csv |= key == 'c';
	for (size_t i = 0; i < ARRAY_SIZE(PLACES); i++)
		if (PLACES[i].key == key) {
			if (PLACES[i].text > 0)
				memcpy(base + PLACES[i].text, &arg, sizeof(arg));
			else
				memcpy(base + PLACES[i].flag, &(bool){true}, sizeof(bool));
			return true;
		}
	return key == 'c';
}

static void take_password(struct argp_state *state, struct options *options, char *arg)
{
	size_t len = strlen(arg);
	if (len >= sizeof(options->password))
		argp_error(state, "the password is too long");
	memcpy(options->password, arg, len + 1);
	options->has_password = true;
	wipe(arg, len);
}

/* Pairs of options that contradict each other, or need one another. */
static void check_pairs(struct argp_state *state, const struct options *o)
{
	const struct {
		bool wrong;
		const char *why;
	} rules[] = {
		{!o->incoming && !o->outgoing, "say which quarantine: -o (outgoing) or -i (incoming)"},
		{o->mailbox && o->incoming && o->outgoing,
		 "--mailbox names one mailbox: give one of -o and -i"},
		{o->follow && o->incoming && o->outgoing,
		 "--follow looks at one mailbox: give one of -o and -i"},
		{o->follow && o->csv, "--follow prints only: leave -c and --output out"},
		{o->follow && o->group_by, "give one of --follow and --group-by"},
		{o->follow && o->until, "give one of --follow and --until"},
		{o->top_text && !o->group_by, "--top is for --group-by"},
		{o->has_password && o->password_file, "give one of --password and --password-file"},
		{o->ca && o->insecure, "give one of --ca and --insecure"},
		{o->today + o->last_hour + (o->since || o->until) > 1,
		 "give one of -t, --last-hour and --since or --until"},
		{o->bom && !o->csv, "--bom is for a file: give -c or --output"},
		{o->display && o->output && strcmp(o->output, "-") == 0, "give one of -d and --output -"},
	};
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
		if (rules[i].wrong)
			argp_error(state, "%s", rules[i].why);
}

static void read_period(struct argp_state *state, struct options *o)
{
	struct day today = day_local(o->now, 0);
	o->has_period = o->today || o->last_hour || o->since || o->until;
	if (o->last_hour || o->since || o->until || o->follow) {
		o->period = (struct period){o->last_hour ? o->now - 3600 : 0, PERIOD_OPEN};
		if (o->today)
			o->period.since = day_begin(today);
	} else {
		o->period = (struct period){day_begin(day_shift(today, o->today ? 0 : -1)),
					    day_begin(day_shift(today, o->today ? 1 : 0))};
	}
	if ((o->since && !period_moment(o->since, o->now, false, &o->period.since)) ||
	    (o->until && !period_moment(o->until, o->now, true, &o->period.until)))
		argp_error(state, "write the time as 2026-11-22, '2026-11-22 14:30', 14:30 or '2 hours ago'");
	if (o->period.since >= o->period.until)
		argp_error(state, "--until must be later than --since");
}

/* The columns of --group-by. */
static void read_keys(struct argp_state *state, struct options *o)
{
	struct columns *c = o->columns;
	const char *name = o->group_by;
	for (size_t i = 0; i < c->count; i++)
		c->list[i].wanted = false;
	if (o->no_bounce)
		columns_want(c, COLUMNS_FROM);
	while (name) {
		const char *end = strchrnul(name, ',');
		size_t at = columns_find(c, slice_trim(slice_of(name, (size_t)(end - name))));
		if (at == c->count)
			argp_error(state, "--group-by: there is no column '%.*s'; --show-columns shows them",
				   (int)(end - name), name);
		if (o->key_count == GROUPS_KEYS_MAX - 1)
			argp_error(state, "--group-by takes up to %d columns", GROUPS_KEYS_MAX - 1);
		o->keys[o->key_count++] = at;
		columns_want(c, at);
		name = *end ? end + 1 : NULL;
	}
}

static void read_columns(struct argp_state *state, struct options *o)
{
	struct buf why = {0};
	o->columns = columns_create();
	if (!o->columns) {
		argp_error(state, "out of memory");
		return;
	}
	if (o->columns_file && !columns_read(o->columns, o->columns_file, &why))
		argp_error(state, "%.*s", (int)why.len, why.data ? why.data : "");
	if (o->no_bounce)
		columns_want(o->columns, COLUMNS_FROM);
	if (o->group_by)
		read_keys(state, o);
}

static void check(struct argp_state *state, struct options *o)
{
	o->csv |= o->output != NULL;
	o->display |= !o->csv;
	check_pairs(state, o);
	const char *why = target_parse(o->host, o->starttls, &o->target);
	if (why)
		argp_error(state, "%s", why);
	if (o->format_name && !format_parse(o->format_name, &o->format))
		argp_error(state, "--format is one of csv, tsv, json, table");
	if (o->top_text) {
		char *end;
		unsigned long top = strtoul(o->top_text, &end, 10);
		if (*end != '\0' || o->top_text[0] < '0' || o->top_text[0] > '9' || top < 1 || top > TOP_MAX)
			argp_error(state, "--top takes a number from 1 to %d", TOP_MAX);
		o->top = top;
	}
	for (const char *c = o->user; *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			argp_error(state, "the user name holds a control character");
	read_period(state, o);
	read_columns(state, o);
}

/* Instead of argp's own options for this: the short form of --help is -h here. */
static bool show(int key, struct argp_state *state)
{
	if (key == 'h')
		argp_state_help(state, stdout, ARGP_HELP_STD_HELP);
	else if (key == KEY_USAGE)
		argp_state_help(state, stdout, ARGP_HELP_USAGE | ARGP_HELP_EXIT_OK);
	else if (key == KEY_SHOW_COLUMNS && fputs(COLUMNS_BUILTIN, stdout) >= 0)
		exit(EXIT_SUCCESS);
	else if (key == KEY_VERSION && printf("%s %s\n", OPTIONS_PROGRAM, PROGRAM_VERSION) > 0)
		exit(EXIT_SUCCESS);
	return key == 'h' || key == KEY_USAGE || key == KEY_VERSION || key == KEY_SHOW_COLUMNS;
}

static error_t take_option(int key, char *arg, struct argp_state *state)
{
	struct options *options = state->input;
	if (keep(key, arg, options))
		return 0;
	if (key == 'p')
		take_password(state, options, arg);
	else if (key == ARGP_KEY_ARG)
		argp_error(state, "'%s' is no option", arg);
	else if (key == ARGP_KEY_END)
		check(state, options);
	else if (!show(key, state))
		return ARGP_ERR_UNKNOWN;
	return 0;
}

void options_parse(int argc, char **argv, struct options *options)
{
	static const struct argp parser = {.options = OPTIONS, .parser = take_option, .doc = DOC};
	char *given = getenv(PASSWORD_VARIABLE);
	*options = (struct options){.user = "global", .host = "localhost", .now = time(NULL)};
	argp_err_exit_status = EXIT_USAGE;
	argp_parse(&parser, argc, argv, ARGP_NO_HELP, NULL, options);
	if (given && !options->has_password && !options->password_file &&
	    strlen(given) < sizeof(options->password)) {
		memcpy(options->password, given, strlen(given) + 1);
		options->has_password = true;
	}
	if (given)
		wipe(given, strlen(given));
}

void options_finish(struct options *options)
{
	wipe(options->password, sizeof(options->password));
	columns_destroy(options->columns);
	options->columns = NULL;
}
