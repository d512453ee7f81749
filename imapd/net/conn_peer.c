/* SPDX-License-Identifier: ISC
 *
 * Who is at the other end. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>

#include "conn.h"

bool conn_is_unix(const struct conn *c)
{
	return c->peer.ss_family == AF_UNIX;
}

bool conn_is_loopback(const struct conn *c)
{
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)&c->peer;
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)&c->peer;

	if (c->peer.ss_family == AF_INET)
		return ntohl(v4->sin_addr.s_addr) >> 24 == 127;
	if (c->peer.ss_family != AF_INET6)
		return false;
	if (IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr))
		return v6->sin6_addr.s6_addr[12] == 127;
	return IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
}

void conn_describe_peer(const struct conn *c, char *out, size_t size)
{
	char host[INET6_ADDRSTRLEN] = "";
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)&c->peer;
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)&c->peer;

	if (c->peer.ss_family == AF_INET) {
		inet_ntop(AF_INET, &v4->sin_addr, host, sizeof(host));
		snprintf(out, size, "%s:%u", host, ntohs(v4->sin_port));
	} else if (c->peer.ss_family == AF_INET6) {
		inet_ntop(AF_INET6, &v6->sin6_addr, host, sizeof(host));
		snprintf(out, size, "[%s]:%u", host, ntohs(v6->sin6_port));
	} else {
		snprintf(out, size, "%s", conn_is_unix(c) ? "unix" : "gone");
	}
}
