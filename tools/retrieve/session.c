/* SPDX-License-Identifier: ISC */
#include "session.h"

#include <stdio.h>

enum { CONNECT_SECONDS = 15 };

int session_lost(const struct session *s)
{
	fprintf(stderr, "%s: the connection failed: %s\nTry again; nothing was changed on the server.\n",
		OPTIONS_PROGRAM, imapc_why(s->imap));
	return EXIT_CONNECTION;
}

static bool password_ok(const char *password)
{
	for (; *password; password++)
		if ((unsigned char)*password < 0x20 || *password == 0x7f)
			return false;
	return true;
}

static int log_in(const struct session *s)
{
	int status = IMAPC_REFUSED;
	const char *why = "the password holds a control character";
	if (password_ok(s->options->password)) {
		status = imapc_login(s->imap, s->options->user, s->options->password);
		why = imapc_why(s->imap);
	}
	if (status == IMAPC_OK)
		return EXIT_DONE;
	if (status != IMAPC_REFUSED)
		return session_lost(s);
	fprintf(stderr,
		"%s: login refused: %s\nCheck the account's name and password; on the server, 'quarantine "
		"account list' shows the accounts.\n",
		OPTIONS_PROGRAM, why);
	return EXIT_LOGIN;
}

static int connect_to(struct session *s)
{
	static const char *const hints[] = {
		[CHANNEL_PLAIN] = ", and that the server runs",
		[CHANNEL_TLS] = ", and the certificate (--ca FILE)",
		[CHANNEL_STARTTLS] = ", and the certificate (--ca FILE)",
	};
	static const char *const with[] = {
		[CHANNEL_PLAIN] = "", [CHANNEL_TLS] = " with TLS", [CHANNEL_STARTTLS] = " with STARTTLS"};
	const struct target *target = &s->options->target;
	struct channel_options how = {.host = target->host,
				      .port = target->port,
				      .security = target->security,
				      .insecure = s->options->insecure,
				      .ca = s->options->ca,
				      .connect_seconds = CONNECT_SECONDS,
				      .stop_fd = s->stop_fd};
	char why[512] = "";
	s->imap = imapc_open(&how, why, sizeof(why));
	if (s->imap)
		return EXIT_DONE;
	fprintf(stderr, "%s: cannot connect to %s port %s%s: %s\nCheck the host and port given by -s%s.\n",
		OPTIONS_PROGRAM, target->host, target->port, with[target->security], why,
		hints[target->security]);
	return EXIT_CONNECTION;
}

int session_open(struct session *s)
{
	if (s->options->insecure && s->options->target.security != CHANNEL_PLAIN)
		fprintf(stderr, "Warning: the certificate is not checked; whoever is on the way can read the "
				"password.\n");
	int code = connect_to(s);
	return code == EXIT_DONE ? log_in(s) : code;
}

int session_again(struct session *s)
{
	fprintf(stderr, "%s: the connection broke: %s\nConnecting again.\n", OPTIONS_PROGRAM,
		imapc_why(s->imap));
	session_close(s);
	int code = connect_to(s);
	return code == EXIT_DONE ? log_in(s) : code;
}

void session_close(struct session *s)
{
	imapc_close(s->imap);
	s->imap = NULL;
}
