/* SPDX-License-Identifier: ISC */
#include "../../../imapd/net/tls.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

static char folder[] = "/tmp/test-tls-XXXXXX";
static char cert_file[64], key_file[64], other_key_file[64];

static void write_key(const char *file, EVP_PKEY *key)
{
	FILE *f = fopen(file, "w");

	assert_non_null(f);
	assert_int_equal(PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL), 1);
	fclose(f);
	chmod(file, 0600);
}

static void write_certificate(EVP_PKEY *key)
{
	X509 *cert = X509_new();
	X509_NAME *name = X509_get_subject_name(cert);
	FILE *f;

	ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
	X509_gmtime_adj(X509_getm_notBefore(cert), -60);
	X509_gmtime_adj(X509_getm_notAfter(cert), 10 * 86400 + 60);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"localhost", -1, -1, 0);
	X509_set_issuer_name(cert, name);
	X509_set_pubkey(cert, key);
	assert_true(X509_sign(cert, key, EVP_sha256()) > 0);
	f = fopen(cert_file, "w");
	assert_non_null(f);
	assert_int_equal(PEM_write_X509(f, cert), 1);
	fclose(f);
	X509_free(cert);
}

static int make_files(void **state)
{
	EVP_PKEY *key = EVP_EC_gen("P-256"), *other = EVP_EC_gen("P-256");

	(void)state;
	if (!mkdtemp(folder) || !key || !other)
		return -1;
	snprintf(cert_file, sizeof(cert_file), "%s/cert.pem", folder);
	snprintf(key_file, sizeof(key_file), "%s/key.pem", folder);
	snprintf(other_key_file, sizeof(other_key_file), "%s/other.pem", folder);
	write_key(key_file, key);
	write_key(other_key_file, other);
	write_certificate(key);
	EVP_PKEY_free(key);
	EVP_PKEY_free(other);
	return 0;
}

static int remove_files(void **state)
{
	(void)state;
	unlink(cert_file);
	unlink(key_file);
	unlink(other_key_file);
	return rmdir(folder);
}

/* Our side, and OpenSSL's own client with memory BIOs. */
struct pair {
	struct tls_context *context;
	struct tls *server;
	SSL_CTX *client_context;
	SSL *client;
	struct buf received; /* plain, by the server */
	enum tls_status status;
	bool secured;
	size_t cut; /* bytes a time that the server is fed; 0: all */
};

static void pair_start(struct pair *p)
{
	char why[256];

	memset(p, 0, sizeof(*p));
	p->context = tls_context_create(cert_file, key_file, why, sizeof(why));
	if (!p->context)
		fail_msg("%s", why);
	p->server = tls_create(p->context);
	p->client_context = SSL_CTX_new(TLS_client_method());
	p->client = SSL_new(p->client_context);
	SSL_set_bio(p->client, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
	SSL_set_connect_state(p->client);
}

static void pair_finish(struct pair *p)
{
	SSL_free(p->client);
	SSL_CTX_free(p->client_context);
	tls_destroy(p->server);
	tls_context_release(p->context);
	buf_finish(&p->received);
}

static void feed_server(struct pair *p, struct slice cipher)
{
	while (cipher.len > 0 && p->status != TLS_FAILED && p->status != TLS_ENDED) {
		size_t n = p->cut > 0 && p->cut < cipher.len ? p->cut : cipher.len;

		p->status = tls_receive(p->server, slice_of(cipher.data, n), &p->received);
		p->secured |= p->status == TLS_SECURED;
		cipher = slice_skip(cipher, n);
	}
}

/* Carries what the client has written to the server and back. False when nothing moved. */
static bool carry(struct pair *p)
{
	struct buf out = {0};
	char *data;
	long len = BIO_get_mem_data(SSL_get_wbio(p->client), &data);
	bool moved = len > 0;

	feed_server(p, slice_of(data, (size_t)len));
	(void)BIO_reset(SSL_get_wbio(p->client));
	tls_take(p->server, &out);
	moved |= out.len > 0;
	if (out.len > 0)
		assert_int_equal(BIO_write(SSL_get_rbio(p->client), out.data, (int)out.len), (int)out.len);
	buf_finish(&out);
	return moved;
}

/* True when both ends are through. */
static bool shake_hands(struct pair *p)
{
	int result;

	do {
		result = SSL_do_handshake(p->client);
	} while (carry(p));
	return result == 1 && p->secured;
}

static void test_both_ways_in_any_cut(void **state)
{
	static const size_t cuts[] = {0, 1, 7};
	enum { SIZE = 300 * 1000 };
	char *bytes = calloc(1, SIZE), *back = calloc(1, SIZE);

	(void)state;
	for (size_t i = 0; i < SIZE; i++)
		bytes[i] = (char)(i * 31);
	for (size_t i = 0; i < ARRAY_SIZE(cuts); i++) {
		struct pair p;
		int got = 0, n;

		pair_start(&p);
		p.cut = cuts[i];
		assert_true(shake_hands(&p));
		assert_int_equal(SSL_write(p.client, bytes, SIZE), SIZE);
		carry(&p);
		assert_int_equal(p.received.len, SIZE);
		assert_memory_equal(p.received.data, bytes, SIZE);
		assert_true(tls_send(p.server, slice_of(bytes, SIZE)));
		carry(&p);
		while ((n = SSL_read(p.client, back + got, SIZE - got)) > 0)
			got += n;
		assert_int_equal(got, SIZE);
		assert_memory_equal(back, bytes, SIZE);
		pair_finish(&p);
	}
	free(bytes);
	free(back);
}

static void test_versions_and_ciphers(void **state)
{
	static const struct {
		int version;
		const char *ciphers;
		bool good;
	} cases[] = {
		{TLS1_3_VERSION, NULL, true},
		{TLS1_2_VERSION, "ECDHE-ECDSA-AES128-GCM-SHA256", true},
		{TLS1_2_VERSION, "ECDHE-ECDSA-CHACHA20-POLY1305", true},
		{TLS1_2_VERSION, "ECDHE-ECDSA-AES128-SHA", false},
		{TLS1_2_VERSION, "AES128-GCM-SHA256", false},
		{TLS1_1_VERSION, "ALL:@SECLEVEL=0", false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct pair p;

		pair_start(&p);
		SSL_set_min_proto_version(p.client, cases[i].version);
		SSL_set_max_proto_version(p.client, cases[i].version);
		if (cases[i].ciphers)
			assert_int_equal(SSL_set_cipher_list(p.client, cases[i].ciphers), 1);
		if (shake_hands(&p) != cases[i].good)
			fail_msg("case %zu: %s", i, tls_error(p.server));
		if (cases[i].good)
			assert_int_equal(SSL_get_verify_result(p.client),
					 X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT);
		pair_finish(&p);
	}
}

static void test_protocol_names(void **state)
{
	static const struct {
		const char *offered;
		bool good;
	} cases[] = {{"\x04imap", true},
		     {"\x08http/1.1\x04imap", true},
		     {"\x08http/1.1", false},
		     {"\x02h2", false}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct pair p;

		pair_start(&p);
		SSL_set_alpn_protos(p.client, (const unsigned char *)cases[i].offered,
				    (unsigned)strlen(cases[i].offered));
		assert_int_equal(shake_hands(&p), cases[i].good);
		pair_finish(&p);
	}
}

static void test_no_tickets_no_renegotiation(void **state)
{
	struct pair p;

	(void)state;
	pair_start(&p);
	SSL_set_max_proto_version(p.client, TLS1_2_VERSION);
	assert_true(shake_hands(&p));
	assert_false(SSL_SESSION_has_ticket(SSL_get_session(p.client)));
	SSL_renegotiate(p.client);
	shake_hands(&p);
	assert_true(SSL_renegotiate_pending(p.client));
	pair_finish(&p);
}

static void test_good_bye(void **state)
{
	struct pair p;

	(void)state;
	pair_start(&p);
	assert_true(shake_hands(&p));
	SSL_shutdown(p.client);
	carry(&p);
	assert_int_equal(p.status, TLS_ENDED);
	tls_end(p.server);
	pair_finish(&p);
}

static void test_garbage(void **state)
{
	struct pair p;

	(void)state;
	pair_start(&p);
	feed_server(&p, SLICE("a LOGIN global secret\r\n"));
	assert_int_equal(p.status, TLS_FAILED);
	assert_string_not_equal(tls_error(p.server), "no error");
	pair_finish(&p);
}

static void test_files(void **state)
{
	char why[256];
	struct tls_context *ctx;

	(void)state;
	assert_null(tls_context_create("/nonexistent/cert", key_file, why, sizeof(why)));
	assert_non_null(strstr(why, "/nonexistent/cert"));
	assert_null(tls_context_create(cert_file, "/nonexistent/key", why, sizeof(why)));
	assert_non_null(strstr(why, "No such file"));
	assert_null(tls_context_create(cert_file, other_key_file, why, sizeof(why)));
	assert_non_null(strstr(why, other_key_file));
	assert_null(tls_context_create(cert_file, cert_file, why, sizeof(why)));
	chmod(key_file, 0604);
	assert_null(tls_context_create(cert_file, key_file, why, sizeof(why)));
	assert_non_null(strstr(why, "chmod"));
	chmod(key_file, 0640);
	ctx = tls_context_create(cert_file, key_file, why, sizeof(why));
	assert_non_null(ctx);
	assert_int_equal(tls_context_days_left(ctx), 10);
	tls_context_release(ctx);
	tls_context_release(NULL);
	tls_destroy(NULL);
}

/* A reload while a connection is open: the connection keeps what it needs. */
static void test_context_goes_first(void **state)
{
	struct pair p;

	(void)state;
	pair_start(&p);
	tls_context_release(p.context);
	p.context = NULL;
	assert_true(shake_hands(&p));
	pair_finish(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_both_ways_in_any_cut),
		cmocka_unit_test(test_versions_and_ciphers),
		cmocka_unit_test(test_protocol_names),
		cmocka_unit_test(test_no_tickets_no_renegotiation),
		cmocka_unit_test(test_good_bye),
		cmocka_unit_test(test_garbage),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_context_goes_first),
	};

	return cmocka_run_group_tests(tests, make_files, remove_files);
}
