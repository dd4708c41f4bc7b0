/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keys - carries out what the key ring's rules plan: generate in the signer, keep sealed in the store, publish, retire (keys/keyring.h).
 */
#pragma once

#include "broker/endpoint/app.h"

/* How often the background job calls keys_run: a key may sign this much longer than the ring planned. */
#define KEYS_EVERY MS_MINUTE

/* Load every stored key into the signer, carry out the plan of now, publish the result in app->keys and the JWKS reply.
 * @force: algorithms (ALG_BITs) to rotate now. */
MUST_USE int keys_run(struct app *app, struct instant now, unsigned force);
/* The signer was restarted: give it the keys again. For signer_open; @context is the app. */
int keys_reload(struct signer *signer, void *context);
