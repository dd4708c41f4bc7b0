/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config_version_activate - the one way by which a configuration takes force in a running daemon, whether a version was activated or the file
 * was changed: load and check all of it, make everything that rests on it, commit, swap.
 */
#include "broker/base/log.h"
#include "broker/base/sys.h"
#include "broker/endpoint/admin.h"
#include "broker/endpoint/config_version_keep.h"
#include "broker/endpoint/event.h"
#include "broker/endpoint/settings.h"
#include "conf/config.h"

#include <pthread.h>

/* One configuration takes force at a time. Held while files are read and a commit is waited for: by the pools' threads, the control thread and the main
 * one, never by a loop. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void unlock(pthread_mutex_t **held)
{
	pthread_mutex_unlock(*held);
}
#define LOCKED pthread_mutex_lock(&lock); CLEANUP(unlock) __attribute__((unused)) pthread_mutex_t *held = &lock

/* ---- reading */

int config_version_overlay(struct store *store, struct arena *arena, struct overlay *ret_overlay)
{
	struct config_version_context context = { .store = store, .arena = arena };
	struct overlay overlay = { 0, NULL };
	struct config_version version;
	json_t *tree;

	TRY(config_version_active(store, arena, &overlay.number));
	if (overlay.number) {
		TRY(config_version_get(&context, overlay.number, &version));
		if (overlay_read(version.tree, &tree))
			return FAULT(FAULT_CORRUPT, "configuration version %lld", (long long)overlay.number);
		overlay.tree = tree;
	}
	*ret_overlay = overlay;
	return 0;
}

/* What the signer grants was fixed by the file when it started (broker/supervisor.c). */
static void check_lives(const struct config *config, const struct config *file, int64_t number, struct problems *problems)
{
	int64_t most = config_longest_life(file);

	for (size_t i = 0; i < config->clients.n; i++) {
		const struct config_client *client = &config->clients.items[i];
		const char *name = client->tokens.access_life > most ? "access_life" : client->tokens.id_life > most ? "id_life" : NULL;
		char *place = name ? arena_printf(problems->arena, "console version %lld, clients[" SPAN_FMT "].tokens.%s", (long long)number, SPAN_ARG(client->id), name) : NULL;

		if (place)
			problem_add(problems, (struct place){ place, 0, 0 },
				    "\"%s\" must not be longer than any in the configuration file, %lld s: the signer grants no longer ones", name,
				    (long long)(most / MS_SECOND));
	}
}

int config_version_read(const struct config_sources *sources, const struct overlay *overlay, struct problems *problems, const struct config **ret_config)
{
	CLEANUP(arena_cleanup) struct arena *scratch = overlay->tree ? arena_new(CONFIG_VERSION_ARENA) : NULL;
	struct config_sources with = *sources;
	CONFIG_HELD *file = NULL;
	CONFIG_HELD *whole = NULL;

	with.overlay = overlay->tree ? overlay : NULL;
	TRY(config_load(&with, problems, &whole));
	if (overlay->tree) {
		struct problems of_file = { .arena = scratch };

		if (!scratch)
			return FAULT_MEMORY;
		TRY(config_load(sources, &of_file, &file)); /* also: the file has to be good without it */
		check_lives(whole, file, overlay->number, problems);
	}
	TRY(problem_result(problems));
	*ret_config = config_ref(whole);
	return 0;
}

int config_version_effective(struct store *store, const struct config_sources *sources, const struct config **ret_config)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(CONFIG_VERSION_ARENA);
	struct problems problems = { .arena = arena };
	struct overlay overlay;

	if (!arena)
		return FAULT_MEMORY;
	TRY(config_version_overlay(store, arena, &overlay));
	int result = config_version_read(sources, &overlay, &problems, ret_config);
	json_decref((json_t *)(uintptr_t)overlay.tree);
	problem_print(&problems, stderr);
	if (result == ERR_CONFIG && overlay.tree)
		LOG(LOG_ERROR, "config.version_refused", F_INT("version", overlay.number),
		    F_STR("problem", "the configuration file does not fit the version that administrators activated; see yimen config rollback"));
	return result;
}

/* ---- taking force */

int config_version_reload(struct app *app)
{
	CONFIG_HELD *config = NULL;
	struct settings *settings;
	LOCKED;

	int result = config_version_effective(app->store, app->sources, &config);
	if (!result)
		result = settings_prepare(app, config, &settings);
	if (result) {
		LOG(LOG_ERROR, "reload.refused", F_STR("problem", "the old configuration stays in force"));
		return result;
	}
	settings_take_force(app, settings);
	return 0;
}

struct activation {
	struct config_version_context *context;
	int64_t number, revision; /* revision -1: whatever it is */
	struct config_version version;
	struct config_active active;
};

/* @version may take the place of @active, by this actor. */
static int may_activate(const struct activation *a)
{
	const struct config_version_actor *actor = &a->context->actor;
	bool eyes = config_version_needs_eyes(a->context->config);
	bool is_operator = !id_is_set(actor->account) && !actor->client.n;

	if (a->version.state != CONFIG_VERSION_PROPOSED && a->version.state != CONFIG_VERSION_DRAFT)
		return ERR_CONFLICT;
	if (a->revision >= 0 && a->revision != a->version.revision)
		return ERR_CONFLICT; /* what was looked at is not what would take force */
	if (a->version.parent != a->active.number)
		return ERR_CONFIG_OUTDATED;
	if (!eyes || (is_operator && !a->context->app)) /* without a daemon there is nobody else, and the file is theirs */
		return 0;
	if (a->version.state != CONFIG_VERSION_PROPOSED || actor->client.n)
		return ERR_CONFIG_EYES;
	/* proposed by a client: before four eyes were asked for */
	if (span_starts(a->version.proposer_name, SPAN("client:")))
		return ERR_CONFIG_EYES;
	return id_eq(a->version.proposer, is_operator ? (struct id){ { 0 } } : actor->account) ? ERR_CONFIG_EYES : 0;
}

static int look(struct txn *txn, void *arg)
{
	struct activation *a = arg;

	TRY(config_version_load_active(txn, a->context->arena, &a->active));
	TRY(config_version_load(txn, a->number, a->context->arena, &a->version));
	return a->number ? may_activate(a) : ERR_CONFLICT;
}

static int put(struct txn *txn, void *arg)
{
	struct activation *a = arg;
	struct config_version_context *c = a->context;
	struct id loaded = a->version.id;
	int64_t revision = a->version.revision;
	struct config_version old;
	char number[24];

	TRY(look(txn, a));
	if (!id_eq(loaded, a->version.id) || a->version.revision != revision)
		return ERR_CONFLICT; /* edited between reading and now */
	if (a->active.number) {
		TRY(config_version_load(txn, a->active.number, c->arena, &old));
		old.state = CONFIG_VERSION_SUPERSEDED;
		TRY(record_put(txn, &KIND_CONFIG_VERSION, &old));
	}
	a->version.state = CONFIG_VERSION_ACTIVE;
	a->version.activator = c->actor.account;
	a->version.activated_at = a->version.changed_at = c->actor.now;
	TRY(config_version_name(txn, c, &a->version.activator_name));
	a->active.number = a->number;
	a->active.since = c->actor.now;
	TRY(record_put(txn, &KIND_CONFIG_VERSION, &a->version));
	TRY(record_put(txn, &KIND_CONFIG_ACTIVE, &a->active));
	snprintf(number, sizeof number, "%lld", (long long)a->number);
	TRY(event_write(txn, c->config, c->actor.now, c->arena,
			&(struct event_new){ .type = CONFIG_EVENT_CONFIG_ACTIVATED, .members = { { .name = "version", .text = span_of(number) } } }));
	return config_version_audit(txn, c, "config.activate", a->number, a->version.reason);
}

static int refuse(struct problems *problems, const char *message)
{
	problem_add(problems, (struct place){ "configuration", 0, 0 }, "%s", message);
	return ERR_CONFIG;
}

int config_version_activate(struct config_version_context *context, int64_t number, int64_t revision, struct config_version_problems *ret_problems)
{
	struct activation a = { context, number, revision, { .state = 0 }, { .number = 0 } };
	struct problems problems = { .arena = context->arena };
	struct settings *settings = NULL;
	CONFIG_HELD *config = NULL;
	JSON *tree = NULL;
	LOCKED;

	*ret_problems = (struct config_version_problems){ NULL, 0, 0 };
	TRY(store_view(context->store, look, &a));
	TRY(overlay_read(a.version.tree, &tree));
	int result = config_version_read(context->sources, &(struct overlay){ number, tree }, &problems, &config);
	if (!result && context->app && settings_prepare(context->app, config, &settings))
		result = refuse(&problems, "the settings could not be made: see the log");
	if (result) {
		config_version_tell(&problems, context->arena, ret_problems);
		return result;
	}
	result = store_update(context->store, put, &a);
	if (!settings)
		return result;
	if (result)
		app_settings_release(settings);
	else
		settings_take_force(context->app, settings);
	return result;
}
