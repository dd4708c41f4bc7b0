/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/base/sys.h"
#include "broker/cli/legacy.h"

#define SHOWN_MAX 50 /* refused rows on standard error; a file of rejects has them all */

void legacy_report_row(struct legacy_report *report, enum migrate_outcome outcome, struct span login_name)
{
	size_t n = report->counts[outcome]++;

	if (login_name.n && n < LEGACY_SAMPLES)
		snprintf(report->samples[outcome][n], sizeof report->samples[0][0], SPAN_FMT, SPAN_ARG(login_name));
}

/* RFC 4180: a quote is doubled. */
static void print_quoted(FILE *file, struct span text)
{
	putc('"', file);
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '"')
			putc('"', file);
		putc(text.p[i], file);
	}
	putc('"', file);
}

void legacy_report_reject(struct legacy_report *report, enum migrate_outcome outcome, uint64_t line, struct span reason, struct span row)
{
	size_t n = report->counts[MIGRATE_REJECTED] + report->counts[MIGRATE_CLAIMED];

	report->counts[outcome]++;
	if (report->rejects) {
		fprintf(report->rejects, "%llu," SPAN_FMT ",", (unsigned long long)line, SPAN_ARG(reason));
		print_quoted(report->rejects, row);
		putc('\n', report->rejects);
	} else if (n < SHOWN_MAX) {
		fprintf(stderr, "%sline %llu: " SPAN_FMT "\n", report->show_progress ? "\n" : "", (unsigned long long)line, SPAN_ARG(reason));
	} else if (n == SHOWN_MAX) {
		fprintf(stderr, "and more: --rejects FILE writes them all\n");
	}
}

void legacy_report_progress(struct legacy_report *report, bool last)
{
	double seconds = (double)(sys_now().ms - report->began.ms) / 1000, part = report->size ? (double)report->offset / (double)report->size : 1;
	double done = (double)(report->offset - report->first_offset), left = (double)(report->size - report->offset);
	char bar[31];

	if (!report->show_progress)
		return;
	for (size_t i = 0; i < sizeof bar - 1; i++)
		bar[i] = (double)i < part * (double)(sizeof bar - 1) ? '#' : '.';
	bar[sizeof bar - 1] = '\0';
	fprintf(stderr, "\r[%s] %3.0f %%  %zu rows  %.0f rows/s  %.0f s left ", bar, part * 100, report->total, seconds > 0 ? (double)report->total / seconds : 0,
		done > 0 ? seconds * left / done : 0);
	if (last)
		fputc('\n', stderr);
}

static void print_json(const struct legacy_report *report)
{
	JSON *counts = json_object(), *samples = json_object();

	for (int i = 0; i < MIGRATE_OUTCOME_COUNT; i++) {
		const char *name = migrate_outcome_name((enum migrate_outcome)i);
		json_t *list = json_array();

		if (report->counts[i])
			json_object_set_new(counts, name, json_integer((json_int_t)report->counts[i]));
		for (int k = 0; k < LEGACY_SAMPLES && report->samples[i][k][0]; k++)
			json_array_append_new(list, json_string(report->samples[i][k]));
		if (json_array_size(list))
			json_object_set_new(samples, name, json_incref(list));
		json_decref(list);
	}
	JSON *object = json_pack("{s:s,s:s,s:b,s:b,s:I,s:I,s:O,s:O}", "source", report->source, "batch", report->batch, "dry_run", report->dry_run, "resumed",
				 report->resumed, "rows", (json_int_t)report->total, "ms", (json_int_t)(sys_now().ms - report->began.ms), "counts", counts,
				 "samples", samples);
	if (object)
		json_dumpf(object, stdout, JSON_INDENT(2));
	putchar('\n');
}

void legacy_report_print(const struct legacy_report *report)
{
	if (report->as_json) {
		print_json(report);
		return;
	}
	printf("%s%zu rows from source %s", report->dry_run ? "dry run, nothing was kept: " : "", report->total, report->source);
	printf("%s%s%s\n", report->batch[0] ? ", batch " : "", report->batch, report->resumed ? ", where it was cut off" : "");
	for (int i = 0; i < MIGRATE_OUTCOME_COUNT; i++) {
		if (!report->counts[i])
			continue;
		printf("  %-10s%8zu  %s\n", migrate_outcome_name((enum migrate_outcome)i), report->counts[i], migrate_outcome_text((enum migrate_outcome)i));
		for (int k = 0; k < LEGACY_SAMPLES && report->samples[i][k][0]; k++)
			printf("  %-20s%s\n", "", report->samples[i][k]);
	}
}
