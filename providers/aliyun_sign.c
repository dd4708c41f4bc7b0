/* SPDX-License-Identifier: Apache-2.0 */
#include "providers/aliyun_sign.h"

#include "broker/base/encode.h"
#include "broker/base/error.h"
#include "broker/base/url.h"
#include "keys/digest.h"

#include <stdlib.h>
#include <time.h>

#define FORM "application/x-www-form-urlencoded"

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct aliyun_param *)a)->name, ((const struct aliyun_param *)b)->name);
}

/* Sorted by name, encoded as RFC 3986 has it, joined. */
static int canonical_query(const struct aliyun_param *params, size_t n, struct arena *arena, struct span *ret_query)
{
	struct aliyun_param *sorted = arena_array(arena, struct aliyun_param, n);
	struct buf buf = buf_new(arena, 512);

	if (!sorted)
		return FAULT_MEMORY;
	memcpy(sorted, params, n * sizeof *params);
	qsort(sorted, n, sizeof *sorted, by_name);
	for (size_t i = 0; i < n; i++) {
		if (i)
			buf_char(&buf, '&');
		encode_percent(&buf, span_of(sorted[i].name));
		buf_char(&buf, '=');
		encode_percent(&buf, sorted[i].value);
	}
	return buf_done(&buf, ret_query);
}

static int timestamp(struct instant now, struct arena *arena, struct span *ret_text)
{
	time_t seconds = (time_t)(now.ms / MS_SECOND);
	char text[32];
	struct tm tm;

	gmtime_r(&seconds, &tm);
	strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm);
	*ret_text = arena_dup(arena, span_of(text));
	return ret_text->p ? 0 : FAULT_MEMORY;
}

/* ---- the older way */

static int sign_query(struct span secret, const char *method, struct span query, struct arena *arena, struct span *ret_signature)
{
	struct buf text = buf_new(arena, 1024), signature = buf_new(arena, 32);
	unsigned char mac[DIGEST_MAX];
	struct span signed_text;

	buf_printf(&text, "%s&%%2F&", method);
	encode_percent(&text, query);
	TRY(buf_done(&text, &signed_text));
	/* The key is the secret and "&". */
	char *key = arena_printf(arena, SPAN_FMT "&", SPAN_ARG(secret));
	if (!key)
		return FAULT_MEMORY;
	TRY(digest_hmac(DIGEST_SHA1, span_of(key), mac, signed_text));
	encode_base64(&signature, (struct span){ (char *)mac, 20 });
	return buf_done(&signature, ret_signature);
}

int aliyun_sign_rpc(struct span secret, const char *method, const struct aliyun_param *params, size_t n, struct arena *arena, struct span *ret_signature)
{
	struct span query;

	TRY(canonical_query(params, n, arena, &query));
	return sign_query(secret, method, query, arena, ret_signature);
}

int aliyun_sign_v1(const struct aliyun_call *call, struct arena *arena, struct fetch_request *ret_request)
{
	struct aliyun_param params[ALIYUN_PARAMS_MAX + 8] = {
		{ "AccessKeyId", call->key_id }, { "SignatureMethod", SPAN("HMAC-SHA1") }, { "SignatureVersion", SPAN("1.0") },
		{ "SignatureNonce", call->nonce }, { "Format", SPAN("JSON") }, { "Action", span_of(call->action) },
		{ "Version", span_of(call->version) },
	};
	struct span query, signature;
	size_t n = 8;

	if (call->n_params > ALIYUN_PARAMS_MAX)
		return FAULT_BUG;
	params[7].name = "Timestamp";
	TRY(timestamp(call->now, arena, &params[7].value));
	for (size_t i = 0; i < call->n_params; i++)
		params[n++] = call->params[i];
	TRY(canonical_query(params, n, arena, &query));
	TRY(sign_query(call->secret, "POST", query, arena, &signature));
	struct buf body = buf_new(arena, query.n + 64);
	buf_str(&body, "Signature=");
	encode_percent(&body, signature);
	buf_char(&body, '&');
	buf_add(&body, query);
	*ret_request = (struct fetch_request){ .url = call->endpoint, .content_type = SPAN(FORM) };
	return buf_done(&body, &ret_request->body);
}

/* ---- V3 */

/* The headers in the order of their names, which is the order in which they are signed; type and host go first, by themselves. */
static int fill_headers(const struct aliyun_call *call, struct arena *arena, struct fetch_request *request)
{
	char text[65];
	struct span date, hash;

	TRY(timestamp(call->now, arena, &date));
	TRY(digest_hex(DIGEST_SHA256, request->body, text));
	hash = arena_dup(arena, span_of(text));
	if (!hash.p)
		return FAULT_MEMORY;
	const struct fetch_header headers[] = {
		{ "x-acs-action", span_of(call->action) }, { "x-acs-content-sha256", hash }, { "x-acs-date", date },
		{ "x-acs-signature-nonce", call->nonce }, { "x-acs-version", span_of(call->version) },
	};
	memcpy(request->headers, headers, sizeof headers);
	request->n_headers = ARRAY_LEN(headers);
	return 0;
}

static int authorize(const struct aliyun_call *call, struct span path, struct span host, struct span query, struct arena *arena, struct fetch_request *request)
{
	const char *names = request->content_type.n ? "content-type;host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version" :
						      "host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version";
	struct buf text = buf_new(arena, 1024);
	unsigned char mac[DIGEST_MAX];
	char hash[65], signature[65];
	struct span canonical;

	buf_printf(&text, "%s\n" SPAN_FMT "\n" SPAN_FMT "\n", call->method, SPAN_ARG(path), SPAN_ARG(query));
	if (request->content_type.n)
		buf_printf(&text, "content-type:" SPAN_FMT "\n", SPAN_ARG(request->content_type));
	buf_printf(&text, "host:" SPAN_FMT "\n", SPAN_ARG(host));
	for (size_t i = 0; i < request->n_headers; i++)
		buf_printf(&text, "%s:" SPAN_FMT "\n", request->headers[i].name, SPAN_ARG(request->headers[i].value));
	buf_printf(&text, "\n%s\n" SPAN_FMT, names, SPAN_ARG(request->headers[1].value));
	TRY(buf_done(&text, &canonical));
	TRY(digest_hex(DIGEST_SHA256, canonical, hash));
	TRY(digest_hmac(DIGEST_SHA256, call->secret, mac, SPAN("ACS3-HMAC-SHA256\n"), span_of(hash)));
	encode_hex(signature, (struct span){ (char *)mac, 32 });
	request->authorization = span_of(arena_printf(arena, "ACS3-HMAC-SHA256 Credential=" SPAN_FMT ",SignedHeaders=%s,Signature=%s", SPAN_ARG(call->key_id), names, signature));
	return request->authorization.p ? 0 : FAULT_MEMORY;
}

int aliyun_sign_v3(const struct aliyun_call *call, struct arena *arena, struct fetch_request *ret_request)
{
	struct fetch_request request = { .body = SPAN(""), .url = call->endpoint };
	struct buf url = buf_new(arena, 512);
	struct span path, query;
	struct url endpoint;

	if (url_parse(call->endpoint, &endpoint))
		return ERR_INVALID;
	path = endpoint.path.n ? endpoint.path : SPAN("/");
	TRY(canonical_query(call->params, call->n_params, arena, &query));
	if (call->in_body) {
		request.body = query;
		request.content_type = SPAN(FORM);
	}
	TRY(fill_headers(call, arena, &request));
	TRY(authorize(call, path, url_host_header(&endpoint), call->in_body ? SPAN("") : query, arena, &request));
	if (!call->in_body) {
		buf_add(&url, call->endpoint);
		buf_add(&url, call->endpoint.p[call->endpoint.n - 1] == '/' || path.n > 1 ? SPAN("?") : SPAN("/?"));
		buf_add(&url, query);
		TRY(buf_done(&url, &request.url));
	}
	*ret_request = request;
	return 0;
}

void aliyun_sign_check(struct span endpoint, const struct yaml_node *map, struct problems *problems)
{
	struct url url;

	if (url_parse_secure(endpoint, &url) || url.has_query)
		problem_add(problems, yaml_place(map, "endpoint"), "\"endpoint\" must begin with https:// (http only on loopback) and have no query");
}
