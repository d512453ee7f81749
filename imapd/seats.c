/* SPDX-License-Identifier: ISC */
#include "seats.h"

#include <netinet/in.h>
#include <string.h>

#include "config.h"
#include "session.h"

void seats_init(struct seats *s, const struct config *config)
{
	*s = (struct seats){.config = config};
	TAILQ_INIT(&s->waiting);
	TAILQ_INIT(&s->logged_in);
}

/* Addresses count as one when they are equal, for IPv6 in their first 64 bits; Unix sockets never do. */
static bool same_origin(const struct sockaddr_storage *a, const struct sockaddr_storage *b)
{
	if (a->ss_family != b->ss_family)
		return false;
	if (a->ss_family == AF_INET)
		return ((const struct sockaddr_in *)a)->sin_addr.s_addr ==
		       ((const struct sockaddr_in *)b)->sin_addr.s_addr;
	if (a->ss_family != AF_INET6)
		return false;
	const struct in6_addr *x = &((const struct sockaddr_in6 *)a)->sin6_addr;
	const struct in6_addr *y = &((const struct sockaddr_in6 *)b)->sin6_addr;
	return memcmp(x, y, IN6_IS_ADDR_V4MAPPED(x) ? 16 : 8) == 0;
}

static struct session *oldest_spare(struct seats *s, const struct sockaddr_storage *origin)
{
	struct session *session;

	TAILQ_FOREACH(session, &s->waiting, link)
	{
		if (session_is_spare(session) && (!origin || same_origin(origin, &session->conn.peer)))
			return session;
	}
	return NULL;
}

static long count_from(const struct seats *s, const struct sockaddr_storage *origin)
{
	const struct session *session;
	long n = 0;

	TAILQ_FOREACH(session, &s->waiting, link)
	n += same_origin(origin, &session->conn.peer);
	return n;
}

bool seats_make_room(struct seats *s, const struct sockaddr_storage *origin)
{
	const struct config *c = s->config;
	struct session *victim;

	if (count_from(s, origin) >= c->max_before_login_per_address)
		victim = oldest_spare(s, origin);
	else if (s->waiting_count >= c->max_before_login ||
		 s->waiting_count + s->logged_in_count >= c->max_connections)
		victim = oldest_spare(s, NULL);
	else
		return true;
	if (victim)
		session_abort(victim, "made room for others");
	return victim != NULL;
}

void seats_add(struct seats *s, struct session *session)
{
	TAILQ_INSERT_TAIL(&s->waiting, session, link);
	s->waiting_count++;
}

void seats_promote(struct seats *s, struct session *session)
{
	TAILQ_REMOVE(&s->waiting, session, link);
	s->waiting_count--;
	TAILQ_INSERT_TAIL(&s->logged_in, session, link);
	s->logged_in_count++;
}

void seats_remove(struct seats *s, struct session *session)
{
	if (session->logged_in) {
		TAILQ_REMOVE(&s->logged_in, session, link);
		s->logged_in_count--;
	} else {
		TAILQ_REMOVE(&s->waiting, session, link);
		s->waiting_count--;
	}
}

bool seats_empty(const struct seats *s)
{
	return s->waiting_count + s->logged_in_count == 0;
}

static void each_of(struct session_list *list, void (*act)(struct session *, const char *), const char *text)
{
	struct session *session;

	TAILQ_FOREACH(session, list, link)
	act(session, text);
}

void seats_each(struct seats *s, void (*act)(struct session *, const char *), const char *text)
{
	each_of(&s->waiting, act, text);
	each_of(&s->logged_in, act, text);
}
