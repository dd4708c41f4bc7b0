/* SPDX-License-Identifier: Apache-2.0 */
/*
 * signed_json - questions to another system over HTTP and its answers, both signed with one secret.
 *
 * The question is a JSON text with
 *	Authorization: YIMEN-HMAC-SHA256 key_id="…", timestamp="<seconds>", nonce="…", signature="<base64url>"
 * where the signature is HMAC(secret, timestamp "\n" nonce "\n" body); YIMEN-HMAC-SM3 likewise. The answer is
 *	{"payload":"<base64url of JSON>","signature":"<base64url of HMAC(secret, "reply\n" payload)>"}
 * and its payload is an object with our nonce and a timestamp (seconds). What is verified is the text that is parsed (security.md rule 7); an answer to
 * another question, an old one or an unsigned one is no answer.
 */
#pragma once

#include "broker/base/json.h"
#include "keys/digest.h"

struct signed_json {
	struct span key_id, secret;
	enum digest digest; /* DIGEST_SHA256 or DIGEST_SM3 */
	struct span nonce;  /* of this question, fresh, 22 characters */
	struct instant now; /* when it is asked */
};

/* The value of the header Authorization for the question @body. */
MUST_USE int signed_json_authorization(const struct signed_json *signed_json, struct span body, struct arena *arena, struct span *ret_header);
/* The payload (a new reference) of the answer @body. ERR_SIGNATURE for whatever cannot be trusted; *@ret_why says why, for the log. */
MUST_USE int signed_json_open(const struct signed_json *signed_json, struct span body, struct arena *arena, json_t **ret_payload, const char **ret_why);
