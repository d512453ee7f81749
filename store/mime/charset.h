/* SPDX-License-Identifier: ISC
 *
 * Character sets to UTF-8, and UTF-8 to the form that is compared in searches. */
#ifndef QUARANTINE_MIME_CHARSET_H
#define QUARANTINE_MIME_CHARSET_H

#include "../base/buf.h"
#include "../base/slice.h"

enum { MIME_CHARSET_NAME_MAX = 40, MIME_CHARSETS_MAX = 16 };

/* The converters that were opened for one message: opening one is slow, so a message may not ask for any
 * number of them. A zeroed struct has none. */
struct mime_charsets {
	struct {
		char name[MIME_CHARSET_NAME_MAX + 1];
		void *converter; /* NULL: iconv does not know the name */
	} known[MIME_CHARSETS_MAX];
	size_t count;
};

void mime_charsets_finish(struct mime_charsets *sets);

/* Whether iconv knows the name (US-ASCII, UTF-8, ISO and Windows sets, …). */
bool mime_charset_known(struct slice charset);

/* Appends `text` as valid UTF-8; a byte that is not of the set becomes U+FFFD. An unknown or empty
 * set is taken for UTF-8 where the text is valid UTF-8, else for Windows-1252. Returns false when the
 * set is not known; the text is appended all the same. So is US-ASCII read where the
 * text has eight-bit bytes. When `sets` has no room for one more set, it counts as not known. */
bool mime_to_utf8_with(struct mime_charsets *sets, struct slice charset, struct slice text, struct buf *out);

/* The same for a single text. */
bool mime_to_utf8(struct slice charset, struct slice text, struct buf *out);

/* Whether all bytes are ASCII and none is NUL. */
bool mime_is_ascii(struct slice text);

/* Appends valid UTF-8, each wrong byte replaced by U+FFFD, NUL by U+FFFD. */
void mime_clean_utf8(struct slice text, struct buf *out);

/* Appends the text in Unicode Normalization Form C, as Net-Unicode wants names to be (RFC 5198 section 2);
 * what is no UTF-8 is appended as it stands. */
void mime_nfc(struct slice utf8, struct buf *out);

/* Appends UTF-8 in the form in which two texts are compared without regard to case: case folded and
 * decomposed (close to RFC 5051, i;unicode-casemap), characters that do not show left out. Runs of blanks
 * and line ends become one blank when `join_blanks`. */
void mime_fold(struct slice utf8, bool join_blanks, struct buf *out);

#endif
