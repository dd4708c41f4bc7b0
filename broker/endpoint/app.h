/* SPDX-License-Identifier: Apache-2.0 */
/*
 * app - what every endpoint works with: the store, the signer's channels, and two immutable snapshots that are swapped whole: the
 * configuration with all that is derived from it (struct settings), and the key ring (struct keys_view).
 *
 * rq->app is the struct settings that was in force when the request began; the server keeps it alive until the reply has gone.
 */
#pragma once

#include "broker/http/request.h"
#include "broker/http/template.h"
#include "broker/net/net.h"
#include "broker/store/record.h"
#include "keys/jwks.h"
#include "keys/seal.h"
#include "keys/signer.h"

struct captcha_font;
struct carriers;
struct config;
struct config_client;
struct config_sources;
struct expiry;
struct legacy_live;
struct legacy_wrap;
struct outlets;
struct server;
struct static_slot;
struct token_cache;

/* The configuration and what is made of it. Swapped by SIGHUP. */
struct settings {
	_Atomic int refs;
	struct app *app;
	const struct config *config;
	struct template_set *templates;
	json_t *common[LANGUAGE_COUNT]; /* members of every page */
	struct net *net;
	struct net_options net_options;
	struct expiry *expiry;     /* of its certificates */
	struct jwks **client_keys; /* by position of the client in config->clients; NULL where it has none */
};

/* The key ring as it is published now. Swapped by rotation. */
struct keys_view {
	_Atomic int refs;
	char kid[ALG_COUNT][SIGNER_KID_MAX + 1]; /* the key that signs; empty: none */
	struct jwks *verify;                     /* every published key */
	struct span jwks_json;
};

#define APP_SIGNERS_MAX 18

struct app {
	struct store *store;
	struct seal_ring *seal;
	struct signer *signers[APP_SIGNERS_MAX]; /* one per loop, then one for the workers, then one for key generation */
	size_t n_loops;
	char *data_dir;
	const struct config_sources *sources; /* where the configuration comes from */
	int helper_fd; /* to the supervisor, who starts the processes that decode pictures (image_process.h) */
	struct server *server;
	struct static_slot *discovery, *jwks; /* replies that are the same for everyone */
	struct token_cache *tokens;
	struct captcha_font *font; /* NULL: questions only */
	struct settings *settings; /* through app_settings */
	struct keys_view *keys;    /* through app_keys */
	struct legacy_wrap *wrap;  /* weak imported digests and how far their wrapping is; NULL outside of the daemon, and so */
	struct legacy_live *live;  /* old systems that still answer */
	struct carriers *carriers;  /* connections to SMS gateways; NULL outside of the daemon */
	struct outlets *outlets;   /* how gateways and verifiers are doing; NULL outside of the daemon */
	int (*rotate)(struct app *app, struct instant now, unsigned force); /* broker/job/keys.h */
	_Atomic bool stopping;
};

static inline const struct settings *app_of(const struct request *rq)
{
	return rq->app;
}

/* For work outside of requests. References: what was taken is given back, also when a newer one has taken its place. */
struct settings *app_settings(struct app *app);
void app_settings_release(struct settings *settings);
void app_swap_settings(struct app *app, struct settings *settings);
DEFINE_CLEANUP(struct settings, app_settings_cleanup, app_settings_release)
#define APP_SETTINGS CLEANUP(app_settings_cleanup) struct settings

struct keys_view *app_keys(struct app *app);
void app_keys_release(struct keys_view *keys);
void app_swap_keys(struct app *app, struct keys_view *keys);
DEFINE_CLEANUP(struct keys_view, app_keys_cleanup, app_keys_release)
#define APP_KEYS CLEANUP(app_keys_cleanup) struct keys_view

/* Sign through the channel of this thread's loop, or the workers' (design.md 6). Results as signer_sign. */
MUST_USE int app_sign(struct app *app, struct signer_request *requests, size_t n, struct arena *arena);
/* The kid that signs for @alg; empty when there is none. */
struct span app_kid(const struct keys_view *keys, enum alg alg);
/* keys' enum for conf's. */
enum alg app_alg(int config_alg);
/* The parsed key set of a private_key_jwt client; NULL when it has none. */
const struct jwks *app_client_keys(const struct settings *settings, const struct config_client *client);
