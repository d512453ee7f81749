/* SPDX-License-Identifier: ISC */
#include "progress.h"

#include <stdio.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum { BAR_MAX = 40, TEXT_COLUMNS = 60, LINE_SIZE = 256 };

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

void progress_start(struct progress *p, const char *what, uint64_t total)
{
	*p = (struct progress){.what = what, .total = total, .shown = isatty(STDERR_FILENO) == 1};
	p->started = now();
}

/* "[####    ] ", or nothing where it has no room. */
static void draw_bar(double share, int columns, char *into)
{
	int width = columns - TEXT_COLUMNS < BAR_MAX ? columns - TEXT_COLUMNS : BAR_MAX;
	int n = 0;

	if (width >= 10) {
		into[n++] = '[';
		for (int i = 0; i < width; i++)
			into[n++] = i < (int)(share * width) ? '#' : ' ';
		into[n++] = ']';
		into[n++] = ' ';
	}
	into[n] = '\0';
}

static void time_text(double seconds, char *into, size_t size)
{
	unsigned s = seconds < 359999 ? (unsigned)seconds : 359999;

	if (s >= 3600)
		snprintf(into, size, "%u:%02u:%02u", s / 3600, s / 60 % 60, s % 60);
	else
		snprintf(into, size, "%u:%02u", s / 60, s % 60);
}

void progress_line(const struct progress *p, uint64_t done, uint64_t count, double seconds, int columns,
		   char *into, unsigned long size)
{
	double rate = seconds > 0 ? (double)count / seconds : 0;
	double share = p->total == 0 ? 0 : done < p->total ? (double)done / (double)p->total : 1;
	char bar[BAR_MAX + 4], left[16];

	if (p->total == 0) {
		snprintf(into, size, "%llu %s, %.0f/s", (unsigned long long)count, p->what, rate);
		return;
	}
	draw_bar(share, columns, bar);
	if (share > 0 && seconds > 1)
		time_text(seconds / share - seconds, left, sizeof(left));
	else
		snprintf(left, sizeof(left), "?");
	snprintf(into, size, "%s%3.0f %%  %llu %s, %.0f/s, %s left", bar, share * 100,
		 (unsigned long long)count, p->what, rate, left);
}

void progress_show(struct progress *p, uint64_t done, uint64_t count)
{
	struct winsize window = {0};
	char line[LINE_SIZE];
	double t = now();
	int columns = 80;

	if (!p->shown || (p->drawn && t - p->last < 0.1))
		return;
	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &window) == 0 && window.ws_col > 0)
		columns = window.ws_col;
	progress_line(p, done, count, t - p->started, columns, line, sizeof(line));
	fprintf(stderr, "\r%.*s\033[K", columns - 1, line);
	p->drawn = true;
	p->last = t;
}

void progress_finish(struct progress *p)
{
	if (p->drawn)
		fprintf(stderr, "\r\033[K");
	p->drawn = false;
}
