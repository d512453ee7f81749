/* SPDX-License-Identifier: ISC */
#include "tls.h"
#include "../../store/base/complain.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* SSL reads from and writes to our own buffers through a BIO of a few lines, because OpenSSL's memory BIO
 * keeps the largest size it ever had, which idle connections must not. */
struct tls_context {
	SSL_CTX *ssl;
	BIO_METHOD *bio;
	unsigned users; /* the owner and every struct tls */
};

struct tls {
	struct tls_context *context;
	SSL *ssl;
	struct slice in; /* what SSL has not read yet of the bytes given to tls_receive() */
	struct buf out;  /* ciphertext to send */
	bool secured;
	const char *error;
};

enum { PLAIN_CHUNK = 16 * 1024 };

static int bio_read(BIO *bio, char *into, int size)
{
	struct tls *t = BIO_get_data(bio);
	size_t n = t->in.len < (size_t)size ? t->in.len : (size_t)size;

	BIO_clear_retry_flags(bio);
	if (n == 0) {
		BIO_set_retry_read(bio);
		return -1;
	}
	memcpy(into, t->in.data, n);
	t->in = slice_skip(t->in, n);
	return (int)n;
}

static int bio_write(BIO *bio, const char *from, int size)
{
	struct tls *t = BIO_get_data(bio);

	BIO_clear_retry_flags(bio);
	buf_add(&t->out, from, (size_t)size);
	return t->out.failed ? -1 : size;
}

static long bio_ctrl(BIO *bio, int command, long number, void *pointer)
{
	(void)bio, (void)number, (void)pointer;
	return command == BIO_CTRL_FLUSH;
}

static BIO_METHOD *make_bio_method(void)
{
	BIO_METHOD *m = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "buffers");

	if (m) {
		BIO_meth_set_read(m, bio_read);
		BIO_meth_set_write(m, bio_write);
		BIO_meth_set_ctrl(m, bio_ctrl);
	}
	return m;
}

/* A client that asks for another protocol than IMAP is not one of ours (RFC 7301 section 3.2). */
static int choose_protocol(SSL *ssl, const unsigned char **out, unsigned char *out_len,
			   const unsigned char *in, unsigned in_len, void *context)
{
	static const unsigned char ours[] = "\x04imap";
	unsigned char *chosen;

	(void)ssl, (void)context;
	if (SSL_select_next_proto(&chosen, out_len, ours, sizeof(ours) - 1, in, in_len) !=
	    OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	*out = chosen;
	return SSL_TLSEXT_ERR_OK;
}

static bool set_rules(SSL_CTX *ssl)
{
	SSL_CTX_set_options(ssl, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET |
					 SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_IGNORE_UNEXPECTED_EOF);
	SSL_CTX_set_mode(ssl, SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_alpn_select_cb(ssl, choose_protocol, NULL);
	return SSL_CTX_set_min_proto_version(ssl, TLS1_2_VERSION) == 1 &&
	       SSL_CTX_set_num_tickets(ssl, 0) == 1 &&
	       SSL_CTX_set_cipher_list(ssl, "ECDHE+AESGCM:ECDHE+CHACHA20:!aNULL") == 1;
}

static const char *ssl_reason(void)
{
	unsigned long code = ERR_get_error();
	const char *reason = ERR_reason_error_string(code);

	ERR_clear_error();
	return reason ? reason : "not understood";
}

static bool check_key_file(const char *key, char *why, size_t why_size)
{
	struct stat st;

	if (stat(key, &st) != 0)
		return complain(why, why_size, "private key %s: %s", key, strerror(errno));
	if (st.st_mode & S_IRWXO)
		return complain(why, why_size, "private key %s is open to everybody: chmod o= it", key);
	return true;
}

static bool load_files(SSL_CTX *ssl, const char *certificate, const char *key, char *why, size_t why_size)
{
	if (!check_key_file(key, why, why_size))
		return false;
	if (SSL_CTX_use_certificate_chain_file(ssl, certificate) != 1)
		return complain(why, why_size, "certificate %s: %s", certificate, ssl_reason());
	if (SSL_CTX_use_PrivateKey_file(ssl, key, SSL_FILETYPE_PEM) != 1)
		return complain(why, why_size, "private key %s: %s (is it this certificate's?)", key,
				ssl_reason());
	if (SSL_CTX_check_private_key(ssl) != 1)
		return complain(why, why_size, "private key %s is not that of %s", key, certificate);
	return true;
}

struct tls_context *tls_context_create(const char *certificate, const char *key, char *why, size_t why_size)
{
	struct tls_context *ctx = calloc(1, sizeof(*ctx));

	complain(why, why_size, "out of memory");
	if (!ctx)
		return NULL;
	ctx->users = 1;
	ctx->bio = make_bio_method();
	ctx->ssl = SSL_CTX_new(TLS_server_method());
	if (ctx->bio && ctx->ssl && set_rules(ctx->ssl) &&
	    load_files(ctx->ssl, certificate, key, why, why_size))
		return ctx;
	tls_context_release(ctx);
	return NULL;
}

void tls_context_release(struct tls_context *ctx)
{
	if (!ctx || --ctx->users > 0)
		return;
	SSL_CTX_free(ctx->ssl);
	BIO_meth_free(ctx->bio);
	free(ctx);
}

int tls_context_days_left(const struct tls_context *ctx)
{
	X509 *cert = SSL_CTX_get0_certificate(ctx->ssl);
	int days = 0, seconds = 0;

	if (!cert || ASN1_TIME_diff(&days, &seconds, NULL, X509_get0_notAfter(cert)) != 1)
		return 0;
	return seconds < 0 ? days - 1 : days;
}

struct tls *tls_create(struct tls_context *ctx)
{
	struct tls *t = calloc(1, sizeof(*t));
	BIO *bio = NULL;

	if (!t)
		return NULL;
	t->context = ctx;
	ctx->users++;
	t->ssl = SSL_new(ctx->ssl);
	bio = t->ssl ? BIO_new(ctx->bio) : NULL;
	if (!bio) {
		tls_destroy(t);
		return NULL;
	}
	BIO_set_data(bio, t);
	BIO_set_init(bio, 1);
	SSL_set_bio(t->ssl, bio, bio);
	SSL_set_accept_state(t->ssl);
	return t;
}

void tls_destroy(struct tls *t)
{
	if (!t)
		return;
	SSL_free(t->ssl);
	buf_finish(&t->out);
	tls_context_release(t->context);
	free(t);
}

static enum tls_status failed(struct tls *t, int result)
{
	switch (SSL_get_error(t->ssl, result)) {
	case SSL_ERROR_WANT_READ:
		return TLS_GOING_ON;
	case SSL_ERROR_ZERO_RETURN:
		return TLS_ENDED;
	default:
		t->error = ssl_reason();
		return TLS_FAILED;
	}
}

static enum tls_status read_plain(struct tls *t, struct buf *plain)
{
	int n;

	do {
		char *room = buf_reserve(plain, PLAIN_CHUNK);

		if (!room) {
			t->error = "out of memory";
			return TLS_FAILED;
		}
		n = SSL_read(t->ssl, room, PLAIN_CHUNK);
		if (n > 0)
			plain->len += (size_t)n;
	} while (n > 0);
	return failed(t, n);
}

enum tls_status tls_receive(struct tls *t, struct slice cipher, struct buf *plain)
{
	enum tls_status status;

	ERR_clear_error();
	t->in = cipher;
	if (t->secured)
		return read_plain(t, plain);
	int result = SSL_do_handshake(t->ssl);
	if (result != 1)
		return failed(t, result);
	t->secured = true;
	status = read_plain(t, plain);
	return status == TLS_GOING_ON ? TLS_SECURED : status;
}

bool tls_send(struct tls *t, struct slice plain)
{
	ERR_clear_error();
	while (plain.len > 0) {
		size_t n = plain.len < PLAIN_CHUNK ? plain.len : PLAIN_CHUNK;

		if (SSL_write(t->ssl, plain.data, (int)n) != (int)n) {
			t->error = ssl_reason();
			return false;
		}
		plain = slice_skip(plain, n);
	}
	return true;
}

void tls_end(struct tls *t)
{
	ERR_clear_error();
	if (t->secured && !t->error)
		SSL_shutdown(t->ssl);
}

void tls_take(struct tls *t, struct buf *out)
{
	if (out->len == 0) {
		buf_finish(out);
		*out = t->out;
		t->out = (struct buf){0};
		return;
	}
	buf_add_slice(out, buf_slice(&t->out));
	out->failed |= t->out.failed;
	buf_finish(&t->out);
}

void tls_describe(const struct tls *t, char *out, size_t size)
{
	snprintf(out, size, "%s %s", SSL_get_version(t->ssl), SSL_get_cipher_name(t->ssl));
}

const char *tls_error(const struct tls *t)
{
	return t->error ? t->error : "no error";
}
