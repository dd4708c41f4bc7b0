/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reply - an HTTP/1.1 answer as the load generator sees it: complete or not yet, and the few things a script takes out of it.
 *
 * Fast rather than strict: it measures servers, it does not judge their syntax. RFC 9112
 */
#pragma once

#include "broker/base/buf.h"

struct reply {
	int status;
	struct span head;     /* header lines */
	struct span body;     /* unchunked */
	struct span location; /* as sent; NULL pointer when absent */
	bool closes;
};

enum reply_state { REPLY_COMPLETE, REPLY_PARTIAL, REPLY_MALFORMED };

/* Look at the @n bytes at @p, which may be rewritten to unchunk the body. @at_end: the server closed, nothing follows. */
enum reply_state reply_parse(char *p, size_t n, bool at_end, struct reply *ret_reply);

/* The next header line called @name (lower case) after *@at, which starts as 0. False at the end. */
bool reply_header(const struct reply *reply, const char *name, size_t *at, struct span *ret_value);
/* The string member @key of a JSON text, found without parsing. Escapes are left alone. */
bool reply_json_string(struct span json, struct span key, struct span *ret_value);
/* A parameter of the query or fragment of @url, as sent. */
bool reply_query(struct span url, struct span key, struct span *ret_value);
/* @url without scheme and authority. */
struct span reply_path(struct span url);
/* The value of <input name=@name>, or the action of <form id=@id> (`-`: the first form). Character references are left alone. */
bool reply_field(struct span html, struct span name, struct span *ret_value);
bool reply_action(struct span html, struct span id, struct span *ret_value);
