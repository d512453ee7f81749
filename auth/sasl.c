/* SPDX-License-Identifier: ISC */
#include "sasl.h"

#include <string.h>

/* message = [authzid] UTF8NUL authcid UTF8NUL passwd */
bool sasl_plain_parse(char *message, size_t len, struct sasl_plain *out)
{
	char *end = message + len;
	char *authcid = memchr(message, '\0', len);
	if (!authcid)
		return false;
	authcid++;
	char *password = memchr(authcid, '\0', (size_t)(end - authcid));
	if (!password || password == authcid)
		return false;
	password++;
	if (memchr(password, '\0', (size_t)(end - password)))
		return false;
	*end = '\0';
	*out = (struct sasl_plain){message, authcid, password, (size_t)(end - password)};
	return true;
}
