/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api - the directory API of business systems (domain.md 1.6): client credentials, one scope a resource, every look at people audited.
 *
 * Answers are objects whose members stand in one table (api_schema), from which the OpenAPI description is printed; lists come in pages
 * {"items": […], "next": cursor}. Nothing is told of a person whose consent the client would need and has not got.
 */
#pragma once

#include "broker/base/json.h"
#include "broker/endpoint/token_facts.h"

struct option_registry;

#define API_PAGE_MAX 200
#define API_PAGE_DEFAULT 50

/* A business system that calls. */
struct api {
	struct request *rq;
	struct token_facts token;
	const struct config_client *client;
	struct buf buf;
	struct json_writer out;
	/* of a page */
	int64_t limit, n;
	struct id from; /* zero: the beginning */
	struct id last; /* item shown */
	bool more;      /* than this page shows */
};

/* The caller's token is alive, is a client's own, is meant for us and has the scope that the route's row demands. */
MUST_USE int api_open(struct request *rq, struct api *ret_api);
/* limit and cursor. ERR_INVALID_REQUEST. */
MUST_USE int api_open_page(struct request *rq, struct api *ret_api);
/* Begin the answer, or begin it anew in a transaction that may run twice. api_items also opens "items" of a page. */
void api_begin(struct api *api);
void api_items(struct api *api);
/* Called for each item: true when the page is full, and there is more. */
bool api_is_full(struct api *api, struct id item);
/* Close what is open, and answer. */
MUST_USE int api_reply(struct api *api);
MUST_USE int api_reply_items(struct api *api);
/* In the transaction that read: @action names the resource, @subject whom it was about. */
MUST_USE int api_audit(struct txn *txn, const struct api *api, const char *action, struct span subject);

/* The person as this client knows them. */
MUST_USE int api_member_sub(struct api *api, struct id identity);

/* What a resource consists of. */
struct api_field {
	const char *name;
	const char *type; /* "string", "integer", "boolean", "date-time", the name of a schema, or one of these in brackets for a list */
	const char *doc;
};
struct api_schema {
	const char *name; /* "Unit" */
	const char *doc;
	const struct api_field *fields; /* ends with a row without a name */
};
/* NULL past the end. */
const struct api_schema *api_schema_at(size_t i);
/* The description of every documented row of @routes, OpenAPI 3.1. */
MUST_USE int api_describe(struct buf *buf, struct span issuer, const struct route *routes, size_t n, const struct option_registry *registries);
