/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/identity/csv.h"

#include "broker/base/encode.h"
#include "broker/base/error.h"

struct csv {
	FILE *file; /* NULL: text */
	struct span text;
	uint64_t offset, line;
	struct text_code *code; /* NULL: UTF-8 */
	size_t n;     /* bytes of the record in hand */
	size_t n_raw; /* bytes that it takes in the file, of which at most CSV_RECORD_MAX are kept */
	char record[CSV_RECORD_MAX], raw[CSV_RECORD_MAX], utf8[2 * CSV_RECORD_MAX];
};

enum { END = -1 };

static int take(struct csv *csv)
{
	int c;

	if (csv->file) {
		c = getc_unlocked(csv->file);
		if (c == EOF)
			return END;
	} else {
		if (!csv->text.n)
			return END;
		c = (unsigned char)*csv->text.p;
		csv->text = (struct span){ csv->text.p + 1, csv->text.n - 1 };
	}
	csv->offset++;
	if (csv->n_raw < sizeof csv->raw)
		csv->raw[csv->n_raw] = (char)c;
	csv->n_raw++;
	return c;
}

/* Undo the last take; only one, which ungetc promises. */
static void give_back(struct csv *csv, int c)
{
	if (c == END)
		return;
	if (csv->file)
		ungetc(c, csv->file);
	else
		csv->text = (struct span){ csv->text.p - 1, csv->text.n + 1 };
	csv->offset--;
	csv->n_raw--;
}

static struct csv *open_csv(FILE *file, struct span text, struct arena *arena)
{
	struct csv *csv = arena_new_of(arena, struct csv);

	if (!csv)
		return NULL;
	csv->file = file;
	csv->text = text;
	csv->line = 1;
	return csv;
}

struct csv *csv_open_file(FILE *file, struct arena *arena)
{
	return open_csv(file, (struct span){ NULL, 0 }, arena);
}

struct csv *csv_open_span(struct span text, struct arena *arena)
{
	return open_csv(NULL, text, arena);
}

void csv_set_code(struct csv *csv, struct text_code *code)
{
	csv->code = code;
}

int csv_seek(struct csv *csv, uint64_t offset, uint64_t line)
{
	if (!csv->file || fseeko(csv->file, (off_t)offset, SEEK_SET))
		return FAULT(FAULT_IO, "seeking in CSV");
	csv->offset = offset;
	csv->line = line;
	return 0;
}

/* A byte order mark begins with a byte that begins no record of ours otherwise, so one byte of look-ahead is enough to see it;
 * what follows wrongly is read as the first field and fails as UTF-8. */
static void skip_mark(struct csv *csv)
{
	int c = take(csv);

	if (c != 0xef) {
		give_back(csv, c);
		return;
	}
	c = take(csv);
	if (c == 0xbb)
		c = take(csv);
	if (c != 0xbf)
		csv->record[csv->n++] = (char)0xff; /* no mark: the field is broken, and is to be seen as such */
}

static void skip_line(struct csv *csv)
{
	int c;

	while ((c = take(csv)) != END && c != '\n')
		;
	csv->line += c == '\n';
}

/* What ended a field. */
enum end { BY_COMMA, BY_LINE, BY_FILE, BROKEN };

/* True at the end of a line: LF, or CR LF. */
static bool is_line_end(struct csv *csv, int c)
{
	if (c == '\r') {
		int next = take(csv);

		if (next != '\n') {
			give_back(csv, next);
			return false;
		}
		c = next;
	}
	if (c != '\n')
		return false;
	csv->line++;
	return true;
}

/* One field, appended to the record. */
static enum end read_field(struct csv *csv, enum csv_problem *problem)
{
	size_t from = csv->n;
	bool quoted = false, closed = false;

	for (;;) {
		int c = take(csv);

		if (c == END && quoted && !closed) {
			*problem = CSV_BAD_QUOTE;
			return BROKEN;
		}
		if (c == END)
			return BY_FILE;
		if (!quoted || closed) {
			if (c == ',')
				return BY_COMMA;
			if (is_line_end(csv, c))
				return BY_LINE;
		}
		if (c == '"' && !quoted && csv->n == from) {
			quoted = true;
			continue;
		}
		if (quoted && !closed && c == '"') {
			int next = take(csv);

			if (next != '"') {
				give_back(csv, next);
				closed = true;
				continue;
			}
		} else if (closed || c == '"') {
			*problem = CSV_BAD_QUOTE; /* text after a closing quote, or a quote within plain text: RFC 4180 2 (5) */
			return BROKEN;
		} else if (c == '\n') {
			csv->line++; /* within quotes */
		}
		if (csv->n - from == CSV_FIELD_MAX || csv->n == CSV_RECORD_MAX) {
			*problem = csv->n == CSV_RECORD_MAX ? CSV_RECORD_LONG : CSV_FIELD_LONG;
			return BROKEN;
		}
		csv->record[csv->n++] = (char)c;
	}
}

/* @text as UTF-8, after the @used bytes of the record's other texts. */
static bool read_text(struct csv *csv, size_t *used, struct span *text)
{
	if (!csv->code)
		return encode_is_utf8(*text);
	if (text_code_read(csv->code, *text, csv->utf8 + *used, sizeof csv->utf8 - *used, text))
		return false;
	if (text->p == csv->utf8 + *used)
		*used += text->n;
	return true;
}

/* Fields until the record ends. A broken one is read to the end of its line. */
static bool read_record(struct csv *csv, struct csv_record *record)
{
	size_t starts[CSV_FIELDS_MAX + 1];
	enum end end;

	record->n = 0;
	do {
		starts[record->n] = record->n ? csv->n : 0;
		end = read_field(csv, &record->problem);
		if (end == BROKEN) {
			skip_line(csv);
			return true;
		}
		if (end == BY_COMMA && record->n + 1 == CSV_FIELDS_MAX) {
			record->problem = CSV_TOO_MANY_FIELDS;
			skip_line(csv);
			return true;
		}
		record->n++;
	} while (end == BY_COMMA);
	starts[record->n] = csv->n;
	if (end == BY_FILE && record->n == 1 && csv->n == 0)
		return false;
	for (size_t i = 0, used = 0; i < record->n; i++) {
		record->field[i] = (struct span){ csv->record + starts[i], starts[i + 1] - starts[i] };
		if (!read_text(csv, &used, &record->field[i]))
			record->problem = CSV_BAD_UTF8;
	}
	return true;
}

static struct span raw_of(const struct csv *csv)
{
	struct span raw = { csv->raw, csv->n_raw < sizeof csv->raw ? csv->n_raw : sizeof csv->raw };

	if (raw.n && raw.p[raw.n - 1] == '\n')
		raw.n--;
	if (raw.n && raw.p[raw.n - 1] == '\r')
		raw.n--;
	return raw;
}

int csv_next(struct csv *csv, struct csv_record *ret_record)
{
	bool is_blank;

	do {
		ret_record->problem = CSV_OK;
		csv->n = csv->n_raw = 0;
		if (csv->offset == 0)
			skip_mark(csv);
		ret_record->line = csv->line;
		if (!read_record(csv, ret_record))
			return csv->file && ferror(csv->file) ? FAULT(FAULT_IO, "reading CSV") : ERR_ABSENT;
		ret_record->offset = csv->offset;
		ret_record->next_line = csv->line;
		ret_record->raw = raw_of(csv);
		is_blank = !ret_record->problem && ret_record->n == 1 && ret_record->field[0].n == 0;
	} while (is_blank);
	return 0;
}

const char *csv_problem_name(enum csv_problem problem)
{
	static const char *const names[] = { "ok", "utf8", "quote", "field_long", "fields", "record_long", "json", "column", "value" };

	_Static_assert(ARRAY_LEN(names) == CSV_BAD_COUNT, "one name a problem");
	return (size_t)problem < ARRAY_LEN(names) ? names[problem] : "quote";
}
