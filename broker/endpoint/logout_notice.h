/* SPDX-License-Identifier: Apache-2.0 */
/*
 * logout_notice - the outbox of ended sessions. Who is to be told that a session is over gets a record in the transaction that ends it: the upstream where it
 * began, and each client that took part in it and wants to know (OpenID Connect Back-Channel Logout 1.0). A job tells them, again and again for a day; what
 * became of it stays to be seen for a week.
 *
 * Which clients took part costs nothing: a session remembers whom it gave a code (session.clients), written with the code itself.
 *
 * One destination is one queue. Somebody who does not answer at all holds up those who wait behind for the same one, and nobody else; an answer that is no
 * "yes" holds up nothing. At least once: a client may be told the same twice, each time with another jti.
 */
#pragma once

#include "broker/endpoint/unit_change.h"
#include "broker/store/records_login.h"
#include "broker/store/records_upstream.h"

struct config_client;
struct config_provider;

/* How a session ends, for the upstream where it began. */
struct logout_way {
	bool upstream_knows;        /* it says so itself */
	const struct span *onward; /* the browser that logs out goes there by way of the upstream: it has a minute before the job takes over. NULL: none */
};

/* @session ends now. *@ret_upstream: the notice for the upstream, which a browser may take there (upstream_leave.h); zero: none. */
MUST_USE int logout_notice_add(struct txn *txn, const struct unit_actor *actor, const struct session *session, const struct logout_way *way, struct id *ret_upstream);

/* Is it configured to be told? */
bool logout_notice_wants_provider(const struct config_provider *provider);
bool logout_notice_wants_client(const struct config_client *client);

/* What came of an attempt to tell. */
struct logout_answer {
	int status;         /* LOGOUT_NOTICE_DONE …; LOGOUT_NOTICE_WAITING: not yet */
	struct span reason; /* why it is not done */
	bool away;          /* nobody answered */
};
/* Another status than waiting is kept with it. Of several that are kept together the first one to arrive counts: browser and job may have met. */
void logout_notice_settle(struct logout_notice *notice, const struct logout_answer *answer, struct instant now);
MUST_USE int logout_notice_keep(const struct settings *settings, struct logout_notice *notices, size_t n);

/* One destination: exactly one of them is set. */
struct logout_destination {
	const struct config_provider *provider;
	const struct config_client *client;
};
/* Tell it what is due, as long as it answers quickly. @arena: what is in it afterwards is nobody's. */
MUST_USE int logout_notice_serve(const struct settings *settings, const struct logout_destination *to, struct arena *arena);
/* Give up what waits for nobody any more, or has waited too long behind others. Resets @arena. */
MUST_USE int logout_notice_tidy(const struct settings *settings, struct instant now, struct arena *arena);

/* "waiting" … */
const char *logout_notice_status(int status);
