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
#include "broker/store/records_upstream.h"

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
	bool has_link, is_earlier;
	bool by_cookie;         /* the upstream handed no state back */
	struct id link_id;      /* of a link about to be made */
	struct id pending;      /* what waits on the page "link" for an account of its own */
	struct account account; /* about to be created */
	struct unit unit;       /* … with its unit, of a legal person (J1) */
	const char *reason;     /* code of the error that keeps it from being created */
};

/* The provider of the path, ready to run. ERR_PROVIDER_UNKNOWN. */
MUST_USE int upstream_begin(struct request *rq, struct upstream_way *ret_way);

/* The cookie by which a run is found again whose upstream hands no state back; lives and ends with the run. */
void upstream_keep_cookie(struct upstream_way *way);
/* The browser is back. Reads what it brings, takes the run that it belongs to and fills @way and @ret_event from it: a run comes back once, in its
 * own browser, from its own provider (mix-up). What was posted waits until the browser comes with its cookies, which it leaves out of a post from
 * another site (SameSite=Lax): then *@ret_replied is true. ERR_INTERACTION_EXPIRED, ERR_DUPLICATE_PARAMETER … */
MUST_USE int upstream_return(struct upstream_way *way, struct provider_pair params[UPSTREAM_PARAMS], struct provider_event *ret_event, bool *ret_replied);
/* Every parameter of query and form, each name once. */
MUST_USE int upstream_params(struct request *rq, struct provider_pair params[UPSTREAM_PARAMS], size_t *ret_n);
/* What the handle of a run is good for. */
#define UPSTREAM_STATE "upstream"

/* For log, audit and explanation: who came out of a run, or why nobody did. */
void upstream_note_identity(struct upstream_way *way);
void upstream_note_failure(struct upstream_way *way, const struct provider_step *step);
/* The upstream has named somebody: a session, a new account, a page that asks for one, or (interaction.links) one more way into an account. Answers, or
 * gives an error that the login page shows. */
MUST_USE int upstream_identified(struct upstream_way *way);
/* What waits on the page "link", as it stood in @pending: interaction and visitor are the caller's. ERR_PROVIDER_UNKNOWN: not configured any more. */
MUST_USE int upstream_pending(struct request *rq, const struct pending_link *pending, struct upstream_way *ret_way);
/* May the page offer a new account? */
bool upstream_may_create(const struct upstream_way *way, const struct pending_link *pending);
/* The person wants one. */
MUST_USE int upstream_create(struct upstream_way *way, struct id pending);
/* In the transaction in which @account was proved, by every factor that it wants: it is what the upstream's word in @pending leads to from now on. */
MUST_USE int upstream_tie(struct txn *txn, struct request *rq, struct id interaction, struct id pending, struct id account);
/* The upstream's side of the session that comes of it. */
struct session_upstream upstream_session(const struct upstream_way *way);
/* What the upstream's word names becomes one more way into the account that interaction.links says, whose session this is (way->pending: what waited for the
 * person's yes). Answers. */
MUST_USE int upstream_add(struct upstream_way *way);
/* Back on the account's page, with @error. */
MUST_USE int upstream_add_failed(struct upstream_way *way, int error);
