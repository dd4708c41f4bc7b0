/* SPDX-License-Identifier: Apache-2.0 */
#include "providers/tencent_sign.h"

#include "broker/base/encode.h"
#include "broker/base/error.h"
#include "broker/base/url.h"
#include "keys/digest.h"

#include <ctype.h>
#include <time.h>

#define TYPE "application/json; charset=utf-8"

static void date_of(struct instant now, char out[16])
{
	time_t seconds = (time_t)(now.ms / MS_SECOND);
	struct tm tm;

	gmtime_r(&seconds, &tm);
	strftime(out, 16, "%Y-%m-%d", &tm);
}

/* HMAC(HMAC(HMAC("TC3" secret, date), service), "tc3_request") */
static int derive(const struct tencent_call *call, const char *date, struct arena *arena, unsigned char ret_key[DIGEST_MAX])
{
	char *first = arena_printf(arena, "TC3" SPAN_FMT, SPAN_ARG(call->secret));

	if (!first)
		return FAULT_MEMORY;
	TRY(digest_hmac(DIGEST_SHA256, span_of(first), ret_key, span_of(date)));
	struct span key = { (char *)ret_key, 32 };
	TRY(digest_hmac(DIGEST_SHA256, key, ret_key, span_of(call->service)));
	return digest_hmac(DIGEST_SHA256, key, ret_key, SPAN("tc3_request"));
}

int tencent_sign_hash(const struct tencent_call *call, bool sign_action, struct arena *arena, char ret_hash[65])
{
	struct buf text = buf_new(arena, 256);
	struct span canonical;
	char body[65];
	struct url url;

	if (url_parse(call->endpoint, &url))
		return ERR_INVALID;
	TRY(digest_hex(DIGEST_SHA256, call->body, body));
	buf_printf(&text, "POST\n/\n\ncontent-type:" TYPE "\nhost:" SPAN_FMT "\n", SPAN_ARG(url_host_header(&url)));
	if (sign_action) {
		buf_str(&text, "x-tc-action:");
		for (const char *c = call->action; *c; c++)
			buf_char(&text, (char)tolower((unsigned char)*c));
		buf_char(&text, '\n');
	}
	buf_printf(&text, "\ncontent-type;host%s\n%s", sign_action ? ";x-tc-action" : "", body);
	TRY(buf_done(&text, &canonical));
	return digest_hex(DIGEST_SHA256, canonical, ret_hash);
}

int tencent_sign_final(const unsigned char key[32], const char *service, struct instant now, const char *hash, struct arena *arena, char ret_signature[65])
{
	unsigned char mac[DIGEST_MAX];
	char date[16];

	date_of(now, date);
	char *text = arena_printf(arena, "TC3-HMAC-SHA256\n%lld\n%s/%s/tc3_request\n%s", (long long)(now.ms / MS_SECOND), date, service, hash);
	if (!text)
		return FAULT_MEMORY;
	TRY(digest_hmac(DIGEST_SHA256, ((struct span){ (const char *)key, 32 }), mac, span_of(text)));
	encode_hex(ret_signature, (struct span){ (char *)mac, 32 });
	return 0;
}

int tencent_sign(const struct tencent_call *call, bool sign_action, struct arena *arena, struct fetch_request *ret_request)
{
	struct fetch_request request = { .url = call->endpoint, .content_type = SPAN(TYPE), .body = call->body };
	unsigned char key[DIGEST_MAX];
	char date[16], hash[65], signature[65];

	date_of(call->now, date);
	TRY(tencent_sign_hash(call, sign_action, arena, hash));
	TRY(derive(call, date, arena, key));
	TRY(tencent_sign_final(key, call->service, call->now, hash, arena, signature));
	char *stamp = arena_printf(arena, "%lld", (long long)(call->now.ms / MS_SECOND));
	char *header = arena_printf(arena, "TC3-HMAC-SHA256 Credential=" SPAN_FMT "/%s/%s/tc3_request, SignedHeaders=content-type;host%s, Signature=%s",
				    SPAN_ARG(call->key_id), date, call->service, sign_action ? ";x-tc-action" : "", signature);
	if (!stamp || !header)
		return FAULT_MEMORY;
	request.authorization = span_of(header);
	const struct fetch_header headers[] = { { "X-TC-Action", span_of(call->action) }, { "X-TC-Version", span_of(call->version) },
						{ "X-TC-Timestamp", span_of(stamp) }, { "X-TC-Region", call->region } };
	memcpy(request.headers, headers, sizeof headers);
	request.n_headers = call->region.n ? ARRAY_LEN(headers) : ARRAY_LEN(headers) - 1;
	*ret_request = request;
	return 0;
}

void tencent_sign_check(struct span endpoint, const struct yaml_node *map, struct problems *problems)
{
	struct url url;

	if (url_parse_secure(endpoint, &url) || url.has_query || url.path.n > 1)
		problem_add(problems, yaml_place(map, "endpoint"), "\"endpoint\" must be https://HOST (http only on loopback)");
}
