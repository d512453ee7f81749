/* SPDX-License-Identifier: ISC */
#include <argp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sysexits.h>

#include "../store/base/slice.h"
#include "config.h"
#include "intake.h"
#include "log.h"
#include "sandbox.h"
#include "server.h"
#include "systemd.h"

__attribute__((visibility("default"))) const char *argp_program_version = "quarantine-imapd " PROGRAM_VERSION;

enum { KEY_CONFIG = 256, KEY_READY_FILE, KEY_SETTING };

/* Options from KEY_SETTING up are settings: setting_names[] has their names there. */
static const struct argp_option options[] = {
	{"config", KEY_CONFIG, "FILE", 0, "read settings from FILE; options given here win", 0},
	{"store", KEY_SETTING, "DIR", 0, "the quarantine's store", 1},
	{"accounts", KEY_SETTING + 1, "FILE", 0, "who may log in (default: accounts.db in the store)", 1},
	{"listen", KEY_SETTING + 2, "ADDRESS:PORT", 0, "listen for IMAP; may be given again; port 0: any", 2},
	{"listen-tls", KEY_SETTING + 3, "ADDRESS:PORT", 0, "listen for IMAP inside TLS; may be given again",
	 2},
	{"listen-unix", KEY_SETTING + 4, "PATH", 0, "listen on a Unix socket; may be given again", 2},
	{"cert", KEY_SETTING + 5, "FILE", 0, "certificate chain, PEM", 3},
	{"key", KEY_SETTING + 6, "FILE", 0, "its private key, PEM", 3},
	{"allow-plaintext-login", KEY_SETTING + 7, "loopback|never|always", 0,
	 "who may log in without TLS (default: loopback)", 3},
	{"spool", KEY_SETTING + 8, "DIR", 0, "take in messages that filters left in DIR", 4},
	{"log-level", KEY_SETTING + 9, "error|info|debug", 0, "what is logged to standard error", 4},
	{"sandbox", KEY_SETTING + 10, "yes|no|required", 0,
	 "confine the server to its files and calls (default: yes)", 4},
	{"ready-file", KEY_READY_FILE, "FILE", 0, "write the addresses listened on to FILE", 4},
	{0},
};

/* The settings of the options from KEY_SETTING up, in their order. */
static const char *const setting_names[] = {
	"store",       "accounts",    "listen",      "listen-tls",
	"listen-unix", "certificate", "private-key", "allow-plaintext-login",
	"spool",       "log-level",   "sandbox",
};

struct arguments {
	const char *config_file;
	const char *ready_file;
	struct config_override overrides[64];
	size_t count;
};

static error_t parse_option(int key, char *value, struct argp_state *state)
{
	struct arguments *a = state->input;

	if (key == KEY_CONFIG) {
		a->config_file = value;
	} else if (key == KEY_READY_FILE) {
		a->ready_file = value;
	} else if (key >= KEY_SETTING && (size_t)(key - KEY_SETTING) < ARRAY_SIZE(setting_names)) {
		if (a->count == ARRAY_SIZE(a->overrides))
			argp_error(state, "too many options; use a configuration file");
		a->overrides[a->count++] = (struct config_override){setting_names[key - KEY_SETTING], value};
	} else if (key == ARGP_KEY_ARG) {
		argp_error(state, "unexpected argument: %s", value);
	} else {
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static int fail(int code, const char *why)
{
	fprintf(stderr, "quarantine-imapd: %s\n", why);
	return code;
}

/* As many descriptors as connections need; no cores, which would hold mail and passwords. A limit of 1,
 * because one of 0 does not keep the kernel from handing a core to a program (core(5)). */
static void set_limits(const struct config *c)
{
	static const struct rlimit none = {1, 1};
	const rlim_t want = (rlim_t)c->max_connections + 256;
	struct rlimit files;

	umask(077);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* a full disk by another name */
	setrlimit(RLIMIT_CORE, &none);
	if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur >= want)
		return;
	files.rlim_cur = files.rlim_max == RLIM_INFINITY || files.rlim_max > want ? want : files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	if (files.rlim_cur < want)
		log_event(LOG_LEVEL_ERROR, 0, "few-descriptors", "have", LOG_NUMBER(files.rlim_cur), "want",
			  LOG_NUMBER(want), NULL);
}

static void set_log_level(const char *name)
{
	if (name && strcmp(name, "debug") == 0)
		log_set_level(LOG_LEVEL_DEBUG);
	else
		log_set_level(name && strcmp(name, "error") == 0 ? LOG_LEVEL_ERROR : LOG_LEVEL_INFO);
}

static int serve(const struct config *c, const char *ready_file)
{
	char why[1024] = "";
	struct intake *intake;
	struct server *server;
	bool ok;

	set_log_level(c->log_level);
	set_limits(c);
	server = server_create(c, why, sizeof(why));
	if (!server)
		return fail(EX_UNAVAILABLE, why);
	if (!sandbox_enter(c, ready_file, why, sizeof(why)) || !server_start(server, why, sizeof(why))) {
		server_destroy(server);
		return fail(EX_UNAVAILABLE, why);
	}
	intake = intake_create(c, server_deliveries(server));
	ok = !ready_file || server_write_addresses(server, ready_file, why, sizeof(why));
	if (ok) {
		systemd_notify("READY=1");
		server_run(server);
	}
	intake_destroy(intake);
	server_destroy(server);
	return ok ? EX_OK : fail(EX_CANTCREAT, why);
}

int main(int argc, char **argv)
{
	static const struct argp argp = {
		options,
		parse_option,
		NULL,
		"Shows a quarantine's mail over IMAP.\v"
		"SIGHUP reads certificate and key again; SIGTERM ends the server in good order. "
		"See quarantine-imapd(8) and quarantine-imapd.conf(5).",
		NULL,
		NULL,
		NULL};
	struct arguments a = {0};
	struct config config;
	char why[1024] = "";
	int code;

	argp_parse(&argp, argc, argv, 0, NULL, &a);
	config_init(&config);
	if ((!a.config_file || config_read(&config, a.config_file, why, sizeof(why))) &&
	    config_apply(&config, a.overrides, a.count, why, sizeof(why)) &&
	    config_check(&config, why, sizeof(why)))
		code = serve(&config, a.ready_file);
	else
		code = fail(EX_CONFIG, why);
	config_finish(&config);
	return code;
}
