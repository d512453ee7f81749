/* SPDX-License-Identifier: ISC
 *
 * One word of the tool `quarantine` is one file and one function. What they share is here. */
#ifndef QUARANTINE_TOOLS_WORD_H
#define QUARANTINE_TOOLS_WORD_H

#include <argp.h>
#include <sysexits.h>

#include "../../store/include/quarantine.h"

#define STORE_DEFAULT "/var/lib/quarantine"

/* Each gets its own arguments, argv[0] being "quarantine WORD", and returns the exit code. */
typedef int word_fn(int argc, char **argv);

word_fn word_account;
word_fn word_backup;
word_fn word_check;
word_fn word_expire;
word_fn word_import;
word_fn word_init;
word_fn word_recover;
word_fn word_restore;
word_fn word_stats;

/* The option --store DIR. Its input is a `const char *`, set to STORE_DEFAULT before the parse. */
extern const struct argp store_argp;

/* What a word's parser does with argp's keys besides its own options: `*store` is where --store goes, and it
 * takes no arguments. */
error_t parse_rest(int key, const char *arg, struct argp_state *state, const char **store);

/* The arguments of a word whose only argument besides --store is `name` (NULL: none), which must then be
 * there. The input is a `struct simple_args` with `name` and `doc` set. */
struct simple_args {
	const char *name;
	const char *doc;   /* what --help prints around the options */
	const char *store; /* out */
	const char *value; /* out */
};
extern const struct argp simple_argp;

/* Parses them. Like argp_parse(), ends the program on a mistake and after --help. */
void parse_simple(int argc, char **argv, struct simple_args *args);

/* Opens the store or says why not. Returns an exit code. */
int open_store(const char *word, const char *store, unsigned flags, struct quarantine **out);

/* Prints "WORD: what: detail" to standard error and returns the exit code for `status`. */
int fail_status(const char *word, const char *what, int status, const char *detail);

/* The path of the accounts file of a store, freed by free(). */
char *accounts_path(const char *store);

#endif
