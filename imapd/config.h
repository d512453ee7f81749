/* SPDX-License-Identifier: ISC
 *
 * The settings: defaults, then the configuration file, then what main takes from the command line. Read
 * once, not changed afterwards. */
#ifndef IMAPD_CONFIG_H
#define IMAPD_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

enum config_plaintext { PLAINTEXT_NEVER, PLAINTEXT_LOOPBACK, PLAINTEXT_ALWAYS };

/* Texts on the heap, ended by NULL; NULL when there are none. */
struct config_list {
	char **item;
	size_t count;
};

/* Times in seconds, sizes in bytes. quarantine-imapd.conf(5) says what each means. */
struct config {
	char *store;
	char *accounts; /* NULL: accounts.db in the store */
	char *certificate, *private_key;
	char *spool;         /* NULL: none */
	char *metrics;       /* NULL: none */
	char *admin_contact; /* NULL: none */
	char *allow_plaintext_login, *log_level, *sandbox;
	struct config_list listen, listen_tls, listen_unix, hide_capabilities, keep;
	long store_workers, auth_workers, auth_queue;
	long max_connections, max_before_login, max_before_login_per_address;
	long handshake_timeout, login_timeout, command_timeout, idle_timeout, write_timeout, heartbeat;
	long bad_commands_before_login, bad_commands;
	long line_before_login, literal_before_login, literals_before_login;
	long line, literal, literals, command_size;
	long metadata_size, metadata_entries;
	long search_memory;
	long read_ahead;
	long purge_after, min_free, expire_every;
};

/* The defaults. */
void config_init(struct config *c);

/* Reads a file over what is there. False: `why` has "file:line: what is wrong". */
bool config_read(struct config *c, const char *file, char *why, size_t why_size);

/* Settings from elsewhere than a file: they win over what is there, lists as a whole. Texts and lists only.
 */
struct config_override {
	const char *key;
	const char *value;
};
bool config_apply(struct config *c, const struct config_override *list, size_t count, char *why,
		  size_t why_size);

/* Whether it all makes sense together; `why` has what to do. Fills in `accounts`. */
bool config_check(struct config *c, char *why, size_t why_size);

enum config_plaintext config_plaintext(const struct config *c);

void config_finish(struct config *c);

#endif
