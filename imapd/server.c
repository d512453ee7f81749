/* SPDX-License-Identifier: ISC
 *
 * The happy path: server_create() opens store, accounts, certificate and listeners, server_start() starts the
 * threads; server_run() serves; SIGTERM stops the listeners, each session says BYE when its answer is out;
 * with the last session gone the threads are joined, the handles close and the loop ends.
 *
 * What can go wrong: too many connections (the oldest that has not logged in makes room, or the new one is
 * turned away); a certificate that cannot be read at SIGHUP (the old one stays); sessions that do not end
 * within STOP_MS (they are closed; a running step of the store is waited for). */
#include "server.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../auth/auth.h"
#include "../auth/penalty.h"
#include "../store/base/complain.h"
#include "../store/include/quarantine.h"
#include "ahead.h"
#include "config.h"
#include "feed.h"
#include "log.h"
#include "net/listener.h"
#include "net/tls.h"
#include "news.h"
#include "scrape.h"
#include "search/columns.h"
#include "seats.h"
#include "session.h"
#include "systemd.h"
#include "upkeep.h"
#include "version.h"

enum { PENALTY_ENTRIES = 4096, STOP_MS = 5000, CERTIFICATE_WARN_DAYS = 14 };

struct server {
	uv_loop_t loop;
	struct conn_hub hub;
	const struct config *config;
	struct session_env env;
	struct imap_services services;
	struct seats seats;
	unsigned last_id;
	struct listener **listeners;
	size_t listener_count;
	struct news *news;
	struct upkeep *upkeep;
	struct ahead *ahead;
	struct scrape *scrape; /* NULL: not wanted */
	uv_signal_t on_term, on_int, on_hup;
	uv_timer_t stop_timer;
	bool stopping;
};

static struct server *server_of(struct session_env *env)
{
	return (struct server *)((char *)env - offsetof(struct server, env));
}

static void on_accept(void *owner, int fd, bool tls)
{
	static const char full[] = "* BYE [UNAVAILABLE] Too many connections, try again\r\n";
	struct server *s = owner;
	struct sockaddr_storage origin = {0};
	socklen_t len = sizeof(origin);
	struct session *session;

	if (getpeername(fd, (struct sockaddr *)&origin, &len) != 0) {
		close(fd); /* gone already */
		return;
	}
	if (!seats_make_room(&s->seats, &origin)) {
		ssize_t sent = tls ? 0 : send(fd, full, sizeof(full) - 1, MSG_DONTWAIT | MSG_NOSIGNAL);

		s->env.metrics.refused++;
		log_event(LOG_LEVEL_INFO, 0, "refused", "reason", "too many connections", "told",
			  sent > 0 ? "yes" : "no", NULL);
		close(fd);
		return;
	}
	s->env.metrics.connections++;
	session = session_create(&s->env, ++s->last_id, fd, tls);
	if (session)
		seats_add(&s->seats, session);
}

static void on_login(struct session_env *env, struct session *session)
{
	seats_promote(&server_of(env)->seats, session);
}

static void close_handle(uv_handle_t *handle)
{
	if (!uv_is_closing(handle))
		uv_close(handle, NULL);
}

/* Ends the loop, when nobody is left. */
static void maybe_finished(struct server *s)
{
	if (!s->stopping || !seats_empty(&s->seats))
		return;
	news_stop(s->news);
	upkeep_stop(s->upkeep);
	scrape_close(s->scrape);
	work_pool_destroy(s->env.pool);
	s->env.pool = NULL;
	close_handle((uv_handle_t *)&s->on_term);
	close_handle((uv_handle_t *)&s->on_int);
	close_handle((uv_handle_t *)&s->on_hup);
	close_handle((uv_handle_t *)&s->stop_timer);
}

static void on_closed(struct session_env *env, struct session *session)
{
	struct server *s = server_of(env);

	seats_remove(&s->seats, session);
	s->env.metrics.ended++;
	session_destroy(session);
	maybe_finished(s);
}

static void on_stop_timeout(uv_timer_t *timer)
{
	struct server *s = timer->data;

	seats_each(&s->seats, session_abort, "server stops");
}

static void stop_listening(struct server *s)
{
	for (size_t i = 0; i < s->listener_count; i++)
		listener_close(s->listeners[i]);
	s->listener_count = 0;
}

static void on_end_signal(uv_signal_t *handle, int number)
{
	struct server *s = handle->data;

	if (s->stopping) {
		on_stop_timeout(&s->stop_timer); /* asked twice */
		return;
	}
	s->stopping = true;
	log_event(LOG_LEVEL_INFO, 0, "stopping", "signal", strsignal(number), NULL);
	systemd_notify("STOPPING=1");
	stop_listening(s);
	uv_timer_start(&s->stop_timer, on_stop_timeout, STOP_MS, 0);
	seats_each(&s->seats, session_stop, "Server shutting down");
	maybe_finished(s);
}

static struct tls_context *load_certificate(const struct config *c, char *why, size_t why_size)
{
	struct tls_context *tls = tls_context_create(c->certificate, c->private_key, why, why_size);

	if (tls && tls_context_days_left(tls) < CERTIFICATE_WARN_DAYS)
		log_event(LOG_LEVEL_ERROR, 0, "certificate-ends", "file", c->certificate, "days-left",
			  LOG_NUMBER(tls_context_days_left(tls)), NULL);
	return tls;
}

static void on_reload(uv_signal_t *handle, int number)
{
	struct server *s = handle->data;
	struct tls_context *fresh;
	char why[512];

	(void)number;
	if (!s->env.tls)
		return;
	fresh = load_certificate(s->config, why, sizeof(why));
	if (!fresh) {
		log_event(LOG_LEVEL_ERROR, 0, "reload-failed", "reason", why, NULL);
		return;
	}
	tls_context_release(s->env.tls);
	s->env.tls = fresh;
	log_event(LOG_LEVEL_INFO, 0, "reloaded", "certificate", s->config->certificate, NULL);
}

static bool add_listener(struct server *s, struct listener *l)
{
	struct listener **grown;

	if (!l)
		return false;
	grown = realloc(s->listeners, (s->listener_count + 1) * sizeof(struct listener *));
	if (!grown) {
		listener_close(l);
		return false;
	}
	s->listeners = grown;
	grown[s->listener_count++] = l;
	log_event(LOG_LEVEL_INFO, 0, "listening", "on", listener_name(l), "tls",
		  listener_is_tls(l) ? "yes" : "no", NULL);
	return true;
}

static bool open_listeners(struct server *s, char *why, size_t size)
{
	struct listener_owner owner = {.loop = &s->loop, .accept = on_accept, .owner = s};
	const struct config *c = s->config;
	bool ok = true;

	for (int i = 0; ok && i < systemd_sockets(); i++)
		ok = add_listener(s, listener_open_fd(&owner, SYSTEMD_FIRST_FD + i, systemd_socket_is_tls(i),
						      why, size));
	for (size_t i = 0; ok && i < c->listen.count; i++)
		ok = add_listener(s, listener_open_tcp(&owner, c->listen.item[i], false, why, size));
	for (size_t i = 0; ok && i < c->listen_tls.count; i++)
		ok = add_listener(s, listener_open_tcp(&owner, c->listen_tls.item[i], true, why, size));
	for (size_t i = 0; ok && i < c->listen_unix.count; i++)
		ok = add_listener(s, listener_open_unix(&owner, c->listen_unix.item[i], why, size));
	if (ok && c->metrics) {
		s->scrape = scrape_open(&s->loop, c->metrics, &s->env, &s->seats, why, size);
		ok = s->scrape != NULL;
	}
	if (ok && s->scrape)
		log_event(LOG_LEVEL_INFO, 0, "metrics", "on", scrape_name(s->scrape), NULL);
	if (ok && s->listener_count == 0)
		ok = complain(why, size,
			      "nothing to listen on: give --listen, --listen-tls or --listen-unix");
	return ok;
}

/* Opens the store once, so that what is wrong with it is said at the start, and migrates it. */
static bool try_store(const struct config *c, char *why, size_t size)
{
	struct quarantine *store = NULL;
	char detail[256] = "";
	int status = quarantine_open_why(c->store, QUARANTINE_WRITE, &store, detail, sizeof(detail));

	quarantine_close(store);
	if (status == QUARANTINE_OK)
		return true;
	if (status == QUARANTINE_NOT_FOUND)
		return complain(why, size,
				"there is no store in %s: make one with `quarantine init --store %s`",
				c->store, c->store);
	return complain(why, size, "store %s: %s%s%s", c->store, quarantine_strerror(status),
			detail[0] ? ": " : "", detail);
}

static bool open_services(struct server *s, char *why, size_t size)
{
	const struct config *c = s->config;
	char detail[256] = "";

	if (!try_store(c, why, size))
		return false;
	if (auth_open(c->accounts, AUTH_READ, &s->services.auth, detail, sizeof(detail)) != AUTH_OK)
		return complain(why, size, "accounts %s: %s", c->accounts, detail);
	if (c->certificate) {
		s->env.tls = load_certificate(c, why, size);
		if (!s->env.tls)
			return false;
	}
	s->services.feeds = feeds_create();
	s->services.columns = columns_create((size_t)c->search_memory);
	s->services.hidden_capabilities = (const char *const *)c->hide_capabilities.item;
	s->services.tls_available = s->env.tls != NULL;
	s->services.metadata_size = (size_t)c->metadata_size;
	s->services.metadata_entries = (size_t)c->metadata_entries;
	s->services.admin_contact = c->admin_contact;
	s->env.penalty = penalty_create(PENALTY_ENTRIES);
	s->ahead = ahead_create(&s->loop, (uint64_t)c->read_ahead);
	if (!s->ahead || !s->services.feeds || !s->services.columns || !s->env.penalty)
		return complain(why, size, "out of memory");
	return true;
}

bool server_start(struct server *s, char *why, size_t size)
{
	const struct config *c = s->config;
	struct work_settings settings = {.store = c->store,
					 .min_free = (uint64_t)c->min_free,
					 .store_workers = (unsigned)c->store_workers,
					 .auth_workers = (unsigned)c->auth_workers,
					 .auth_queue = (unsigned)c->auth_queue,
					 .on_cold = ahead_wanted,
					 .owner = s->ahead};
	int status = work_pool_create(&s->loop, &settings, &s->env.pool);

	if (status < 0)
		return complain(why, size, "cannot start threads: %s", uv_strerror(status));
	s->env.version = version_create(s->env.pool, c->store, s->services.feeds);
	s->news = news_create(&s->env, &s->seats.logged_in, why, size);
	s->upkeep = upkeep_create(&s->loop, s->env.pool, c, &s->env.metrics);
	if (!s->upkeep || !s->env.version)
		return complain(why, size, "out of memory");
	return s->news != NULL;
}

static void init(struct server *s, const struct config *config)
{
	uv_loop_init(&s->loop);
	s->config = config;
	s->hub.loop = &s->loop;
	seats_init(&s->seats, config);
	s->env.config = config;
	s->env.limits = session_limits(config);
	s->env.hub = &s->hub;
	s->env.services = &s->services;
	s->env.on_login = on_login;
	s->env.on_closed = on_closed;
	uv_signal_init(&s->loop, &s->on_term);
	uv_signal_init(&s->loop, &s->on_int);
	uv_signal_init(&s->loop, &s->on_hup);
	uv_timer_init(&s->loop, &s->stop_timer);
	s->on_term.data = s->on_int.data = s->on_hup.data = s->stop_timer.data = s;
}

struct server *server_create(const struct config *config, char *why, size_t why_size)
{
	struct server *s = calloc(1, sizeof(*s));

	if (!s) {
		complain(why, why_size, "out of memory");
		return NULL;
	}
	init(s, config);
	if (open_services(s, why, why_size) && open_listeners(s, why, why_size)) {
		uv_signal_start(&s->on_term, on_end_signal, SIGTERM);
		uv_signal_start(&s->on_int, on_end_signal, SIGINT);
		uv_signal_start(&s->on_hup, on_reload, SIGHUP);
		return s;
	}
	server_destroy(s);
	return NULL;
}

bool server_write_addresses(const struct server *s, const char *file, char *why, size_t why_size)
{
	char part[4096];
	bool ok;
	FILE *f;

	snprintf(part, sizeof(part), "%s.part", file);
	f = fopen(part, "w");
	if (!f)
		return complain(why, why_size, "%s: %s", part, strerror(errno));
	for (size_t i = 0; i < s->listener_count; i++) {
		const char *name = listener_name(s->listeners[i]);

		fprintf(f, "%s %s\n",
			listener_is_tls(s->listeners[i]) ? "tls"
			: *name == '/'                   ? "unix"
							 : "tcp",
			name);
	}
	ok = fclose(f) == 0 && rename(part, file) == 0;
	return ok || complain(why, why_size, "%s: %s", file, strerror(errno));
}

struct metrics_deliveries *server_deliveries(struct server *s)
{
	return &s->env.metrics.deliveries;
}

void server_run(struct server *s)
{
	uv_run(&s->loop, UV_RUN_DEFAULT);
}

void server_destroy(struct server *s)
{
	if (!s)
		return;
	stop_listening(s);
	s->stopping = true;
	maybe_finished(s); /* where it never ran */
	uv_run(&s->loop, UV_RUN_DEFAULT);
	uv_loop_close(&s->loop);
	news_destroy(s->news);
	upkeep_destroy(s->upkeep);
	ahead_destroy(s->ahead);
	version_destroy(s->env.version);
	scrape_destroy(s->scrape);
	penalty_destroy(s->env.penalty);
	tls_context_release(s->env.tls);
	feeds_destroy(s->services.feeds);
	columns_destroy(s->services.columns);
	auth_close(s->services.auth);
	free(s->listeners);
	free(s);
}
