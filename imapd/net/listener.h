/* SPDX-License-Identifier: ISC
 *
 * A listening socket: TCP (IPv4 or IPv6), Unix, or one that systemd opened. Loop thread only. */
#ifndef IMAPD_NET_LISTENER_H
#define IMAPD_NET_LISTENER_H

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

struct listener;

/* `fd` is a connected socket that becomes the callee's. `tls`: as given to listener_open_tcp(). */
typedef void listener_accept_fn(void *owner, int fd, bool tls);

/* What all listeners of a server have in common. */
struct listener_owner {
	uv_loop_t *loop;
	listener_accept_fn *accept;
	void *owner;
};

/* "192.0.2.1:143", "[::1]:143", "*:143" (both families) or ":143" likewise; port 0: any. NULL on failure,
 * with what is wrong and what to do in `why`. */
struct listener *listener_open_tcp(const struct listener_owner *owner, const char *address, bool tls,
				   char *why, size_t why_size);

/* A socket file that a server left behind is replaced, one that is in use or no socket is not. */
struct listener *listener_open_unix(const struct listener_owner *owner, const char *path, char *why,
				    size_t why_size);

/* Takes over a listening socket. */
struct listener *listener_open_fd(const struct listener_owner *owner, int fd, bool tls, char *why,
				  size_t why_size);

/* What it listens on, with the port chosen: "127.0.0.1:40123". */
const char *listener_name(const struct listener *l);
bool listener_is_tls(const struct listener *l);

/* Stops listening; frees when the loop has run once more. NULL is fine. */
void listener_close(struct listener *l);

#endif
