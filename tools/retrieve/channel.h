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

struct channel_options {
	const char *host, *port;
	bool tls;       /* without it only a loopback address is connected to */
	bool insecure;  /* any certificate is taken */
	const char *ca; /* file of certificates to trust; NULL: those of the system */
	unsigned connect_seconds;
};

/* Connects, and with TLS shakes hands. NULL on failure, `why` then says why, for people. */
struct channel *channel_open(const struct channel_options *options, char *why, size_t why_size);

/* The same without TLS over a socket that is connected already; the channel owns it. NULL: no memory. */
struct channel *channel_of_socket(int fd);

void channel_close(struct channel *c); /* NULL is fine */

/* What the next command may take: bytes read, seconds in all, and seconds of silence. */
void channel_allow(struct channel *c, uint64_t bytes, unsigned seconds, unsigned silence);

/* Why reading or writing failed; "" while it has not. */
const char *channel_why(const struct channel *c);

/* The stream, to be given to a mailstream, which frees it but not the channel. NULL: no memory. */
struct _mailstream_low *channel_stream(struct channel *c);

#endif
