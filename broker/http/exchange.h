/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exchange - a request with what its handler need not see: the connection, the parsed parts, the reply being built. Inside
 * broker/http only.
 */
#pragma once

#include "broker/http/guard.h"
#include "broker/http/microhttpd.h"
#include "broker/http/params.h"
#include "broker/http/reply.h"
#include "broker/http/router.h"
#include "broker/http/server.h"
#include "broker/http/workers.h"

#include <pthread.h>

struct form_data;
struct loop;
struct peer;

#define EXCHANGE_FORM_TARGETS_MAX 4
#define COOKIE_NAME_MAX 24
#define COOKIE_NAMES_MAX 16
#define BROWSER_SIZE 22 /* 128 bits in base64url */

/* Settings while anyone uses them; the last one to drop them releases. */
struct settings {
	struct server_settings now;
	_Atomic unsigned users;
};

struct settings *settings_new(const struct server_settings *from);
struct settings *settings_take(struct settings *settings);
struct settings *settings_take_current(struct server *server);
void settings_drop(struct settings *settings);

struct extra_header {
	struct extra_header *next;
	const char *name, *value;
};

/* The answer as far as it is known. */
struct answer {
	int status;
	struct MHD_Response *response;   /* NULL: none yet */
	struct static_reply *shared;     /* the response is this one's */
	struct extra_header *headers;    /* newest first */
	struct span form_targets[EXCHANGE_FORM_TARGETS_MAX];
	size_t n_form_targets;
	unsigned retry_after;
	struct span way_back; /* on the error page, should it come to one */
	int failed; /* FAULT_… of a header or cookie that could not be kept */
};

enum exchange_state { EXCHANGE_NEW, EXCHANGE_BODY, EXCHANGE_REFUSED, EXCHANGE_WAITING, EXCHANGE_ANSWERED, EXCHANGE_SENT };

struct exchange {
	struct request rq; /* first: a handler's request is the exchange */
	struct exchange *next_free;
	struct loop *loop;
	struct peer *peer;
	struct settings *settings;
	struct MHD_Connection *connection;
	enum exchange_state state;
	int64_t begun_us;

	struct guard_request raw;
	struct guard_framing framing;
	struct route_match match;
	bool is_head, is_preflight, must_close;
	struct params params;
	struct buf body;
	bool body_too_large;
	size_t body_seen;
	struct form_data *form; /* a multipart body; NULL: none */
	size_t body_paced;      /* body_seen when the deadline was last put off */
	int64_t body_since_ms;

	bool has_language, language_chosen, language_kept; /* chosen: by ?lang=, to be kept in a cookie */
	enum language language;
	char browser[BROWSER_SIZE + 1];
	bool browser_is_new;

	struct answer answer;
	struct job job;
	enum work_class work;

	/* Last, and alone not cleared for the next request: two of three kilobytes, of which @raw says how many rows mean anything. */
	struct header headers[GUARD_HEADERS_MAX];
};

static inline struct exchange *exchange_of(const struct request *rq)
{
	return (struct exchange *)(uintptr_t)rq;
}

/* What everything in broker/http knows about the server. */
struct server {
	struct server_options options; /* sizes without zeros; spans and arrays our own */
	struct router *router;
	struct limits *limits;
	struct metrics *metrics;
	const char **labels;
	struct workers *pools[WORK_COUNT]; /* none for INLINE */
	struct span origin;                /* of the issuer */
	bool https;
	char tag[9]; /* hash of the issuer, in cookie names */
	pthread_mutex_t names_lock;
	struct cookie_name {
		char name[COOKIE_NAME_MAX + 1];
		char full[64];
		struct span span;
	} cookie_names[COOKIE_NAMES_MAX];
	_Atomic size_t n_cookie_names;
	struct span cookie_browser, cookie_lang;
	struct loop *loops;
	pthread_mutex_t settings_lock;
	struct settings *settings;
	_Atomic unsigned generation; /* of the settings: a loop that sees another takes them up */
	_Atomic bool is_draining;
	_Atomic int64_t drain_until; /* monotonic ms */
	_Atomic uint64_t spooled;         /* bytes of files that requests hold */
	struct MHD_Response *last_resort; /* empty body, for when there is no memory for another */
};

/* dispatch.c: the stops of a request between libmicrohttpd and its handler. */
enum dispatch { DISPATCH_READ_BODY, DISPATCH_ANSWERED, DISPATCH_SUSPEND };
/* Head complete: guard, row, limits. */
enum dispatch dispatch_head(struct exchange *ex);
void dispatch_body(struct exchange *ex, struct span part);
/* Everything has arrived: parameters, CSRF, then the handler here or a place in its pool. */
enum dispatch dispatch_whole(struct exchange *ex);
/* The most that the body of this request may be. */
size_t dispatch_body_max(const struct exchange *ex);
/* Run by the pool after DISPATCH_SUSPEND. */
void dispatch_work(struct exchange *ex);

/* reply.c */
void reply_forget(struct exchange *ex);
bool reply_is_header_text(struct span s);
/* The security headers that every shared reply carries too. */
MUST_USE bool reply_add_fixed(struct MHD_Response *response, bool https, bool is_page);
/* reply_error.c: page and styles. static_reply.c: */
void static_reply_drop(struct static_reply *reply);
