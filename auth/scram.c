/* SPDX-License-Identifier: ISC */
#include "scram.h"

#include <openssl/evp.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

enum { KEY_TEXT = 45, SALT_TEXT = 25 }; /* base64 of a key and of a salt, with NUL */

static void to_base64(char *out, size_t size, const unsigned char *bytes, size_t len)
{
	sodium_bin2base64(out, size, bytes, len, sodium_base64_VARIANT_ORIGINAL);
}

static void hmac(const unsigned char key[SCRAM_KEY], const char *text, unsigned char out[SCRAM_KEY])
{
	crypto_auth_hmacsha256(out, (const unsigned char *)text, strlen(text), key);
}

bool scram_password_ok(const char *password, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (password[i] < ' ' || password[i] > '~')
			return false;
	return true;
}

bool scram_keys_make(const char *password, size_t len, struct scram_keys *out)
{
	unsigned char salted[SCRAM_KEY], client[SCRAM_KEY];

	if (PKCS5_PBKDF2_HMAC(password, (int)len, out->salt, sizeof(out->salt), (int)out->iterations,
			      EVP_sha256(), sizeof(salted), salted) != 1)
		return false;
	hmac(salted, "Client Key", client);
	hmac(salted, "Server Key", out->server_key);
	crypto_hash_sha256(out->stored_key, client, sizeof(client));
	sodium_memzero(salted, sizeof(salted));
	sodium_memzero(client, sizeof(client));
	return true;
}

/* Takes "X=value" with the comma behind it off the front; false: another attribute is there. */
static bool attribute(const char **at, char letter, const char **value, size_t *len)
{
	const char *text = *at;

	if (text[0] != letter || text[1] != '=')
		return false;
	*value = text + 2;
	*len = strcspn(*value, ",");
	*at = *value + *len + ((*value)[*len] == ',');
	return true;
}

/* saslname: "=2C" is a comma, "=3D" an equals sign; no other "=" */
static bool take_name(const char *value, size_t len, char out[AUTH_NAME_MAX + 1])
{
	size_t used = 0;

	for (size_t i = 0; i < len; i++) {
		char c = value[i];

		if (c == '=') {
			bool comma = len - i > 2 && strncmp(value + i, "=2C", 3) == 0;

			if (!comma && !(len - i > 2 && strncmp(value + i, "=3D", 3) == 0))
				return false;
			c = comma ? ',' : '=';
			i += 2;
		}
		if (used == AUTH_NAME_MAX)
			return false;
		out[used++] = c;
	}
	out[used] = '\0';
	return used > 0;
}

/* gs2-header = ("n" / "y") "," ["a=" saslname] ","; what is given as the authorization identity is kept in
 * `who`. */
static bool take_header(struct scram *s, const char **at, char who[AUTH_NAME_MAX + 1])
{
	const char *begin = *at, *value;
	size_t len;

	who[0] = '\0';
	if ((**at != 'n' && **at != 'y') || (*at)[1] != ',')
		return false;
	*at += 2;
	if (**at == ',')
		(*at)++;
	else if (!attribute(at, 'a', &value, &len) || value[len] != ',' || !take_name(value, len, who))
		return false;
	snprintf(s->header, sizeof(s->header), "%.*s", (int)(*at - begin), begin);
	return true;
}

/* A copy that ends in NUL; false: too long, or NUL is in it. */
static bool copy_text(char out[SCRAM_MESSAGE_MAX], const char *message, size_t len)
{
	if (len >= SCRAM_MESSAGE_MAX || memchr(message, '\0', len))
		return false;
	memcpy(out, message, len);
	out[len] = '\0';
	return true;
}

/* printable = %x21-2B / %x2D-7E */
static bool take_nonce(struct scram *s, const char *value, size_t len)
{
	if (len == 0 || len > SCRAM_NONCE_MAX)
		return false;
	for (size_t i = 0; i < len; i++)
		if (value[i] <= ' ' || value[i] > '~')
			return false;
	memcpy(s->nonce, value, len);
	s->nonce[len] = '\0';
	return true;
}

bool scram_client_first(struct scram *s, const char *message, size_t len)
{
	char text[SCRAM_MESSAGE_MAX], who[AUTH_NAME_MAX + 1];
	const char *at = text, *bare, *value;
	size_t used;

	if (!copy_text(text, message, len) || !take_header(s, &at, who))
		return false;
	bare = at;
	if (!attribute(&at, 'n', &value, &used) || !take_name(value, used, s->name))
		return false;
	if (who[0] != '\0' && strcmp(who, s->name) != 0)
		return false;
	if (!attribute(&at, 'r', &value, &used) || !take_nonce(s, value, used))
		return false;
	snprintf(s->texts, sizeof(s->texts), "%s", bare);
	return true;
}

void scram_server_first(struct scram *s, const char nonce[SCRAM_NONCE + 1], char out[SCRAM_MESSAGE_MAX])
{
	char salt[SALT_TEXT];
	size_t used = strlen(s->texts);

	strncat(s->nonce, nonce, SCRAM_NONCE);
	to_base64(salt, sizeof(salt), s->keys.salt, sizeof(s->keys.salt));
	snprintf(out, SCRAM_MESSAGE_MAX, "r=%s,s=%s,i=%u", s->nonce, salt, s->keys.iterations);
	snprintf(s->texts + used, sizeof(s->texts) - used, ",%s", out);
}

/* Whether the client knows the key: ClientSignature XOR ClientProof has to be it. */
static bool proof_is_right(const struct scram *s, const char *text, const char *proof, size_t len)
{
	unsigned char key[SCRAM_KEY], signature[SCRAM_KEY], hash[SCRAM_KEY];
	size_t got = 0;

	if (sodium_base642bin(key, sizeof(key), proof, len, NULL, &got, NULL,
			      sodium_base64_VARIANT_ORIGINAL) != 0 ||
	    got != sizeof(key))
		return false;
	hmac(s->keys.stored_key, text, signature);
	for (size_t i = 0; i < sizeof(key); i++)
		key[i] ^= signature[i];
	crypto_hash_sha256(hash, key, sizeof(key));
	sodium_memzero(key, sizeof(key));
	return sodium_memcmp(hash, s->keys.stored_key, sizeof(hash)) == 0;
}

bool scram_client_final(struct scram *s, const char *message, size_t len, char out[SCRAM_MESSAGE_MAX])
{
	char text[SCRAM_MESSAGE_MAX], whole[3 * SCRAM_MESSAGE_MAX];
	char bound[2 * SCRAM_MESSAGE_MAX], signed_text[KEY_TEXT];
	const char *at = text, *value, *proof;
	unsigned char signature[SCRAM_KEY];
	size_t used;

	if (!copy_text(text, message, len))
		return false;
	to_base64(bound, sizeof(bound), (const unsigned char *)s->header, strlen(s->header));
	if (!attribute(&at, 'c', &value, &used) || used != strlen(bound) || memcmp(value, bound, used) != 0)
		return false;
	if (!attribute(&at, 'r', &value, &used) || used != strlen(s->nonce) ||
	    memcmp(value, s->nonce, used) != 0)
		return false;
	proof = strstr(value + used, ",p=");
	if (!proof)
		return false;
	snprintf(whole, sizeof(whole), "%s,%.*s", s->texts, (int)(proof - text), text);
	if (!proof_is_right(s, whole, proof + 3, strlen(proof + 3)))
		return false;
	hmac(s->keys.server_key, whole, signature);
	to_base64(signed_text, sizeof(signed_text), signature, sizeof(signature));
	snprintf(out, SCRAM_MESSAGE_MAX, "v=%s", signed_text);
	return true;
}
