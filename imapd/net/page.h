/* SPDX-License-Identifier: ISC
 *
 * One text to whoever asks over HTTP, for monitoring: the request is read and not looked at, the answer goes
 * out in one piece, the connection closes. One reader at a time, for some seconds at most. Loop thread only.
 */
#ifndef IMAPD_NET_PAGE_H
#define IMAPD_NET_PAGE_H

#include "listener.h"

struct page;

/* `asked` is called when the text is wanted; page_answer() must follow, in the same call or later. `where` is
 * a path (a Unix socket) or an address as for listener_open_tcp(). NULL: `why` says why not. */
typedef void page_asked_fn(void *owner);
struct page *page_open(uv_loop_t *loop, const char *where, page_asked_fn *asked, void *owner, char *why,
		       size_t why_size);

/* Sends the text, when the reader is still there. */
void page_answer(struct page *p, const char *text, size_t len);

const char *page_name(const struct page *p);

/* Stops; frees when the loop has run once more. NULL is fine. */
void page_close(struct page *p);

#endif
