/* SPDX-License-Identifier: Apache-2.0 */
/* records_login - a browser on its way in and what it gets: interactions, sessions, token families. */
#pragma once

#include "broker/store/record.h"

/* A browser that is logged in. The cookie holds id.secret. A new login of the same person is a new session with a new absolute expiry
 * (ASVS 7.2.4, 7.3.2); the earlier one stays until its own expiry as a signpost for its tokens: continued_by set, no secret, no place in
 * lists of sessions. */
struct session {
	struct id id; /* absolute expiry first */
	struct span secret_hash;
	struct id account;
	struct instant created_at, auth_time, last_seen_at;
	struct text_list amr;
	int64_t acr;
	struct span method; /* "password", "otp", "provider:province" */
	struct id acting_unit;
	struct span address, user_agent;
	struct text_list clients; /* that got a code in it: told at logout */
	struct id continued_by; /* the session that took its place; all earlier ones name the newest */
	struct id first;        /* the one that the series began with, which clients know it by (sid); zero: itself */
	/* of a session that began at an upstream, for the end of both: */
	struct span provider;
	struct id link;
	struct span upstream_sid, upstream_token; /* there; token: the ID token, kept where the upstream wants it at logout */
};

/* An authorize request on its way through the pages, bound to one browser. */
struct interaction {
	struct id id; /* expiry first */
	struct span secret_hash; /* of the browser's cookie */
	struct instant created_at;
	struct span client_id, redirect_uri, response_mode, state, nonce, code_challenge;
	struct text_list scopes, acr_values, ui_locales, resources;
	struct span prompt; /* space separated, as checked */
	int64_t max_age; /* seconds; -1: absent */
	struct span login_hint, lang;
	struct id account;  /* authenticated in this interaction, not yet a session */
	struct id session;  /* used or made by it */
	bool reauthenticated; /* prompt=login or max_age was met inside it */
	bool account_chosen, consented;
	struct id otp;
	struct span hint_sub; /* id_token_hint: the subject that the client expects */
	struct id link; /* the pending external identity, waiting for create-or-link */
	struct text_list candidates; /* account ids that an OTP fits */
	struct span method;
	int64_t failures; /* wrong attempts so far: when a captcha is asked */
	struct span purpose; /* "authorize" or "account": where it returns to */
	struct span last_phone;
	struct span return_to; /* purpose "account": a path of ours */
	struct span stage;     /* which page of a longer procedure has been passed: "recover", "code" … */
	struct span draft;     /* JSON object of what was typed so far; no password, code or captcha */
	struct id subject;     /* account that a recovery is about; zero also when the name is unknown */
	/* proved with the first factor, waiting for the second: the session's method and amr to be */
	struct text_list proof_amr;
	bool acting_chosen;    /* the person has said for whom they act */
	struct span proved_phone; /* a code showed that it is theirs: registration needs no other */
	struct instant proof_at; /* when the first factor was proved */
	int64_t proof_acr;
	struct span proof_upstream; /* the upstream's session behind it (session_upstream) */
	struct id links;            /* the account that a login at an upstream is to be added to; zero: it is a login */
	struct span held;           /* what the gate held it back with, when that was last noted */
};

struct otp {
	struct id id;
	struct span purpose, phone, code_mac;
	struct id interaction;
	int64_t tries_left;
	struct instant sent_at;
	int namespace_;
};

/* All tokens that descend from one authorization. The code is this record's id and a secret; so replaying it finds what it gave. */
struct family {
	struct id id; /* expiry first */
	struct instant created_at;
	struct span client_id, redirect_uri, code_challenge, nonce;
	struct span code_hash;
	struct instant code_expires_at, redeemed_at;
	struct id account, identity, session, unit;
	struct text_list scopes, resources;
	struct instant auth_time;
	int64_t acr;
	struct text_list amr;
	bool offline; /* outlives the session */
	bool revoked;
	int64_t refresh_n;          /* the live leaf; 0: no refresh token was issued */
	struct instant refreshed_at; /* when refresh_n became live: the grace counts from here */
	struct span sector;
	struct id session_first;    /* session.first at that time; zero: session itself */
};

struct consent {
	struct id id, account;
	struct span client_id;
	struct text_list scopes;
	struct instant granted_at, not_before;
};

/* What happened in one request of a login, for who asks why it went as it did (broker/endpoint/explain.h). */
struct trace {
	struct id id, interaction;
	struct span reference; /* as the person was shown it */
	struct instant at;
	struct id account;
	struct span client, result; /* result: the code of an error; empty: it went on */
	struct span steps;          /* JSON array of objects; nothing secret, personal data masked */
};

enum {
	SESSION_BY_ACCOUNT = 1, SESSION_BY_UPSTREAM,
	CONSENT_BY_CLIENT = 1, CONSENT_BY_ACCOUNT,
	TRACE_BY_REFERENCE = 1, TRACE_BY_INTERACTION,
};

extern const struct kind KIND_SESSION, KIND_INTERACTION, KIND_OTP, KIND_FAMILY, KIND_CONSENT, KIND_TRACE;
