/* SPDX-License-Identifier: Apache-2.0 */
/*
 * zhejiang - the check of name and ID card number that Zhejiang's government platform has for systems that log in there (valiidcard). domain.md 3.7, 3.8
 */
#include "broker/base/encode.h"
#include "broker/base/error.h"
#include "broker/base/hours.h"
#include "broker/base/json_path.h"
#include "broker/base/url.h"
#include "keys/digest.h"
#include "providers/verify.h"

#include <time.h>

struct zhejiang_options {
	struct span url, code;
	struct secret password;
	struct span access_key;
	struct secret secret_key;
	struct option_list mismatch;
};

static const struct option rows[] = {
	{ .key = "service_code", .type = OPTION_STRING, .offset = offsetof(struct zhejiang_options, code), .min = 1, .max = 64, .flags = OPTION_REQUIRED,
	  .doc = "`servicecode` of this system, as the platform's office gave it out for the login of natural persons." },
	{ .key = "service_password", .type = OPTION_SECRET, .offset = offsetof(struct zhejiang_options, password), .min = 1, .max = 128, .flags = OPTION_REQUIRED,
	  .doc = "`servicepwd`, given out with it. Better as `service_password_file`." },
	{ .key = "url", .type = OPTION_STRING, .offset = offsetof(struct zhejiang_options, url), .def = "https://appapi.zjzwfw.gov.cn/sso/servlet/simpleauth", .max = 2048,
	  .doc = "The interface, or its address behind the province's gateway (`https://ibcdsg.zj.gov.cn:8443/restapi/prod/IC33…/sso/servlet/simpleauth`)." },
	{ .key = "access_key", .type = OPTION_STRING, .offset = offsetof(struct zhejiang_options, access_key), .max = 128,
	  .doc = "Behind the gateway: the application's access key (X-BG-HMAC-ACCESS-KEY)." },
	{ .key = "secret_key", .type = OPTION_SECRET, .offset = offsetof(struct zhejiang_options, secret_key), .max = 256,
	  .doc = "Behind the gateway: its secret key." },
	{ .key = "mismatch", .type = OPTION_LIST, .offset = offsetof(struct zhejiang_options, mismatch), .def = "66*", .max = 50,
	  .doc = "The platform's codes that say that name and number do not belong together, from its document; `66*` is every code that begins so. Of any other code "
		 "that is no fault of this system's own (98…, 99…) a reviewer decides: it is nobody's mismatch." },
	{ .key = NULL },
};

static void check(const void *options, const struct yaml_node *map, struct problems *problems)
{
	const struct zhejiang_options *zhejiang = options;
	struct url url;

	if (url_parse_secure(zhejiang->url, &url) || url.has_query)
		problem_add(problems, yaml_place(map, "url"), "\"url\" must begin with https:// (http only on loopback) and have no query");
	if (!zhejiang->access_key.n != !zhejiang->secret_key.bytes.n)
		problem_add(problems, yaml_place(map, "access_key"), "\"access_key\" and \"secret_key\" belong together");
}

static const struct advice codes[] = {
	{ "0", VERIFY_MATCH, "姓名与身份证号一致。", "Name and number belong together." },
	{ "9800", VERIFY_UNAVAILABLE, "接口名错误：请核对 url。", "It does not know the method: check url." },
	{ "9900", VERIFY_UNAVAILABLE, "servicecode 不存在：请核对 service_code。", "There is no such servicecode: check service_code." },
	{ "9901", VERIFY_UNAVAILABLE, "签名错误：请核对 service_password。", "The signature is wrong: check service_password." },
	{ "9902", VERIFY_UNAVAILABLE, "时间不正确：请校准本机时间（NTP）。", "The time is wrong: set this machine's clock (NTP)." },
	{ "9903", VERIFY_UNAVAILABLE, "本服务器的 IP 不在允许范围内：请向平台登记。", "This server's address is not allowed: register it with the platform." },
	{ "9904", VERIFY_UNAVAILABLE, "该系统已被停用：请联系平台。", "This system was disabled there: ask the platform." },
	{ "98*", VERIFY_UNAVAILABLE, "平台不接受该请求，请核对 url。", "The platform does not accept the request: check url." },
	{ "99*", VERIFY_UNAVAILABLE, "平台拒绝了请求，请联系平台。", "The platform refuses requests of this system: ask it." },
	{ NULL },
};

static int digest_text(const struct zhejiang_options *zhejiang, const char *time, char out[33])
{
	unsigned char hash[DIGEST_MAX];

	TRY(digest_of(DIGEST_MD5, hash, zhejiang->code, zhejiang->password.bytes, span_of(time)));
	encode_hex(out, (struct span){ (char *)hash, 16 });
	return 0;
}

/* The gateway's own signature: method, path, query, key and date, a line each. */
static int sign_for_gateway(const struct zhejiang_options *zhejiang, struct instant now, struct arena *arena, struct fetch_request *fetch)
{
	time_t seconds = (time_t)(now.ms / MS_SECOND);
	struct buf signature = buf_new(arena, 64);
	unsigned char mac[DIGEST_MAX];
	char date[40];
	struct url url;
	struct tm tm;

	if (!zhejiang->access_key.n)
		return 0;
	if (url_parse(zhejiang->url, &url))
		return ERR_INVALID;
	gmtime_r(&seconds, &tm);
	strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", &tm);
	TRY(digest_hmac(DIGEST_SHA256, zhejiang->secret_key.bytes, mac, SPAN("POST\n"), url.path, SPAN("\nmethod=valiidcard\n"), zhejiang->access_key, SPAN("\n"),
			span_of(date), SPAN("\n")));
	encode_base64(&signature, (struct span){ (char *)mac, 32 });
	const struct fetch_header headers[] = { { "X-BG-HMAC-ACCESS-KEY", zhejiang->access_key }, { "X-BG-HMAC-ALGORITHM", SPAN("hmac-sha256") },
						{ "X-BG-DATE-TIME", arena_dup(arena, span_of(date)) }, { "X-BG-HMAC-SIGNATURE", { NULL, 0 } } };
	memcpy(fetch->headers, headers, sizeof headers);
	fetch->n_headers = ARRAY_LEN(headers);
	return fetch->headers[2].value.p ? buf_done(&signature, &fetch->headers[3].value) : FAULT_MEMORY;
}

static int ask(const void *options, const struct verify_request *request, struct arena *arena, struct verify_ask *ret_ask)
{
	const struct zhejiang_options *zhejiang = options;
	struct verify_ask result = { .type = VERIFY_FETCH, .fetch.content_type = SPAN("application/x-www-form-urlencoded") };
	time_t china = (time_t)((request->now.ms + CHINA_MS) / MS_SECOND);
	struct buf form = buf_new(arena, 256);
	char time[16], sign[33];
	bool first = true;
	struct tm tm;

	*ret_ask = (struct verify_ask){ .type = VERIFY_CANNOT };
	if (request->subject != VERIFY_PERSON || !span_is(request->id_type, "111"))
		return 0;
	gmtime_r(&china, &tm);
	strftime(time, sizeof time, "%Y%m%d%H%M%S", &tm);
	TRY(digest_text(zhejiang, time, sign));
	const struct {
		const char *name;
		struct span value;
	} params[] = {
		{ "servicecode", zhejiang->code }, { "time", span_of(time) }, { "sign", span_of(sign) }, { "username", request->name },
		{ "idnum", request->id_number }, { "sex", request->gender }, { "nation", request->ethnic_code }, { "datatype", SPAN("json") },
	};
	for (size_t i = 0; i < ARRAY_LEN(params); i++)
		if (params[i].value.n)
			url_add_pair(&form, &first, span_of(params[i].name), params[i].value);
	TRY(buf_done(&form, &result.fetch.body));
	char *url = arena_printf(arena, SPAN_FMT "?method=valiidcard", SPAN_ARG(zhejiang->url));
	if (!url)
		return FAULT_MEMORY;
	result.fetch.url = span_of(url);
	TRY(sign_for_gateway(zhejiang, request->now, arena, &result.fetch));
	*ret_ask = result;
	return 0;
}

static enum verify_outcome outcome_of(const struct zhejiang_options *zhejiang, struct span code)
{
	for (size_t i = 0; i < zhejiang->mismatch.n; i++)
		if (advice_fits(zhejiang->mismatch.items[i], code))
			return VERIFY_MISMATCH;
	return VERIFY_NOT_CHECKABLE;
}

/* {"result":"0"} or a code of the platform. */
static int read_answer(const void *options, const struct verify_request *request, const struct verify_reply *reply, struct arena *arena,
		       struct verify_answer *ret_answer)
{
	JSON *json = NULL;
	struct span code;

	if (reply->error || reply->status != 200)
		return verify_answer(ret_answer, VERIFY_UNAVAILABLE, reply->error ? "no answer" : "a status that is not 200");
	if (json_read_object(reply->body, &json))
		return verify_answer(ret_answer, VERIFY_UNAVAILABLE, "an answer that is no JSON object");
	TRY(json_path_text(json, SPAN("result"), arena, &code));
	if (!code.n)
		return verify_answer(ret_answer, VERIFY_UNAVAILABLE, "an answer without a result");
	TRY(verify_answer_code(ret_answer, codes, code, json_get_span(json, "errmsg"), outcome_of(options, code), arena));
	ret_answer->method = SPAN("population");
	return 0;
}

extern const struct verifier verify_zhejiang;
const struct verifier verify_zhejiang = {
	.variant = { .name = "zhejiang", .doc = "The population register behind Zhejiang's government platform (valiidcard): people with an ID card.", .table = rows,
		     .size = sizeof(struct zhejiang_options), .check = check },
	.ask = ask,
	.read = read_answer,
};
