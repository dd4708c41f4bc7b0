/* SPDX-License-Identifier: Apache-2.0 */
#include "providers/signed_json.h"

#include "broker/base/encode.h"
#include "broker/base/error.h"

#define SKEW (5 * MS_MINUTE)

static int sign(const struct signed_json *with, const struct span *parts, size_t n, struct arena *arena, struct span *ret_text)
{
	unsigned char mac[DIGEST_MAX];
	struct buf buf = buf_new(arena, 48);

	TRY(digest_hmac_parts(with->digest, with->secret, parts, n, mac));
	encode_base64url(&buf, (struct span){ (char *)mac, digest_row(with->digest)->size });
	return buf_done(&buf, ret_text);
}

int signed_json_authorization(const struct signed_json *with, struct span body, struct arena *arena, struct span *ret_header)
{
	char *stamp = arena_printf(arena, "%lld", (long long)(with->now.ms / MS_SECOND));
	struct span signature;

	if (!stamp)
		return FAULT_MEMORY;
	const struct span parts[] = { span_of(stamp), SPAN("\n"), with->nonce, SPAN("\n"), body };
	TRY(sign(with, parts, ARRAY_LEN(parts), arena, &signature));
	char *header = arena_printf(arena, "YIMEN-HMAC-%s key_id=\"" SPAN_FMT "\", timestamp=\"%s\", nonce=\"" SPAN_FMT "\", signature=\"" SPAN_FMT "\"",
				    with->digest == DIGEST_SM3 ? "SM3" : "SHA256", SPAN_ARG(with->key_id), stamp, SPAN_ARG(with->nonce), SPAN_ARG(signature));
	if (!header)
		return FAULT_MEMORY;
	*ret_header = span_of(header);
	return 0;
}

static int refuse(const char **ret_why, const char *why)
{
	*ret_why = why;
	return ERR_SIGNATURE;
}

int signed_json_open(const struct signed_json *with, struct span body, struct arena *arena, json_t **ret_payload, const char **ret_why)
{
	JSON *envelope = NULL;
	JSON *payload = NULL;
	struct span signature, json;
	int64_t stamp = 0;

	if (json_read_object(body, &envelope))
		return refuse(ret_why, "an answer that is no JSON object");
	struct span text = json_get_span(envelope, "payload");
	const struct span parts[] = { SPAN("reply\n"), text };
	TRY(sign(with, parts, ARRAY_LEN(parts), arena, &signature));
	if (!text.n || !secret_eq(signature, json_get_span(envelope, "signature")))
		return refuse(ret_why, "an answer with a wrong signature");
	int result = encode_base64url_decode(text, arena, &json);
	if (result < 0)
		return result;
	if (result || json_read_object(json, &payload))
		return refuse(ret_why, "a payload that is no JSON object");
	if (!span_eq(json_get_span(payload, "nonce"), with->nonce))
		return refuse(ret_why, "an answer to another question");
	if (!json_get_i64(payload, "timestamp", &stamp) || stamp < (with->now.ms - SKEW) / MS_SECOND || stamp > (with->now.ms + SKEW) / MS_SECOND)
		return refuse(ret_why, "an answer of another time");
	*ret_payload = json_incref(payload);
	return 0;
}
