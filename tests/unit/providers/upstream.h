/* SPDX-License-Identifier: Apache-2.0 */
/*
 * upstream - the hostile-upstream suite: one driver, one list of what any upstream may do wrong at any fetch, and a list of providers. A new
 * provider is a `struct upstream` (its good world and the lies that only it can be told) and a row in test_upstream.c.
 */
#pragma once

#include "broker/base/error.h"
#include "providers/registry.h"
#include "tests/unit/suite.h"

struct config;

/* Keys and certificates of an application and of Alipay, made for tests; SOURCE_ROOT is the build's. */
#define CERTS SOURCE_ROOT "/tests/standins/alipay/"
#define UPSTREAM_FETCHES 8
#define UPSTREAM_NOW ((struct instant){ INT64_C(1800000000000) })

struct upstream;
struct upstream_test;

/* How an answer of the good world is spoilt. */
struct upstream_spoiled {
	const char *name;
	void (*spoil)(struct upstream_test *t, struct provider_event *event);
};

/* One run in one test. */
struct upstream_test {
	const struct upstream *upstream;
	const struct config *config;
	struct arena *arena;
	struct provider_run run;
	struct provider_pair params[8]; /* of the callback */
	size_t n_params;
	struct provider_fetch fetches[UPSTREAM_FETCHES]; /* what was asked */
	size_t n_fetches;
	const struct upstream_spoiled *spoiled; /* the answer to the @spoil_at-th fetch, from 0 */
	size_t spoil_at;
	void *world; /* the provider's, for what it changes in a lie */
};

/* A lie: told by changing the world before the callback. */
struct upstream_lie {
	const char *name;
	void (*tell)(struct upstream_test *t, const struct upstream_lie *lie);
	const char *where, *what; /* for tell */
	int error;                /* what it is rejected with; 0: it is harmless, an identity comes out */
	size_t fetches;           /* so many and no more; 0: not looked at */
	bool at_start;            /* is found out at START already */
};

/* A good world that is a few fixed answers, in the order of what is asked. */
struct upstream_canned {
	const char *at; /* how the address that is asked begins; NULL ends them */
	const char *body;
};

struct upstream {
	const char *name;
	const char *type; /* of the variant; NULL: its name */
	const char *yaml; /* its option rows, indented by four */
	void (*set_up)(struct upstream_test *t);
	void (*tear_down)(struct upstream_test *t);
	void (*answer)(struct upstream_test *t, const struct provider_fetch *fetch, struct provider_event *event);
	size_t start_fetches, callback_fetches; /* of a good run */
	/* bits of the fetches whose answers may have been kept: when such a one is bad, a fresh one is asked for, and only that counts */
	unsigned twice_at_start, twice_at_callback;
	const struct upstream_lie *lies;
	size_t n_lies;
	const struct upstream_canned *canned; /* with canned_set_up, canned_tear_down and canned_answer */
	const char *code;                     /* the parameter that the browser comes back with */
};

#define CANNED .set_up = canned_set_up, .tear_down = canned_tear_down, .answer = canned_answer
void canned_set_up(struct upstream_test *t);
void canned_tear_down(struct upstream_test *t);
void canned_answer(struct upstream_test *t, const struct provider_fetch *fetch, struct provider_event *event);
/* Lies: the answer at @where is @what; the parameter @where of the callback is @what (NULL: none). */
void canned_lie(struct upstream_test *t, const struct upstream_lie *lie);
void canned_param(struct upstream_test *t, const struct upstream_lie *lie);

void upstream_begin(struct upstream_test *t, const struct upstream *upstream);
void upstream_end(struct upstream_test *t);
#define UPSTREAM_TEST CLEANUP(upstream_end) struct upstream_test
/* Call the provider until it is done; the result of its last call. */
int upstream_start(struct upstream_test *t, struct provider_step *step);
int upstream_callback(struct upstream_test *t, struct provider_step *step);
int upstream_test_event(struct upstream_test *t, struct provider_step *step);
int upstream_ask(struct upstream_test *t, struct provider_event event, struct provider_step *step);
/* Set, replace or (value NULL) drop a parameter of the callback. */
void upstream_param(struct upstream_test *t, const char *name, const char *value);

/* Whoever begins a login there with this browser is redirected to @url. */
void upstream_sends_to(const char *name, const struct upstream *upstream, const char *user_agent, const char *url);
/* The parameters of a query or form, "name=value" in order, one a line. */
struct span upstream_pairs(struct upstream_test *t, struct span form);

/* A logout token of the OpenID provider: @changes is JSON that replaces claims, null takes one away; @typ may be NULL. */
struct span upstream_oidc_logout_token(struct upstream_test *t, const char *changes, const char *typ);
/* Its discovery document or its token answer is changed so; @status of the token answer. */
void upstream_oidc_change(struct upstream_test *t, const char *discovery, const char *token, int status);

/* Alipay answers with a signed error of this sub_code from now on. */
/* From now on Alipay says @user of the person, signed. */
void upstream_alipay_says(struct upstream_test *t, const char *user);
void upstream_alipay_refuses(struct upstream_test *t, const char *sub_code);

extern const struct upstream upstream_oidc, upstream_cas, upstream_oauth2, upstream_wechat, upstream_wecom, upstream_dingtalk, upstream_sns, upstream_qq, upstream_alipay, upstream_alipay_cert, upstream_alipay_certified;
