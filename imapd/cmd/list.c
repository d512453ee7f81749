/* SPDX-License-Identifier: ISC
 *
 * LIST and LSUB, and other names of theirs that clients use unasked. The mailboxes are read at once, sorted
 * by name, and told in steps. Those below a mailbox stand together in the list. */
#include "list.h"

#include <stdio.h>
#include <stdlib.h>

#include "../../store/include/quarantine.h"
#include "../box/names.h"
#include "../command.h"
#include "../log.h"
#include "../metadata.h"
#include "../response.h"
#include "../state.h"
#include "../view.h"
#include "cmd.h"

struct listing {
	struct quarantine_mailbox *list;
	size_t count;
	size_t at;
	bool telling; /* metadata of the mailbox at `at` */
	struct metadata_telling metadata;
	uint64_t longest; /* value that was larger than wanted */
};

static int compare_names(const void *a, const void *b)
{
	return strcmp(((const struct quarantine_mailbox *)a)->name,
		      ((const struct quarantine_mailbox *)b)->name);
}

/* Adds the names above those that are only subscribed, without a mailbox and not subscribed. */
static int add_above(struct listing *l)
{
	size_t known = l->count;

	for (size_t i = 0; i < known; i++) {
		size_t len = l->list[i].id == 0 ? strlen(l->list[i].name) : 0;

		while (len-- > 1) {
			struct quarantine_mailbox above = {.id = 0}, *grown;

			if (l->list[i].name[len] != BOX_SEPARATOR)
				continue;
			memcpy(above.name, l->list[i].name, len);
			if (bsearch(&above, l->list, known, sizeof(above), compare_names))
				continue;
			grown = realloc(l->list, (l->count + 1) * sizeof(*grown));
			if (!grown)
				return QUARANTINE_NO_MEMORY;
			l->list = grown;
			l->list[l->count++] = above;
		}
	}
	qsort(l->list, l->count, sizeof(*l->list), compare_names);
	known = 0;
	for (size_t i = 0; i < l->count; i++)
		if (i == 0 || strcmp(l->list[i].name, l->list[known - 1].name) != 0)
			l->list[known++] = l->list[i];
	l->count = known;
	return QUARANTINE_OK;
}

/* The first place that may hold what is below `name`. */
static size_t first_below(const struct listing *l, const char *name)
{
	char key[QUARANTINE_NAME_MAX + 2];
	size_t low = 0, high = l->count;

	snprintf(key, sizeof(key), "%s%c", name, BOX_SEPARATOR);
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(l->list[middle].name, key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool satisfies(const struct list_args *args, const struct quarantine_mailbox *box)
{
	return (box->id != 0 || args->subscribed) && (!args->subscribed || box->subscribed) &&
	       (!args->special || box->use != 0);
}

/* Whether there is one below that exists, or that satisfies `args`. */
static bool any_below(const struct listing *l, const char *name, const struct list_args *args)
{
	size_t len = strlen(name);

	for (size_t i = first_below(l, name); i < l->count; i++) {
		const struct quarantine_mailbox *box = &l->list[i];

		if (strncmp(box->name, name, len) != 0 || box->name[len] != BOX_SEPARATOR)
			return false;
		if (args ? satisfies(args, box) : box->id != 0)
			return true;
	}
	return false;
}

static bool matches(const struct command *cmd, const char *name)
{
	const struct list_args *args = cmd->args;
	struct buf wire = {0};
	bool found = false;

	box_wire(slice_str(name), cmd->response->utf8, &wire);
	for (size_t i = 0; i < args->count && !found; i++)
		found = box_matches(args->patterns[i], buf_slice(&wire));
	buf_finish(&wire);
	return found;
}

static void tell_line(struct command *cmd, const char *line, const char *attributes, const char *name)
{
	buf_addf(&cmd->response->out, "* %s (%s) \"%c\" ", line, attributes, BOX_SEPARATOR);
	response_mailbox(cmd->response, name);
}

static void metadata_start(struct command *cmd, const struct quarantine_mailbox *box)
{
	struct listing *l = cmd->cursor;
	int status = metadata_begin(&l->metadata, cmd->state, cmd->store, box->name, box);

	l->telling = status == QUARANTINE_OK;
	if (!l->telling)
		metadata_finish(&l->metadata);
}

/* What cannot be read is left out. False: the response is full. */
static bool metadata_go_on(struct command *cmd)
{
	const struct list_args *args = cmd->args;
	struct listing *l = cmd->cursor;
	bool more = false;

	metadata_tell(&l->metadata, cmd->store, &args->metadata, cmd->response, &more);
	if (more)
		return false;
	if (l->metadata.longest > l->longest)
		l->longest = l->metadata.longest;
	metadata_finish(&l->metadata);
	l->telling = false;
	return true;
}

static void add_attributes(const struct listing *l, const struct quarantine_mailbox *box, bool subscribed,
			   struct buf *out)
{
	buf_addf(out, "%s%s%s", box->id == 0 ? "\\NonExistent " : "",
		 subscribed && box->subscribed ? "\\Subscribed " : "",
		 any_below(l, box->name, NULL) ? "\\HasChildren" : "\\HasNoChildren");
	box_use(box->use, out);
	buf_add_char(out, '\0');
}

static void tell(struct command *cmd, const struct quarantine_mailbox *box)
{
	const struct list_args *args = cmd->args;
	const struct listing *l = cmd->cursor;
	struct buf attributes = {0};
	bool below = args->recursive && any_below(l, box->name, args);

	if ((!below && !satisfies(args, box)) || !matches(cmd, box->name))
		return;
	add_attributes(l, box, args->tell_subscribed, &attributes);
	cmd->response->out.failed |= attributes.failed;
	tell_line(cmd, "LIST", attributes.failed ? "" : attributes.data, box->name);
	buf_add_str(&cmd->response->out, below ? " (\"CHILDINFO\" (\"SUBSCRIBED\"))\r\n" : "\r\n");
	buf_finish(&attributes);
	if (args->tell_status && box->id != 0)
		status_tell(cmd, box->name, box, &args->status);
	if (args->tell_metadata && box->id != 0)
		metadata_start(cmd, box);
}

/* With "%" a name that is not subscribed stands for those below it that are (RFC 3501 section 6.3.9). */
static void tell_subscribed(struct command *cmd, const struct quarantine_mailbox *box)
{
	static const struct list_args wanted = {.subscribed = true};
	const struct list_args *args = cmd->args;
	const struct listing *l = cmd->cursor;
	struct slice pattern = args->patterns[0];
	struct buf attributes = {0};

	if (!box->subscribed &&
	    (!memchr(pattern.data, '%', pattern.len) || !any_below(l, box->name, &wanted)))
		return;
	if (!matches(cmd, box->name))
		return;
	if (box->subscribed) {
		buf_add_str(&attributes, any_below(l, box->name, NULL) ? "\\HasChildren" : "\\HasNoChildren");
		box_use(box->use, &attributes);
	} else {
		buf_add_str(&attributes, "\\Noselect");
	}
	buf_add_char(&attributes, '\0');
	cmd->response->out.failed |= attributes.failed;
	tell_line(cmd, "LSUB", attributes.failed ? "" : attributes.data, box->name);
	buf_add_str(&cmd->response->out, "\r\n");
	buf_finish(&attributes);
}

/* False: the tagged answer is set. */
static bool list_begin(struct command *cmd)
{
	struct listing *l = calloc(1, sizeof(*l));
	int status = QUARANTINE_NO_MEMORY;

	cmd->cursor = l;
	if (l)
		status = quarantine_mailbox_list(cmd->store, &l->list, &l->count);
	if (status == QUARANTINE_OK)
		status = add_above(l);
	if (status != QUARANTINE_OK)
		response_store_error(cmd->response, status, quarantine_errmsg(cmd->store));
	return status == QUARANTINE_OK;
}

static enum command_status tell_all(struct command *cmd, const char *line,
				    void (*tell_one)(struct command *cmd,
						     const struct quarantine_mailbox *box))
{
	const struct list_args *args = cmd->args;
	struct listing *l;

	if (args->root) {
		tell_line(cmd, line, "\\Noselect", "");
		buf_add_str(&cmd->response->out, "\r\n");
		return COMMAND_DONE;
	}
	if (!cmd->cursor && !list_begin(cmd))
		return COMMAND_DONE;
	for (l = cmd->cursor; l->at < l->count; l->at++) {
		if (!l->telling && response_full(cmd->response))
			return COMMAND_MORE;
		if (!l->telling)
			tell_one(cmd, &l->list[l->at]);
		if (l->telling && !metadata_go_on(cmd))
			return COMMAND_MORE;
	}
	if (l->longest > 0)
		snprintf(cmd->response->code, sizeof(cmd->response->code), "METADATA LONGENTRIES %llu",
			 (unsigned long long)l->longest);
	return COMMAND_DONE;
}

int list_tell_name(struct command *cmd, const char *name, const char *used)
{
	struct quarantine_mailbox key = {.id = 0}, *box;
	struct buf attributes = {0};
	struct listing l = {0};
	int status = quarantine_mailbox_list(cmd->store, &l.list, &l.count);

	if (status != QUARANTINE_OK)
		return status;
	snprintf(key.name, sizeof(key.name), "%s", name);
	box = l.count > 0 ? bsearch(&key, l.list, l.count, sizeof(key), compare_names) : NULL;
	add_attributes(&l, box ? box : &key, true, &attributes);
	tell_line(cmd, "LIST", attributes.failed ? "" : attributes.data, name);
	if (strcmp(name, used) != 0) {
		buf_add_str(&cmd->response->out, " (\"OLDNAME\" (");
		response_mailbox(cmd->response, used);
		buf_add_str(&cmd->response->out, "))");
	}
	buf_add_str(&cmd->response->out, "\r\n");
	buf_finish(&attributes);
	free(l.list);
	return QUARANTINE_OK;
}

void list_tell_other(struct command *cmd, const char *name, const char *used)
{
	int status = QUARANTINE_OK;

	if (cmd->state->enabled & VIEW_REV2 && strcmp(name, used) != 0)
		status = list_tell_name(cmd, name, used);
	if (status != QUARANTINE_OK)
		log_event(LOG_LEVEL_ERROR, cmd->state->session, "list-failed", "reason",
			  quarantine_errmsg(cmd->store), NULL);
}

static enum command_status list_step(struct command *cmd)
{
	return tell_all(cmd, "LIST", tell);
}

static enum command_status lsub_step(struct command *cmd)
{
	return tell_all(cmd, "LSUB", tell_subscribed);
}

static void list_finish(struct command *cmd)
{
	struct listing *l = cmd->cursor;

	if (l && l->telling)
		metadata_finish(&l->metadata);
	if (l)
		free(l->list);
	free(l);
}

#define LIST_COMMAND(its_name, its_parse, its_step)                                                \
	{                                                                                          \
		.name = its_name, .states = STATE_LOGGED_IN, .parse = its_parse, .step = its_step, \
		.finish = list_finish,                                                             \
	}

const struct command_def command_list = LIST_COMMAND("LIST", list_parse, list_step);
const struct command_def command_lsub = LIST_COMMAND("LSUB", lsub_parse, lsub_step);
/* Of RFC 2193, and what Outlook 2013 looks for special uses by: not advertised. */
const struct command_def command_rlist = LIST_COMMAND("RLIST", list_parse, list_step);
const struct command_def command_rlsub = LIST_COMMAND("RLSUB", lsub_parse, lsub_step);
const struct command_def command_xlist = LIST_COMMAND("XLIST", list_parse, list_step);
