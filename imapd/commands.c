/* SPDX-License-Identifier: ISC */
#include "commands.h"

#include <stdlib.h>

#include "cmd/cmd.h"
#include "command.h"

/* Sorted by name, one a line. */
/* clang-format off */
static const struct command_def *const commands[] = {
	&command_append,
	&command_authenticate,
	&command_cancelupdate,
	&command_capability,
	&command_check,
	&command_close,
	&command_compress,
	&command_copy,
	&command_create,
	&command_delete,
	&command_enable,
	&command_esearch,
	&command_examine,
	&command_expunge,
	&command_fetch,
	&command_getmetadata,
	&command_id,
	&command_idle,
	&command_list,
	&command_login,
	&command_logout,
	&command_lsub,
	&command_move,
	&command_namespace,
	&command_noop,
	&command_notify,
	&command_rename,
	&command_replace,
	&command_rlist,
	&command_rlsub,
	&command_search,
	&command_select,
	&command_setmetadata,
	&command_sort,
	&command_starttls,
	&command_status,
	&command_store,
	&command_subscribe,
	&command_thread,
	&command_unselect,
	&command_unsubscribe,
	&command_xlist,
};
/* clang-format on */

static int compare_name(const void *key, const void *element)
{
	const struct slice *name = key;
	const struct command_def *const *def = element;
	struct slice other = slice_str((*def)->name);
	int order = strncasecmp(name->data, other.data, name->len < other.len ? name->len : other.len);

	if (order != 0)
		return order;
	return name->len < other.len ? -1 : name->len > other.len;
}

const struct command_def *commands_find(struct slice name)
{
	const struct command_def *const *found = NULL;

	if (name.len > 0)
		found = bsearch(&name, commands, ARRAY_SIZE(commands), sizeof(commands[0]), compare_name);
	return found ? *found : NULL;
}

const struct command_def *const *commands_all(size_t *count)
{
	*count = ARRAY_SIZE(commands);
	return commands;
}
