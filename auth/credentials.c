/* SPDX-License-Identifier: ISC */
#include "credentials.h"

#include <stdint.h>
#include <string.h>

#include "types.h"

enum {
	MEMORY_MIN = 8,          /* KiB, what the algorithm asks for */
	MEMORY_MAX = 256 * 1024, /* KiB */
	PASSES_MAX = 10,
	SALT_CHARS = 22, /* 16 bytes in base64 without padding */
	HASH_CHARS = 43, /* 32 bytes */
};

/* The length of the character at `text` when it is valid UTF-8 (RFC 3629) and no control character, else 0.
 */
static size_t printable(const unsigned char *text)
{
	if (text[0] < 0x80)
		return text[0] >= 0x20 && text[0] != 0x7f;
	size_t more = text[0] >= 0xf0 ? 3 : text[0] >= 0xe0 ? 2 : 1;
	if (text[0] < 0xc2 || text[0] > 0xf4)
		return 0;
	uint32_t code = text[0] & (0x3fU >> more);
	for (size_t i = 1; i <= more; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (text[i] & 0x3fU);
	}
	static const uint32_t lowest[] = {0, 0xa0, 0x800, 0x10000}; /* below 0xa0: C1 controls */
	bool surrogate = code >= 0xd800 && code <= 0xdfff;
	return code < lowest[more] || code > 0x10ffff || surrogate ? 0 : more + 1;
}

const char *credentials_name_why(const char *name)
{
	size_t len = strnlen(name, AUTH_NAME_MAX + 1);
	if (len == 0)
		return "the name is empty";
	if (len > AUTH_NAME_MAX)
		return "the name is longer than 255 bytes";
	for (size_t at = 0; at < len;) {
		size_t step = printable((const unsigned char *)name + at);
		if (step == 0)
			return "the name holds a control character or is not UTF-8";
		at += step;
	}
	return NULL;
}

const char *credentials_password_why(const char *password, size_t len)
{
	if (len < AUTH_PASSWORD_MIN)
		return "the password is shorter than 8 bytes";
	if (len > AUTH_PASSWORD_MAX)
		return "the password is longer than 1024 bytes";
	if (memchr(password, '\0', len))
		return "the password holds a NUL byte";
	return NULL;
}

/* Takes `text` off the front. */
static bool skip(const char **at, const char *text)
{
	size_t len = strlen(text);
	if (strncmp(*at, text, len) != 0)
		return false;
	*at += len;
	return true;
}

/* A decimal number without leading zeros, at most `max`. */
static bool number(const char **at, uint32_t min, uint32_t max)
{
	uint32_t n = 0;
	if (**at < '1' || **at > '9')
		return false;
	for (; **at >= '0' && **at <= '9'; (*at)++) {
		n = n * 10 + (uint32_t)(**at - '0');
		if (n > max)
			return false;
	}
	return n >= min;
}

static bool base64(const char **at, size_t count)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	if (strspn(*at, alphabet) != count)
		return false;
	*at += count;
	return true;
}

bool credentials_hash_ok(const char *hash)
{
	const char *at = hash;
	return skip(&at, "$argon2id$v=19$m=") && number(&at, MEMORY_MIN, MEMORY_MAX) && skip(&at, ",t=") &&
	       number(&at, 1, PASSES_MAX) && skip(&at, ",p=1$") && base64(&at, SALT_CHARS) &&
	       skip(&at, "$") && base64(&at, HASH_CHARS) && *at == '\0';
}
