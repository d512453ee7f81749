/* SPDX-License-Identifier: ISC */
#include "kit.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../../../imapd/search/columns.h"

enum { KIT_COLUMNS = 1024 * 1024 };

static struct quarantine *store_open(const char *dir, unsigned flags)
{
	struct quarantine *q;
	char why[200] = "";

	if (quarantine_open_why(dir, flags, &q, why, sizeof(why)) != QUARANTINE_OK)
		fail_msg("open: %s", why);
	return q;
}

static void kit_login(struct kit *k)
{
	k->state.services = &k->services;
	k->state.user = strdup("global");
	k->state.login_allowed = true;
}

void kit_open(struct kit *k)
{
	const char *tmp = getenv("TMPDIR");

	*k = (struct kit){.q = NULL};
	snprintf(k->dir, sizeof(k->dir), "%s/imapd-XXXXXX", tmp && strlen(tmp) < 40 ? tmp : "/tmp");
	assert_non_null(mkdtemp(k->dir));
	k->q = store_open(k->dir, QUARANTINE_WRITE | QUARANTINE_CREATE);
	k->services.feeds = feeds_create();
	k->services.columns = columns_create(KIT_COLUMNS);
	kit_login(k);
}

void kit_join(struct kit *k, struct kit *first)
{
	*k = (struct kit){.first = first};
	k->q = store_open(first->dir, QUARANTINE_WRITE);
	k->services = first->services;
	kit_login(k);
}

static void remove_folder(const char *path)
{
	char inner[512];
	struct dirent *e;
	DIR *d = opendir(path);

	while (d && (e = readdir(d))) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		snprintf(inner, sizeof(inner), "%s/%s", path, e->d_name);
		if (unlink(inner) != 0)
			remove_folder(inner);
	}
	if (d)
		closedir(d);
	rmdir(path);
}

void kit_close(struct kit *k)
{
	state_finish(&k->state);
	response_finish(&k->response);
	buf_finish(&k->answer);
	quarantine_close(k->q);
	if (k->first)
		return;
	feeds_destroy(k->services.feeds);
	columns_destroy(k->services.columns);
	remove_folder(k->dir);
}

int64_t kit_deliver(struct kit *k, const char *message)
{
	struct quarantine_envelope env = QUARANTINE_ENVELOPE_INIT;
	int64_t id;

	env.direction = QUARANTINE_OUTGOING;
	env.received = 1700000000;
	if (quarantine_deliver(k->q, &env, message, strlen(message), &id) != QUARANTINE_OK)
		fail_msg("deliver: %s", quarantine_errmsg(k->q));
	return id;
}

void kit_deliver_many(struct kit *k, unsigned count)
{
	struct quarantine_envelope env = QUARANTINE_ENVELOPE_INIT;
	struct quarantine_delivery *list = calloc(count, sizeof(*list));

	env.direction = QUARANTINE_OUTGOING;
	env.received = 1700000000;
	assert_non_null(list);
	for (unsigned i = 0; i < count; i++) {
		char *text = malloc(128);

		assert_non_null(text);
		snprintf(text, 128, "From: a@b.example\r\nSubject: many %u\r\n\r\nbody %u\r\n", i + 1, i + 1);
		list[i] = (struct quarantine_delivery){&env, text, strlen(text), 0};
	}
	if (quarantine_deliver_group(k->q, list, count) != QUARANTINE_OK)
		fail_msg("deliver: %s", quarantine_errmsg(k->q));
	for (unsigned i = 0; i < count; i++)
		free((void *)list[i].bytes);
	free(list);
}

static void take_output(struct kit *k)
{
	assert_false(k->response.out.failed);
	buf_add_slice(&k->answer, buf_slice(&k->response.out));
	buf_reset(&k->response.out);
}

static void tell_news(struct kit *k, unsigned how)
{
	bool more = true;

	while (more) {
		assert_int_equal(sync_tell(&k->state, k->q, &k->response, how, &more), QUARANTINE_OK);
		take_output(k);
	}
}

static const char *finished(struct kit *k)
{
	buf_add_char(&k->answer, '\0');
	assert_false(k->answer.failed);
	return k->answer.data;
}

const char *kit_push(struct kit *k, unsigned how)
{
	buf_reset(&k->answer);
	tell_news(k, how);
	return finished(k);
}

const char *kit_news(struct kit *k)
{
	return kit_push(k, 0);
}

static bool read_command(struct kit *k, struct parser *p, struct command *cmd)
{
	struct slice name;

	assert_true(parse_atom(p, &name));
	cmd->uid = slice_ieq(name, SLICE("UID"));
	if (cmd->uid)
		assert_true(parse_space(p) && parse_atom(p, &name));
	cmd->def = commands_find(name);
	assert_non_null(cmd->def);
	assert_true(cmd->def->states & state_now(&k->state));
	if (parse_peek(p, ' '))
		parse_space(p);
	if (!cmd->def->parse || cmd->def->parse(p, cmd))
		return true;
	if (k->response.condition == RESPONSE_OK)
		response_bad(&k->response, p->error);
	return false;
}

static unsigned how_of(const struct command *cmd)
{
	unsigned flags = cmd->def->flags;

	return (flags & COMMAND_HOLDS_EXPUNGE && !cmd->uid ? SYNC_HOLDS_EXPUNGE : 0) |
	       (cmd->tells_all || flags & COMMAND_TELLS_MODSEQ ? SYNC_ALL : 0) |
	       (flags & COMMAND_RESETS_VIEW ? SYNC_OTHERS : 0);
}

const char *kit_run(struct kit *k, const char *command)
{
	struct arena arena = {0};
	char *line = NULL;
	struct command cmd = {.tag = slice_str(k->tag ? k->tag : "a"),
			      .arena = &arena,
			      .state = &k->state,
			      .response = &k->response,
			      .store = k->q};
	struct parser p = {.arena = &arena, .utf8 = state_utf8(&k->state)};
	enum command_status status = COMMAND_MORE;

	assert_true(asprintf(&line, "%s\r\n", command) > 0);
	p.in = slice_str(line);
	buf_reset(&k->answer);
	response_reset(&k->response);
	k->steps = 0;
	if (read_command(k, &p, &cmd)) {
		for (; status == COMMAND_MORE && cmd.def->step; k->steps++) {
			status = cmd.def->step(&cmd);
			take_output(k);
		}
		if (cmd.def->finish)
			cmd.def->finish(&cmd);
		tell_news(k, how_of(&cmd));
	}
	response_tagged(&k->response, cmd.tag, cmd.def->name);
	take_output(k);
	arena_finish(&arena);
	free(line);
	return finished(k);
}

void kit_expect(struct kit *k, const char *command, const char *answer)
{
	const char *got = kit_run(k, command);

	if (strcmp(got, answer) != 0)
		fail_msg("%s\n--- expected\n%s--- got\n%s", command, answer, got);
}

void kit_expect_news(struct kit *k, const char *expected)
{
	assert_string_equal(kit_news(k), expected);
}

void kit_pair_open(struct kit_pair *p, unsigned messages)
{
	kit_open(&p->one);
	if (messages > 0)
		kit_deliver_many(&p->one, messages);
	kit_join(&p->two, &p->one);
	kit_run(&p->one, "SELECT Outgoing");
	kit_run(&p->two, "SELECT Outgoing");
	kit_expect_news(&p->one, "");
	kit_expect_news(&p->two, "");
}

void kit_pair_close(struct kit_pair *p)
{
	kit_close(&p->two);
	kit_close(&p->one);
}
