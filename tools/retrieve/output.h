/* SPDX-License-Identifier: ISC
 *
 * Where the lines of the report go: standard output, a file, or both. The file gets its name only when it is
 * whole, so whoever reads it never sees half a report. */
#ifndef QUARANTINE_TOOLS_RETRIEVE_OUTPUT_H
#define QUARANTINE_TOOLS_RETRIEVE_OUTPUT_H

#include <stdbool.h>
#include <stdio.h>

#include "../../store/base/slice.h"

struct output {
	bool display;         /* on standard output too, where lines end in LF */
	const char *path;     /* NULL: no file; "-": standard output, written as a file is */
	const char *line_end; /* in the file */
	char *temporary;
	FILE *file;
	int error; /* errno of the first failure; 0: none */
};

/* All functions return whether all went well so far; `error` says what did not. `begin` stands at the start
 * of the file: "" or a byte order mark. */
bool output_open(struct output *out, bool display, const char *path, const char *line_end, const char *begin);
bool output_line(struct output *out, struct slice line);

/* Gives the file its name. */
bool output_commit(struct output *out);

/* Drops what was not committed. */
void output_finish(struct output *out);

#endif
