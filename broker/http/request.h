/* SPDX-License-Identifier: Apache-2.0 */
/*
 * request - what a handler may know about a request: parsed once, at the edge, and checked by the guard before.
 *
 * Everything lives until the reply has been sent. One thread at a time works on a request.
 */
#pragma once

#include "broker/base/arena.h"
#include "broker/http/catalogue.h"
#include "broker/http/route.h"

struct server;

#define REQUEST_REFERENCE_SIZE 12

/* Who asks: IPv4 in its mapped form ::ffff:a.b.c.d. Unix peers that are no trusted proxy have unix_peer and no bytes. */
struct client_address {
	unsigned char bytes[16];
	bool unix_peer;
};

#define CLIENT_ADDRESS_TEXT 46

struct request {
	struct arena *arena;     /* capped, wiped after the reply */
	struct server *server;
	const struct route *route;
	void *app;               /* server_settings.app as it was when the request began */
	struct instant now;      /* read once */
	struct instant deadline; /* give up by then: upstream calls, waits */
	unsigned method;         /* one METHOD_…; HEAD is METHOD_GET here */
	bool secure;             /* https as the browser sees it */
	struct span path, query; /* as sent, valid percent-encoding, the query without '?' */
	struct span body;        /* as it came; empty where it is multipart */
	struct client_address client;
	void *notes;             /* the endpoint's own, for this request */
	char reference[REQUEST_REFERENCE_SIZE]; /* in log, audit, error pages and X-Request-Id */
};

/* The value; empty when absent or sent without a value, which is the same (RFC 6749 3.1). Asking for what the row lacks is a bug
 * (aborts in debug builds). Values are terminated. */
struct span request_param(const struct request *rq, const char *name);
/* All values of a PARAM_MANY parameter in order; *@ret_values may be NULL when 0. */
size_t request_params(const struct request *rq, const char *name, const struct span **ret_values);
/* Decoded segment; empty when the path has no such segment. */
struct span request_path_param(const struct request *rq, const char *name);
/* NULL pointer when absent or sent more than once. Name in any case. */
struct span request_header(const struct request *rq, const char *name);
/* Cookie by its full name (http_cookie_name). NULL pointer when absent, or when sent twice with different values. */
struct span request_cookie(const struct request *rq, struct span name);

/* Authorization: Basic with both halves form-decoded (RFC 6749 2.3.1). ERR_ABSENT when the header is absent or has another scheme,
 * ERR_INVALID_CLIENT when it cannot be read. */
MUST_USE int request_basic_credentials(const struct request *rq, struct span *ret_id, struct span *ret_secret);
/* Authorization: Bearer (RFC 6750 2.1). ERR_ABSENT without one, ERR_INVALID_TOKEN for one that is no b64token. */
MUST_USE int request_bearer(const struct request *rq, struct span *ret_token);
bool request_has_authorization(const struct request *rq);

/* The page's language: what the person chose (parameter lang, later its cookie), ui_locales, Accept-Language, else the default. */
enum language request_language(struct request *rq);
/* An earlier request of the same way came to the language @tag: it holds for this one too, unless the person has chosen. */
void request_prefer_language(struct request *rq, struct span tag);
/* The binding of this browser, 22 characters: from its cookie, or made now and set with the reply. NULL pointer without memory. */
struct span request_browser(struct request *rq);
/* Did the browser bring its binding? An interaction of another browser is recognised by request_browser's value. */
bool request_has_browser(const struct request *rq);

/* Text of @client for log and audit: "192.0.2.1", "2001:db8::1", "unix". */
const char *client_address_text(const struct client_address *client, char out[CLIENT_ADDRESS_TEXT]);
