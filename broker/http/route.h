/* SPDX-License-Identifier: Apache-2.0 */
/*
 * route - what a row of the route table says: path, methods, parameters, who runs the handler, how its errors look.
 *
 * 404, 405 and CORS come from the table; so do metric labels, limits and the CSRF check. A handler runs only after everything its
 * row demands has been checked.
 */
#pragma once

#include "broker/base/error.h"

struct request;

enum method {
	METHOD_GET = 1 << 0, /* answers HEAD too */
	METHOD_POST = 1 << 1,
	METHOD_PUT = 1 << 2,
	METHOD_PATCH = 1 << 3,
	METHOD_DELETE = 1 << 4,
	METHOD_HEAD = 1 << 5,    /* never in a row */
	METHOD_OPTIONS = 1 << 6, /* never in a row: rows with cors answer it */
};

/* Who runs the handler. INLINE: the loop's thread, for what only computes or reads the store. COMMIT: the loop's thread too, on a fiber that
 * makes room for others while it waits for a commit or a signature (turns.h). The others suspend the request and run straight-line blocking
 * code on a bounded pool of their own, so that one kind of waiting cannot starve another. */
enum work_class { WORK_INLINE, WORK_COMMIT, WORK_PASSWORD, WORK_UPSTREAM, WORK_SMS, WORK_FILES, WORK_COUNT };

/* How an error of the handler, or of what runs before it, is answered. The reference id is always part of it. */
enum error_style {
	ERRORS_PAGE,       /* the page "error" */
	ERRORS_OAUTH,      /* JSON, RFC 6749 5.2 */
	ERRORS_BEARER,     /* WWW-Authenticate, RFC 6750 3, and the same JSON */
	ERRORS_PLAIN_JSON, /* {"error": machine code, "reference": …} */
};

/* Token buckets per client address; sizes are settings. */
enum rate_class { RATE_NONE, RATE_PAGE, RATE_LOGIN, RATE_SMS, RATE_TOKEN, RATE_READ, RATE_COUNT };

enum param_flag {
	PARAM_QUERY = 1 << 0,
	PARAM_FORM = 1 << 1, /* urlencoded body */
	PARAM_MANY = 1 << 2, /* may repeat: request_params */
	PARAM_FILE = 1 << 3, /* files of a multipart body: request_files */
};

/* A parameter that the route knows. Unknown ones are ignored (RFC 6749 3.1), a known one twice is ERR_DUPLICATE_PARAMETER, one
 * longer than @max bytes or not UTF-8 is ERR_INVALID_REQUEST. "csrf", "lang" and "ui_locales" need no row. */
struct param_spec {
	const char *name;
	unsigned flags;
	size_t max; /* 0: PARAM_DEFAULT_MAX */
};

#define PARAM_DEFAULT_MAX 1024
#define PARAM_END { 0 }

enum body_kind {
	BODY_FORM = 0,      /* application/x-www-form-urlencoded, or nothing */
	BODY_JSON = 1 << 0, /* application/json, left raw in request->body */
	BODY_MULTIPART = 1 << 1, /* multipart/form-data (RFC 7578), or what BODY_FORM reads */
};

/* For rows that are an API: what the OpenAPI description says and what the handler demands. */
struct route_doc {
	const char *summary;
	const char *scope;  /* the token must have it */
	const char *answer; /* schema: "Unit", or "[Unit]" for a page of them */
	const char *body;   /* schema of what is posted as JSON; NULL: the parameters, as a form */
};

struct route {
	const char *path; /* "/login/{provider}/callback": a segment in braces is a path parameter */
	unsigned methods; /* METHOD_GET | METHOD_POST … */
	const struct param_spec *params; /* ends with PARAM_END; NULL for none */
	enum work_class work;
	enum work_class (*classify)(const struct request *rq); /* instead of @work, when it depends on the parameters */
	int (*handler)(struct request *rq); /* 0: it replied (reply.h); an answer or a fault is rendered in @errors */
	enum error_style errors;
	enum rate_class rate;
	enum body_kind body;
	size_t body_max; /* BODY_MULTIPART: of the whole body, files included; 0: as everywhere */
	bool csrf;    /* everything but GET must carry the token of csrf.h */
	bool cors;    /* any origin, without credentials; never on what cookies authenticate */
	bool urgent;  /* overtakes in its pool's queue and has a queue of its own: revocation, logout */
	const struct route_doc *doc; /* NULL: no API */
	const char *metric; /* label "route"; the path when NULL */
};
