/* SPDX-License-Identifier: ISC
 *
 * What a search reads of a message under test: header fields and text, decoded and folded. Of a message that
 * cannot be read there is nothing. */
#ifndef IMAPD_SEARCH_CONTENT_H
#define IMAPD_SEARCH_CONTENT_H

#include <stdbool.h>

#include "../../store/base/buf.h"
#include "../../store/include/quarantine.h"
#include "../../store/mime/structure.h"
#include "../proto/search_key.h"

enum { SEARCH_CONTENT_MAX = 2 * 1024 * 1024 }; /* bytes of a message that are searched, from its start */

struct search_memo;

/* A message; zeroed it may be finished. */
struct search_content {
	struct quarantine *store;
	const struct quarantine_entry *row;
	struct buf bytes;      /* the start of the message, read when a key wants it */
	struct buf field;      /* the text of a header field */
	struct buf text, body; /* for TEXT and BODY, made when a key wants them */
	bool has_text, has_body;
	struct mime_structure structure; /* no parts: not read */
	struct search_memo *memo;        /* of all messages of a search, its own; NULL: none */
};

/* Goes to another message; the memory stays. */
void search_content_begin(struct search_content *c, struct quarantine *q, const struct quarantine_entry *row);
void search_content_finish(struct search_content *c);

/* The text that a key about a header field is held against, as lines each ended by LF, borrowed until the
 * next call: from the row what the store keeps, of the first field of the name; for HEADER a line for each
 * field of the name. False: it could not be read. */
bool search_content_field(struct search_content *c, const struct search_key *key, struct slice *out);

/* Whether the text holds the needle, which is not empty; with `headers` that of TEXT, else that of BODY. */
bool search_content_holds(struct search_content *c, bool headers, struct slice needle);

#endif
