/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/cli/legacy_file.h"

#include "broker/base/encode.h"
#include "broker/base/error.h"
#include "broker/identity/legacy_row.h"
#include "keys/digest.h"

#define PIECE ((size_t)1 << 20)

/* ---- what kind of file it is */

struct look {
	struct legacy_file *file;
	struct text_code *code; /* what it is tried as; NULL: UTF-8 */
	bool valid;
	unsigned char hash[32];
	char *room, *utf8; /* PIECE, and twice that */
};

/* Whole lines, or the end of one that is longer than any record may be. */
static int look_at(struct look *look, struct span text)
{
	struct span read;

	/* A chain of hashes, piece by piece: it says whether two files are the same, which is all that is asked. */
	TRY(digest_of(DIGEST_SHA256, look->hash, { (const char *)look->hash, sizeof look->hash }, text));
	if (look->valid && !look->code)
		look->valid = encode_is_utf8(text);
	else if (look->valid)
		look->valid = text_code_read(look->code, text, look->utf8, 2 * PIECE, &read) == 0;
	return 0;
}

static size_t whole_lines(const char *text, size_t n)
{
	const char *end = memrchr(text, '\n', n);

	return end ? (size_t)(end - text) + 1 : n;
}

static int look_through(struct look *look)
{
	size_t have = 0, n;

	rewind(look->file->file);
	memset(look->hash, 0, sizeof look->hash);
	look->valid = true;
	look->file->size = 0;
	while ((n = fread(look->room + have, 1, PIECE - have, look->file->file)) > 0) {
		look->file->size += n;
		have += n;
		size_t whole = feof(look->file->file) ? have : whole_lines(look->room, have);
		TRY(look_at(look, (struct span){ look->room, whole }));
		have -= whole;
		memmove(look->room, look->room + whole, have);
	}
	if (have)
		TRY(look_at(look, (struct span){ look->room, have }));
	return ferror(look->file->file) ? FAULT(FAULT_IO, "reading the file") : 0;
}

/* UTF-8 when all of it is; otherwise GB 18030 when all of it is; otherwise UTF-8 with broken rows, which are reported one by one. */
static int find_code(struct look *look, const char *encoding)
{
	CLEANUP(text_code_cleanup) struct text_code *code = NULL;
	bool is_utf8 = encoding && (strcmp(encoding, "utf-8") == 0 || strcmp(encoding, "utf8") == 0);

	if (encoding && !is_utf8) {
		int result = text_code_open(span_of(encoding), &look->file->code);

		if (result == ERR_INVALID)
			fprintf(stderr, "yimen legacy: %s is no character set that is read here: utf-8 or gb18030\n", encoding);
		return result ? result : look_through(look);
	}
	TRY(look_through(look));
	if (encoding || look->valid)
		return 0;
	TRY(text_code_open(SPAN("gb18030"), &code));
	look->code = code;
	TRY(look_through(look));
	look->code = NULL;
	if (look->valid) {
		look->file->code = code;
		code = NULL;
	}
	return 0;
}

static int first_bytes(struct legacy_file *file, char first[4096], size_t *ret_n)
{
	*ret_n = fread(first, 1, 4096, file->file);
	if (*ret_n >= 2 && (memcmp(first, "\xff\xfe", 2) == 0 || memcmp(first, "\xfe\xff", 2) == 0)) {
		fprintf(stderr, "yimen legacy: the file is UTF-16; save it as UTF-8 or GB 18030\n");
		return ERR_INVALID;
	}
	return ferror(file->file) ? FAULT(FAULT_IO, "reading the file") : 0;
}

static bool begins_with_object(struct span first)
{
	if (span_starts(first, SPAN("\xef\xbb\xbf")))
		first = (struct span){ first.p + 3, first.n - 3 };
	first = span_trim(first);
	return first.n && *first.p == '{';
}

static int open_reader(struct legacy_file *file, const char *format, struct span first, struct arena *arena)
{
	bool lines = format ? strcmp(format, "jsonl") == 0 : begins_with_object(first);

	if (format && !lines && strcmp(format, "csv") != 0) {
		fprintf(stderr, "yimen legacy: %s is no format that is read here: csv or jsonl\n", format);
		return ERR_INVALID;
	}
	rewind(file->file);
	if (file->code)
		TRY(text_code_open(SPAN("gb18030"), &file->raw_code));
	if (!lines) {
		if (!(file->csv = csv_open_file(file->file, arena)))
			return FAULT_MEMORY;
		csv_set_code(file->csv, file->code);
		return 0;
	}
	legacy_row_columns(&file->columns);
	if (!(file->lines = json_lines_open_file(file->file, &file->columns, arena)))
		return FAULT_MEMORY;
	json_lines_set_code(file->lines, file->code);
	return 0;
}

int legacy_file_open(struct legacy_file *file, const char *path, const char *format, const char *encoding, struct arena *arena)
{
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new(4 * PIECE);
	char first[4096];
	size_t n;

	if (!scratch)
		return FAULT_MEMORY;
	*file = (struct legacy_file){ .file = fopen(path, "rbe") };
	if (!file->file) {
		fprintf(stderr, "yimen legacy: %s cannot be read\n", path);
		return ERR_ABSENT;
	}
	struct look look = { .file = file, .room = arena_alloc(scratch, PIECE), .utf8 = arena_alloc(scratch, 2 * PIECE) };
	if (!look.room || !look.utf8)
		return FAULT_MEMORY;
	TRY(first_bytes(file, first, &n));
	TRY(find_code(&look, encoding));
	encode_hex(file->fingerprint, (struct span){ (const char *)look.hash, sizeof look.hash });
	return open_reader(file, format, (struct span){ first, n }, arena);
}

void legacy_file_close(struct legacy_file *file)
{
	if (file->file)
		fclose(file->file);
	text_code_close(file->code);
	text_code_close(file->raw_code);
	*file = (struct legacy_file){ 0 };
}

int legacy_file_header(struct legacy_file *file, struct csv_record *ret_record)
{
	if (file->lines) {
		*ret_record = file->columns;
		return 0;
	}
	int result = csv_next(file->csv, ret_record);
	if (!result && ret_record->problem == CSV_OK)
		return 0;
	fprintf(stderr, "yimen legacy: the file has no header line\n");
	return ERR_INVALID;
}

int legacy_file_next(struct legacy_file *file, struct csv_record *ret_record)
{
	return file->lines ? json_lines_next(file->lines, ret_record) : csv_next(file->csv, ret_record);
}

int legacy_file_seek(struct legacy_file *file, uint64_t offset, uint64_t line)
{
	return file->lines ? json_lines_seek(file->lines, offset, line) : csv_seek(file->csv, offset, line);
}

struct span legacy_file_text(struct legacy_file *file, struct span raw, struct arena *arena)
{
	struct span text = raw;
	size_t size = 2 * raw.n + 1;
	char *room = file->raw_code && !encode_is_utf8(raw) ? arena_alloc(arena, size) : NULL;

	return room && text_code_read(file->raw_code, raw, room, size, &text) == 0 ? text : raw;
}
