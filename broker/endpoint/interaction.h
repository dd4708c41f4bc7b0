/* SPDX-License-Identifier: Apache-2.0 */
/*
 * interaction - an authorize request on its way through the pages: made, found again, and moved on.
 *
 * Pages carry its id; it belongs to the browser whose binding cookie made it, and to no other. interaction_advance is the one place that
 * decides what comes next (flow/step.h) and answers accordingly: a page's address, an answer to the client, or the code.
 */
#pragma once

#include "broker/endpoint/session.h"
#include "broker/oauth/authorize.h"

/* A new one for @request (NULL: a login for its own sake, which ends on our own pages). Not stored yet. ERR_FULL: no new logins. */
MUST_USE int interaction_begin(struct request *rq, const struct authorize_request *request, struct interaction *ret_interaction);
/* Nobody is logged in where somebody has to be: begin a login for its own sake that comes back to @path (ours, with its query), and answer with the
 * way there. */
MUST_USE int interaction_login(struct request *rq, struct span path);
/* This page needs an interaction and nobody brought one: begin one for its own sake, and come back here with it and with @tab, where not empty. */
MUST_USE int interaction_here(struct request *rq, struct span tab);
/* Store it as it is here, in a transaction of its own. */
MUST_USE int interaction_keep(struct request *rq, struct interaction *interaction);
/* The one that parameter "interaction" names. ERR_INTERACTION_EXPIRED, ERR_INTERACTION_FOREIGN. */
MUST_USE int interaction_load(struct txn *txn, struct request *rq, struct interaction *ret_interaction);
/* The same for a known id: what came back from an upstream. */
MUST_USE int interaction_load_id(struct txn *txn, struct request *rq, struct id id, struct interaction *ret_interaction);
/* Load it with the visitor, in a snapshot of its own. */
MUST_USE int interaction_open(struct request *rq, struct interaction *ret_interaction, struct visitor *ret_visitor);
/* Over: nobody comes back to it, and who tries is shown the way to the client. interaction_take, in the transaction that ends in a code, so that two
 * tabs cannot both: ERR_INTERACTION_EXPIRED. interaction_drop, in one of its own, also when it is gone already. */
MUST_USE int interaction_take(struct txn *txn, struct request *rq, struct id id);
MUST_USE int interaction_drop(struct request *rq, const struct interaction *interaction);
/* "/login?interaction=…" */
MUST_USE int interaction_url(struct request *rq, const char *path, const struct interaction *interaction, struct span *ret_url);
/* The same with "&tab=…", where @tab is not empty. */
MUST_USE int interaction_tab_url(struct request *rq, const char *path, const struct interaction *interaction, struct span tab, struct span *ret_url);
/* The id as pages carry it, 22 characters. */
MUST_USE int interaction_text(struct request *rq, struct id id, struct span *ret_text);

/* Do what comes next and answer. @stored: the store has it, as it is here. May commit: not for the loop's thread. */
MUST_USE int interaction_advance(struct request *rq, struct interaction *interaction, bool stored);
/* From now on the person of @session acts for @unit (zero: as themselves), in @interaction (may be NULL) it has been said. ERR_MEMBERSHIP_REQUIRED:
 * not for that one; ERR_LOGIN_REQUIRED: the session is over. */
MUST_USE int interaction_act_for(struct request *rq, struct interaction *interaction, bool stored, struct id session, struct id unit);
/* Answer the client with @error and drop the interaction. */
MUST_USE int interaction_refuse(struct request *rq, struct interaction *interaction, bool stored, int error, const char *description);
/* Keep the proof: session and interaction in one transaction, then the cookie, then on to /continue. @more (may be NULL) runs first in the
 * same transaction. */
MUST_USE int interaction_proved(struct request *rq, struct interaction *interaction, const struct visitor *visitor,
				const struct session_proof *proof, store_fn *more, void *arg);
/* The same without an answer to the browser but the cookie. *@ret_waits: the account wants a second factor, nothing else was kept than that the
 * first was proved, and no cookie was given. */
MUST_USE int interaction_settle(struct request *rq, struct interaction *interaction, const struct visitor *visitor,
				const struct session_proof *proof, store_fn *more, void *arg, bool *ret_waits);
/* The client's name in the page's language; empty for our own. */
struct span interaction_client_name(struct request *rq, const struct interaction *interaction);
/* Pages of this interaction may end in a redirect to its client: let their forms go there. */
void interaction_allow_target(struct request *rq, const struct interaction *interaction);
