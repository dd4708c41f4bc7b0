/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reply - the answer to a request. All security headers are set in reply.c and nowhere else.
 *
 * A handler calls one reply_… that returns int and passes its result on; headers and cookies come before. It works the same on the
 * loop's thread and on a worker. Nothing may be cached unless said otherwise. Bodies are borrowed until the reply has been sent:
 * request arena or static.
 */
#pragma once

#include "broker/http/request.h"

#include "broker/base/json.h"

/* application/json. */
MUST_USE int reply_json(struct request *rq, int status, struct span json);
/* Any type. @cache_control NULL: no-store. With @etag (quoted) a fitting If-None-Match gives 304. */
MUST_USE int reply_bytes(struct request *rq, int status, const char *type, struct span bytes, const char *cache_control,
			 const char *etag);
/* Bytes that are read as they are sent, by @read on the loop's thread; @size is known before. */
struct reply_source {
	int (*read)(void *context, uint64_t offset, char *out, size_t n, size_t *ret_n);
	void (*release)(void *context);
	void *context;
	uint64_t size;
};
/* What strangers made: whatever a browser takes it for, it gets a sandbox without scripts, and no other site may show it. Takes over the
 * context, also on failure. What cannot be read any more ends the connection. */
MUST_USE int reply_stream(struct request *rq, const char *type, const struct reply_source *source);
/* 303 See Other; @url is a path of our own or a URL that the caller has checked. ERR_INVALID_REQUEST for bytes that no header may
 * hold. */
MUST_USE int reply_redirect(struct request *rq, struct span url);
/* Page @page with @data (an object, borrowed; NULL: none) and the members of every page: csrf, reference, lang_url (GET), and those
 * of server_settings.common. Members of @data stand before these. */
MUST_USE int reply_page(struct request *rq, int status, const char *page, const json_t *data);
struct form_pair {
	struct span name, value;
};
/* The page that posts @pairs to @url by itself or by button (OAuth 2.0 Form Post Response Mode). */
MUST_USE int reply_form_post(struct request *rq, struct span url, const struct form_pair *pairs, size_t n);
MUST_USE int reply_empty(struct request *rq, int status);
/* What the router does with a handler's result: @error in the route's style. Always succeeds in the end, if with an empty 503. */
int reply_error(struct request *rq, int error);
/* Page "error" with further members of its `error` object or the page; NULL for none. */
MUST_USE int reply_error_page(struct request *rq, int error, const json_t *data);
/* Should this request end on the error page, that links to @url, an address of our own or one registered for a client. */
void reply_way_back(struct request *rq, struct span url);
/* Seconds for Retry-After of the reply to come. */
void reply_retry_after(struct request *rq, unsigned seconds);

/* Further header of the reply to come; bytes that no header may hold make the reply a FAULT_BUG. */
void reply_header(struct request *rq, const char *name, struct span value);

enum cookie_flag {
	COOKIE_SCRIPT = 1 << 0,     /* not HttpOnly */
	COOKIE_CROSS_SITE = 1 << 1, /* SameSite=None: form_post callbacks of upstreams; needs https, else Lax */
	COOKIE_STRICT = 1 << 2,     /* SameSite=Strict */
};
/* HttpOnly, SameSite=Lax, Path=/, Secure under https. @max_age in seconds; 0: until the browser closes; negative: delete. */
void reply_cookie(struct request *rq, struct span name, struct span value, int64_t max_age, unsigned flags);

/* CSP form-action of the page to come also allows the origin (or private scheme) of @url. Browsers apply form-action to redirects
 * after a POST too: every page of an interaction that may end in a redirect to a client or upstream names it here. At most 4. */
void reply_allow_form_target(struct request *rq, struct span url);

/* Replies that are the same for everyone and change rarely (discovery, JWKS): built once, queued by reference. A slot is replaced
 * while requests read it. */
struct static_slot;
MUST_USE struct static_slot *static_slot_new(void);
void static_slot_free(struct static_slot *slot);
/* Keeps copies. The ETag is computed. @issuer decides about HSTS; @cors as in the route's row. */
MUST_USE int static_slot_set(struct static_slot *slot, struct span issuer, const char *type, struct span bytes,
			     const char *cache_control, bool cors);
/* 200 or 304; FAULT_BUG while the slot is empty. */
MUST_USE int reply_static(struct request *rq, struct static_slot *slot);
