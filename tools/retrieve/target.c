/* SPDX-License-Identifier: ISC */
#include "target.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char BAD_HOST[] = "write the server as HOST, HOST:PORT or [IPV6]:PORT";

static bool is_loopback(const char *host)
{
	struct in_addr v4;
	struct in6_addr v6;
	if (inet_pton(AF_INET, host, &v4) == 1)
		return ntohl(v4.s_addr) >> 24 == 127;
	if (inet_pton(AF_INET6, host, &v6) == 1)
		return IN6_IS_ADDR_LOOPBACK(&v6);
	return strcasecmp(host, "localhost") == 0;
}

static bool host_ok(const char *host)
{
	struct in6_addr v6;
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
	return host[0] != '\0' &&
	       (host[strspn(host, allowed)] == '\0' || inet_pton(AF_INET6, host, &v6) == 1);
}

static bool port_ok(const char *port)
{
	size_t digits = strspn(port, "0123456789");
	long n = strtol(port, NULL, 10);
	return digits > 0 && digits <= 5 && port[digits] == '\0' && n >= 1 && n <= 65535;
}

/* Finds where the host ends and the port begins; *port is NULL when there is none. */
static bool split(const char *text, const char **host, size_t *host_len, const char **port)
{
	bool bracket = text[0] == '[';
	*host = text + bracket;
	const char *end = bracket ? strchr(text, ']') : strchr(text, ':');
	/* More than one colon without brackets: an IPv6 address. */
	if (!end || (!bracket && strchr(end + 1, ':'))) {
		*host_len = strlen(*host);
		*port = NULL;
		return !bracket;
	}
	*host_len = (size_t)(end - *host);
	const char *rest = end + bracket;
	*port = rest[0] == ':' ? rest + 1 : NULL;
	return *port || rest[0] == '\0';
}

/* Takes what stands before the host and the / behind it off. */
static bool strip_url(const char *text, bool *imaps, bool *imap, char *into, size_t size)
{
	*imaps = strncasecmp(text, "imaps://", 8) == 0;
	*imap = strncasecmp(text, "imap://", 7) == 0;
	text += *imaps ? 8 : *imap ? 7 : 0;
	size_t len = strlen(text);
	if ((*imaps || *imap) && len > 0 && text[len - 1] == '/')
		len--;
	if (len >= size)
		return false;
	memcpy(into, text, len);
	into[len] = '\0';
	return true;
}

static enum channel_security security_of(const struct target *t, bool imaps, bool imap, bool starttls)
{
	long port = strtol(t->port, NULL, 10);
	bool local = is_loopback(t->host);
	if (starttls)
		return CHANNEL_STARTTLS;
	if (imaps || (port == 993 && !imap))
		return CHANNEL_TLS;
	if (local)
		return CHANNEL_PLAIN;
	return imap || port == 143 ? CHANNEL_STARTTLS : CHANNEL_TLS;
}

const char *target_parse(const char *text, bool starttls, struct target *out)
{
	bool imaps, imap;
	char rest[sizeof(out->host) + 16];
	const char *host, *port;
	size_t host_len;
	if (!strip_url(text, &imaps, &imap, rest, sizeof(rest)) || !split(rest, &host, &host_len, &port) ||
	    host_len >= sizeof(out->host))
		return BAD_HOST;
	struct target t = {0};
	memcpy(t.host, host, host_len);
	if (!host_ok(t.host) || (port && !port_ok(port)))
		return BAD_HOST;
	if (imaps && starttls)
		return "imaps:// has TLS from the first byte; give imap:// with --starttls";
	snprintf(t.port, sizeof(t.port), "%s", port ? port : "");
	t.security = security_of(&t, imaps, imap, starttls);
	if (!port)
		snprintf(t.port, sizeof(t.port), "%s", t.security == CHANNEL_TLS ? "993" : "143");
	*out = t;
	return NULL;
}
