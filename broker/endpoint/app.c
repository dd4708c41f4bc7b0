/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/app.h"

#include "broker/endpoint/expiry.h"
#include "broker/endpoint/token_cache.h"
#include "broker/http/server.h"
#include "conf/config.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

/* Guards the two pointers only; a snapshot itself never changes. Held for the length of an increment. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

struct settings *app_settings(struct app *app)
{
	pthread_mutex_lock(&lock);
	struct settings *settings = app->settings;
	atomic_fetch_add_explicit(&settings->refs, 1, memory_order_relaxed);
	pthread_mutex_unlock(&lock);
	return settings;
}

void app_settings_release(struct settings *settings)
{
	if (atomic_fetch_sub_explicit(&settings->refs, 1, memory_order_acq_rel) != 1)
		return;
	for (size_t i = 0; settings->client_keys && i < settings->config->clients.n; i++)
		jwks_free(settings->client_keys[i]);
	free(settings->client_keys);
	expiry_free(settings->expiry);
	net_free(settings->net);
	for (int i = 0; i < LANGUAGE_COUNT; i++)
		json_decref(settings->common[i]);
	template_set_free(settings->templates);
	config_unref(settings->config);
	free(settings);
}

void app_swap_settings(struct app *app, struct settings *settings)
{
	pthread_mutex_lock(&lock);
	struct settings *old = app->settings;
	app->settings = settings;
	pthread_mutex_unlock(&lock);
	if (old)
		app_settings_release(old);
}

struct keys_view *app_keys(struct app *app)
{
	pthread_mutex_lock(&lock);
	struct keys_view *keys = app->keys;
	atomic_fetch_add_explicit(&keys->refs, 1, memory_order_relaxed);
	pthread_mutex_unlock(&lock);
	return keys;
}

void app_keys_release(struct keys_view *keys)
{
	if (atomic_fetch_sub_explicit(&keys->refs, 1, memory_order_acq_rel) != 1)
		return;
	jwks_free(keys->verify);
	free((char *)keys->jwks_json.p);
	free(keys);
}

void app_swap_keys(struct app *app, struct keys_view *keys)
{
	pthread_mutex_lock(&lock);
	struct keys_view *old = app->keys;
	app->keys = keys;
	pthread_mutex_unlock(&lock);
	if (!old)
		return;
	if (app->tokens) /* what a withdrawn key signed must be verified, and fail, again */
		token_cache_clear(app->tokens);
	app_keys_release(old);
}

int app_sign(struct app *app, struct signer_request *requests, size_t n, struct arena *arena)
{
	int loop = server_loop_index();

	return signer_sign(app->signers[loop >= 0 ? (size_t)loop : app->n_loops], requests, n, arena);
}

struct span app_kid(const struct keys_view *keys, enum alg alg)
{
	return span_of(keys->kid[alg]);
}

enum alg app_alg(int config_alg)
{
	static const enum alg algs[] = { [CONFIG_ES256] = ALG_ES256, [CONFIG_RS256] = ALG_RS256, [CONFIG_PS256] = ALG_PS256, [CONFIG_EDDSA] = ALG_EDDSA };

	return algs[config_alg];
}

const struct jwks *app_client_keys(const struct settings *settings, const struct config_client *client)
{
	return settings->client_keys ? settings->client_keys[client - settings->config->clients.items] : NULL;
}
