/* SPDX-License-Identifier: ISC
 *
 * The arguments of every command, read but not run: the parser ends inside its bytes, and what is refused
 * has its reason. The first byte picks the command. */
#include <stdint.h>
#include <stdlib.h>

#include "../../imapd/command.h"
#include "../../imapd/commands.h"
#include "../../imapd/proto/parse.h"
#include "../../imapd/response.h"
#include "../../imapd/state.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void parse(const struct command_def *def, bool uid, struct slice in)
{
	struct imap_services services = {.tls_available = true};
	struct imap_state state = {.services = &services};
	struct response response = {.code = ""};
	struct arena arena = {.limit = 16 * 1024 * 1024};
	struct parser p = {.in = in, .arena = &arena};
	struct command cmd = {
		.def = def, .uid = uid, .arena = &arena, .state = &state, .response = &response};
	bool ok = def->parse ? def->parse(&p, &cmd) : parse_end(&p);

	if (p.at > in.len || (ok && p.at != in.len))
		abort();
	if (!ok && !p.error && response.condition == RESPONSE_OK)
		abort();
	response_finish(&response);
	arena_finish(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t count;
	const struct command_def *const *all = commands_all(&count);
	struct buf in = {0};

	if (size == 0)
		return 0;
	buf_add(&in, data + 1, size - 1);
	parse(all[data[0] % 128 % count], data[0] >= 128, buf_slice(&in));
	buf_add_str(&in, "\r\n");
	parse(all[data[0] % 128 % count], data[0] >= 128, buf_slice(&in));
	buf_finish(&in);
	return 0;
}
