/* SPDX-License-Identifier: ISC */
#include "../../store/base/arena.h"
#include "../../store/base/buf.h"
#include "../../store/mime/charset.h"
#include "../box/names.h"
#include "../command.h"
#include "../proto/parse.h"
#include "list.h"

/* "(" [option *(SP option)] ")" */
static bool options_parse(struct parser *p, struct list_args *args,
			  bool (*option)(struct parser *p, struct list_args *args))
{
	if (!parse_char(p, '('))
		return false;
	while (!parse_peek(p, ')')) {
		if (!option(p, args))
			return false;
		if (!parse_peek(p, ')') && !parse_space(p))
			return false;
	}
	return parse_char(p, ')');
}

static bool select_option(struct parser *p, struct list_args *args)
{
	if (parse_word(p, "SUBSCRIBED"))
		args->subscribed = args->tell_subscribed = true;
	else if (parse_word(p, "RECURSIVEMATCH"))
		args->recursive = true;
	else if (parse_word(p, "SPECIAL-USE"))
		args->special = true;
	else if (!parse_word(p, "REMOTE")) /* there are none */
		return parse_fail(p, "Unknown LIST option");
	return true;
}

/* [options SP] "(" entry *(SP entry) ")" */
static bool metadata_return_parse(struct parser *p, struct metadata_wish *w)
{
	if (metadata_options_ahead(p) && !(metadata_options_parse(p, w) && parse_space(p)))
		return false;
	return parse_peek(p, '(') ? metadata_entries_parse(p, w)
				  : parse_fail(p, "Expected a list of entries");
}

static bool return_option(struct parser *p, struct list_args *args)
{
	if (parse_word(p, "SUBSCRIBED")) {
		args->tell_subscribed = true;
		return true;
	}
	if (parse_word(p, "STATUS")) {
		args->tell_status = true;
		args->status.count = 0;
		return parse_space(p) && status_items_parse(p, &args->status);
	}
	if (parse_word(p, "METADATA")) {
		args->tell_metadata = true;
		args->metadata = (struct metadata_wish){.max_size = UINT64_MAX};
		return parse_space(p) && metadata_return_parse(p, &args->metadata);
	}
	if (parse_word(p, "CHILDREN") || parse_word(p, "SPECIAL-USE")) /* told in any case */
		return true;
	return parse_fail(p, "Unknown LIST option");
}

/* Appends the pattern as names are compared with it: normalised, in the client's form. What is no name stays
 * as it was sent. */
static void normalise(const struct parser *p, struct slice sent, struct buf *out)
{
	struct buf utf8 = {0}, normal = {0};

	if (parse_mailbox_text(p, sent, &utf8)) {
		mime_nfc(buf_slice(&utf8), &normal);
		box_wire(buf_slice(&normal), p->utf8, out);
	} else {
		buf_add_slice(out, sent);
	}
	out->failed |= utf8.failed || normal.failed;
	buf_finish(&utf8);
	buf_finish(&normal);
}

static bool pattern_parse(struct parser *p, struct list_args *args, struct slice reference)
{
	struct buf sent = {0}, text = {0};
	struct slice pattern;
	char *kept;

	if (!parse_list_mailbox(p, &pattern))
		return false;
	if (args->count == LIST_PATTERNS_MAX || reference.len + pattern.len > BOX_PATTERN_MAX)
		return parse_fail(p, "Mailbox pattern too long, or too many");
	if (pattern.len == 0)
		return true;
	buf_add_slice(&sent, reference);
	buf_add_slice(&sent, pattern);
	normalise(p, buf_slice(&sent), &text);
	kept = sent.failed || text.failed ? NULL : arena_strndup(p->arena, buf_slice(&text));
	if (kept)
		args->patterns[args->count++] = slice_of(kept, text.len);
	buf_finish(&sent);
	buf_finish(&text);
	return kept || parse_fail(p, "Command too large");
}

/* mbox-or-pat = list-mailbox / "(" list-mailbox *(SP list-mailbox) ")" */
static bool patterns_parse(struct parser *p, struct list_args *args, struct slice reference)
{
	if (!parse_peek(p, '('))
		return pattern_parse(p, args, reference);
	do {
		p->at++;
		if (!pattern_parse(p, args, reference))
			return false;
	} while (parse_peek(p, ' '));
	return parse_char(p, ')');
}

static struct list_args *args_make(struct command *cmd)
{
	struct list_args *args = arena_alloc(cmd->arena, sizeof(*args));

	cmd->args = args;
	return args;
}

/* list = "LIST" [SP list-select-opts] SP mailbox SP mbox-or-pat [SP "RETURN" SP list-return-opts] */
bool list_parse(struct parser *p, struct command *cmd)
{
	struct list_args *args = args_make(cmd);
	bool extended = parse_peek(p, '(');
	struct slice reference;

	if (!args)
		return parse_fail(p, "Command too large");
	if (extended && !(options_parse(p, args, select_option) && parse_space(p)))
		return false;
	if (args->recursive && !args->subscribed)
		return parse_fail(p, "RECURSIVEMATCH needs SUBSCRIBED");
	if (!parse_astring(p, &reference) || !parse_space(p))
		return false;
	extended |= parse_peek(p, '(');
	if (!patterns_parse(p, args, reference))
		return false;
	if (!parse_at_end(p)) {
		extended = true;
		if (!parse_space(p) || !parse_word(p, "RETURN") || !parse_space(p) ||
		    !options_parse(p, args, return_option))
			return false;
	}
	args->root = !extended && args->count == 0;
	return parse_end(p);
}

/* lsub = "LSUB" SP mailbox SP list-mailbox */
bool lsub_parse(struct parser *p, struct command *cmd)
{
	struct list_args *args = args_make(cmd);
	struct slice reference;

	if (!args)
		return parse_fail(p, "Command too large");
	if (!parse_astring(p, &reference) || !parse_space(p) || !pattern_parse(p, args, reference))
		return false;
	args->root = args->count == 0;
	return parse_end(p);
}
