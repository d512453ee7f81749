/* SPDX-License-Identifier: ISC */
#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static bool fail(struct output *out)
{
	if (out->error == 0)
		out->error = errno ? errno : EIO;
	return false;
}

static FILE *open_temporary(struct output *out)
{
	if (asprintf(&out->temporary, "%s.XXXXXX", out->path) < 0) {
		out->temporary = NULL;
		return NULL;
	}
	int fd = mkostemp(out->temporary, O_CLOEXEC);
	if (fd < 0) {
		free(out->temporary);
		out->temporary = NULL;
		return NULL;
	}
	FILE *file = fdopen(fd, "w");
	if (!file)
		close(fd);
	return file;
}

bool output_open(struct output *out, bool display, const char *path, const char *line_end, const char *begin)
{
	*out = (struct output){.display = display, .path = path, .line_end = line_end};
	if (!path)
		return true;
	errno = 0;
	out->file = strcmp(path, "-") == 0 ? stdout : open_temporary(out);
	return (out->file && fputs(begin, out->file) >= 0) || fail(out);
}

static bool write_line(FILE *file, struct slice line, const char *end)
{
	return (line.len == 0 || fwrite(line.data, line.len, 1, file) == 1) && fputs(end, file) >= 0;
}

bool output_line(struct output *out, struct slice line)
{
	errno = 0;
	/* Whoever watches sees each line at once. */
	if (out->display && (!write_line(stdout, line, "\n") || fflush(stdout) != 0))
		return fail(out);
	if (out->file && !write_line(out->file, line, out->line_end))
		return fail(out);
	return true;
}

bool output_commit(struct output *out)
{
	errno = 0;
	if (out->display && fflush(stdout) != 0)
		return fail(out);
	if (!out->file)
		return true;
	bool written = fflush(out->file) == 0;
	if (out->file == stdout)
		return written || fail(out);
	written = written && fsync(fileno(out->file)) == 0;
	if (fclose(out->file) != 0)
		written = false;
	out->file = NULL;
	if (!written || rename(out->temporary, out->path) != 0)
		return fail(out);
	free(out->temporary);
	out->temporary = NULL;
	return true;
}

void output_finish(struct output *out)
{
	if (out->file && out->file != stdout)
		fclose(out->file);
	if (out->temporary)
		unlink(out->temporary);
	free(out->temporary);
	*out = (struct output){0};
}
