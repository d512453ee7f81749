/* SPDX-License-Identifier: ISC
 *
 * SCRAM-SHA-256 (RFC 5802, RFC 7677), the server's side, without sockets and accounts. Pure functions. No
 * channel binding: "n" and "y" are taken, "p" is refused. Names and passwords are not prepared: keys are made
 * for passwords of printable ASCII only, which SASLprep (RFC 4013) leaves as they are. */
#ifndef QUARANTINE_AUTH_SCRAM_H
#define QUARANTINE_AUTH_SCRAM_H

#include <stdbool.h>
#include <stddef.h>

#include "types.h"

enum {
	SCRAM_KEY = 32,
	SCRAM_SALT = 16,
	SCRAM_NONCE = 24,         /* characters of the server's part */
	SCRAM_NONCE_MAX = 128,    /* of the client's */
	SCRAM_MESSAGE_MAX = 1024, /* bytes of a message, either way */
	SCRAM_ITERATIONS = 50000, /* Cyrus SASL takes up to 65,536 */
};

/* What an account keeps in place of its password. */
struct scram_keys {
	unsigned iterations;
	unsigned char salt[SCRAM_SALT];
	unsigned char stored_key[SCRAM_KEY];
	unsigned char server_key[SCRAM_KEY];
};

/* Whether SASLprep leaves the password as it is: printable ASCII. */
bool scram_password_ok(const char *password, size_t len);

/* Works out the keys for out->salt and out->iterations; false when memory runs out. Takes some 20 ms. */
bool scram_keys_make(const char *password, size_t len, struct scram_keys *out);

/* One conversation. Zeroed it is to begin. */
struct scram {
	struct scram_keys keys; /* of the account, or made up; set between the two messages */
	char name[AUTH_NAME_MAX + 1];
	char header[SCRAM_MESSAGE_MAX];                /* gs2-header, as it was sent: "n,," */
	char nonce[SCRAM_NONCE_MAX + SCRAM_NONCE + 1]; /* the client's, then both */
	char texts[2 * SCRAM_MESSAGE_MAX];             /* client-first-bare "," server-first */
};

/* Reads the client's first message; s->name is who it claims to be. An authorization identity has to be the
 * same. False: it is no such message. */
bool scram_client_first(struct scram *s, const char *message, size_t len);

/* Answers it with s->keys' salt; `nonce` is random, of printable characters without a comma. */
void scram_server_first(struct scram *s, const char nonce[SCRAM_NONCE + 1], char out[SCRAM_MESSAGE_MAX]);

/* Reads the client's final message and compares its proof with s->keys, in a time that does not tell how much
 * agrees. True: `out` is the server's final message. */
bool scram_client_final(struct scram *s, const char *message, size_t len, char out[SCRAM_MESSAGE_MAX]);

#endif
