/* SPDX-License-Identifier: Apache-2.0 */
/*
 * signed_http - a request as the configuration describes it: address, headers, body and signature are texts with {placeholders}. What an
 * interface without an adapter of its own is spoken to with.
 */
#pragma once

#include "broker/base/json.h"
#include "conf/option.h"
#include "providers/fetch.h"

enum signed_http_content { SIGNED_HTTP_JSON, SIGNED_HTTP_FORM };

struct signed_http {
	struct span url;
	int content; /* enum signed_http_content */
	struct option_list headers; /* "Name: value" */
	struct span key_id;
	struct secret secret;
	int algorithm, encoding;
	struct span sign_over;
};
/* The rows of struct signed_http, for a group. */
extern const struct option signed_http_rows[];

struct signed_http_field {
	const char *name; /* "phone" */
	struct span value;
	bool is_json; /* JSON already: not quoted again in a JSON body */
};

#define SIGNED_HTTP_FIELDS_MAX 20

/* POST of @body (a template) to @url. {key_id}, {timestamp}, {timestamp_ms}, {time}, {date}, {nonce} are known everywhere, {sign} in headers and body,
 * {body} and {body_sha256} in what is signed and in headers. */
MUST_USE int signed_http_fill(const struct signed_http *http, struct span url, struct span body, const struct signed_http_field *fields, size_t n,
			      struct span nonce, struct instant now, struct arena *arena, struct fetch_request *ret_request);
/* Reports placeholders of @template that are neither known everywhere nor in @names (ends with NULL), under the key @key. */
void signed_http_check_template(struct span template, const char *const *names, const char *key, const struct yaml_node *map, struct problems *problems);
/* The same for address, headers and what is signed, and whether they can be used at all. */
void signed_http_check(const struct signed_http *http, const char *const *names, const struct yaml_node *map, struct problems *problems);
