/* SPDX-License-Identifier: Apache-2.0 */
/*
 * legacy_export - `yimen legacy export`: a source's old accounts that have an owner, as CSV for a business system: old id beside the sub of one client.
 *
 * It is asked for and written piece by piece. A named file is written beside its place and takes it when it is whole.
 */
#include "broker/base/error.h"
#include "broker/cli/legacy.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* RFC 4180. A cell that a spreadsheet would compute gets an apostrophe before it, which it does not show. */
static void put_cell(FILE *file, const char *text)
{
	bool is_formula = *text && strchr("=+-@\t\r", *text);
	bool is_quoted = strpbrk(text, ",\"\r\n\t") != NULL;

	if (is_quoted)
		putc('"', file);
	if (is_formula)
		putc('\'', file);
	for (; *text; text++) {
		if (*text == '"')
			putc('"', file);
		putc(*text, file);
	}
	if (is_quoted)
		putc('"', file);
}

static void put_row(FILE *file, const json_t *row)
{
	static const char *const columns[] = { "account_id", "account_type", "sub", "method" };
	const char *since = json_string_value(json_object_get(row, "since"));

	for (size_t i = 0; i < ARRAY_LEN(columns); i++) {
		const char *text = json_string_value(json_object_get(row, columns[i]));

		put_cell(file, text ? text : "");
		putc(',', file);
	}
	fprintf(file, "%lld,%s\n", (long long)json_integer_value(json_object_get(row, "level")), since ? since : "");
}

static int put_all(struct cli_session *session, const char *source, const char *client, FILE *file, size_t *ret_n)
{
	char next[40] = "";
	const json_t *row;
	size_t i;

	do {
		JSON *answer = NULL;

		TRY(cli_call(session, "legacy.export", json_pack("{s:s,s:s,s:s}", "source", source, "client", client, "after", next), &answer));
		if (!next[0]) /* source and client are known: there will be a table */
			fputs("account_id,account_type,sub,method,level,since\n", file);
		json_array_foreach(json_object_get(answer, "rows"), i, row)
			put_row(file, row);
		*ret_n += json_array_size(json_object_get(answer, "rows"));
		snprintf(next, sizeof next, SPAN_FMT, SPAN_ARG(json_get_span(answer, "next")));
		if (ferror(file))
			break;
	} while (next[0]);
	return fflush(file) || ferror(file) ? ERR_FULL : 0;
}

static FILE *create(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600); /* it says who is who */
	FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;

	if (!file && fd >= 0)
		close(fd);
	return file;
}

static int complain(const char *path)
{
	fprintf(stderr, "yimen legacy: %s cannot be written: %s\n", path, strerror(errno));
	return ERR_ABSENT;
}

static int put_file(struct cli_session *session, const char *source, const char *client, const char *path, size_t *ret_n)
{
	char part[PATH_MAX];

	if (snprintf(part, sizeof part, "%s.part", path) >= (int)sizeof part)
		return ERR_TOO_LARGE;
	FILE *file = create(part);
	if (!file)
		return complain(part);
	int result = put_all(session, source, client, file, ret_n);
	if (result == ERR_FULL || (!result && fsync(fileno(file)) < 0))
		result = complain(part);
	if (fclose(file) && !result)
		result = complain(part);
	if (!result && rename(part, path) < 0)
		result = complain(path);
	if (result)
		(void)unlink(part);
	return result;
}

int legacy_export_run(struct cli *cli)
{
	const char *source = cli_option(cli, "--source"), *client = cli_option(cli, "--client");
	struct cli_session *session = NULL;
	size_t n = 0;

	if (!source || !client || cli->n_arguments > 1)
		return EXIT_USAGE;
	const char *path = cli->n_arguments && strcmp(cli->arguments[0], "-") != 0 ? cli->arguments[0] : NULL;
	int result = cli_open(cli, &session);
	if (!result)
		result = path ? put_file(session, source, client, path, &n) : put_all(session, source, client, stdout, &n);
	if (result == ERR_FULL)
		(void)complain("standard output");
	if (!result)
		fprintf(stderr, "%zu old accounts of %s with their owners, as %s knows them\n", n, source, client);
	cli_close(session);
	return result ? EXIT_FAILURE : EXIT_SUCCESS;
}
