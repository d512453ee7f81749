/* SPDX-License-Identifier: ISC */
#include "login.h"

#include <stdlib.h>
#include <string.h>

#include "../../auth/auth.h"
#include "../../store/base/arena.h"
#include "../command.h"
#include "../proto/parse.h"
#include "../response.h"
#include "../state.h"
#include "cmd.h"

struct login_args {
	char *name;
	char *password;
	size_t password_len;
};

bool login_is_private(struct command *cmd)
{
	return cmd->state->login_allowed ||
	       response_no(cmd->response, "PRIVACYREQUIRED", "Start TLS before you log in");
}

/* The tagged OK tells what can be done now, which spares clients a round trip. */
static void answer_accepted(struct command *cmd)
{
	char code[sizeof(cmd->response->code)] = "CAPABILITY ";
	size_t used = strlen(code);

	state_capabilities(cmd->state, code + used, sizeof(code) - used);
	memcpy(cmd->response->code, code, sizeof(code));
	cmd->response->text = "Logged in";
}

void login_try(struct command *cmd, const char *name, char *password, size_t len)
{
	login_settle(cmd, name, auth_verify(cmd->state->services->auth, name, password, len));
}

void login_settle(struct command *cmd, const char *name, int status)
{
	struct imap_state *s = cmd->state;

	free(s->attempted_user);
	s->attempted_user = strdup(name);
	if (status == AUTH_OK)
		s->user = strdup(name);
	if (s->user) {
		s->login = LOGIN_ACCEPTED;
		answer_accepted(cmd);
	} else if (status == AUTH_DENIED) {
		s->login = LOGIN_DENIED;
		response_no(cmd->response, "AUTHENTICATIONFAILED", "Wrong name or password");
	} else {
		s->login = LOGIN_BUSY;
		response_no(cmd->response, "UNAVAILABLE", "Passwords cannot be checked just now, try again");
	}
}

/* login = "LOGIN" SP userid SP password, both astrings */
static bool login_parse(struct parser *p, struct command *cmd)
{
	struct login_args *args = arena_alloc(p->arena, sizeof(*args));
	struct slice name, password;

	cmd->args = args;
	if (!args)
		return parse_fail(p, "Command too large");
	if (!parse_astring(p, &name) || !parse_space(p) || !parse_astring(p, &password) || !parse_end(p))
		return false;
	args->name = arena_strndup(p->arena, name);
	args->password = arena_strndup(p->arena, password);
	args->password_len = password.len;
	return (args->name && args->password) || parse_fail(p, "Command too large");
}

static enum command_status login_step(struct command *cmd)
{
	struct login_args *args = cmd->args;

	if (login_is_private(cmd))
		login_try(cmd, args->name, args->password, args->password_len);
	return COMMAND_DONE;
}

const struct command_def command_login = {
	.name = "LOGIN",
	.states = STATE_NOT_AUTHENTICATED,
	.flags = COMMAND_PASSWORD,
	.parse = login_parse,
	.step = login_step,
};
