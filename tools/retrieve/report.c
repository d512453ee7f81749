/* SPDX-License-Identifier: ISC */
#include "report.h"

#include <stdlib.h>

#include "../progress.h"
#include "csv.h"

/* What the lines are made with. */
struct writer {
	struct report *report;
	struct output *out;
	struct columns *columns;
	struct buf cells[COLUMNS_MAX];
	struct buf line;
};

const char *report_name(enum direction direction)
{
	return direction == DIRECTION_OUTGOING ? "outgoing" : "incoming";
}

/* Our names of the two quarantines, then the ones of servers that scripts were written for. */
static int open_mailbox(struct imapc *imap, enum direction direction)
{
	static const char *const names[][2] = {
		[DIRECTION_INCOMING] = {"Incoming", "Caught"},
		[DIRECTION_OUTGOING] = {"Outgoing", "Caught (Outgoing)"},
	};
	int status = imapc_examine(imap, names[direction][0]);
	if (status == IMAPC_REFUSED)
		status = imapc_examine(imap, names[direction][1]);
	return status;
}

static bool write_line(void *context, uint32_t uid, struct slice header)
{
	struct writer *w = context;
	(void)uid;
	columns_extract(w->columns, header, w->report->direction, w->cells);
	if (w->report->no_bounce && columns_is_bounce(w->cells)) {
		w->report->bounces++;
		return true;
	}
	buf_reset(&w->line);
	buf_add_uint(&w->line, ++w->report->lines);
	for (size_t i = 0; i < w->columns->count; i++)
		if (!w->columns->list[i].hidden)
			csv_cell(buf_slice(&w->cells[i]), false, &w->line);
	return output_line(w->out, buf_slice(&w->line));
}

/* Fetches the headers of the day's messages, as many at once as memory allows: no header is longer than its
 * message. */
static int write_day(struct writer *w, struct imapc *imap, const struct imapc_arrival *arrivals, size_t count)
{
	uint32_t uids[IMAPC_BATCH];
	size_t n = 0, bytes = 0;
	int status = IMAPC_OK;
	for (size_t i = 0; i < count && status == IMAPC_OK; i++) {
		if (!day_holds(w->report->day, arrivals[i].arrived))
			continue;
		size_t size = arrivals[i].size < IMAPC_HEADER_MAX ? arrivals[i].size : IMAPC_HEADER_MAX;
		if (n > 0 && bytes + size > IMAPC_BATCH_BYTES) {
			status = imapc_headers(imap, uids, n, write_line, w);
			n = bytes = 0;
		}
		uids[n++] = arrivals[i].uid;
		bytes += size;
	}
	return n > 0 && status == IMAPC_OK ? imapc_headers(imap, uids, n, write_line, w) : status;
}

static bool write_titles(struct writer *w)
{
	buf_reset(&w->line);
	buf_add_char(&w->line, '#');
	for (size_t i = 0; i < w->columns->count; i++)
		if (!w->columns->list[i].hidden)
			csv_cell(slice_str(w->columns->list[i].name), false, &w->line);
	return output_line(w->out, buf_slice(&w->line));
}

static int write_batches(struct writer *w, struct imapc *imap, const uint32_t *uids, size_t count)
{
	struct progress progress = {0};
	if (!w->out->display)
		progress_start(&progress, "messages", count);
	int status = IMAPC_OK;
	for (size_t at = 0; at < count && status == IMAPC_OK; at += IMAPC_BATCH) {
		struct imapc_arrival arrivals[IMAPC_BATCH];
		size_t batch = count - at < IMAPC_BATCH ? count - at : IMAPC_BATCH, got = 0;
		status = imapc_arrivals(imap, uids + at, batch, arrivals, &got);
		if (status == IMAPC_OK)
			status = write_day(w, imap, arrivals, got);
		if (!w->out->display)
			progress_show(&progress, at + batch, at + batch);
	}
	if (!w->out->display)
		progress_finish(&progress);
	return status;
}

int report_run(struct report *report, struct imapc *imap, struct output *out)
{
	struct writer w = {.report = report, .out = out, .columns = columns_create()};
	uint32_t *uids = NULL;
	size_t count = 0;
	int status = w.columns ? open_mailbox(imap, report->direction) : IMAPC_MEMORY;
	if (status == IMAPC_REFUSED)
		return REPORT_MAILBOX;
	if (status == IMAPC_OK && !write_titles(&w))
		return REPORT_OUTPUT;
	/* The server's zone may differ from ours by a day at most; the exact time of each decides. */
	if (status == IMAPC_OK)
		status = imapc_search(imap, day_shift(report->day, -1), day_shift(report->day, 2), &uids,
				      &count);
	if (status == IMAPC_OK)
		status = write_batches(&w, imap, uids, count);
	free(uids);
	columns_finish(w.cells);
	columns_destroy(w.columns);
	buf_finish(&w.line);
	if (status == IMAPC_STOPPED)
		return REPORT_OUTPUT;
	return status == IMAPC_OK ? REPORT_OK : REPORT_CONNECTION;
}
