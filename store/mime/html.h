/* SPDX-License-Identifier: ISC
 *
 * HTML to text. */
#ifndef QUARANTINE_MIME_HTML_H
#define QUARANTINE_MIME_HTML_H

#include "../base/buf.h"
#include "../base/slice.h"

/* Appends the text of an HTML document: tags and comments dropped, script and style content dropped,
 * entities decoded, block elements as blanks. Where links and images point to follows at the end: a run
 * of phishing is found by its link. Linear. */
void mime_html_text(struct slice html_utf8, struct buf *out);

/* The same without where links point to, and without the title: what a reader sees. */
void mime_html_shown(struct slice html_utf8, struct buf *out);

#endif
