/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/job/keys.h"

#include "broker/base/log.h"
#include "broker/base/sys.h"
#include "broker/http/reply.h"
#include "broker/store/records_system.h"
#include "conf/config.h"
#include "keys/keyring.h"

#include <pthread.h>
#include <stdlib.h>

#define KEYS_MAX SIGNER_KEYS
#define ARENA_MAX (1024 * 1024)

/* The stored keys and the same as the rules see them. */
struct ring {
	struct arena *arena;
	struct signing_key records[KEYS_MAX];
	struct keyring_key keys[KEYS_MAX];
	size_t n;
};

static int take_key(const void *record, void *arg)
{
	const struct signing_key *stored = record;
	struct ring *ring = arg;
	struct keyring_key *key = &ring->keys[ring->n];

	if (ring->n == KEYS_MAX || stored->kid.n > KEYRING_KID_MAX)
		return FAULT_CORRUPT;
	*key = (struct keyring_key){ .alg = alg_by_name(stored->alg), .published_at = stored->publish_at, .signing_from = stored->sign_from,
				     .signing_until = stored->sign_until, .published_until = stored->publish_until };
	memcpy(key->kid, stored->kid.p, stored->kid.n);
	ring->records[ring->n++] = *stored;
	return 0;
}

static int read_ring(struct txn *txn, void *arg)
{
	struct ring *ring = arg;

	ring->n = 0;
	return record_scan(txn, &KIND_SIGNING_KEY, (struct id){ { 0 } }, ring->arena, take_key, ring);
}

static void set_times(struct signing_key *record, const struct keyring_key *key)
{
	record->publish_at = key->published_at;
	record->sign_from = key->signing_from;
	record->sign_until = key->signing_until;
	record->publish_until = key->published_until;
}

static int put_record(struct txn *txn, void *arg)
{
	return record_put(txn, &KIND_SIGNING_KEY, arg);
}

static int drop_record(struct txn *txn, void *arg)
{
	return record_del(txn, &KIND_SIGNING_KEY, *(const struct id *)arg);
}

/* Stored before it is used: a key that signed and was lost could never be published. */
static int generate(struct app *app, struct ring *ring, const struct keyring_action *action, struct instant now)
{
	struct signing_key record = { .id = sys_new_id(now), .created_at = now, .alg = span_of(alg_row(action->key.alg)->name) };
	struct signer_made made;

	TRY(signer_generate(app->signers[app->n_loops + 1], action->key.alg, ring->arena, &made));
	record.kid = made.kid;
	record.public_jwk = made.public_jwk;
	record.sealed_private = made.sealed;
	set_times(&record, &action->key);
	LOG(LOG_INFO, "keys.generated", F_SPAN("kid", made.kid), F_SPAN("alg", record.alg));
	return store_update(app->store, put_record, &record);
}

static int carry_out(struct app *app, struct ring *ring, const struct keyring_action *action, struct instant now)
{
	struct signing_key *record = &ring->records[action->index];

	switch (action->what) {
	case KEYRING_GENERATE:
		return generate(app, ring, action, now);
	case KEYRING_UPDATE:
		set_times(record, &action->key);
		return store_update(app->store, put_record, record);
	case KEYRING_DROP:
		LOG(LOG_INFO, "keys.dropped", F_SPAN("kid", record->kid));
		TRY(store_update(app->store, drop_record, &record->id));
		return signer_unload(app->signers[app->n_loops + 1], record->kid);
	}
	return FAULT_BUG;
}

static int load_all(struct signer *signer, const struct ring *ring)
{
	char kid[SIGNER_KID_MAX + 1];

	for (size_t i = 0; i < ring->n; i++)
		TRY(signer_load(signer, ring->records[i].sealed_private, kid));
	return 0;
}

static int publish(struct app *app, const struct ring *ring, struct instant now)
{
	struct keys_view *view = calloc(1, sizeof *view);
	struct span json;

	if (!view || jwks_new(&view->verify)) {
		free(view);
		return FAULT_MEMORY;
	}
	view->refs = 1;
	for (size_t i = 0; i < ring->n; i++) {
		struct key *key;

		if (!keyring_is_published(&ring->keys[i], now) || jwk_parse(ring->records[i].public_jwk, &key))
			continue;
		if (jwks_add(view->verify, key))
			jwk_free(key);
	}
	for (enum alg alg = ALG_UNKNOWN + 1; alg < ALG_COUNT; alg++) {
		const struct keyring_key *key = keyring_signer(ring->keys, ring->n, alg, now);

		if (key)
			memcpy(view->kid[alg], key->kid, strlen(key->kid) + 1);
	}
	int result = jwks_json(view->verify, ring->arena, &json);
	if (!result) {
		struct settings *settings = app_settings(app);
		char *cache = arena_printf(ring->arena, "public, max-age=%lld", (long long)(settings->config->keys.jwks_max_age / MS_SECOND));

		result = cache ? static_slot_set(app->jwks, settings->config->issuer, "application/jwk-set+json", json, cache, true) : FAULT_MEMORY;
		app_settings_release(settings);
	}
	if (result) {
		app_keys_release(view);
		return result;
	}
	app_swap_keys(app, view);
	return 0;
}

static struct keyring_policy policy_of(const struct config *config)
{
	struct keyring_policy policy = { .rotate_after = config->keys.rotate_after, .publish_ahead = config->keys.publish_ahead };
	int64_t longest = config->tokens.id_life > config->tokens.access_life ? config->tokens.id_life : config->tokens.access_life;

	for (size_t i = 0; i < config->clients.n; i++) {
		const struct config_client_tokens *tokens = &config->clients.items[i].tokens;

		longest = tokens->id_life > longest ? tokens->id_life : longest;
		longest = tokens->access_life > longest ? tokens->access_life : longest;
	}
	policy.token_max_life = longest + config->tokens.clock_skew + KEYS_EVERY;
	for (int i = CONFIG_ES256; i <= CONFIG_EDDSA; i++)
		if (config->keys.algorithms & 1u << i)
			policy.algs |= ALG_BIT(app_alg(i));
	return policy;
}

static int run(struct app *app, struct instant now, unsigned force)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(ARENA_MAX);
	struct ring *ring = arena ? arena_new_of(arena, struct ring) : NULL;
	struct keyring_action actions[KEYRING_ACTIONS(KEYS_MAX)];
	struct settings *settings = app_settings(app);
	struct keyring_policy policy = policy_of(settings->config);

	app_settings_release(settings);
	if (!ring)
		return FAULT_MEMORY;
	ring->arena = arena;
	TRY(store_view(app->store, read_ring, ring));
	size_t n = keyring_plan(ring->keys, ring->n, &policy, now, force, actions);
	for (size_t i = 0; i < n; i++)
		TRY(carry_out(app, ring, &actions[i], now));
	if (n)
		TRY(store_view(app->store, read_ring, ring));
	TRY(load_all(app->signers[app->n_loops + 1], ring));
	return publish(app, ring, now);
}

/* One at a time: the background job, a reload and the operator's rotation would each make the successors that the others make. */
static pthread_mutex_t running = PTHREAD_MUTEX_INITIALIZER;

int keys_run(struct app *app, struct instant now, unsigned force)
{
	pthread_mutex_lock(&running);
	int result = run(app, now, force);
	pthread_mutex_unlock(&running);
	return result;
}

int keys_reload(struct signer *signer, void *context)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(ARENA_MAX);
	struct ring *ring = arena ? arena_new_of(arena, struct ring) : NULL;
	struct app *app = context;

	if (!ring)
		return FAULT_MEMORY;
	ring->arena = arena;
	TRY(store_view(app->store, read_ring, ring));
	return load_all(signer, ring);
}
