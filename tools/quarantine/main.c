/* SPDX-License-Identifier: ISC
 *
 * quarantine: administration of a mail quarantine, one word a job. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../store/base/slice.h"
#include "word.h"

/* argp looks for it among the exported symbols. */
__attribute__((visibility("default"))) const char *argp_program_version = "quarantine " QUARANTINE_VERSION;

/* In the order in which a person meets them; --help prints it so. */
static const struct {
	const char *name;
	word_fn *run;
	const char *summary;
} words[] = {
	{"init", word_init, "make a store, with its owners and modes"},
	{"account", word_account, "set, list or remove the accounts that may log in"},
	{"import", word_import, "take in messages from an mbox, a Maildir or standard input"},
	{"stats", word_stats, "show what is stored"},
	{"check", word_check, "check the whole store for faults"},
	{"expire", word_expire, "remove what was kept long enough"},
	{"backup", word_backup, "copy the store into a file while mail arrives"},
	{"restore", word_restore, "make a store from such a copy"},
	{"recover", word_recover, "read what can be read of a damaged store into a new one"},
};

static char *help_filter(int key, const char *text, void *input)
{
	char *out = NULL;
	size_t len;
	FILE *f;

	(void)input;
	if (key != ARGP_KEY_HELP_POST_DOC)
		return (char *)(uintptr_t)text;
	f = open_memstream(&out, &len);
	if (!f)
		return NULL;
	fprintf(f, "Words:\n");
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		fprintf(f, "  %-9s %s\n", words[i].name, words[i].summary);
	fprintf(f, "\n'quarantine WORD --help' tells more of each. Example:\n\n"
		   "  quarantine init --store /var/lib/quarantine\n"
		   "  quarantine account set global\n");
	fclose(f);
	return out;
}

/* Stops at the word: what follows is the word's own. */
static error_t parse_word(int key, char *arg, struct argp_state *state)
{
	int *at = state->input;

	(void)arg;
	if (key == ARGP_KEY_NO_ARGS)
		argp_usage(state);
	if (key != ARGP_KEY_ARG)
		return ARGP_ERR_UNKNOWN;
	*at = state->next - 1;
	state->next = state->argc;
	return 0;
}

int main(int argc, char **argv)
{
	const struct argp argp = {
		NULL,        parse_word, "WORD [OPTION…]", "Administers a mail quarantine.\v", NULL,
		help_filter, NULL};
	int at = 0;

	argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &at);
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		char name[32];

		if (strcmp(argv[at], words[i].name) != 0)
			continue;
		snprintf(name, sizeof(name), "quarantine %s", words[i].name);
		argv[at] = name;
		return words[i].run(argc - at, argv + at);
	}
	fprintf(stderr, "quarantine: there is no word '%s'; 'quarantine --help' lists them\n", argv[at]);
	return EX_USAGE;
}
