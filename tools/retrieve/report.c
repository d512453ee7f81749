/* SPDX-License-Identifier: ISC
 *
 * Search, then in batches: when the messages arrived, and the headers of those in the period. A batch that
 * has been written is never fetched again: when the connection breaks, the work goes on behind it. */
#include "report.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "../progress.h"
#include "chart.h"

enum {
	IDLE_SECONDS = 25 * 60, /* RFC 2177 wants less than 29 minutes */
	PAUSE_SECONDS = 15,     /* between looks, where the server knows no IDLE */
};

/* Fields that are long, common, and say nothing of who sent a message. All others are fetched, because the
 * names of some begin with the brand of the filter, which we do not know. */
static const char *const LEFT_OUT[] = {
	"DKIM-Signature", "ARC-Seal", "ARC-Message-Signature", "X-Filter-ID", "X-Filter-Fingerprint",
};

/* One mailbox on its way through. */
struct walk {
	struct report *report;
	struct period period;
	const char *mailbox; /* that was opened */
	uint32_t uidvalidity;
	struct imapc_uids uids;
	bool searched;
	size_t at;       /* the first of uids that is not done */
	size_t broke_at; /* where the connection broke the last time; SIZE_MAX: not yet */
	uint32_t newest; /* with --follow: those above are new */
	struct imapc_names left_out;
	struct buf cells[COLUMNS_MAX];
	struct progress progress;
};

const char *report_name(enum direction direction)
{
	return direction == DIRECTION_OUTGOING ? "outgoing" : "incoming";
}

void report_titles(const struct options *options, struct rows *rows, bool bars)
{
	struct slice names[ROWS_COLUMNS_MAX];
	size_t count = 0;
	if (options->with_mailbox)
		names[count++] = SLICE("Mailbox");
	for (size_t i = 0; i < options->key_count; i++)
		names[count++] = slice_str(options->columns->list[options->keys[i]].name);
	if (options->key_count > 0) {
		chart_titles(rows, names, count, bars);
		return;
	}
	names[count++] = SLICE("#");
	for (size_t i = 0; i < options->columns->count; i++)
		if (!options->columns->list[i].hidden)
			names[count++] = slice_str(options->columns->list[i].name);
	memcpy(rows->titles, names, count * sizeof(*names));
	rows->count = count;
}

/* Our names of the two quarantines, then the ones of servers that scripts were written for. */
static int open_mailbox(struct walk *w)
{
	static const char *const names[][2] = {
		[DIRECTION_INCOMING] = {"Incoming", "Caught"},
		[DIRECTION_OUTGOING] = {"Outgoing", "Caught (Outgoing)"},
	};
	struct imapc *imap = w->report->session->imap;
	const char *given = w->mailbox ? w->mailbox : w->report->options->mailbox;
	w->mailbox = given ? given : names[w->report->direction][0];
	int status = imapc_examine(imap, w->mailbox);
	if (status == IMAPC_REFUSED && !given) {
		w->mailbox = names[w->report->direction][1];
		status = imapc_examine(imap, w->mailbox);
	}
	return status;
}

static bool write_row(struct walk *w)
{
	struct report *report = w->report;
	const struct columns *columns = report->options->columns;
	struct slice cells[ROWS_COLUMNS_MAX];
	char number[24];
	size_t count = 0;
	if (report->options->with_mailbox)
		cells[count++] = slice_str(w->mailbox);
	snprintf(number, sizeof(number), "%llu", (unsigned long long)report->lines);
	cells[count++] = slice_str(number);
	for (size_t i = 0; i < columns->count; i++)
		if (!columns->list[i].hidden)
			cells[count++] = buf_slice(&w->cells[i]);
	return rows_add(report->rows, cells);
}

static bool count_row(struct walk *w, time_t arrived)
{
	const struct options *options = w->report->options;
	struct slice values[GROUPS_KEYS_MAX];
	size_t count = 0;
	if (options->with_mailbox)
		values[count++] = slice_str(w->mailbox);
	for (size_t i = 0; i < options->key_count; i++)
		values[count++] = buf_slice(&w->cells[options->keys[i]]);
	if (groups_add(w->report->groups, values, arrived))
		return true;
	w->report->rows->out->error = ENOMEM;
	return false;
}

static bool take_header(void *context, const struct imapc_arrival *message, struct slice header)
{
	struct walk *w = context;
	struct report *report = w->report;
	columns_extract(report->options->columns, header, report->direction, w->cells);
	if (report->options->no_bounce && columns_is_bounce(w->cells))
		return true;
	report->lines++;
	return report->groups ? count_row(w, message->arrived) : write_row(w);
}

/* The headers of messages that are all in the period, as many at once as memory allows: no header is longer
 * than its message. */
static int write_messages(struct walk *w, const struct imapc_arrival *messages, size_t count)
{
	int status = IMAPC_OK;
	for (size_t from = 0, to = 0; from < count && status == IMAPC_OK; from = to) {
		size_t bytes = 0;
		for (to = from; to < count; to++) {
			size_t size =
				messages[to].size < IMAPC_HEADER_MAX ? messages[to].size : IMAPC_HEADER_MAX;
			if (to > from && bytes + size > IMAPC_BATCH_BYTES)
				break;
			bytes += size;
		}
		status = imapc_headers(w->report->session->imap, messages + from, to - from, &w->left_out,
				       take_header, w);
		while (status == IMAPC_OK && w->at < w->uids.count &&
		       w->uids.list[w->at] <= messages[to - 1].uid)
			w->at++;
	}
	return status;
}

static int write_batch(struct walk *w)
{
	struct imapc_arrival arrivals[IMAPC_BATCH];
	size_t left = w->uids.count - w->at, got = 0, kept = 0;
	size_t batch = left < IMAPC_BATCH ? left : IMAPC_BATCH, end = w->at + batch;
	int status = imapc_arrivals(w->report->session->imap, w->uids.list + w->at, batch, arrivals, &got);
	if (status != IMAPC_OK)
		return status;
	for (size_t i = 0; i < got; i++)
		if (period_holds(&w->period, arrivals[i].arrived))
			arrivals[kept++] = arrivals[i];
	status = write_messages(w, arrivals, kept);
	if (status == IMAPC_OK)
		w->at = end;
	return status;
}

static int write_batches(struct walk *w)
{
	int status = IMAPC_OK;
	while (w->at < w->uids.count && status == IMAPC_OK) {
		status = write_batch(w);
		progress_show(&w->progress, w->at, w->at);
	}
	return status;
}

/* The server's zone may differ from ours by a day at most; the exact time of each message decides. */
static int search(struct walk *w)
{
	struct day since = day_shift(day_local(w->period.since, 0), -1), before = {0};
	if (w->period.until != PERIOD_OPEN)
		before = day_shift(day_local(w->period.until - 1, 0), 2);
	struct imapc *imap = w->report->session->imap;
	bool skip = w->report->options->follow && !w->report->options->has_period;
	int status = skip ? IMAPC_OK : imapc_search(imap, since, before, &w->uids);
	if (status != IMAPC_OK)
		return status;
	w->searched = true;
	w->newest = imapc_uidnext(imap) > 0 ? imapc_uidnext(imap) - 1 : 0;
	if (w->uids.count > 0 && w->uids.list[w->uids.count - 1] > w->newest)
		w->newest = w->uids.list[w->uids.count - 1];
	if (!w->report->rows->out->display || !isatty(STDOUT_FILENO) || w->report->groups)
		progress_start(&w->progress, "messages", w->uids.count);
	return IMAPC_OK;
}

/* Waits for new mail and lists it. Returns only when something is wrong, or it is interrupted. */
static int follow(struct walk *w)
{
	struct imapc *imap = w->report->session->imap;
	int status = IMAPC_OK;
	w->period = (struct period){0, PERIOD_OPEN};
	while (status == IMAPC_OK) {
		if (w->at == w->uids.count) {
			free(w->uids.list);
			w->uids = (struct imapc_uids){0};
			w->at = 0;
			status = imapc_newer(imap, w->newest, &w->uids);
		}
		if (status == IMAPC_OK && w->uids.count > 0)
			w->newest = w->uids.list[w->uids.count - 1];
		if (status == IMAPC_OK)
			status = write_batches(w);
		if (status == IMAPC_OK) {
			w->broke_at = SIZE_MAX;
			status = imapc_idle(imap, IDLE_SECONDS);
		}
		if (status == IMAPC_NO_IDLE)
			status = imapc_pause(imap, PAUSE_SECONDS);
	}
	return status;
}

static int list(struct walk *w)
{
	int status = w->searched ? IMAPC_OK : search(w);
	if (status == IMAPC_OK)
		status = write_batches(w);
	if (status == IMAPC_OK && !w->report->groups && !rows_end(w->report->rows))
		status = IMAPC_STOPPED;
	return status == IMAPC_OK && w->report->options->follow ? follow(w) : status;
}

static int status_of(int status)
{
	switch (status) {
	case IMAPC_OK:
		return REPORT_OK;
	case IMAPC_STOPPED:
		return REPORT_OUTPUT;
	case IMAPC_INTERRUPTED:
		return REPORT_INTERRUPTED;
	default:
		return REPORT_CONNECTION;
	}
}

/* Connects again, and finds the mailbox as it was. */
static int resume(struct walk *w)
{
	progress_finish(&w->progress);
	w->broke_at = w->at;
	if (session_again(w->report->session) != EXIT_DONE)
		return REPORT_AGAIN;
	int status = open_mailbox(w);
	if (status != IMAPC_OK)
		return status == IMAPC_REFUSED ? REPORT_MAILBOX : status_of(status);
	return imapc_uidvalidity(w->report->session->imap) == w->uidvalidity ? REPORT_OK : REPORT_RENEWED;
}

static int run(struct walk *w)
{
	int status = open_mailbox(w);
	if (status != IMAPC_OK)
		return status == IMAPC_REFUSED ? REPORT_MAILBOX : status_of(status);
	w->uidvalidity = imapc_uidvalidity(w->report->session->imap);
	if (!rows_begin(w->report->rows))
		return REPORT_OUTPUT;
	for (;;) {
		status = list(w);
		/* Where nothing was done since the last time, a third connection would not help. */
		if (status != IMAPC_BROKEN || w->broke_at == w->at)
			return status_of(status);
		status = resume(w);
		if (status != REPORT_OK)
			return status;
	}
}

int report_run(struct report *report)
{
	struct walk w = {.report = report, .period = report->options->period, .broke_at = SIZE_MAX};
	for (size_t i = 0; i < ARRAY_SIZE(LEFT_OUT); i++)
		if (!columns_use(report->options->columns, LEFT_OUT[i]))
			w.left_out.list[w.left_out.count++] = LEFT_OUT[i];
	int status = run(&w);
	progress_finish(&w.progress);
	free(w.uids.list);
	columns_finish(w.cells);
	return status;
}
