/* SPDX-License-Identifier: ISC
 *
 * retrieve_quarantine_info: asks for the password, connects, and writes a report of the quarantines that were
 * asked for. From the login on, Ctrl-C and its like are events that the connection waits for, so that an
 * interrupted run ends like one that failed, without half a file. */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "chart.h"
#include "options.h"
#include "report.h"
#include "session.h"

static int ask_password(struct options *options)
{
	struct buf prompt = {0};
	size_t len;
	buf_add_str(&prompt, "Please enter the password for the IMAP account '");
	add_safe(&prompt, slice_str(options->user));
	buf_add_str(&prompt, "'.\nPassword:");
	char *text = buf_steal(&prompt);
	int status =
		password_ask(text ? text : "Password:", options->password, sizeof(options->password), &len);
	free(text);
	return status;
}

static int get_password(struct options *options)
{
	size_t len;
	int status = PASSWORD_OK;
	if (options->password_file)
		status = password_read(options->password_file, options->password, sizeof(options->password),
				       &len);
	else if (!options->has_password)
		status = ask_password(options);
	if (status == PASSWORD_OK)
		return EXIT_DONE;
	fprintf(stderr, "%s: no password: %s\n", OPTIONS_PROGRAM, password_strerror(status));
	if (status == PASSWORD_NO_TERMINAL)
		fprintf(stderr, "Give it by --password-file FILE.\n");
	return EXIT_USAGE;
}

/* The signals that end the program, as a descriptor. */
static int catch_signals(sigset_t *signals)
{
	sigemptyset(signals);
	sigaddset(signals, SIGINT);
	sigaddset(signals, SIGTERM);
	sigaddset(signals, SIGHUP);
	if (sigprocmask(SIG_BLOCK, signals, NULL) != 0)
		return -1;
	return signalfd(-1, signals, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* Ends the program by the signal that is waiting, if there is one. */
static void pass_signal_on(const sigset_t *signals)
{
	sigprocmask(SIG_UNBLOCK, signals, NULL);
}

static const char *direction_name(const struct options *options)
{
	if (options->incoming && options->outgoing)
		return "both";
	return report_name(options->outgoing ? DIRECTION_OUTGOING : DIRECTION_INCOMING);
}

/* The file's name: --output, or one that says what it holds; NULL: no file. */
static const char *file_name(const struct options *options, char *into, size_t size)
{
	char days[PERIOD_TEXT];
	if (!options->csv)
		return NULL;
	if (options->output)
		return options->output;
	snprintf(into, size, "quarantine-%s-%s.%s", direction_name(options),
		 period_days(&options->period, options->now, days),
		 options->format == FORMAT_TABLE ? "txt" : format_name(options->format));
	return into;
}

static int explain(int status, const struct report *report, const struct output *out)
{
	const struct imapc *imap = report->session->imap;
	const char *name = report_name(report->direction);
	switch (status) {
	case REPORT_OK:
		return EXIT_DONE;
	case REPORT_MAILBOX:
		fprintf(stderr,
			"%s: no %s quarantine: %s\nCheck that the account may see it and that -s names the "
			"quarantine server; --mailbox NAME looks at another mailbox.\n",
			OPTIONS_PROGRAM, name, imapc_why(imap));
		return EXIT_MAILBOX;
	case REPORT_RENEWED:
		fprintf(stderr,
			"%s: the %s quarantine was made anew meanwhile.\nTry again: the list would mix "
			"two.\n",
			OPTIONS_PROGRAM, name);
		return EXIT_MAILBOX;
	case REPORT_OUTPUT:
		fprintf(stderr,
			"%s: cannot write %s: %s\nNothing was saved; try again where there is room.\n",
			OPTIONS_PROGRAM, out->path ? out->path : "the lines", strerror(out->error));
		return EXIT_OUTPUT;
	case REPORT_AGAIN:
		return EXIT_CONNECTION;
	case REPORT_INTERRUPTED:
		return report->options->follow ? EXIT_DONE : EXIT_CONNECTION;
	default:
		return session_lost(report->session);
	}
}

/* Says where the lines went, or that there are none. An exit code. */
static int tell(const struct report *report, const struct output *out)
{
	const struct options *options = report->options;
	char days[PERIOD_TEXT];
	period_days(&options->period, options->now, days);
	if (out->path && out->file != stdout)
		fprintf(stderr, "Saved to %s: %" PRIu64 " message%s of %s.\n", out->path, report->lines,
			report->lines == 1 ? "" : "s", days);
	else if (report->lines == 0 && !options->follow)
		fprintf(stderr, "No mail of %s in the %s quarantine.\n", days, direction_name(options));
	return report->lines == 0 && options->fail_empty ? EXIT_EMPTY : EXIT_DONE;
}

/* Each mailbox, then what was counted. A status of the report. */
static int run_reports(struct report *report, bool bars)
{
	const struct options *options = report->options;
	int status = REPORT_OK;
	for (int d = DIRECTION_INCOMING; d <= DIRECTION_OUTGOING && status == REPORT_OK; d++) {
		report->direction = (enum direction)d;
		if (d == DIRECTION_INCOMING ? options->incoming : options->outgoing)
			status = report_run(report);
	}
	if (status == REPORT_OK && report->groups &&
	    !chart_write(report->groups, options->top, bars, report->rows))
		status = REPORT_OUTPUT;
	if (status == REPORT_OK && (!rows_end(report->rows) || !output_commit(report->rows->out)))
		status = REPORT_OUTPUT;
	return status;
}

static int write_report(const struct options *options, struct session *session)
{
	/* People get groups as a table with bars. */
	bool people = options->key_count > 0 && options->display && isatty(STDOUT_FILENO) &&
		      (!options->format_name || options->format == FORMAT_TABLE) && !options->csv;
	bool separated = !people && options->format <= FORMAT_TSV;
	struct output out;
	struct rows rows = {
		.format = people ? FORMAT_TABLE : options->format, .raw = options->raw, .out = &out};
	struct groups groups = {.keys = options->key_count + options->with_mailbox};
	struct report report = {.options = options,
				.session = session,
				.rows = &rows,
				.groups = options->key_count > 0 ? &groups : NULL};
	char name[PERIOD_TEXT + 64];
	report_titles(options, &rows, people);
	int status = REPORT_OUTPUT;
	if (output_open(&out, options->display, file_name(options, name, sizeof(name)),
			separated ? "\r\n" : "\n", options->bom && separated ? "\xef\xbb\xbf" : ""))
		status = run_reports(&report, people);
	int code = explain(status, &report, &out);
	if (status == REPORT_OK)
		code = tell(&report, &out);
	output_finish(&out);
	rows_finish(&rows);
	groups_finish(&groups);
	return code;
}

int main(int argc, char **argv)
{
	struct options options;
	sigset_t signals;
	options_parse(argc, argv, &options);
	signal(SIGPIPE, SIG_IGN);
	struct session session = {.options = &options, .stop_fd = -1};
	int code = get_password(&options);
	if (code == EXIT_DONE)
		code = session_open(&session);
	if (code == EXIT_DONE) {
		session.stop_fd = catch_signals(&signals);
		imapc_stop_at(session.imap, session.stop_fd);
		code = write_report(&options, &session);
		if (!options.follow)
			pass_signal_on(&signals);
		close(session.stop_fd);
	}
	session_close(&session);
	options_finish(&options);
	return code;
}
