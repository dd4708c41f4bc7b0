/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/figures.h"

#include "broker/base/sys.h"
#include "broker/endpoint/config_version.h"
#include "broker/endpoint/expiry.h"

#include <stdatomic.h>
#include <stdio.h>

#define VERSION_ARENA ((size_t)64 * 1024)

static int64_t read_figure(void *arg)
{
	return atomic_load_explicit((_Atomic int64_t *)arg, memory_order_relaxed);
}

static int64_t read_computations(void *arg)
{
	return (int64_t)password_computations();
}

static int64_t read_live(void *arg)
{
	const struct figure_of_live *figure = arg;

	return legacy_live_total(figure->live, figure->kind);
}

static int64_t read_outlets(void *arg)
{
	const struct figure_of_outlets *figure = arg;

	return outlet_figure(figure->outlets, figure->figure);
}

static int64_t read_open(void *arg)
{
	return outlet_open(arg, sys_now());
}

/* Of the version that administrators activated; 0: the file alone. -1: the store does not say. */
static int64_t read_version(void *arg)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(VERSION_ARENA);
	int64_t number = -1;

	if (!arena || config_version_active(((struct app *)arg)->store, arena, &number))
		return -1;
	return number;
}

static void print_expiry(const struct metric_source *source, struct buf *out)
{
	APP_SETTINGS *settings = app_settings(source->arg);

	expiry_print(settings->expiry, source->name, sys_now(), out);
}

static void list_outlets(struct app *app, struct figures *figures)
{
	static const struct metric_source rows[] = {
#define X(name, metric, labels, help) { metric, labels, help, true, read_outlets, NULL },
		OUTLET_FIGURES(X)
#undef X
	};

	for (int i = 0; i < OUTLET_FIGURES_N; i++) {
		figures->outlets[i] = (struct figure_of_outlets){ app->outlets, (enum outlet_figure)i };
		figures->rows[figures->n] = rows[i];
		figures->rows[figures->n++].arg = &figures->outlets[i];
	}
}

void figures_list(struct app *app, struct figures *figures)
{
	struct legacy_wrap *wrap = app->wrap;
	const struct metric_source rows[] = {
		{ "yimen_password_computations_total", NULL, "Argon2 computations begun.", true, read_computations, NULL },
		{ "yimen_legacy_wrap_waiting", NULL, "Weak imported digests that are not wrapped yet.", false, read_figure, &wrap->waiting },
		{ "yimen_legacy_wrap_wrapped_total", NULL, "Imported digests wrapped since the start.", true, read_figure, &wrap->wrapped },
		{ "yimen_legacy_wrap_destroyed_total", NULL, "Imported digests destroyed unclaimed since the start.", true, read_figure, &wrap->destroyed },
		{ "yimen_outlets_left_alone", NULL, "Gateways and verifiers that fail and are not asked for now.", false, read_open, app->outlets },
		{ "yimen_config_version", NULL, "The configuration version in force; 0: the file alone.", false, read_version, app },
		{ "yimen_certificate_expiry_seconds", NULL, "Until the first certificate of a configured option ends; negative: it has ended.", false, NULL, app,
		  print_expiry },
		{ "yimen_legacy_wrap_cpu_microseconds_total", NULL, "Processor time that wrapping took.", true, read_figure, &wrap->cpu_us },
	};

	_Static_assert(ARRAY_LEN(rows) + LEGACY_LIVE_KINDS + OUTLET_FIGURES_N <= FIGURES_MAX, "room for every row");
	memcpy(figures->rows, rows, sizeof rows);
	figures->n = ARRAY_LEN(rows);
	for (int kind = 0; kind < LEGACY_LIVE_KINDS; kind++) {
		struct figure_of_live *figure = &figures->live[kind];

		*figure = (struct figure_of_live){ .live = app->live, .kind = (enum legacy_live_kind)kind };
		snprintf(figure->labels, sizeof figure->labels, "kind=\"%s\"", legacy_live_kind_name(figure->kind));
		figures->rows[figures->n++] = (struct metric_source){ "yimen_legacy_live_total", figure->labels,
								      kind ? NULL : "Passwords that an old system was asked about.", true, read_live, figure };
	}
	list_outlets(app, figures);
}
