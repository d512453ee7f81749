/* SPDX-License-Identifier: ISC
 *
 * Where monitoring reads the server's figures. Loop thread only. */
#ifndef IMAPD_SCRAPE_H
#define IMAPD_SCRAPE_H

#include <uv.h>

struct scrape;
struct seats;
struct session_env;

/* `where` as in page_open(). NULL: `why` says why not. */
struct scrape *scrape_open(uv_loop_t *loop, const char *where, struct session_env *env,
			   const struct seats *seats, char *why, size_t why_size);

/* For the ready file. */
const char *scrape_name(const struct scrape *s);

/* Closes its handles; _destroy frees, when the loop has ended and no job is out. NULL is fine. */
void scrape_close(struct scrape *s);
void scrape_destroy(struct scrape *s);

#endif
