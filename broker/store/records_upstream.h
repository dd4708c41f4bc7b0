/* SPDX-License-Identifier: Apache-2.0 */
/* records_upstream - identities at upstream providers, and the way there and back. */
#pragma once

#include "broker/store/record.h"

/* (provider, issuer, subject) ↔ account. */
struct external_link {
	struct id id;
	struct span provider, issuer, subject;
	struct id account;
	struct instant created_at, last_login_at;
	struct span display_name;
	/* as told at the last login there: suggestions, and the upstream's own words for how sure it is of the person */
	struct span phone, email, level, method;
	int64_t acr;
	struct instant changed_at; /* when one of them was last another than before */
};

/* What happened to an external link, in order; it stays when the link has ended. */
struct link_event {
	struct id id, link, account;
	struct instant at;
	struct span what;     /* "created", "linked", "level", "name", "relinked", "conflict", "ended" … */
	struct span provider;
	struct id actor;      /* who did it; zero: the upstream's answer did */
	struct span evidence; /* JSON: from what to what, masked */
};

/* On the way to an upstream and back. Taken at the callback. */
struct upstream_state {
	struct id id;
	struct span secret_hash; /* the browser's cookie */
	struct id interaction;
	struct span provider, nonce, verifier, redirect_uri;
	bool ties; /* who it names gets what waits on the page "link" of the interaction */
};

/* What an upstream had the browser post to us, until the browser comes back with its cookies. */
struct upstream_post {
	struct id id;
	struct span secret_hash, provider;
	struct span text; /* query and form, as they came */
};

/* Somebody is to be told that a session is over here: the upstream where it began, or a client that took part in it (broker/endpoint/logout_notice.h). */
enum logout_notice_status {
	LOGOUT_NOTICE_WAITING = 1,
	LOGOUT_NOTICE_DONE,
	LOGOUT_NOTICE_BROWSER,       /* the browser was sent there */
	LOGOUT_NOTICE_GIVEN_UP,      /* for a day nobody took it, or there is nobody any more */
	LOGOUT_NOTICE_NEEDS_BROWSER, /* the upstream wants to see the browser, and the session ended without one: it cannot be told */
	LOGOUT_NOTICE_REFUSED,       /* the client has read it and said no */
};
struct logout_notice {
	struct id id;
	struct span provider; /* the upstream, and what it knows the session by: */
	struct span subject, sid, token; /* token: the ID token of the login, until it is told */
	struct id account;
	int status; /* enum logout_notice_status */
	struct instant created_at, next_at, done_at;
	int64_t attempts;
	struct span last_error;
	struct span onward; /* where the browser that logs out goes afterwards */
	struct span client; /* the client, instead of provider, and what its sub and sid are made of: */
	struct id identity, session; /* of the account; token_first_session */
	bool away; /* at the last attempt nobody answered: who waits behind it waits, too */
};

/* What an upstream said about somebody who has no account here yet. */
struct pending_link {
	struct id id, interaction, link; /* link: its id once there is one; the session that comes of it is named before */
	struct span provider, issuer, subject, display_name, phone, claims;
	int64_t acr;
	struct span identity; /* all of it that is needed again (upstream_identity.h) */
	struct span reason;   /* why there is no account for it yet: a code of error.h; empty: nobody has said whether there is to be one */
};

enum {
	EXTERNAL_LINK_BY_SUBJECT = 1, EXTERNAL_LINK_BY_ACCOUNT,
	LINK_EVENT_BY_LINK = 1, LINK_EVENT_BY_ACCOUNT,
	LOGOUT_NOTICE_BY_STATUS = 1, LOGOUT_NOTICE_BY_PROVIDER, LOGOUT_NOTICE_BY_CLIENT,
};

extern const struct kind KIND_EXTERNAL_LINK, KIND_LINK_EVENT, KIND_UPSTREAM_STATE, KIND_UPSTREAM_POST, KIND_LOGOUT_NOTICE, KIND_PENDING_LINK;
