/* SPDX-License-Identifier: ISC
 *
 * The table below says which fact is read from which field, and how. To teach the store a new field,
 * add a line: sources of one fact stand in the order in which they are asked. */
#include "facts.h"

#include "facts_take.h"
#include "mime/fields.h"

enum fact {
	FACT_CLASS,
	FACT_EVIDENCE,
	FACT_SCORE,
	FACT_SENDER,
	FACT_RECIPIENTS,
	FACT_CLIENT_ADDRESS,
	FACT_AUTH_USER,
	FACT_AUTH_DOMAIN,
	FACT_IDENTITY,
	FACT_QUEUE_ID,
	FACT_COUNT,
};

/* Which of several fields of one name counts. A filter appends its fields to the header block, and what
 * stands higher may be the sender's forgery. Hops put theirs on top. */
enum pick { LOWEST, TOPMOST };

enum { OUTGOING = QUARANTINE_OUTGOING, INCOMING = QUARANTINE_INCOMING, ANY = OUTGOING | INCOMING };

struct source {
	enum fact fact;
	const char *field; /* '%' is the filter's brand, see brand_find() */
	unsigned directions;
	enum pick pick;
	facts_take_fn *take;
};

static const struct source sources[] = {
	{FACT_CLASS, "X-%-Outgoing-Class", OUTGOING, LOWEST, facts_take_class},
	{FACT_CLASS, "X-%-Class", INCOMING, LOWEST, facts_take_class},
	{FACT_CLASS, "X-Spam-Flag", ANY, LOWEST, facts_take_yes},
	{FACT_CLASS, "X-Spam-Status", ANY, LOWEST, facts_take_yes},
	{FACT_CLASS, "X-Spam", ANY, LOWEST, facts_take_yes},
	{FACT_EVIDENCE, "X-%-Outgoing-Evidence", OUTGOING, LOWEST, facts_take_text},
	{FACT_EVIDENCE, "X-%-Evidence", INCOMING, LOWEST, facts_take_text},
	{FACT_EVIDENCE, "X-Spam-Status", ANY, LOWEST, facts_take_tests},
	{FACT_EVIDENCE, "X-Spamd-Result", ANY, LOWEST, facts_take_text},
	{FACT_SCORE, "X-Spam-Score", ANY, LOWEST, facts_take_number},
	{FACT_SCORE, "X-Spam-Status", ANY, LOWEST, facts_take_score},
	{FACT_SCORE, "X-Spamd-Result", ANY, LOWEST, facts_take_bracketed},
	{FACT_SENDER, "X-Envelope-From", ANY, TOPMOST, facts_take_path},
	{FACT_SENDER, "Return-Path", ANY, TOPMOST, facts_take_path},
	{FACT_RECIPIENTS, "X-Envelope-To", ANY, TOPMOST, facts_take_text},
	{FACT_RECIPIENTS, "Envelope-To", ANY, TOPMOST, facts_take_text},
	{FACT_CLIENT_ADDRESS, "X-Originating-IP", ANY, LOWEST, facts_take_bracketed},
	{FACT_CLIENT_ADDRESS, "X-Source-IP", ANY, LOWEST, facts_take_bracketed},
	{FACT_AUTH_USER, "X-AuthUser", ANY, LOWEST, facts_take_word},
	{FACT_AUTH_USER, "X-Auth-User", ANY, LOWEST, facts_take_word},
	{FACT_AUTH_USER, "X-Authenticated-User", ANY, LOWEST, facts_take_word},
	{FACT_AUTH_USER, "X-SmarterMail-Authenticated-As", ANY, LOWEST, facts_take_word},
	{FACT_AUTH_USER, "X-Authenticated-Id", ANY, LOWEST, facts_take_word},
	{FACT_AUTH_USER, "X-Auth", ANY, LOWEST, facts_take_word},
	{FACT_AUTH_USER, "X-Auth-ID", ANY, LOWEST, facts_take_word},
	{FACT_AUTH_USER, "Authentication-Results", ANY, LOWEST, facts_take_smtp_auth},
	{FACT_AUTH_USER, "Received", ANY, TOPMOST, facts_take_authenticated_sender},
	{FACT_AUTH_USER, "X-Authenticated-Sender", ANY, LOWEST, facts_take_after_host},
	{FACT_AUTH_USER, "X-Get-Message-Sender-Via", ANY, LOWEST, facts_take_authenticated_id},
	{FACT_AUTH_USER, "X-Source-Auth", ANY, LOWEST, facts_take_word},
	{FACT_AUTH_DOMAIN, "X-%-Domain", ANY, LOWEST, facts_take_word},
	{FACT_AUTH_DOMAIN, "Authentication-Results", ANY, LOWEST, facts_take_smtp_auth_domain},
	{FACT_IDENTITY, "X-%-Username", ANY, LOWEST, facts_take_word},
	{FACT_IDENTITY, "X-PHP-Script", ANY, LOWEST, facts_take_php_script},
	{FACT_IDENTITY, "X-PHP-Originating-Script", ANY, LOWEST, facts_take_text},
	{FACT_IDENTITY, "X-PHP-Filename", ANY, LOWEST, facts_take_php_filename},
	{FACT_IDENTITY, "X-Source-Dir", ANY, LOWEST, facts_take_text},
	{FACT_QUEUE_ID, "Received", ANY, TOPMOST, facts_take_received_id},
};

enum { VALUE_MAX = 16 * 1024 };

struct walk {
	const struct mime_field_list *fields;
	unsigned direction;
	struct slice brand; /* {NULL, 0}: no field names one */
	struct buf value;   /* of the field at hand, on one line */
	struct buf text;    /* what was taken out of one */
	struct arena *arena;
};

/* The part of `name` between "X-" and `suffix`; {NULL, 0} when it is of another shape. */
static struct slice brand_of(struct slice name, struct slice suffix)
{
	const struct slice prefix = SLICE("X-");
	struct slice middle;

	if (name.len <= prefix.len + suffix.len || !slice_istarts(name, prefix) ||
	    !slice_ieq(slice_skip(name, name.len - suffix.len), suffix))
		return slice_of(NULL, 0);
	middle = slice_skip(name, prefix.len);
	return slice_of(middle.data, middle.len - suffix.len);
}

/* The value without folds and tabs, in `scratch`. */
static struct slice one_line(struct slice value, struct buf *scratch)
{
	buf_reset(scratch);
	mime_unfold(slice_of(value.data, value.len < VALUE_MAX ? value.len : VALUE_MAX), scratch);
	for (size_t i = 0; i < scratch->len; i++) {
		if (scratch->data[i] == '\t')
			scratch->data[i] = ' ';
	}
	return slice_trim(buf_slice(scratch));
}

/* The filter's private label: what stands between "X-" and "-Outgoing-Class" (or "-Class") in the lowest
 * such field. Its other fields are then known by it, and nobody else's are taken for them. */
static struct slice brand_find(struct walk *w)
{
	struct slice suffix = w->direction == OUTGOING ? SLICE("-Outgoing-Class") : SLICE("-Class");
	struct slice brand = {NULL, 0};

	for (size_t i = 0; i < w->fields->count; i++) {
		const struct mime_field *field = &w->fields->fields[i];
		struct slice found = brand_of(field->name, suffix);

		if (!found.data ||
		    (w->direction == INCOMING && brand_of(field->name, SLICE("-Outgoing-Class")).data))
			continue;
		if (facts_take_class(one_line(field->value, &w->value)).data)
			brand = found;
	}
	return brand;
}

/* The next field below `after` that the source names. */
static const struct mime_field *next_field(const struct walk *w, const struct source *source,
					   const struct mime_field *after)
{
	const struct mime_field *fields = w->fields->fields;
	const char *percent = strchr(source->field, '%');

	if (!percent)
		return mime_field_list_find(w->fields, slice_str(source->field), after);
	if (!w->brand.data)
		return NULL;
	for (size_t i = after ? (size_t)(after - fields) + 1 : 0; i < w->fields->count; i++)
		if (slice_ieq(brand_of(fields[i].name, slice_str(percent + 1)), w->brand))
			return &fields[i];
	return NULL;
}

/* What a source says, in w->text; false: nothing. */
static bool ask(struct walk *w, const struct source *source)
{
	const struct mime_field *field = NULL;
	bool found = false;

	while (!(found && source->pick == TOPMOST) && (field = next_field(w, source, field))) {
		struct slice text = source->take(one_line(field->value, &w->value));

		if (!text.data)
			continue;
		buf_reset(&w->text);
		buf_add_slice(&w->text, text);
		found = true;
	}
	return found;
}

/* What the first source of a fact that says something says. */
static bool find(struct walk *w, enum fact fact, struct slice *out)
{
	for (size_t i = 0; i < ARRAY_SIZE(sources); i++) {
		if (sources[i].fact != fact || !(sources[i].directions & w->direction) ||
		    !ask(w, &sources[i]))
			continue;
		*out = buf_slice(&w->text);
		return true;
	}
	return false;
}

static bool fill_text(struct walk *w, enum fact fact, const char **member)
{
	struct slice text;

	if (*member || !find(w, fact, &text))
		return true;
	*member = arena_strndup(w->arena, text);
	return *member;
}

/* "-5.3"; strtod() would read it by the locale of the program. */
static double decimal(struct slice text)
{
	bool negative = text.len > 0 && text.data[0] == '-';
	double value = 0, place = 0;

	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] == '.' && place > 0)
			break;
		if (text.data[i] == '.')
			place = 1;
		if (text.data[i] < '0' || text.data[i] > '9')
			continue;
		value = value * 10 + (text.data[i] - '0');
		place *= 10;
	}
	value = place > 0 ? value / place : value;
	return negative ? -value : value;
}

static bool fill_score(struct walk *w, const double **member)
{
	struct slice text;
	double *score;

	if (*member || !find(w, FACT_SCORE, &text))
		return true;
	score = arena_alloc(w->arena, sizeof(*score));
	if (!score)
		return false;
	*score = decimal(text);
	*member = score;
	return true;
}

/* "<a@b>, c@d": commas inside quoted local parts are not expected of a filter. */
static bool fill_recipients(struct walk *w, struct quarantine_envelope *env)
{
	struct slice rest;
	const char **list;
	size_t count = 0;

	if (env->recipient_count > 0 || !find(w, FACT_RECIPIENTS, &rest))
		return true;
	for (size_t i = 0; i < rest.len; i++)
		count += rest.data[i] == ',';
	list = arena_alloc(w->arena, (count + 1) * sizeof(*list));
	if (!list)
		return false;
	count = 0;
	while (rest.len > 0) {
		const char *comma = memchr(rest.data, ',', rest.len);
		size_t len = comma ? (size_t)(comma - rest.data) : rest.len;
		struct slice address = facts_take_path(slice_trim(slice_of(rest.data, len)));

		if (address.len > 0 && !(list[count++] = arena_strndup(w->arena, address)))
			return false;
		rest = slice_skip(rest, len + 1);
	}
	env->recipients = list;
	env->recipient_count = count;
	return true;
}

static bool fill_all(struct walk *w, struct quarantine_envelope *env)
{
	return fill_text(w, FACT_CLASS, &env->class_name) && fill_text(w, FACT_EVIDENCE, &env->evidence) &&
	       fill_score(w, &env->score) && fill_text(w, FACT_SENDER, &env->sender) &&
	       fill_recipients(w, env) && fill_text(w, FACT_CLIENT_ADDRESS, &env->client_address) &&
	       fill_text(w, FACT_AUTH_USER, &env->auth_user) &&
	       fill_text(w, FACT_AUTH_DOMAIN, &env->auth_domain) &&
	       fill_text(w, FACT_IDENTITY, &env->identity) && fill_text(w, FACT_QUEUE_ID, &env->queue_id);
}

bool facts_complete(struct quarantine_envelope *env, const struct mime_field_list *fields,
		    struct arena *arena)
{
	struct walk w = {.fields = fields, .direction = env->direction, .arena = arena};
	bool done;

	w.brand = brand_find(&w);
	done = fill_all(&w, env) && !w.value.failed && !w.text.failed;
	buf_finish(&w.value);
	buf_finish(&w.text);
	return done;
}
