/* SPDX-License-Identifier: ISC */
#include "../../auth/sasl.h"
#include "../../store/base/arena.h"
#include "../../store/base/base64.h"
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

static void authenticate_plain(struct command *cmd, struct slice text)
{
	char *message = arena_alloc(cmd->arena, text.len + 1);
	struct sasl_plain plain;
	size_t len = 0;

	if (!message)
		response_no(cmd->response, "UNAVAILABLE", "Out of memory");
	else if (!base64_decode(text, message, &len) || !sasl_plain_parse(message, len, &plain))
		response_no(cmd->response, "AUTHENTICATIONFAILED", "This is no PLAIN response");
	else
		try_plain(cmd, &plain);
}

static enum command_status authenticate_step(struct command *cmd)
{
	struct authenticate_args *args = cmd->args;

	if (!slice_ieq(args->mechanism, SLICE("PLAIN"))) {
		response_no(cmd->response, "CANNOT", "Unsupported authentication mechanism");
	} else if (!login_is_private(cmd)) {
		return COMMAND_DONE;
	} else if (args->initial.data) {
		authenticate_plain(cmd, slice_eq(args->initial, SLICE("=")) ? SLICE("") : args->initial);
	} else if (!args->asked) {
		args->asked = true;
		response_continue(cmd->response, "");
		return COMMAND_WAIT;
	} else if (!cmd->line.data) {
		return cmd->hangup ? COMMAND_DONE : COMMAND_WAIT;
	} else if (slice_eq(cmd->line, SLICE("*"))) {
		response_bad(cmd->response, "Authentication cancelled");
	} else {
		authenticate_plain(cmd, cmd->line);
	}
	return COMMAND_DONE;
}

const struct command_def command_authenticate = {
	.name = "AUTHENTICATE",
	.states = STATE_NOT_AUTHENTICATED,
	.flags = COMMAND_PASSWORD | COMMAND_CONTINUES,
	.parse = authenticate_parse,
	.step = authenticate_step,
};
