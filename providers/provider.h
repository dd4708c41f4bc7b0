/* SPDX-License-Identifier: Apache-2.0 */
/*
 * provider - what a third-party login is: one file with a name, option rows, and one pure function from event to step.
 *
 * A provider does no I/O and keeps nothing: the broker owns state, nonce, PKCE, cookies, deadlines, the address guard and logs, so a
 * provider cannot forget them. It is called with START (a person pressed the button) or CALLBACK (the browser came back with a state that
 * was ours and is now used up), then with FETCHED for each reply that it asked for, until it answers REDIRECT, IDENTITY or REJECT. What it
 * must remember between two calls of one run it keeps in run->memory.
 *
 * A new provider is one file in providers/upstream/ and one row in providers/registry.c.
 */
#pragma once

#include "broker/base/json.h"
#include "conf/option.h"

enum provider_event_type { PROVIDER_START, PROVIDER_CALLBACK, PROVIDER_FETCHED };

struct provider_pair {
	struct span name, value;
};

struct provider_event {
	enum provider_event_type type;
	/* CALLBACK: the parameters that came back, decoded, each name once */
	const struct provider_pair *params;
	size_t n_params;
	/* FETCHED: the reply to the last FETCH; error set (ERR_ or FAULT_) when there is none */
	int error;
	int status;
	struct span content_type, body;
};

enum provider_step_type { PROVIDER_REDIRECT, PROVIDER_FETCH, PROVIDER_IDENTITY, PROVIDER_REJECT };

struct provider_fetch {
	const char *method; /* "GET" or "POST" */
	struct span url;
	struct span content_type, body;    /* of a POST */
	struct span authorization;         /* header value, or empty */
	struct span accept;
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
	void *memory; /* the provider's, zero at the first call of a run */
};

struct provider {
	struct option_variant variant; /* type name, doc, option rows, size, check */
	MUST_USE int (*next)(struct provider_run *run, const struct provider_event *event, struct provider_step *ret_step);
};

/* The provider behind a configured variant. */
static inline const struct provider *provider_of(const struct option_variant *variant)
{
	return (const struct provider *)variant;
}

/* The value of @name among the callback's parameters; empty when absent. */
struct span provider_param(const struct provider_event *event, const char *name);
/* Answer REJECT. Returns 0, so that a provider can end with it. */
int provider_reject(struct provider_step *step, int error, const char *reason);
