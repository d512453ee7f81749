/* SPDX-License-Identifier: ISC */
#include "../../auth/auth.h"
#include "../../auth/sasl.h"
#include "../../auth/scram.h"
#include "../../store/base/arena.h"
#include "../../store/base/base64.h"
#include "../../store/mime/transfer.h"
#include "../command.h"
#include "../proto/parse.h"
#include "../response.h"
#include "../state.h"
#include "cmd.h"
#include "login.h"

struct authenticate_args {
	struct slice mechanism;
	struct slice initial; /* data NULL: none */
	bool asked;           /* the client was sent "+" */
	/* Takes the client's next message, decoded, with a byte of room behind it. */
	enum command_status (*next)(struct command *cmd, char *message, size_t len);
	struct scram scram;
};

/* authenticate = "AUTHENTICATE" SP auth-type [SP ("=" / base64)] (RFC 4959) */
static bool authenticate_parse(struct parser *p, struct command *cmd)
{
	struct authenticate_args *args = arena_alloc(p->arena, sizeof(*args));

	cmd->args = args;
	if (!args)
		return parse_fail(p, "Command too large");
	if (!parse_atom(p, &args->mechanism))
		return false;
	if (parse_at_end(p))
		return parse_end(p);
	return parse_space(p) && parse_atom(p, &args->initial) && parse_end(p);
}

/* Nobody may act for another account, whatever the password. */
static void try_plain(struct command *cmd, const struct sasl_plain *plain)
{
	if (plain->authzid[0] == '\0' || strcmp(plain->authzid, plain->authcid) == 0) {
		login_try(cmd, plain->authcid, plain->password, plain->password_len);
		return;
	}
	cmd->state->login = LOGIN_DENIED;
	response_no(cmd->response, "AUTHORIZATIONFAILED", "Only for the own account");
}

static void not_understood(struct command *cmd, const char *text)
{
	response_no(cmd->response, "AUTHENTICATIONFAILED", text);
}

static enum command_status take_plain(struct command *cmd, char *message, size_t len)
{
	struct sasl_plain plain;

	if (sasl_plain_parse(message, len, &plain))
		try_plain(cmd, &plain);
	else
		not_understood(cmd, "This is no PLAIN response");
	return COMMAND_DONE;
}

/* The server's message goes out; the client's next one is taken by `next`. */
static enum command_status converse(struct command *cmd, const char *message,
				    enum command_status (*next)(struct command *cmd, char *message,
								size_t len))
{
	struct authenticate_args *args = cmd->args;
	struct buf text = {0};

	mime_encode_base64(slice_str(message), &text);
	buf_add_char(&text, '\0');
	cmd->response->out.failed |= text.failed;
	response_continue(cmd->response, text.failed ? "" : text.data);
	buf_finish(&text);
	args->next = next;
	return COMMAND_WAIT;
}

/* The client knows that the server knows its key, and says nothing. */
static enum command_status take_scram_end(struct command *cmd, char *message, size_t len)
{
	const struct authenticate_args *args = cmd->args;

	(void)message;
	login_settle(cmd, args->scram.name, len == 0 ? AUTH_OK : AUTH_DENIED);
	return COMMAND_DONE;
}

static enum command_status take_scram_final(struct command *cmd, char *message, size_t len)
{
	struct authenticate_args *args = cmd->args;
	char out[SCRAM_MESSAGE_MAX];
	int status = auth_scram_final(&args->scram, message, len, out);

	if (status == AUTH_OK)
		return converse(cmd, out, take_scram_end);
	login_settle(cmd, args->scram.name, status);
	return COMMAND_DONE;
}

static enum command_status take_scram_first(struct command *cmd, char *message, size_t len)
{
	struct authenticate_args *args = cmd->args;
	char out[SCRAM_MESSAGE_MAX];
	int status = auth_scram_first(cmd->state->services->auth, &args->scram, message, len, out);

	if (status == AUTH_OK)
		return converse(cmd, out, take_scram_final);
	if (status == AUTH_DENIED)
		not_understood(cmd, "This is no SCRAM message");
	else
		login_settle(cmd, args->scram.name, status);
	return COMMAND_DONE;
}

/* False: the tagged answer is set. */
static bool authenticate_begin(struct command *cmd)
{
	struct authenticate_args *args = cmd->args;

	if (slice_ieq(args->mechanism, SLICE("PLAIN")))
		args->next = take_plain;
	else if (slice_ieq(args->mechanism, SLICE("SCRAM-SHA-256")) && state_offers_scram(cmd->state))
		args->next = take_scram_first;
	else
		response_no(cmd->response, "CANNOT", "Unsupported authentication mechanism");
	return args->next && login_is_private(cmd);
}

static enum command_status take(struct command *cmd, struct slice text)
{
	const struct authenticate_args *args = cmd->args;
	char *message = arena_alloc(cmd->arena, text.len + 1);
	size_t len = 0;

	if (!message)
		response_no(cmd->response, "UNAVAILABLE", "Out of memory");
	else if (!base64_decode(text, message, &len))
		not_understood(cmd, args->next == take_plain ? "This is no PLAIN response"
							     : "This is no SCRAM message");
	else
		return args->next(cmd, message, len);
	return COMMAND_DONE;
}

static enum command_status authenticate_step(struct command *cmd)
{
	struct authenticate_args *args = cmd->args;
	struct slice initial = args->initial;

	if (!args->next && !authenticate_begin(cmd))
		return COMMAND_DONE;
	args->initial.data = NULL;
	if (initial.data) {
		args->asked = true;
		return take(cmd, slice_eq(initial, SLICE("=")) ? SLICE("") : initial);
	}
	if (!args->asked) {
		args->asked = true;
		response_continue(cmd->response, "");
		return COMMAND_WAIT;
	}
	if (!cmd->line.data)
		return cmd->hangup ? COMMAND_DONE : COMMAND_WAIT;
	if (!slice_eq(cmd->line, SLICE("*")))
		return take(cmd, cmd->line);
	response_bad(cmd->response, "Authentication cancelled");
	return COMMAND_DONE;
}

const struct command_def command_authenticate = {
	.name = "AUTHENTICATE",
	.states = STATE_NOT_AUTHENTICATED,
	.flags = COMMAND_PASSWORD | COMMAND_CONTINUES,
	.parse = authenticate_parse,
	.step = authenticate_step,
};
