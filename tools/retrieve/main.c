/* SPDX-License-Identifier: ISC
 *
 * retrieve_quarantine_info: asks for the password, connects, and writes a report for each quarantine that
 * was asked for. */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../common.h"
#include "imapc.h"
#include "options.h"
#include "report.h"

enum {
	EXIT_DONE = 0,
	EXIT_USAGE = 2,
	EXIT_CONNECTION = 3,
	EXIT_LOGIN = 4,
	EXIT_MAILBOX = 5,
	EXIT_OUTPUT = 6
};

enum { CONNECT_SECONDS = 15 };

static const char NAME[] = "retrieve_quarantine_info";

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
	fprintf(stderr, "%s: no password: %s\n", NAME, password_strerror(status));
	if (status == PASSWORD_NO_TERMINAL)
		fprintf(stderr, "Give it by --password-file FILE.\n");
	return EXIT_USAGE;
}

static bool password_ok(const char *password)
{
	for (; *password; password++)
		if ((unsigned char)*password < 0x20 || *password == 0x7f)
			return false;
	return true;
}

static int lost(const struct imapc *imap)
{
	fprintf(stderr, "%s: the connection failed: %s\nTry again; nothing was changed on the server.\n",
		NAME, imapc_why(imap));
	return EXIT_CONNECTION;
}

static int log_in(struct imapc *imap, struct options *options)
{
	int status = IMAPC_REFUSED;
	const char *why = "the password holds a control character";
	if (password_ok(options->password)) {
		status = imapc_login(imap, options->user, options->password);
		why = imapc_why(imap);
	}
	wipe(options->password, sizeof(options->password));
	if (status == IMAPC_OK)
		return EXIT_DONE;
	if (status != IMAPC_REFUSED)
		return lost(imap);
	fprintf(stderr,
		"%s: login refused: %s\nCheck the account's name and password; on the server, 'quarantine "
		"account "
		"list' shows the accounts.\n",
		NAME, why);
	return EXIT_LOGIN;
}

static struct imapc *connect_to(const struct options *options)
{
	const struct target *target = &options->target;
	struct channel_options how = {.host = target->host,
				      .port = target->port,
				      .tls = target->tls,
				      .insecure = options->insecure,
				      .ca = options->ca,
				      .connect_seconds = CONNECT_SECONDS};
	char why[512];
	if (options->insecure && target->tls)
		fprintf(stderr, "Warning: the certificate is not checked; whoever is on the way can read the "
				"password.\n");
	struct imapc *imap = imapc_open(&how, why, sizeof(why));
	if (!imap)
		fprintf(stderr,
			"%s: cannot connect to %s port %s%s: %s\nCheck the host and port given by -s%s.\n",
			NAME, target->host, target->port, target->tls ? " with TLS" : "", why,
			target->tls ? ", and the certificate (--ca FILE)" : ", and that the server runs");
	return imap;
}

/* The file's name: --output, or one that says what it holds; NULL: no file. */
static const char *file_name(const struct options *options, const struct report *report, char *into,
			     size_t size)
{
	char day[DAY_TEXT];
	if (!options->csv)
		return NULL;
	if (options->output)
		return options->output;
	snprintf(into, size, "quarantine-%s-%s.csv", report_name(report->direction),
		 day_text(report->day, day));
	return into;
}

static int explain(int status, const struct report *report, const struct output *out,
		   const struct imapc *imap)
{
	switch (status) {
	case REPORT_OK:
		return EXIT_DONE;
	case REPORT_MAILBOX:
		fprintf(stderr,
			"%s: no %s quarantine: %s\nCheck that the account may see it and that -s names the "
			"quarantine server.\n",
			NAME, report_name(report->direction), imapc_why(imap));
		return EXIT_MAILBOX;
	case REPORT_OUTPUT:
		fprintf(stderr,
			"%s: cannot write %s: %s\nNothing was saved; try again where there is room.\n", NAME,
			out->path ? out->path : "the lines", strerror(out->error));
		return EXIT_OUTPUT;
	default:
		return lost(imap);
	}
}

static int write_report(const struct options *options, enum direction direction, time_t now,
			struct imapc *imap)
{
	struct report report = {.direction = direction,
				.day = day_local(now, options->today ? 0 : -1),
				.no_bounce = options->no_bounce};
	char name[64], day[DAY_TEXT];
	struct output out;
	int status = REPORT_OUTPUT;
	if (output_open(&out, options->display, file_name(options, &report, name, sizeof(name))))
		status = report_run(&report, imap, &out);
	if (status == REPORT_OK && !output_commit(&out))
		status = REPORT_OUTPUT;
	int code = explain(status, &report, &out, imap);
	if (code == EXIT_DONE && out.path)
		fprintf(stderr, "Saved to %s: %" PRIu64 " message%s of %s.\n", out.path, report.lines,
			report.lines == 1 ? "" : "s", day_text(report.day, day));
	else if (code == EXIT_DONE && report.lines == 0)
		fprintf(stderr, "No mail of %s in the %s quarantine.\n", day_text(report.day, day),
			report_name(direction));
	output_finish(&out);
	return code;
}

int main(int argc, char **argv)
{
	struct options options;
	time_t now = time(NULL);
	options_parse(argc, argv, &options);
	signal(SIGPIPE, SIG_IGN);
	int code = get_password(&options);
	struct imapc *imap = NULL;
	if (code == EXIT_DONE) {
		imap = connect_to(&options);
		code = imap ? log_in(imap, &options) : EXIT_CONNECTION;
	}
	if (code == EXIT_DONE && options.incoming)
		code = write_report(&options, DIRECTION_INCOMING, now, imap);
	if (code == EXIT_DONE && options.outgoing)
		code = write_report(&options, DIRECTION_OUTGOING, now, imap);
	wipe(options.password, sizeof(options.password));
	imapc_close(imap);
	return code;
}
