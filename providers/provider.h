/* SPDX-License-Identifier: Apache-2.0 */
/*
 * provider - what a third-party login is: one file with a name, option rows, and one pure function from event to step.
 *
 * A provider does no I/O and keeps nothing: the broker owns state, nonce, PKCE, cookies, deadlines, the address guard and logs, so a
 * provider cannot forget them. It is called with one of the first events below, then with FETCHED for each reply that it asked for, until it
 * answers with anything but FETCH. What it must remember between two calls of one run it keeps in run->memory.
 *
 * A new provider is one file in providers/upstream/ and one row in providers/registry.c.
 */
#pragma once

#include "broker/base/json.h"
#include "conf/option.h"
#include "providers/fetch.h"

enum provider_event_type {
	PROVIDER_START,    /* a person pressed the button: REDIRECT */
	PROVIDER_CALLBACK, /* the browser came back, and the run is its own and used up: IDENTITY or REJECT */
	PROVIDER_FETCHED,  /* the reply to the last FETCH */
	PROVIDER_LOGOUT,   /* a session that began here is over: DONE when the upstream has been told, or REDIRECT for the browser */
	PROVIDER_NOTIFIED, /* the upstream says that sessions there are over: ENDED with whose */
	PROVIDER_TEST,     /* an administrator asks whether name, keys and addresses are right; nobody logs in: DONE or REJECT with the reason */
	PROVIDER_EVENTS,
};

struct provider_pair {
	struct span name, value;
};

struct provider_event {
	enum provider_event_type type;
	/* CALLBACK, NOTIFIED: the parameters that came (of the query or of a form), decoded, each name once */
	const struct provider_pair *params;
	size_t n_params;
	/* FETCHED: the reply to the last FETCH; error set (ERR_ or FAULT_) when there is none */
	int error;
	int status;
	struct span content_type, body;
	/* LOGOUT: whose, as told at their login */
	struct span subject, sid, id_token;
};

enum provider_step_type { PROVIDER_REDIRECT, PROVIDER_FETCH, PROVIDER_IDENTITY, PROVIDER_REJECT, PROVIDER_DONE, PROVIDER_ENDED };


struct provider_fetch {
	const char *method; /* "GET" or "POST"; "LDAP": a search (RFC 4516) after a simple bind, see broker/net/net.h */
	struct span url;
	struct span bind_name, bind_password; /* of LDAP; neither is ever empty */
	struct span content_type, body;    /* of a POST */
	struct span authorization;         /* header value, or empty */
	struct span accept;
	struct fetch_header headers[FETCH_HEADERS_MAX]; /* further ones; such a request is never answered from the cache */
	size_t n_headers;
	int64_t cache_ms;                  /* a GET whose good reply may be shared by all runs for that long (discovery, JWKS) */
	bool refresh;                      /* do not answer from the cache; the broker limits how often this is honoured */
};

/* What the upstream proves about the person. Keyed by (provider, issuer, subject), never by phone or name (design.md 7). */
struct provider_identity {
	struct span issuer, subject;
	struct span name, phone, email; /* as told: suggestions for a form, never proof */
	bool is_legal;                  /* it is a legal person's account there, and: */
	struct span uscc, unit_name, unit_type, region; /* of its unit, as told */
	struct span claims;             /* the whole answer as JSON, for mapping and explanation */
	struct instant auth_time;       /* zero: not told */
	int64_t acr;                    /* domain.md 3.9 after mapping; 1 for a third-party account without more */
	struct span level, method;      /* the upstream's own words for it ("authlevel=2", "YSS"), kept beside it; may be empty */
	/* Set only where the upstream itself has verified them (acr 2 and above). Codes of GA/T 2000.156. */
	struct span real_name, id_type, id_number;
	struct span login_name;         /* there; a suggestion */
	struct span level_up_url;       /* where the person raises the level there; empty: nowhere */
	struct span sid, id_token;      /* of the session there, for its end; may be empty */
	/* Subjects of the same issuer under which this very person was known before (user_id and open_id), as the upstream itself says. */
	struct span earlier_subjects[2];
	/* ENDED: the notice's own name, which must not be heeded twice (jti), and when it is worth nothing any more. */
	struct span token_id;
	struct instant token_expires;
	struct text_list_view {
		const struct span *items;
		size_t n;
	} amr;
};

struct provider_step {
	enum provider_step_type type;
	struct span url;              /* REDIRECT */
	struct provider_fetch fetch;  /* FETCH */
	struct provider_identity identity;
	int error;                    /* REJECT: ERR_PROVIDER_… */
	const char *reason;           /* REJECT: for log and explanation; holds no secret */
	struct span upstream_error;   /* REJECT: the upstream's own error code, or empty */
};

/* One run: everything that the broker hands in. */
struct provider_run {
	const void *options; /* the provider's own struct, filled from its rows */
	struct arena *arena;
	struct instant now;
	struct span id;           /* "province" */
	struct span redirect_uri; /* ours, of this provider */
	struct span state, nonce, code_challenge; /* START */
	bool wants_unit;                          /* legal persons are welcome: find out whether this is one */
	struct span verifier;                     /* CALLBACK and after: the PKCE verifier of this run */
	struct span login_hint, prompt;           /* START; may be empty */
	struct span user_agent, language;         /* START; "zh" or "en" */
	struct span return_uri;                   /* LOGOUT: where the browser comes back to */
	struct span random;                       /* 22 fresh characters in each run, for nonces of signatures */
	enum provider_event_type purpose; /* the event that began the run (provider_next) */
	void *memory;                     /* the provider's; NULL before that */
};

/* 0 with *@step filled in, FAULT_ otherwise. */
typedef int provider_fn(struct provider_run *run, const struct provider_event *event, struct provider_step *step);

struct provider {
	struct option_variant variant; /* type name, doc, option rows, size, check */
	size_t memory;                 /* bytes of run->memory, zeroed before the first event of a run */
	MUST_USE int (*begin)(struct provider_run *run); /* may be NULL: fill run->memory, before the first event */
	provider_fn *on[PROVIDER_EVENTS]; /* what it does; it is never called with an event for which there is nothing */
	/* Name and password are typed on a page of ours: START is never asked, CALLBACK brings the parameters "login_name" and "password". That page counts
	 * tries, and belongs to the browser by its interaction: no state. */
	bool asks_password;
	/* Posted to the address of callbacks, this parameter makes it a NOTIFIED (CAS); NULL: notices have an address of their own. */
	const char *notice;
	/* Where our state is among what came back, as it was handed out at START (a copy in @arena where the upstream wants it written otherwise); NULL: the
	 * parameter "state". Empty: this upstream returns none, and the browser's cookie must do; so one that does return it never answers empty. */
	struct span (*state)(const void *options, const struct provider_event *event, struct arena *arena);
};

/* The provider behind a configured variant. */
static inline const struct provider *provider_of(const struct option_variant *variant)
{
	return (const struct provider *)variant;
}

/* Tell @provider of @event: its run->memory is made, and it answers in *@ret_step. FAULT_BUG for an event for which it has nothing. An identity without a
 * subject, or with a word in it that is no line of text of bearable length, is a REJECT; suggestions (name, phone …) that are none are left out. */
MUST_USE int provider_next(const struct provider *provider, struct provider_run *run, const struct provider_event *event, struct provider_step *ret_step);
/* The value of @name among the callback's parameters; empty when absent. */
struct span provider_param(const struct provider_event *event, const char *name);
/* Answer IDENTITY. What it says is looked at once more by provider_next, for all. Returns 0. */
int provider_identify(struct provider_step *step, const struct provider_identity *identity);
/* Answer REJECT. Returns 0, so that a provider can end with it. */
int provider_reject(struct provider_step *step, int error, const char *reason);
