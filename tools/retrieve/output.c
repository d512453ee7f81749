/* SPDX-License-Identifier: ISC */
#include "output.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static bool fail(struct output *out)
{
	if (out->error == 0)
		out->error = errno ? errno : EIO;
	return false;
}

bool output_open(struct output *out, bool display, const char *path)
{
	*out = (struct output){.display = display, .path = path};
	if (!path)
		return true;
	if (asprintf(&out->temporary, "%s.XXXXXX", path) < 0) {
		out->temporary = NULL;
		return fail(out);
	}
	int fd = mkstemp(out->temporary);
	if (fd < 0) {
		free(out->temporary);
		out->temporary = NULL;
		return fail(out);
	}
	out->file = fdopen(fd, "w");
	if (!out->file)
		close(fd);
	return out->file || fail(out);
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
	if (out->file && !write_line(out->file, line, "\r\n"))
		return fail(out);
	return true;
}

bool output_commit(struct output *out)
{
	if (!out->file)
		return true;
	errno = 0;
	bool written = fflush(out->file) == 0 && fsync(fileno(out->file)) == 0;
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
	if (out->file)
		fclose(out->file);
	if (out->temporary)
		unlink(out->temporary);
	free(out->temporary);
	*out = (struct output){0};
}
