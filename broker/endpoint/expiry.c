/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/expiry.h"

#include "broker/base/log.h"
#include "broker/base/sys.h"
#include "broker/endpoint/event.h"
#include "broker/store/records_system.h"
#include "conf/config.h"
#include "conf/overlay.h"
#include "keys/certificate.h"

#include <stdlib.h>
#include <time.h>

#define ARENA_MAX ((size_t)1 << 20)
#define SCRATCH_MAX ((size_t)16 << 20) /* paths of every option, and one file at a time */
#define FILE_MAX ((size_t)2 << 20)

/* ---- the list */

struct listing {
	struct expiry *expiry;
	struct arena *scratch;
	const char *option;
};

/* Into its place by its end; of too many, those that end last are left out. */
static int add(const struct certificate *certificate, void *arg)
{
	struct listing *listing = arg;
	struct expiry *expiry = listing->expiry;
	size_t at = expiry->n;

	while (at && certificate->until.ms < expiry->items[at - 1].until.ms)
		at--;
	if (at == EXPIRY_MAX)
		return 0;
	struct expiry_item item = { arena_cstr(expiry->arena, span_of(listing->option)), arena_dup(expiry->arena, certificate->name), certificate->until };
	if (!item.option || (certificate->name.n && !item.name.p))
		return FAULT_MEMORY;
	size_t kept = expiry->n == EXPIRY_MAX ? EXPIRY_MAX - 1 : expiry->n;
	memmove(&expiry->items[at + 1], &expiry->items[at], (kept - at) * sizeof item);
	expiry->items[at] = item;
	expiry->n = kept + 1;
	return 0;
}

static int add_pem(struct listing *listing, const char *option, struct span pem)
{
	listing->option = option;
	int result = certificate_each(pem, listing->scratch, add, listing);
	if (result > 0)
		LOG(LOG_WARN, "certificate.unreadable", F_STR("option", option));
	return result > 0 ? 0 : result;
}

static int add_file(struct listing *listing, const char *option, struct span path)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(FILE_MAX + 4096);
	struct span pem;
	int result = arena ? sys_read_file(path.p, FILE_MAX, arena, &pem) : FAULT_MEMORY;

	if (result == FAULT_MEMORY)
		return result;
	if (!result)
		return add_pem(listing, option, pem);
	LOG(LOG_WARN, "certificate.unreadable", F_STR("option", option), F_SPAN("file", path));
	return 0;
}

static int look(const struct option *row, const char *path, struct span text, void *arg)
{
	struct listing *listing = arg;

	if (row->type == OPTION_PATH) /* of the files that are only named, one has certificates */
		return strcmp(row->key, "ca_file") == 0 ? add_file(listing, path, text) : 0;
	return certificate_is_in(text) ? add_pem(listing, path, text) : 0;
}

int expiry_new(const struct config *config, struct expiry **ret_expiry)
{
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new(SCRATCH_MAX);
	CLEANUP(expiry_cleanup) struct expiry *expiry = calloc(1, sizeof *expiry);

	if (!scratch || !expiry || !(expiry->arena = arena_new(ARENA_MAX)))
		return FAULT_MEMORY;
	struct listing listing = { .expiry = expiry, .scratch = scratch };
	TRY(config_each_text(config, scratch, look, &listing));
	*ret_expiry = expiry;
	expiry = NULL;
	return 0;
}

void expiry_free(struct expiry *expiry)
{
	if (!expiry)
		return;
	arena_free(expiry->arena);
	free(expiry);
}

int64_t expiry_days(struct instant until, struct instant now)
{
	int64_t ms = until.ms - now.ms;

	return ms >= 0 ? ms / MS_DAY : -((-ms + MS_DAY - 1) / MS_DAY);
}

/* ---- told */

struct telling {
	const struct config *config;
	const struct expiry_item *item;
	struct arena *arena;
	struct instant now;
};

static int tell(struct txn *txn, void *arg)
{
	const struct telling *t = arg;
	struct instant midnight = { (t->now.ms / MS_DAY + 1) * MS_DAY };
	time_t seconds = (time_t)(t->item->until.ms / MS_SECOND);
	char until[32], days[24];
	struct tm tm;

	arena_reset(t->arena);
	char *what = arena_printf(t->arena, "%s %lld", t->item->option, (long long)t->item->until.ms);
	if (!what)
		return FAULT_MEMORY;
	struct mark mark = { .id = record_named_id(midnight, SPAN("certificate"), span_of(what)) };
	TRY(record_insert(txn, &KIND_MARK, &mark));
	strftime(until, sizeof until, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&seconds, &tm));
	snprintf(days, sizeof days, "%lld", (long long)expiry_days(t->item->until, t->now));
	return event_write(txn, t->config, t->now, t->arena, &(struct event_new){ .type = CONFIG_EVENT_CERTIFICATE_ALARM,
		.members = { { "option", span_of(t->item->option) }, { "name", t->item->name }, { "until", span_of(until) }, { "days", span_of(days) } } });
}

int expiry_tell(struct app *app, struct instant now)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(64 * 1024);
	APP_SETTINGS *settings = app_settings(app);
	const struct expiry *expiry = settings->expiry;

	if (!arena)
		return FAULT_MEMORY;
	for (size_t i = 0; i < expiry->n && expiry->items[i].until.ms - now.ms < EXPIRY_SOON; i++) {
		struct telling telling = { settings->config, &expiry->items[i], arena, now };
		int result = store_update(app->store, tell, &telling);

		if (result == ERR_EXISTS) /* told today */
			continue;
		TRY(result);
		LOG(LOG_WARN, "certificate.expiring", F_STR("option", expiry->items[i].option), F_SPAN("name", expiry->items[i].name),
		    F_INT("days", expiry_days(expiry->items[i].until, now)));
	}
	return 0;
}

/* ---- measured */

static bool is_first(const struct expiry *expiry, size_t item)
{
	for (size_t i = 0; i < item; i++)
		if (strcmp(expiry->items[i].option, expiry->items[item].option) == 0)
			return false;
	return true;
}

void expiry_print(const struct expiry *expiry, const char *metric, struct instant now, struct buf *out)
{
	for (size_t i = 0; i < expiry->n; i++) {
		if (!is_first(expiry, i))
			continue;
		buf_printf(out, "%s{option=\"", metric);
		for (const char *p = expiry->items[i].option; *p; p++) { /* exposition format: \ and " are escaped; ids have no line ends */
			if (*p == '"' || *p == '\\')
				buf_char(out, '\\');
			buf_char(out, *p);
		}
		buf_str(out, "\"} ");
		buf_i64(out, (expiry->items[i].until.ms - now.ms) / MS_SECOND);
		buf_char(out, '\n');
	}
}
