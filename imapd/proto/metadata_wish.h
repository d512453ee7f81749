/* SPDX-License-Identifier: ISC
 *
 * Names of metadata entries, and which of them GETMETADATA and LIST ask for (RFC 5464, RFC 9590). Pure. */
#ifndef IMAPD_PROTO_METADATA_WISH_H
#define IMAPD_PROTO_METADATA_WISH_H

#include "parse.h"

enum { METADATA_WISHES_MAX = 64 }; /* entries that a command may name */

enum metadata_depth { METADATA_ENTRY, METADATA_CHILDREN, METADATA_ALL };

struct metadata_wish {
	const char *entries[METADATA_WISHES_MAX];
	size_t count;
	enum metadata_depth depth;
	uint64_t max_size; /* of a value; UINT64_MAX: any */
};

/* The name of an entry: components after slashes, the first "private" or "shared", no wildcards, printable
 * ASCII. NUL-terminated in the arena. */
bool metadata_entry_parse(struct parser *p, const char **out);

/* Whether an entry may be set: two components at least, four below "vendor" (RFC 5464 section 3.2). */
bool metadata_entry_is_whole(const char *entry);

/* "(" getmetadata-option *(SP getmetadata-option) ")" */
bool metadata_options_parse(struct parser *p, struct metadata_wish *w);

/* Whether the parenthesis ahead is one of options, and not of entries. */
bool metadata_options_ahead(const struct parser *p);

/* entries = entry / "(" entry *(SP entry) ")", or, as in the examples of RFC 5464, entry *(SP entry) */
bool metadata_entries_parse(struct parser *p, struct metadata_wish *w);

/* Whether the wish for `entry` has `name` in it: in any case of letters, and as far below as it wants. */
bool metadata_wish_matches(const struct metadata_wish *w, const char *entry, const char *name);

#endif
