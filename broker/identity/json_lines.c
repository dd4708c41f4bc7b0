/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/identity/json_lines.h"

#include "broker/base/encode.h"
#include "broker/base/error.h"
#include "broker/base/json.h"

struct json_lines {
	FILE *file; /* NULL: text */
	struct span text;
	const struct csv_record *columns;
	struct text_code *code;
	uint64_t offset, line;
	size_t n_text; /* of the record's values */
	char raw[CSV_RECORD_MAX], utf8[2 * CSV_RECORD_MAX], values[CSV_RECORD_MAX];
};

static struct json_lines *open_lines(FILE *file, struct span text, const struct csv_record *columns, struct arena *arena)
{
	struct json_lines *lines = arena_new_of(arena, struct json_lines);

	if (!lines)
		return NULL;
	lines->file = file;
	lines->text = text;
	lines->columns = columns;
	lines->line = 1;
	return lines;
}

struct json_lines *json_lines_open_file(FILE *file, const struct csv_record *columns, struct arena *arena)
{
	return open_lines(file, (struct span){ NULL, 0 }, columns, arena);
}

struct json_lines *json_lines_open_span(struct span text, const struct csv_record *columns, struct arena *arena)
{
	return open_lines(NULL, text, columns, arena);
}

void json_lines_set_code(struct json_lines *lines, struct text_code *code)
{
	lines->code = code;
}

int json_lines_seek(struct json_lines *lines, uint64_t offset, uint64_t line)
{
	if (!lines->file || fseeko(lines->file, (off_t)offset, SEEK_SET))
		return FAULT(FAULT_IO, "seeking in JSON Lines");
	lines->offset = offset;
	lines->line = line;
	return 0;
}

static int take(struct json_lines *lines)
{
	int c = EOF;

	if (lines->file) {
		c = getc_unlocked(lines->file);
	} else if (lines->text.n) {
		c = (unsigned char)*lines->text.p;
		lines->text = (struct span){ lines->text.p + 1, lines->text.n - 1 };
	}
	lines->offset += c != EOF;
	return c;
}

/* A line without its end. False at the end of the file. */
static bool read_line(struct json_lines *lines, struct csv_record *record)
{
	size_t n = 0;
	int c;

	while ((c = take(lines)) != EOF && c != '\n') {
		if (n < sizeof lines->raw)
			lines->raw[n] = (char)c;
		n++;
	}
	if (c == EOF && n == 0)
		return false;
	lines->line += c == '\n';
	if (n > sizeof lines->raw) {
		record->problem = CSV_RECORD_LONG;
		n = sizeof lines->raw;
	}
	if (n && lines->raw[n - 1] == '\r')
		n--;
	record->raw = (struct span){ lines->raw, n };
	if (record->line == 1 && span_starts(record->raw, SPAN("\xef\xbb\xbf")))
		record->raw = (struct span){ lines->raw + 3, n - 3 };
	return true;
}

static enum csv_problem keep_value(struct json_lines *lines, const json_t *value, struct span *ret_field)
{
	char *at = lines->values + lines->n_text;
	struct span text;
	char number[24];

	if (json_is_string(value))
		text = (struct span){ json_string_value(value), json_string_length(value) };
	else if (json_is_integer(value))
		text = (struct span){ number, (size_t)snprintf(number, sizeof number, "%lld", (long long)json_integer_value(value)) };
	else if (json_is_null(value))
		text = (struct span){ NULL, 0 };
	else
		return CSV_BAD_VALUE;
	if (text.n > CSV_FIELD_MAX)
		return CSV_FIELD_LONG;
	if (text.n > sizeof lines->values - lines->n_text)
		return CSV_RECORD_LONG;
	if (text.n)
		memcpy(at, text.p, text.n);
	lines->n_text += text.n;
	*ret_field = (struct span){ at, text.n };
	return CSV_OK;
}

static enum csv_problem read_members(struct json_lines *lines, json_t *object, struct csv_record *record)
{
	const char *key;
	json_t *value;

	record->n = lines->columns->n;
	lines->n_text = 0;
	for (size_t i = 0; i < record->n; i++)
		record->field[i] = (struct span){ NULL, 0 };
	json_object_foreach(object, key, value) {
		size_t i = 0;

		while (i < record->n && !span_is(lines->columns->field[i], key))
			i++;
		if (i == record->n)
			return CSV_BAD_COLUMN;
		enum csv_problem problem = keep_value(lines, value, &record->field[i]);
		if (problem)
			return problem;
	}
	return CSV_OK;
}

static int read_object(struct json_lines *lines, struct csv_record *record)
{
	struct span text = record->raw;
	JSON *object = NULL;

	if (lines->code) {
		if (text_code_read(lines->code, text, lines->utf8, sizeof lines->utf8, &text)) {
			record->problem = CSV_BAD_UTF8;
			return 0;
		}
		record->raw = text;
	} else if (!encode_is_utf8(text)) {
		record->problem = CSV_BAD_UTF8;
		return 0;
	}
	int result = json_read_object(text, &object);
	if (result < 0)
		return result;
	record->problem = result ? CSV_BAD_JSON : read_members(lines, object, record);
	return 0;
}

int json_lines_next(struct json_lines *lines, struct csv_record *ret_record)
{
	do {
		ret_record->problem = CSV_OK;
		ret_record->line = lines->line;
		if (!read_line(lines, ret_record))
			return lines->file && ferror(lines->file) ? FAULT(FAULT_IO, "reading JSON Lines") : ERR_ABSENT;
	} while (!ret_record->problem && span_trim(ret_record->raw).n == 0);
	ret_record->offset = lines->offset;
	ret_record->next_line = lines->line;
	return ret_record->problem ? 0 : read_object(lines, ret_record);
}
