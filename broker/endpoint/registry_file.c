/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/registry_file.h"

#include "broker/base/error.h"
#include "broker/base/log.h"
#include "broker/base/sys.h"
#include "broker/identity/csv.h"
#include "keys/digest.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILES_MAX 8
#define ARENA ((size_t)1024 * 1024)
#define COLUMNS_TEXT 256

struct entry {
	uint64_t hash, offset;
};

struct file {
	char *path;
	char columns[COLUMNS_TEXT];
	struct stat stat;
	struct entry *entries; /* by hash, then offset */
	size_t n;
	uint64_t header; /* bytes of the first record */
};

/* Look-ups are rare (people type forms) and short; an index is built once a change. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct file files[FILES_MAX];

static int compare(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return x->offset < y->offset ? -1 : x->offset > y->offset;
}

/* Numbers are not guessed from it: it stays in memory. */
static int hash_of(const struct span *values, size_t n, uint64_t *ret_hash)
{
	struct span parts[2 * REGISTRY_KEYS_MAX];
	unsigned char hash[32];

	for (size_t i = 0; i < n; i++) {
		parts[2 * i] = span_trim(values[i]);
		parts[2 * i + 1] = SPAN("\n");
	}
	TRY(digest_parts(DIGEST_SHA256, parts, 2 * n, hash));
	memcpy(ret_hash, hash, sizeof *ret_hash);
	return 0;
}

static bool find_columns(const struct csv_record *header, const char *const *columns, size_t n, size_t *ret_at)
{
	for (size_t i = 0; i < n; i++) {
		size_t k = 0;

		while (k < header->n && !span_is(span_trim(header->field[k]), columns[i]))
			k++;
		if (k == header->n)
			return false;
		ret_at[i] = k;
	}
	return true;
}

static int add_entry(struct file *file, size_t *cap, struct entry entry)
{
	if (file->n == *cap) {
		size_t more = *cap ? 2 * *cap : 1024;
		struct entry *grown = realloc(file->entries, more * sizeof *grown);

		if (!grown)
			return FAULT_MEMORY;
		file->entries = grown;
		*cap = more;
	}
	file->entries[file->n++] = entry;
	return 0;
}

static int index_rows(struct file *file, struct csv *csv, const char *const *columns, size_t n)
{
	struct csv_record record;
	size_t at[REGISTRY_KEYS_MAX], cap = 0;

	if (csv_next(csv, &record) || record.problem || !find_columns(&record, columns, n, at))
		return ERR_INVALID;
	file->header = record.offset;
	for (;;) {
		uint64_t offset = record.offset;
		struct entry entry = { .offset = offset };
		struct span values[REGISTRY_KEYS_MAX];
		int result = csv_next(csv, &record);

		if (result)
			return result == ERR_ABSENT ? 0 : result;
		if (record.problem) {
			LOG(LOG_WARN, "registry.bad_row", F_STR("file", file->path), F_INT("line", record.line),
			    F_STR("problem", csv_problem_name(record.problem)));
			continue;
		}
		for (size_t i = 0; i < n; i++)
			values[i] = at[i] < record.n ? record.field[at[i]] : SPAN("");
		TRY(hash_of(values, n, &entry.hash));
		TRY(add_entry(file, &cap, entry));
	}
}

static void drop(struct file *file)
{
	free(file->path);
	free(file->entries);
	*file = (struct file){ 0 };
}

static int build(struct file *file, int fd, const char *const *columns, size_t n)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(ARENA);
	int copy = dup(fd);
	FILE *stream = copy < 0 ? NULL : fdopen(copy, "r");

	free(file->entries);
	file->entries = NULL;
	file->n = 0;
	if (!stream) {
		if (copy >= 0)
			close(copy);
		return FAULT(FAULT_IO, "%s: %s", file->path, strerror(errno));
	}
	rewind(stream);
	struct csv *csv = arena ? csv_open_file(stream, arena) : NULL;
	int result = csv ? index_rows(file, csv, columns, n) : FAULT_MEMORY;
	fclose(stream);
	if (result)
		return result == ERR_INVALID ? FAULT(FAULT_IO, "%s: its first line does not name the columns", file->path) : result;
	if (file->n)
		qsort(file->entries, file->n, sizeof *file->entries, compare);
	return 0;
}

static bool is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size && a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	       a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static struct file *slot_for(struct span path, const char *columns)
{
	for (size_t i = 0; i < FILES_MAX; i++)
		if (!files[i].path || (span_is(path, files[i].path) && strcmp(columns, files[i].columns) == 0))
			return &files[i];
	drop(&files[0]); /* more files than anybody configures: the oldest makes room */
	return &files[0];
}

static int open_index(struct span path, int fd, const char *const *columns, size_t n, struct file **ret_file)
{
	char names[COLUMNS_TEXT];
	size_t used = 0;
	struct stat now;

	for (size_t i = 0; i < n; i++)
		used += (size_t)snprintf(names + used, used < sizeof names ? sizeof names - used : 0, "%s,", columns[i]);
	if (used >= sizeof names || fstat(fd, &now))
		return FAULT(FAULT_IO, SPAN_FMT ": %s", SPAN_ARG(path), strerror(errno));
	struct file *file = slot_for(path, names);
	if (!file->path || !is_same(&file->stat, &now)) {
		drop(file);
		file->path = strndup(path.p, path.n);
		if (!file->path)
			return FAULT_MEMORY;
		memcpy(file->columns, names, used + 1);
		int result = build(file, fd, columns, n);
		if (result) {
			drop(file);
			return result;
		}
		file->stat = now;
		LOG(LOG_INFO, "registry.indexed", F_STR("file", file->path), F_INT("rows", file->n));
	}
	*ret_file = file;
	return 0;
}

/* The record at @offset, its fields in @arena. ERR_ABSENT: none that is whole. */
static int read_record(int fd, uint64_t offset, size_t length, struct arena *arena, struct csv_record *ret_record)
{
	char *text = arena_alloc(arena, length);
	ssize_t got = text ? pread(fd, text, length, (off_t)offset) : 0;

	if (!text)
		return FAULT_MEMORY;
	if (got < 0)
		return FAULT(FAULT_IO, "registry: %s", strerror(errno));
	struct csv *csv = csv_open_span((struct span){ text, (size_t)got }, arena);
	if (!csv)
		return FAULT_MEMORY;
	int result = csv_next(csv, ret_record);
	return result ? result : ret_record->problem ? ERR_ABSENT : 0;
}

static bool holds(const struct registry_row *row, const char *const *columns, const struct span *values, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t k = 0;

		while (k < row->n && !span_is(row->cells[k].column, columns[i]))
			k++;
		if (k == row->n || !span_eq(row->cells[k].value, span_trim(values[i])))
			return false;
	}
	return true;
}

static int read_row(int fd, const struct file *file, uint64_t offset, struct arena *arena, struct registry_row *ret_row)
{
	struct csv_record header, record;

	TRY(read_record(fd, 0, file->header + 1, arena, &header));
	TRY(read_record(fd, offset, CSV_RECORD_MAX + 2, arena, &record));
	struct registry_cell *cells = arena_array(arena, struct registry_cell, header.n);
	if (!cells)
		return FAULT_MEMORY;
	for (size_t i = 0; i < header.n; i++)
		cells[i] = (struct registry_cell){ span_trim(header.field[i]), i < record.n ? span_trim(record.field[i]) : SPAN("") };
	*ret_row = (struct registry_row){ cells, header.n };
	return 0;
}

static int find(int fd, const struct file *file, const char *const *columns, const struct span *values, size_t n, struct arena *arena,
		struct registry_row *ret_row)
{
	struct entry key = { 0 };
	size_t low = 0, high = file->n;

	TRY(hash_of(values, n, &key.hash));
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare(&file->entries[middle], &key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < file->n && file->entries[low].hash == key.hash; low++) {
		struct registry_row row;
		int result = read_row(fd, file, file->entries[low].offset, arena, &row);

		if (result == ERR_ABSENT)
			continue;
		TRY(result);
		if (holds(&row, columns, values, n)) {
			*ret_row = row;
			return 0;
		}
	}
	return ERR_ABSENT;
}

int registry_file_find(struct span path, const char *const *columns, const struct span *values, size_t n, struct arena *arena,
		       struct registry_row *ret_row)
{
	char *name = arena_cstr(arena, path);
	struct file *file;

	if (!name)
		return FAULT_MEMORY;
	if (n > REGISTRY_KEYS_MAX)
		return FAULT(FAULT_BUG, "a key of %zu columns", n);
	CLOSE_FD int fd = open(name, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return FAULT(FAULT_IO, "%s: %s", name, strerror(errno));
	pthread_mutex_lock(&lock);
	int result = open_index(path, fd, columns, n, &file);
	if (!result)
		result = find(fd, file, columns, values, n, arena, ret_row);
	pthread_mutex_unlock(&lock);
	return result;
}
