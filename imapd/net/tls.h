/* SPDX-License-Identifier: ISC
 *
 * TLS of the server, without sockets: ciphertext is fed in, plain bytes and ciphertext to send come out.
 * TLS 1.2 or later with ECDHE and AEAD; no renegotiation, compression, tickets or session cache. Loop
 * thread only. */
#ifndef IMAPD_NET_TLS_H
#define IMAPD_NET_TLS_H

#include <stdbool.h>
#include <stddef.h>

#include "../../store/base/buf.h"
#include "../../store/base/slice.h"

struct tls;
struct tls_context;

/* A certificate chain and its key from PEM files. NULL on failure, with up to `why_size` bytes of what is
 * wrong and what to do in `why`. */
struct tls_context *tls_context_create(const char *certificate, const char *key, char *why, size_t why_size);

/* Lets go of the context; connections made from it keep what they need. NULL is fine. */
void tls_context_release(struct tls_context *ctx);

/* Days until the certificate ends; negative: it has ended. */
int tls_context_days_left(const struct tls_context *ctx);

/* The server's side of one connection; NULL when memory is out. */
struct tls *tls_create(struct tls_context *ctx);
void tls_destroy(struct tls *t); /* NULL is fine */

enum tls_status {
	TLS_GOING_ON, /* wants more ciphertext */
	TLS_SECURED,  /* the handshake ended with this call */
	TLS_ENDED,    /* the peer said good-bye */
	TLS_FAILED,   /* tls_error() says why; there may be an alert to send */
};

/* Takes all of `cipher`; plain bytes are appended to `plain`. */
enum tls_status tls_receive(struct tls *t, struct slice cipher, struct buf *plain);

/* Encrypts; false when that fails. Only after TLS_SECURED. */
bool tls_send(struct tls *t, struct slice plain);

/* Says good-bye. */
void tls_end(struct tls *t);

/* Moves the ciphertext to send to the end of `out`. */
void tls_take(struct tls *t, struct buf *out);

/* "TLSv1.3 TLS_AES_256_GCM_SHA384", for the log. */
void tls_describe(const struct tls *t, char *out, size_t size);

/* Why it failed: a fixed text or OpenSSL's reason. Never NULL. */
const char *tls_error(const struct tls *t);

#endif
