/* SPDX-License-Identifier: ISC
 *
 * The connection to the server, as a stream of libetpan's. libetpan's own TLS checks no certificate and its
 * buffers grow with whatever comes; here the chain and the host name are checked, and for each command there
 * are a time and a number of bytes that it may take. Blocking. */
#ifndef QUARANTINE_TOOLS_RETRIEVE_CHANNEL_H
#define QUARANTINE_TOOLS_RETRIEVE_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct channel;
struct _mailstream_low;

enum channel_security {
	CHANNEL_PLAIN,    /* only a loopback address is connected to */
	CHANNEL_TLS,      /* from the first byte */
	CHANNEL_STARTTLS, /* by channel_start_tls() */
};

struct channel_options {
	const char *host, *port;
	enum channel_security security;
	bool insecure;  /* any certificate is taken */
	const char *ca; /* file of certificates to trust; NULL: those of the system */
	unsigned connect_seconds;
	int stop_fd; /* once it can be read, nothing is waited for any more; -1: none */
};

/* Connects, and with CHANNEL_TLS shakes hands. NULL on failure, `why` then says why, for people. */
struct channel *channel_open(const struct channel_options *options, char *why, size_t why_size);

/* The same without TLS over a socket that is connected already; the channel owns it. NULL: no memory. */
struct channel *channel_of_socket(int fd);

void channel_close(struct channel *c); /* NULL is fine */

/* Goes over to TLS. Nothing may have been read ahead. 0, or -1: channel_why() says why. */
int channel_start_tls(struct channel *c, const struct channel_options *options);

/* From now on ends all waiting once `fd` can be read; channel_stopped() then. */
void channel_stop_at(struct channel *c, int fd);
bool channel_stopped(const struct channel *c);

/* Waits for bytes from the server, whatever channel_allow() said. 1: there are some; 0: time is up; -1:
 * stopped, or the connection is of no use. */
int channel_wait(struct channel *c, unsigned seconds);

/* What the next command may take: bytes read, seconds in all, and seconds of silence. */
void channel_allow(struct channel *c, uint64_t bytes, unsigned seconds, unsigned silence);

/* Why reading or writing failed; "" while it has not. */
const char *channel_why(const struct channel *c);

/* The stream, to be given to a mailstream, which frees it but not the channel. NULL: no memory. */
struct _mailstream_low *channel_stream(struct channel *c);

#endif
