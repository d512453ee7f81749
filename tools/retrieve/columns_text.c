/* SPDX-License-Identifier: ISC
 *
 * The text form of the table: "[NAME]" begins a column, each line after it is a source: a field's name or
 * "=COLUMN", then words. A # after a blank begins a comment; a token with blanks stands in quotes. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "columns.h"

struct reader {
	struct columns *columns;
	struct column *column; /* that sources go to; NULL before the first */
	const char *name;
	size_t line;
	size_t begun; /* the line of the column */
	bool flagged; /* it may do without sources */
	struct buf *why;
};

static bool fail(struct reader *r, const char *format, ...) __attribute__((format(printf, 2, 3)));

static bool fail(struct reader *r, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	buf_addf(r->why, "%s:%zu: ", r->name, r->line);
	buf_addvf(r->why, format, args);
	va_end(args);
	return false;
}

/* Not strndup(): the sanitizers' strict checks of strings want its source to end. */
static char *copy(struct slice text)
{
	char *out = malloc(text.len + 1);

	if (!out)
		return NULL;
	if (text.len > 0)
		memcpy(out, text.data, text.len);
	out[text.len] = '\0';
	return out;
}

static void free_sources(struct column *column)
{
	for (size_t i = 0; i < column->count; i++) {
		free(column->sources[i].field);
		free(column->sources[i].after);
		free(column->sources[i].until);
	}
	free(column->sources);
	column->sources = NULL;
	column->count = 0;
}

void columns_destroy(struct columns *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->count; i++) {
		free_sources(&c->list[i]);
		free(c->list[i].name);
	}
	free(c);
}

/* Takes the next token off the line; false when it has no end quote. An empty one with NULL: there is none.
 */
static bool next_token(struct slice *line, struct slice *token)
{
	*line = slice_trim(*line);
	*token = slice_of(NULL, 0);
	if (line->len == 0 || line->data[0] == '#')
		return true;
	bool quoted = line->data[0] == '"';
	size_t len = 0;
	if (quoted)
		*line = slice_of(line->data + 1, line->len - 1);
	while (len < line->len &&
	       (quoted ? line->data[len] != '"' : line->data[len] != ' ' && line->data[len] != '\t'))
		len++;
	if (quoted && len == line->len)
		return false;
	*token = slice_of(line->data, len);
	*line = slice_skip(*line, len + quoted);
	return true;
}

/* Ends a column: it has sources unless all that was said is whether it is shown. */
static bool end_column(struct reader *r)
{
	if (!r->column || r->column->count > 0 || r->flagged)
		return true;
	r->line = r->begun;
	return fail(r, "column '%s' has no source", r->column->name);
}

static bool add_column(struct reader *r, struct slice name)
{
	struct columns *c = r->columns;
	if (name.len == 0 || name.len > COLUMNS_NAME_MAX || memchr(name.data, ',', name.len))
		return fail(r, "a column's name has 1 to %d bytes and no comma", COLUMNS_NAME_MAX);
	if (c->count == COLUMNS_MAX)
		return fail(r, "more than %d columns", COLUMNS_MAX);
	c->list[c->count] = (struct column){.name = copy(name)};
	if (!c->list[c->count].name)
		return fail(r, "out of memory");
	c->count++;
	return true;
}

/* "[NAME]", "[NAME] hidden", "[NAME] shown" */
static bool begin_column(struct reader *r, struct slice line)
{
	const char *end = memchr(line.data, ']', line.len);
	if (!end_column(r))
		return false;
	if (!end)
		return fail(r, "no ] behind the column's name");
	struct slice name = slice_trim(slice_of(line.data + 1, (size_t)(end - line.data) - 1)), word;
	struct slice rest = slice_skip(line, (size_t)(end - line.data) + 1);
	size_t at = columns_find(r->columns, name);
	bool known = at < r->columns->count;
	if (!known && !add_column(r, name))
		return false;
	r->column = &r->columns->list[at];
	r->begun = r->line;
	if (!next_token(&rest, &word))
		return fail(r, "no end of the quotes");
	bool hidden = slice_ieq(word, SLICE("hidden"));
	if (word.data && !hidden && !slice_ieq(word, SLICE("shown")))
		return fail(r, "'%.*s' is neither 'hidden' nor 'shown'", (int)word.len, word.data);
	if (word.data)
		r->column->hidden = hidden;
	r->flagged = known && word.data;
	if (!r->flagged)
		free_sources(r->column);
	r->column->wanted = !r->column->hidden;
	return true;
}

/* A word that sets one of the source's properties. */
static bool set_property(struct columns_source *source, struct slice word)
{
	static const char *const orders[] = {"first", "last", "topmost", "qmail"};
	for (size_t i = 0; i < ARRAY_SIZE(orders); i++)
		if (slice_ieq(word, slice_str(orders[i]))) {
			source->order = (enum columns_order)i;
			return true;
		}
	if (slice_ieq(word, SLICE("incoming")))
		source->side = COLUMNS_INCOMING;
	else if (slice_ieq(word, SLICE("outgoing")))
		source->side = COLUMNS_OUTGOING;
	else if (slice_ieq(word, SLICE("also")))
		source->also = true;
	else
		return false;
	return true;
}

/* "after TEXT", "until TEXT" */
static bool set_bound(struct reader *r, char **bound, struct slice word, struct slice *line)
{
	struct slice text;
	if (!next_token(line, &text))
		return fail(r, "no end of the quotes");
	if (text.len == 0 || *bound)
		return fail(r, "'%.*s' wants one text", (int)word.len, word.data);
	*bound = copy(text);
	return *bound || fail(r, "out of memory");
}

static bool read_words(struct reader *r, struct columns_source *source, struct slice line)
{
	for (;;) {
		struct slice word;
		if (!next_token(&line, &word))
			return fail(r, "no end of the quotes");
		if (!word.data)
			return true;
		bool after = slice_ieq(word, SLICE("after"));
		if (after || slice_ieq(word, SLICE("until"))) {
			if (!set_bound(r, after ? &source->after : &source->until, word, &line))
				return false;
		} else if (!set_property(source, word)) {
			extract_fn *extract = extract_find(word);
			if (!extract || source->extract != extract_all)
				return fail(r,
					    extract ? "'%.*s': one way of reading is taken already"
						    : "'%.*s' is no word for a source",
					    (int)word.len, word.data);
			source->extract = extract;
		}
	}
}

/* Whether a token can be a field's name, with a * in X-*-… only. */
static bool field_ok(struct slice field)
{
	struct slice rest = slice_istarts(field, SLICE("X-*-")) ? slice_skip(field, 4) : field;
	for (size_t i = 0; i < rest.len; i++)
		if (rest.data[i] <= ' ' || rest.data[i] > '~' || strchr(":*", rest.data[i]))
			return false;
	return rest.len > 0;
}

static bool set_origin(struct reader *r, struct columns_source *source, struct slice token)
{
	if (token.len > 0 && token.data[0] == '=') {
		source->column = columns_find(r->columns, slice_skip(token, 1));
		return source->column < (size_t)(r->column - r->columns->list) ||
		       fail(r, "'%.*s': there is no such column above", (int)token.len, token.data);
	}
	if (!field_ok(token))
		return fail(r, "'%.*s' is no name of a field", (int)token.len, token.data);
	source->field = copy(token);
	if (source->field && source->field[0] == 'x')
		source->field[0] = 'X';
	return source->field || fail(r, "out of memory");
}

static bool add_source(struct reader *r, struct slice line)
{
	struct slice token;
	if (!r->column)
		return fail(r, "a source before the first [COLUMN]");
	if (!next_token(&line, &token))
		return fail(r, "no end of the quotes");
	if (r->flagged && r->column->count > 0) { /* the first source: the old ones are replaced */
		free_sources(r->column);
	}
	r->flagged = false;
	struct column *column = r->column;
	if (column->count == COLUMNS_SOURCES_MAX)
		return fail(r, "more than %d sources", COLUMNS_SOURCES_MAX);
	struct columns_source *grown = reallocarray(column->sources, column->count + 1, sizeof(*grown));
	if (!grown)
		return fail(r, "out of memory");
	column->sources = grown;
	struct columns_source *source = &grown[column->count++];
	*source = (struct columns_source){.extract = extract_all};
	return set_origin(r, source, token) && read_words(r, source, line);
}

bool columns_change(struct columns *c, struct slice text, const char *name, struct buf *why)
{
	struct reader r = {.columns = c, .name = name, .why = why};
	while (text.len > 0) {
		const char *end = memchr(text.data, '\n', text.len);
		size_t len = end ? (size_t)(end - text.data) : text.len;
		struct slice line = slice_trim(slice_of(text.data, len));
		text = slice_skip(text, len + 1);
		r.line++;
		if (line.len == 0 || line.data[0] == '#')
			continue;
		if (!(line.data[0] == '[' ? begin_column(&r, line) : add_source(&r, line)))
			return false;
	}
	for (size_t i = 0; i < c->count; i++)
		if (c->list[i].wanted)
			columns_want(c, i);
	return end_column(&r);
}

bool columns_read(struct columns *c, const char *path, struct buf *why)
{
	struct buf text = {.limit = COLUMNS_FILE_MAX};
	FILE *file = fopen(path, "re");
	char *room = NULL;
	size_t got = 1;
	while (file && got > 0 && (room = buf_reserve(&text, 4096))) {
		got = fread(room, 1, 4096, file);
		text.len += got;
	}
	bool good = file && room && !ferror(file);
	if (!good)
		buf_addf(why, "%s: %s", path, text.failed ? "it is too long" : strerror(errno));
	if (file)
		fclose(file);
	good = good && columns_change(c, buf_slice(&text), path, why);
	buf_finish(&text);
	return good;
}
