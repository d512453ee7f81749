/* SPDX-License-Identifier: ISC */
#include "../command.h"
#include "../proto/parse.h"
#include "../response.h"
#include "../state.h"
#include "cmd.h"

/* compress = "COMPRESS" SP "DEFLATE" (RFC 4978) */
static bool compress_parse(struct parser *p, struct command *cmd)
{
	(void)cmd;
	if (!parse_word(p, "DEFLATE"))
		return parse_fail(p, "Unknown compression");
	return parse_end(p);
}

static enum command_status compress_step(struct command *cmd)
{
	if (cmd->state->compressed) {
		response_no(cmd->response, "COMPRESSIONACTIVE", "DEFLATE is active already");
		return COMMAND_DONE;
	}
	cmd->state->compressed = true;
	cmd->response->text = "DEFLATE active";
	return COMMAND_COMPRESS;
}

const struct command_def command_compress = {
	.name = "COMPRESS",
	.states = STATE_LOGGED_IN,
	.parse = compress_parse,
	.step = compress_step,
};
