/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <confuse.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../store/base/complain.h"
#include "../store/base/slice.h"
#include "../store/include/quarantine.h"
#include "../store/include/quarantine_admin.h"

enum kind { KIND_TEXT, KIND_LIST, KIND_NUMBER };

enum { KIB = 1024, MIB = 1024 * 1024, DAY = 86400 };

#define AT(member) offsetof(struct config, member)

/* The one table of settings, in no order: key, type, where it goes; for numbers the default and the bounds,
 * for texts the words allowed. */
static const struct setting {
	const char *key;
	enum kind kind;
	size_t offset;
	long value, least, most;
	const char *words;
} settings[] = {
	{"store", KIND_TEXT, AT(store)},
	{"accounts", KIND_TEXT, AT(accounts)},
	{"listen", KIND_LIST, AT(listen)},
	{"listen-tls", KIND_LIST, AT(listen_tls)},
	{"listen-unix", KIND_LIST, AT(listen_unix)},
	{"certificate", KIND_TEXT, AT(certificate)},
	{"private-key", KIND_TEXT, AT(private_key)},
	{"allow-plaintext-login", KIND_TEXT, AT(allow_plaintext_login), .words = "loopback never always"},
	{"metrics", KIND_TEXT, AT(metrics)},
	{"hide-capabilities", KIND_LIST, AT(hide_capabilities)},
	{"log-level", KIND_TEXT, AT(log_level), .words = "info error debug"},
	{"sandbox", KIND_TEXT, AT(sandbox), .words = "yes no required"},
	{"store-workers", KIND_NUMBER, AT(store_workers), 2, 1, 64},
	{"auth-workers", KIND_NUMBER, AT(auth_workers), 2, 1, 16},
	{"auth-queue", KIND_NUMBER, AT(auth_queue), 64, 1, 4096},
	{"max-connections", KIND_NUMBER, AT(max_connections), 1024, 1, 100000},
	{"max-before-login", KIND_NUMBER, AT(max_before_login), 256, 1, 100000},
	{"max-before-login-per-address", KIND_NUMBER, AT(max_before_login_per_address), 64, 1, 100000},
	{"handshake-timeout", KIND_NUMBER, AT(handshake_timeout), 10, 1, 3600},
	{"login-timeout", KIND_NUMBER, AT(login_timeout), 60, 1, 3600},
	{"command-timeout", KIND_NUMBER, AT(command_timeout), 60, 1, 3600},
	{"idle-timeout", KIND_NUMBER, AT(idle_timeout), 1800, 1, 7 * DAY},
	{"write-timeout", KIND_NUMBER, AT(write_timeout), 300, 1, 3600},
	{"heartbeat", KIND_NUMBER, AT(heartbeat), 120, 1, 3600},
	{"bad-commands-before-login", KIND_NUMBER, AT(bad_commands_before_login), 3, 1, 1000},
	{"bad-commands", KIND_NUMBER, AT(bad_commands), 20, 1, 100000},
	{"line-before-login", KIND_NUMBER, AT(line_before_login), 8192, 512, 64 * KIB},
	{"literal-before-login", KIND_NUMBER, AT(literal_before_login), 1024, 64, 16 * KIB},
	{"literals-before-login", KIND_NUMBER, AT(literals_before_login), 3, 0, 16},
	{"line", KIND_NUMBER, AT(line), MIB, 8192, 16 * MIB},
	{"literal", KIND_NUMBER, AT(literal), 128 * KIB, 1024, 16 * MIB},
	{"literals", KIND_NUMBER, AT(literals), 100, 1, 10000},
	{"command-size", KIND_NUMBER, AT(command_size), MIB, 8192, 64 * MIB},
	{"metadata-size", KIND_NUMBER, AT(metadata_size), 64 * KIB, 1024, MIB},
	{"metadata-entries", KIND_NUMBER, AT(metadata_entries), 100, 10, 10000},
	{"search-memory", KIND_NUMBER, AT(search_memory), 64 * MIB, 0, LONG_MAX},
	{"read-ahead", KIND_NUMBER, AT(read_ahead), 2048L * MIB, 0, LONG_MAX},
	{"admin-contact", KIND_TEXT, AT(admin_contact)},
	{"keep", KIND_LIST, AT(keep)},
	{"expire-every", KIND_NUMBER, AT(expire_every), 3600, 1, DAY},
	{"min-free", KIND_NUMBER, AT(min_free), 64 * MIB, 0, LONG_MAX},
	{"purge-after", KIND_NUMBER, AT(purge_after), DAY, 0, 3650L * DAY},
	{"spool", KIND_TEXT, AT(spool)},
};

enum { SETTINGS = ARRAY_SIZE(settings) };

/* Where the first complaint about a file goes. libconfuse hands its callbacks nothing of ours, so this hangs
 * on an option whose name nobody writes into a file. */
struct complaint {
	char *why;
	size_t size;
};

#define COMPLAINT_KEY " complaint"

static void *member(struct config *c, const struct setting *s)
{
	return (char *)c + s->offset;
}

static bool set_text(char **text, const char *value)
{
	char *copy = strdup(value);

	if (!copy)
		return false;
	free(*text);
	*text = copy;
	return true;
}

static bool add_item(struct config_list *list, const char *value)
{
	char **grown = realloc(list->item, (list->count + 2) * sizeof(*grown));

	if (!grown)
		return false;
	list->item = grown;
	grown[list->count] = strdup(value);
	if (!grown[list->count])
		return false;
	grown[++list->count] = NULL;
	return true;
}

void config_init(struct config *c)
{
	memset(c, 0, sizeof(*c));
	for (size_t i = 0; i < SETTINGS; i++) {
		if (settings[i].kind == KIND_NUMBER)
			*(long *)member(c, &settings[i]) = settings[i].value;
	}
}

static const struct setting *find_setting(const char *key)
{
	size_t i = 0;

	while (i < SETTINGS && strcmp(settings[i].key, key) != 0)
		i++;
	return i < SETTINGS ? &settings[i] : NULL;
}

/* Whether `text` is one of the words allowed. */
static bool is_allowed(const struct setting *s, const char *text)
{
	size_t len = strlen(text);

	for (const char *w = s->words; w; w = strchr(w, ' ')) {
		w += *w == ' ';
		if (strncmp(w, text, len) == 0 && (w[len] == ' ' || w[len] == '\0'))
			return true;
	}
	return !s->words;
}

/* libconfuse calls this while it knows the line. */
static int validate(cfg_t *cfg, cfg_opt_t *opt)
{
	const struct setting *s = find_setting(opt->name);
	unsigned last = cfg_opt_size(opt) - 1;

	if (s->kind == KIND_NUMBER) {
		long n = cfg_opt_getnint(opt, last);

		if (n >= s->least && n <= s->most)
			return 0;
		cfg_error(cfg, "%s must be from %ld to %ld", s->key, s->least, s->most);
		return -1;
	}
	const char *text = cfg_opt_getnstr(opt, last);
	if (!text || *text == '\0') {
		cfg_error(cfg, "%s must not be empty: leave the line out instead", s->key);
		return -1;
	}
	if (is_allowed(s, text))
		return 0;
	cfg_error(cfg, "%s must be one of: %s", s->key, s->words);
	return -1;
}

/* Keeps the first complaint; the others follow from it. */
static void on_error(cfg_t *cfg, const char *format, va_list args)
{
	const struct complaint *to = cfg_getopt(cfg, COMPLAINT_KEY)->simple_value.ptr[0];
	int used;

	if (to->why[0])
		return;
	used = snprintf(to->why, to->size, "%s:%d: ", cfg->filename ? cfg->filename : "configuration",
			cfg->line);
	if (used > 0 && (size_t)used < to->size)
		vsnprintf(to->why + used, to->size - (size_t)used, format, args);
}

static int no_such_function(cfg_t *cfg, cfg_opt_t *opt, int count, const char **args)
{
	(void)opt, (void)count, (void)args;
	cfg_error(cfg, "there is no such setting");
	return -1;
}

static void describe_options(cfg_opt_t options[static SETTINGS + 2], void **complaint)
{
	for (size_t i = 0; i < SETTINGS; i++) {
		const char *key = settings[i].key;

		switch (settings[i].kind) {
		case KIND_TEXT:
			options[i] = (cfg_opt_t)CFG_STR(key, NULL, CFGF_NODEFAULT);
			break;
		case KIND_LIST:
			options[i] = (cfg_opt_t)CFG_STR_LIST(key, NULL, CFGF_NODEFAULT);
			break;
		case KIND_NUMBER:
			options[i] = (cfg_opt_t)CFG_INT(key, settings[i].value, CFGF_NODEFAULT);
			break;
		}
	}
	options[SETTINGS] = (cfg_opt_t)CFG_FUNC(COMPLAINT_KEY, no_such_function);
	options[SETTINGS].simple_value.ptr = complaint;
	options[SETTINGS + 1] = (cfg_opt_t)CFG_END();
}

static void clear_list(struct config_list *list)
{
	while (list->count > 0)
		free(list->item[--list->count]);
	free(list->item);
	list->item = NULL;
}

/* A list in the file replaces what was there. */
static bool take_list(struct config_list *list, cfg_opt_t *opt)
{
	clear_list(list);
	for (unsigned i = 0; i < cfg_opt_size(opt); i++) {
		if (!add_item(list, cfg_opt_getnstr(opt, i)))
			return false;
	}
	return true;
}

static bool take_values(struct config *c, cfg_t *cfg)
{
	for (size_t i = 0; i < SETTINGS; i++) {
		cfg_opt_t *opt = cfg_getopt(cfg, settings[i].key);
		void *to = member(c, &settings[i]);
		bool ok = true;

		if (cfg_opt_size(opt) == 0)
			continue;
		if (settings[i].kind == KIND_NUMBER)
			*(long *)to = cfg_opt_getnint(opt, 0);
		else if (settings[i].kind == KIND_LIST)
			ok = take_list(to, opt);
		else
			ok = set_text(to, cfg_opt_getnstr(opt, 0));
		if (!ok)
			return false;
	}
	return true;
}

bool config_read(struct config *c, const char *file, char *why, size_t why_size)
{
	cfg_opt_t options[SETTINGS + 2];
	struct complaint complaint = {.why = why, .size = why_size};
	void *pointer = &complaint;
	struct stat st;
	cfg_t *cfg;
	bool ok = false;

	why[0] = '\0';
	if (stat(file, &st) != 0)
		return complain(why, why_size, "%s: %s", file, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return complain(why, why_size, "%s: not a file", file);
	describe_options(options, &pointer);
	cfg = cfg_init(options, CFGF_NONE);
	if (!cfg)
		return complain(why, why_size, "out of memory");
	cfg_set_error_function(cfg, on_error);
	for (size_t i = 0; i < SETTINGS; i++)
		cfg_set_validate_func(cfg, settings[i].key, validate);
	switch (cfg_parse(cfg, file)) {
	case CFG_SUCCESS:
		ok = take_values(c, cfg) || complain(why, why_size, "out of memory");
		break;
	case CFG_FILE_ERROR:
		complain(why, why_size, "%s: %s", file, strerror(errno));
		break;
	default:
		if (!why[0])
			complain(why, why_size, "%s: not understood", file);
		break;
	}
	cfg_free(cfg);
	return ok;
}

bool config_apply(struct config *c, const struct config_override *list, size_t count, char *why,
		  size_t why_size)
{
	for (size_t i = 0; i < count; i++) {
		const struct setting *s = find_setting(list[i].key);

		if (s && s->kind == KIND_LIST)
			clear_list(member(c, s));
	}
	for (size_t i = 0; i < count; i++) {
		const struct setting *s = find_setting(list[i].key);
		void *to = s ? member(c, s) : NULL;
		bool ok;

		if (!s || s->kind == KIND_NUMBER)
			return complain(why, why_size, "%s: there is no such setting", list[i].key);
		if (!is_allowed(s, list[i].value))
			return complain(why, why_size, "%s must be one of: %s", s->key, s->words);
		ok = s->kind == KIND_LIST ? add_item(to, list[i].value) : set_text(to, list[i].value);
		if (!ok)
			return complain(why, why_size, "out of memory");
	}
	return true;
}

bool config_check(struct config *c, char *why, size_t why_size)
{
	if (!c->store)
		return complain(why, why_size, "no store: give --store DIR or the setting store");
	for (size_t i = 0; i < c->keep.count; i++) {
		struct quarantine_keep period;

		if (!quarantine_keep_read(c->keep.item[i], &period))
			return complain(why, why_size,
					"keep: '%s' is no period, such as 14d or outgoing/spam=7d",
					c->keep.item[i]);
	}
	if (c->metrics && c->metrics[0] != '/' && strncmp(c->metrics, "127.", 4) != 0 &&
	    strncmp(c->metrics, "[::1]:", 6) != 0)
		return complain(why, why_size,
				"metrics: give a path or an address of this machine, such as 127.0.0.1:9143");
	if (!c->certificate != !c->private_key)
		return complain(why, why_size, "certificate and private key go together: give both or none");
	if (c->listen_tls.count > 0 && !c->certificate)
		return complain(why, why_size, "TLS needs a certificate: give --cert and --key");
	if (!c->accounts && asprintf(&c->accounts, "%s/accounts.db", c->store) < 0) {
		c->accounts = NULL;
		return complain(why, why_size, "out of memory");
	}
	return true;
}

enum config_plaintext config_plaintext(const struct config *c)
{
	if (!c->allow_plaintext_login || strcmp(c->allow_plaintext_login, "loopback") == 0)
		return PLAINTEXT_LOOPBACK;
	return strcmp(c->allow_plaintext_login, "always") == 0 ? PLAINTEXT_ALWAYS : PLAINTEXT_NEVER;
}

void config_finish(struct config *c)
{
	for (size_t i = 0; i < SETTINGS; i++) {
		void *at = member(c, &settings[i]);

		if (settings[i].kind == KIND_TEXT)
			free(*(char **)at);
		else if (settings[i].kind == KIND_LIST)
			clear_list(at);
	}
	memset(c, 0, sizeof(*c));
}
