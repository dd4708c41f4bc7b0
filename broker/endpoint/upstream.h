/* SPDX-License-Identifier: Apache-2.0 */
/*
 * upstream - one way through an upstream, from the button to the person (Z13): what its files share.
 *
 * The provider (providers/) only says what to do next; state, nonce, PKCE, the browser's binding, fetching and its deadline are the broker's, the
 * same for all of them.
 */
#pragma once

#include "broker/endpoint/interaction.h"
#include "broker/endpoint/upstream_run.h"

#define UPSTREAM_PARAMS 32 /* of one callback */

/* One run of a provider, in one request. */
struct upstream_way {
	struct request *rq;
	const struct config_provider *config;
	struct interaction interaction;
	struct visitor visitor;
	struct upstream_run run;
	struct upstream_state state;
	struct provider_identity identity;
	struct external_link link;
	bool has_link;
	struct account account; /* about to be created */
	struct unit unit;       /* … with its unit, of a legal person (J1) */
};

/* The provider of the path, ready to run. ERR_PROVIDER_UNKNOWN. */
MUST_USE int upstream_begin(struct request *rq, struct upstream_way *ret_way);

/* The cookie by which a run is found again whose upstream hands no state back; lives and ends with the run. */
void upstream_keep_cookie(struct upstream_way *way);
/* The browser is back. Reads what it brings, takes the run that it belongs to and fills @way and @ret_event from it: a run comes back once, in its
 * own browser, from its own provider (mix-up). What was posted waits until the browser comes with its cookies, which it leaves out of a post from
 * another site (SameSite=Lax): then *@ret_replied is true. ERR_INTERACTION_EXPIRED, ERR_DUPLICATE_PARAMETER … */
MUST_USE int upstream_return(struct upstream_way *way, struct provider_pair params[UPSTREAM_PARAMS], struct provider_event *ret_event, bool *ret_replied);
/* What the handle of a run is good for. */
#define UPSTREAM_STATE "upstream"
