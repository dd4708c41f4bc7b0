/* SPDX-License-Identifier: Apache-2.0 */
/*
 * session - a browser that is logged in: read from its cookie, begun after a proof, ended.
 *
 * A new proof always gives the browser a new session with a new secret and a new absolute expiry (ASVS 7.2.4, 7.3.2). Another account
 * ends the old session and its tokens. The same account continues it: for the clients it is the same session (one sid; logout ends all of
 * it), and the tokens of other clients live on, up to the expiry that their own session had. Who logs in again to pay a bill is not
 * thereby logged out of the mail.
 */
#pragma once

#include "broker/endpoint/app.h"
#include "broker/endpoint/facts.h"
#include "broker/store/records_login.h"

/* Who sits in front of this browser. */
struct visitor {
	bool has_session;
	struct session session;
	struct facts facts; /* of the session's account */
};

/* Read the session of @rq's cookie with its person. No session, a dead one or a gone account: has_session is false. */
MUST_USE int session_load(struct txn *txn, struct request *rq, struct visitor *ret_visitor);
/* The same with the units of a natural person (facts_load_units), which the steps of a login and the pages about units ask for. */
MUST_USE int session_load_whole(struct txn *txn, struct request *rq, struct visitor *ret_visitor);

#define SESSION_AMR 5

/* The upstream's own session, from which one of ours came: for the end of both. */
struct session_upstream {
	struct span provider; /* empty: none */
	struct id link;
	struct span sid, token; /* there; the ID token; may be empty */
};

/* What was proved, and how. */
struct session_proof {
	struct id account;
	const char *amr[SESSION_AMR]; /* RFC 8176 values, NULL-terminated */
	struct span method;      /* "password", "otp", "provider:province" */
	int64_t acr;             /* domain.md 3.9; the account's verified real name may raise it */
	struct instant auth_time; /* zero: now */
	struct session_upstream upstream;
	struct id ties; /* pending_link: what is tied to the account when all of it is proved; zero: nothing */
};

/* A session about to begin: made before the transaction, kept inside it, told to the browser after it. */
struct session_start {
	struct session session;
	struct span cookie;
	struct id continues; /* the same account's session of this browser, which it takes the place of; zero: none */
	struct id ends;      /* another account's session of this browser; zero: none */
};

MUST_USE int session_prepare(struct request *rq, const struct visitor *visitor, const struct session_proof *proof,
			     struct session_start *ret_start);
/* In the transaction that keeps the proof: asks the gate, writes the session, drops the account's oldest one past the limit.
 * ERR_INTERACTION_EXPIRED when the session that it continues was ended meanwhile: what died with it stays dead. */
MUST_USE int session_keep(struct txn *txn, struct request *rq, const struct session_start *start);
void session_send(struct request *rq, const struct session_start *start);

/* Was it proved with two factors ("mfa", RFC 8176 2)? */
bool session_has_two_factors(const struct session *session);
/* The gate's view of a visitor with a session. @client may be NULL. */
struct gate_facts session_gate(const struct visitor *visitor, const struct config_client *client, struct instant now);
/* Pages are use too: note it when a part of the idle time has passed. Opens a transaction of its own then. */
MUST_USE int session_touch(struct request *rq, const struct visitor *visitor);

/* Tell the browser that its session has ended (session_end.h). */
void session_forget(struct request *rq);
