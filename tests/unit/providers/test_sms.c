/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signatures of the two clouds against the vendors' own examples and values computed with Python's hmac (domain.md 3.6), what each gateway sends, and
 * what it makes of every kind of reply.
 */
#include "broker/base/encode.h"
#include "broker/base/json.h"
#include "keys/digest.h"
#include "providers/aliyun_sign.h"
#include "providers/tencent_sign.h"
#include "tests/unit/providers/variant.h"

#define AT(seconds) ((struct instant){ INT64_C(seconds) * MS_SECOND })

static struct span s(const char *text)
{
	return span_of(text);
}

/* ---- Aliyun, the older way: help.aliyun.com, "Request signature" of Dysms */

START_TEST(aliyun_v1)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(16384);
	const struct aliyun_param params[] = {
		{ "SignatureMethod", s("HMAC-SHA1") }, { "SignatureNonce", s("45e25e9b-0a6f-4070-8c85-2956eda1b466") }, { "AccessKeyId", s("testId") },
		{ "SignatureVersion", s("1.0") }, { "Timestamp", s("2017-07-12T02:42:19Z") }, { "Format", s("XML") }, { "Action", s("SendSms") },
		{ "Version", s("2017-05-25") }, { "RegionId", s("cn-hangzhou") }, { "PhoneNumbers", s("15300000001") }, { "SignName", s("阿里云短信测试专用") },
		{ "TemplateParam", s("{\"customer\":\"test\"}") }, { "TemplateCode", s("SMS_71390007") }, { "OutId", s("123") },
	};
	struct span signature;

	ck_assert_int_eq(aliyun_sign_rpc(s("testSecret"), "GET", params, ARRAY_LEN(params), arena, &signature), 0);
	ROW_SPAN("GET", signature, s("zJDF+Lrzhj/ThnlvIToysFRq6t4="));
	ck_assert_int_eq(aliyun_sign_rpc(s("testSecret"), "POST", params, ARRAY_LEN(params), arena, &signature), 0);
	ROW_SPAN("POST", signature, s("Xvhv7fPXrPkLVSnlt0jIr08o8NQ="));
}
END_TEST

/* ---- V3: help.aliyun.com, "Request syntax and signature method V3" */

START_TEST(aliyun_v3)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(65536);
	const struct aliyun_param ecs[] = { { "ImageId", s("win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd") }, { "RegionId", s("cn-shanghai") } };
	const struct aliyun_param sms[] = { { "PhoneNumbers", s("13800138000") }, { "SignName", s("测试签名") }, { "TemplateCode", s("SMS_000000001") },
					    { "TemplateParam", s("{\"code\":\"123456\"}") } };
	const struct {
		const char *name;
		struct aliyun_call call;
		const char *signature;
	} rows[] = {
		{ "the vendor's example",
		  { s("https://ecs.cn-shanghai.aliyuncs.com"), s("YourAccessKeyId"), s("YourAccessKeySecret"), "POST", "RunInstances", "2014-05-26", ecs, 2, false,
		    s("3156853299f313e23d1673dc12e1703d"), AT(1698315752) },
		  "06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0" },
		{ "a message",
		  { s("https://dysmsapi.aliyuncs.com"), s("testId"), s("testSecret"), "POST", "SendSms", "2017-05-25", sms, 4, false,
		    s("0123456789abcdef0123456789abcdef"), AT(1704067200) },
		  "ae1b60b6c9d516ba23f311b9a0627fdc67cd7de283337abe81e2591a6dec95b4" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct fetch_request request;

		ck_assert_int_eq(aliyun_sign_v3(&rows[i].call, arena, &request), 0);
		struct span authorization = request.authorization;
		ck_assert(authorization.n > 64);
		ROW_SPAN(rows[i].name, ((struct span){ authorization.p + authorization.n - 64, 64 }), s(rows[i].signature));
		ck_assert_uint_eq(request.n_headers, 5);
		ck_assert_msg(span_starts(request.url, rows[i].call.endpoint), SPAN_FMT, SPAN_ARG(request.url));
	}
}
END_TEST

/* ---- Tencent: cloud.tencent.com, "Signature v3" */

START_TEST(tencent_tc3)
{
	static const char vendor[] = "{\"Limit\": 1, \"Filters\": [{\"Values\": [\"\\u672a\\u547d\\u540d\"], \"Name\": \"instance-name\"}]}";
	static const char message[] = "{\"PhoneNumberSet\":[\"+8613800138000\"],\"SmsSdkAppId\":\"1400000000\",\"SignName\":\"测试签名\",\"TemplateId\":\"100001\","
				      "\"TemplateParamSet\":[\"123456\",\"5\"]}";
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(65536);
	const struct tencent_call cvm = { s("https://cvm.tencentcloudapi.com"), s("AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE"), s("Gu5t9xGARNpq86cd98joQYCN3EXAMPLE"), "cvm",
					  "DescribeInstances", "2017-03-12", s("ap-guangzhou"), s(vendor), AT(1551113065) };
	const struct tencent_call sms = { s("https://sms.tencentcloudapi.com"), s("testid"), s("testsecret"), "sms", "SendSms", "2021-01-11", s("ap-guangzhou"),
					  s(message), AT(1704067200) };
	const struct {
		const char *name;
		const struct tencent_call *call;
		bool sign_action;
		const char *signature;
	} rows[] = {
		{ "the vendor's example, without the action", &cvm, false, "72e494ea809ad7a8c8f7a4507b9bddcbaa8e581f516e8da2f66e2c5a96525168" },
		{ "a message", &sms, true, "4e3eb54f5ce90184870e7ea17fd0eefe77c39c2ad9f93a8925b87d6ccb7ea03d" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct fetch_request request;

		ck_assert_int_eq(tencent_sign(rows[i].call, rows[i].sign_action, arena, &request), 0);
		struct span authorization = request.authorization;
		ROW_SPAN(rows[i].name, ((struct span){ authorization.p + authorization.n - 64, 64 }), s(rows[i].signature));
	}
}
END_TEST

/* The newer description hides its keys and shows what comes of them. */
START_TEST(tencent_halves)
{
	static const char body[] = "{\"Limit\": 1, \"Filters\": [{\"Values\": [\"\\u672a\\u547d\\u540d\"], \"Name\": \"instance-name\"}]}";
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(16384);
	const struct tencent_call call = { s("https://cvm.tencentcloudapi.com"), s(""), s(""), "cvm", "DescribeInstances", "2017-03-12", s(""), s(body), AT(1551113065) };
	unsigned char key[32];
	char text[65];

	ck_assert_int_eq(tencent_sign_hash(&call, true, arena, text), 0);
	ck_assert_str_eq(text, "7019a55be8395899b900fb5564e4200d984910f34794a27cb3fb7d10ff6a1e84");
	ck_assert_int_eq(encode_hex_decode(s("b596b923aad85185e2d1f6659d2a062e0a86731226e021e61bfe06f7ed05f5af"), key), 0);
	ck_assert_int_eq(tencent_sign_final(key, "cvm", AT(1551113065), text, arena, text), 0);
	ck_assert_str_eq(text, "10b1a37a7301a02ca19a647ad722d5e43b4b3cff309d421d85b46093f6ab6c4f");
}
END_TEST

/* ---- what is sent */

#define ALIYUN "access_key_id: testId\naccess_key_secret: testSecret\nsign_name: 测试签名\n"
#define TENCENT "secret_id: testid\nsecret_key: testsecret\napp_id: '1400000000'\nsign_name: 测试签名\n"
#define HTTP "request:\n  url: https://sms.example/send\n  key_id: k1\n  secret: topsecret\n"

static const struct sms_message message = {
	.phone = { "13800138000", 11 }, .purpose = { "login", 5 }, .code = { "123456", 6 }, .text = { "【一\"门】123456", 19 }, .body = { "123456", 6 },
	.signature = { "一门", 6 }, .template_code = { "100001", 6 }, .params = { { { "code", 4 }, { "123456", 6 } }, { { "min", 3 }, { "5", 1 } } }, .n_params = 2,
	.key = { "k-1", 3 }, .language = { "zh", 2 }, .random = { "0123456789abcdef0123456789abcdef", 32 }, .minutes = 5, .now = { 1704067200000 },
};

static struct sms_delivery deliver(const char *name, const char *yaml, const struct sms_message *what, struct arena *arena)
{
	const struct sms_gateway *gateway = sms_gateway_of(variant_named(CONFIG_SMS_GATEWAYS, name));
	struct sms_delivery delivery;

	ck_assert_int_eq(gateway->deliver(variant_options(CONFIG_SMS_GATEWAYS, name, yaml, arena), what, arena, &delivery), 0);
	return delivery;
}

START_TEST(what_is_sent)
{
	static const struct {
		const char *name, *gateway, *yaml, *url, *type, *body;
	} rows[] = {
		{ "Aliyun V3: everything in the query", "aliyun", ALIYUN,
		  "https://dysmsapi.aliyuncs.com/?OutId=k-1&PhoneNumbers=13800138000&SignName=%E6%B5%8B%E8%AF%95%E7%AD%BE%E5%90%8D&TemplateCode=100001&"
		  "TemplateParam=%7B%22code%22%3A%22123456%22%2C%22min%22%3A%225%22%7D",
		  "", "" },
		{ "Aliyun V1: a form", "aliyun", ALIYUN "signature_version: v1\nendpoint: http://127.0.0.1:1/\n", "http://127.0.0.1:1/", "application/x-www-form-urlencoded",
		  "Signature=P8hK1mF69JuaqpZxKxyO8q3rbEY%3D&AccessKeyId=testId&Action=SendSms&Format=JSON&OutId=k-1&PhoneNumbers=13800138000&"
		  "SignName=%E6%B5%8B%E8%AF%95%E7%AD%BE%E5%90%8D&SignatureMethod=HMAC-SHA1&SignatureNonce=0123456789abcdef0123456789abcdef&SignatureVersion=1.0&"
		  "TemplateCode=100001&TemplateParam=%7B%22code%22%3A%22123456%22%2C%22min%22%3A%225%22%7D&Timestamp=2024-01-01T00%3A00%3A00Z&Version=2017-05-25" },
		{ "Tencent: JSON, parameters by their order", "tencent", TENCENT, "https://sms.tencentcloudapi.com", "application/json; charset=utf-8",
		  "{\"PhoneNumberSet\":[\"+8613800138000\"],\"SmsSdkAppId\":\"1400000000\",\"SignName\":\"测试签名\",\"TemplateId\":\"100001\","
		  "\"TemplateParamSet\":[\"123456\",\"5\"],\"SessionContext\":\"k-1\"}" },
		{ "by configuration: quoted as JSON", "http", HTTP, "https://sms.example/send", "application/json; charset=utf-8",
		  "{\"phone\":\"13800138000\",\"text\":\"【一\\\"门】123456\",\"id\":\"k-1\"}" },
		{ "by configuration: parameters as an object", "http", HTTP "body: '{\"t\":\"{template}\",\"p\":{params},\"m\":{minutes}}'\n", "https://sms.example/send",
		  "application/json; charset=utf-8", "{\"t\":\"100001\",\"p\":{\"code\":\"123456\",\"min\":\"5\"},\"m\":5}" },
		{ "by configuration: a form with its signature in it", "http",
		  HTTP "  content: form\n  sign_over: '{key_id}{secret}{time}'\n  sign_with: MD5\nbody: 'u={key_id}&t={time}&s={sign}&c={text}'\n", "https://sms.example/send",
		  "application/x-www-form-urlencoded", "u=k1&t=20240101080000&s=8f570ea99713eef5d6a24f5101371a05&c=%E3%80%90%E4%B8%80%22%E9%97%A8%E3%80%91123456" },
	};
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(1 << 20);
	struct sms_delivery delivery = deliver(rows[_i].gateway, rows[_i].yaml, &message, arena);

	ck_assert_int_eq(delivery.type, SMS_FETCH);
	ROW_SPAN(rows[_i].name, delivery.fetch.url, s(rows[_i].url));
	ROW_SPAN(rows[_i].name, delivery.fetch.content_type, s(rows[_i].type));
	ROW_SPAN(rows[_i].name, delivery.fetch.body, s(rows[_i].body));
}
END_TEST
#define SENT 6

START_TEST(headers_by_configuration)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(1 << 20);
	struct sms_delivery delivery = deliver("http", HTTP "  headers: ['X-Key: {key_id}', 'X-Sign:{sign}', 'X-Time: {timestamp}']\nbody: '{\"p\":\"{phone}\"}'\n", &message, arena);

	ck_assert_uint_eq(delivery.fetch.n_headers, 3);
	ck_assert_str_eq(delivery.fetch.headers[0].name, "X-Key");
	ROW_SPAN("key", delivery.fetch.headers[0].value, s("k1"));
	/* printf '1704067200\n0123456789abcdef0123456789abcdef\n{"p":"13800138000"}' | openssl dgst -sha256 -hmac topsecret */
	ROW_SPAN("sign", delivery.fetch.headers[1].value, s("fc74bdc7eb95a1e8ebffd99893908db017b93a1e7b1ac0564905d8bc0efd7941"));
	ROW_SPAN("time", delivery.fetch.headers[2].value, s("1704067200"));
}
END_TEST

START_TEST(without_a_template)
{
	static const char *const rows[][2] = { { "aliyun", ALIYUN }, { "tencent", TENCENT }, { "http", HTTP "wants_template: true\n" } };
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(1 << 20);
	struct sms_message none = message;

	none.template_code = (struct span){ NULL, 0 };
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		ROW_INT(rows[i][0], deliver(rows[i][0], rows[i][1], &none, arena).type, SMS_CANNOT);
}
END_TEST

/* ---- what a reply means */

static const struct {
	const char *name, *gateway, *yaml;
	int error, status;
	const char *body;
	enum sms_outcome outcome;
	const char *id, *code;
	bool is_explained;
} replies[] = {
	{ "Aliyun takes it", "aliyun", ALIYUN, 0, 200, "{\"Code\":\"OK\",\"Message\":\"OK\",\"BizId\":\"900619746936498440^0\",\"RequestId\":\"x\"}", SMS_ACCEPTED, "900619746936498440^0" },
	{ "Aliyun: the number's day is over", "aliyun", ALIYUN, 0, 200, "{\"Message\":\"触发天级流控Permits:10\",\"RequestId\":\"2584\",\"Code\":\"isv.BUSINESS_LIMIT_CONTROL\"}",
	  SMS_LIMITED, NULL, "isv.BUSINESS_LIMIT_CONTROL", true },
	{ "Aliyun: no such number", "aliyun", ALIYUN, 0, 200, "{\"Code\":\"isv.MOBILE_NUMBER_ILLEGAL\",\"Message\":\"x\"}", SMS_REFUSED, NULL, "isv.MOBILE_NUMBER_ILLEGAL", true },
	{ "Aliyun: out of money", "aliyun", ALIYUN, 0, 200, "{\"Code\":\"isv.OUT_OF_SERVICE\",\"Message\":\"x\"}", SMS_UNAVAILABLE, NULL, "isv.OUT_OF_SERVICE", true },
	{ "Aliyun: the total of the day", "aliyun", ALIYUN, 0, 200, "{\"Code\":\"isv.DAY_LIMIT_CONTROL\",\"Message\":\"x\"}", SMS_UNAVAILABLE, NULL, "isv.DAY_LIMIT_CONTROL", true },
	{ "Aliyun: a wrong key", "aliyun", ALIYUN, 0, 400, "{\"Code\":\"SignatureDoesNotMatch\",\"Message\":\"x\"}", SMS_UNAVAILABLE, NULL, "SignatureDoesNotMatch", true },
	{ "Aliyun: a code that nobody has described", "aliyun", ALIYUN, 0, 200, "{\"Code\":\"isv.NEW\",\"Message\":\"x\"}", SMS_UNAVAILABLE, NULL, "isv.NEW" },
	{ "Aliyun: OK with a status that is none", "aliyun", ALIYUN, 0, 500, "{\"Code\":\"OK\"}", SMS_UNAVAILABLE, NULL, "OK" },
	{ "Aliyun: a page instead", "aliyun", ALIYUN, 0, 200, "<html>", SMS_UNAVAILABLE, NULL, NULL, true },
	{ "Aliyun: JSON that says nothing", "aliyun", ALIYUN, 0, 200, "{}", SMS_UNAVAILABLE, NULL, NULL, true },
	{ "Aliyun: a code that is no text", "aliyun", ALIYUN, 0, 200, "{\"Code\":1}", SMS_UNAVAILABLE, NULL, NULL, true },
	{ "Aliyun: a proxy's 502", "aliyun", ALIYUN, 0, 502, "bad gateway", SMS_UNKNOWN, NULL, NULL, true },
	{ "Aliyun: a proxy's 503", "aliyun", ALIYUN, 0, 503, "", SMS_UNAVAILABLE, NULL, NULL, true },
	{ "Aliyun: no reply", "aliyun", ALIYUN, FAULT_TIMEOUT, 0, "", SMS_UNKNOWN, NULL, NULL, true },
	{ "Tencent takes it", "tencent", TENCENT, 0, 200,
	  "{\"Response\":{\"SendStatusSet\":[{\"SerialNo\":\"5000:1\",\"Fee\":2,\"Code\":\"Ok\",\"Message\":\"send success\"}],\"RequestId\":\"r\"}}", SMS_ACCEPTED, "5000:1" },
	{ "Tencent: the row says no", "tencent", TENCENT, 0, 200,
	  "{\"Response\":{\"SendStatusSet\":[{\"SerialNo\":\"\",\"Fee\":0,\"Code\":\"LimitExceeded.PhoneNumberThirtySecondLimit\",\"Message\":\"x\"}]}}", SMS_LIMITED, NULL,
	  "LimitExceeded.PhoneNumberThirtySecondLimit", true },
	{ "Tencent: the total of the day", "tencent", TENCENT, 0, 200, "{\"Response\":{\"SendStatusSet\":[{\"Code\":\"LimitExceeded.AppDailyLimit\",\"Message\":\"x\"}]}}",
	  SMS_UNAVAILABLE, NULL, "LimitExceeded.AppDailyLimit", true },
	{ "Tencent: a wrong key", "tencent", TENCENT, 0, 200, "{\"Response\":{\"Error\":{\"Code\":\"AuthFailure.SignatureFailure\",\"Message\":\"x\"},\"RequestId\":\"r\"}}",
	  SMS_UNAVAILABLE, NULL, "AuthFailure.SignatureFailure", true },
	{ "Tencent: a black list", "tencent", TENCENT, 0, 200, "{\"Response\":{\"SendStatusSet\":[{\"Code\":\"FailedOperation.PhoneNumberInBlacklist\"}]}}", SMS_REFUSED, NULL,
	  "FailedOperation.PhoneNumberInBlacklist", true },
	{ "Tencent: no rows", "tencent", TENCENT, 0, 200, "{\"Response\":{\"SendStatusSet\":[],\"RequestId\":\"r\"}}", SMS_UNAVAILABLE, NULL, NULL, true },
	{ "Tencent: a list", "tencent", TENCENT, 0, 200, "[]", SMS_UNAVAILABLE, NULL, NULL, true },
	{ "Tencent: no reply", "tencent", TENCENT, FAULT_UNREACHABLE, 0, "", SMS_UNKNOWN, NULL, NULL, true },
	{ "by configuration: taken", "http", HTTP "reply: {path: r.0.s, id: r.0.id, accepted: [0, ok]}\n", 0, 200, "{\"r\":[{\"s\":0,\"id\":77}]}", SMS_ACCEPTED, "77", "0" },
	{ "by configuration: limited", "http", HTTP "reply: {limited: [E1]}\n", 0, 200, "{\"code\":\"E1\"}", SMS_LIMITED, NULL, "E1", true },
	{ "by configuration: refused", "http", HTTP "reply: {refused: [E2]}\n", 0, 200, "{\"code\":\"E2\"}", SMS_REFUSED, NULL, "E2", true },
	{ "by configuration: perhaps", "http", HTTP "reply: {unknown: [E3]}\n", 0, 200, "{\"code\":\"E3\"}", SMS_UNKNOWN, NULL, "E3", true },
	{ "by configuration: anything else", "http", HTTP, 0, 200, "{\"code\":true}", SMS_UNAVAILABLE, NULL, "true", true },
	{ "by configuration: nothing there", "http", HTTP, 0, 200, "{\"other\":1}", SMS_UNAVAILABLE, NULL, NULL, true },
};

START_TEST(what_a_reply_means)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(1 << 20);
	const struct sms_gateway *gateway = sms_gateway_of(variant_named(CONFIG_SMS_GATEWAYS, replies[_i].gateway));
	const void *options = variant_options(CONFIG_SMS_GATEWAYS, replies[_i].gateway, replies[_i].yaml, arena);
	const struct sms_reply reply = { replies[_i].error, replies[_i].status, s(replies[_i].body) };
	struct sms_result result;

	ck_assert_int_eq(gateway->read(options, &reply, arena, &result), 0);
	ROW_INT(replies[_i].name, result.outcome, replies[_i].outcome);
	ROW_SPAN(replies[_i].name, result.id, s(replies[_i].id ? replies[_i].id : ""));
	ROW_SPAN(replies[_i].name, result.code, s(replies[_i].code ? replies[_i].code : ""));
	ROW_INT(replies[_i].name, result.advice != NULL, replies[_i].is_explained);
	for (unsigned long k = 1; k <= 8; k++) {
		arena_fail_at(k);
		int failed = gateway->read(options, &reply, arena, &result);
		arena_fail_at(0);
		ck_assert(failed == 0 || failed == FAULT_MEMORY);
	}
}
END_TEST

/* ---- receipts */

START_TEST(receipts_are_read)
{
	static const struct {
		const char *name, *gateway, *yaml, *body;
		int result;
		size_t n;
		const char *id, *phone;
		bool delivered;
	} rows[] = {
		{ "Aliyun", "aliyun", ALIYUN,
		  "[{\"phone_number\":\"13800138000\",\"send_time\":\"2017-08-30 00:00:00\",\"success\":true,\"err_code\":\"DELIVERED\",\"sms_size\":\"1\",\"biz_id\":\"9327^0\"}]", 0, 1,
		  "9327^0", "13800138000", true },
		{ "Aliyun: it did not arrive", "aliyun", ALIYUN, "[{\"phone_number\":\"1\",\"success\":false,\"err_code\":\"UNDELIV\",\"biz_id\":\"b\"}]", 0, 1, "b", "1", false },
		{ "Aliyun: not a list", "aliyun", ALIYUN, "{}", ERR_INVALID },
		{ "Aliyun: without a number", "aliyun", ALIYUN, "[{\"success\":true}]", ERR_INVALID },
		{ "Tencent", "tencent", TENCENT,
		  "[{\"user_receive_time\":\"2015-10-17 08:03:04\",\"nationcode\":\"86\",\"mobile\":\"13800138000\",\"report_status\":\"SUCCESS\",\"errmsg\":\"DELIVRD\",\"sid\":\"xx\"},"
		  "{\"mobile\":\"2\",\"report_status\":\"FAIL\",\"sid\":\"yy\"}]",
		  0, 2, "xx", "13800138000", true },
		{ "by configuration: one alone", "http", HTTP, "{\"id\":7,\"phone\":\"13800138000\",\"state\":\"DELIVRD\"}", 0, 1, "7", "13800138000", true },
		{ "by configuration: a list inside", "http", HTTP "receipt: {list: data.all, state: s, delivered: [1]}\n", "{\"data\":{\"all\":[{\"id\":\"a\",\"s\":0}]}}", 0, 1, "a", "",
		  false },
		{ "by configuration: no JSON", "http", HTTP, "x", ERR_INVALID },
	};
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(1 << 20);

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct sms_gateway *gateway = sms_gateway_of(variant_named(CONFIG_SMS_GATEWAYS, rows[i].gateway));
		const struct sms_receipt *list;
		size_t n = 0;

		ROW_INT(rows[i].name, gateway->receipts(variant_options(CONFIG_SMS_GATEWAYS, rows[i].gateway, rows[i].yaml, arena), s(rows[i].body), arena, &list, &n), rows[i].result);
		ROW_INT(rows[i].name, n, rows[i].n);
		if (!n)
			continue;
		ROW_SPAN(rows[i].name, list[0].id, s(rows[i].id));
		ROW_SPAN(rows[i].name, list[0].phone, s(rows[i].phone));
		ROW_INT(rows[i].name, list[0].delivered, rows[i].delivered);
	}
}
END_TEST

/* ---- options that cannot be */

START_TEST(options_that_cannot_be)
{
	static const struct {
		const char *gateway, *yaml, *problem;
	} rows[] = {
		{ "aliyun", ALIYUN "endpoint: http://dysmsapi.aliyuncs.com\n", "\"endpoint\" must begin with https:// (http only on loopback) and have no query" },
		{ "tencent", TENCENT "endpoint: https://x.example/path\n", "\"endpoint\" must be https://HOST (http only on loopback)" },
		{ "http", "body: x\n", "\"request\" is missing: \"url\" and how it is signed" },
		{ "http", HTTP "body: '{foo}'\n", "\"body\": nobody knows {foo}" },
		{ "http", "request: {url: 'http://sms.example/', secret: x}\n", "\"url\" must begin with https:// (http only on loopback)" },
		{ "http", "request: {url: 'https://sms.example/'}\n", "\"secret\" is missing (or say \"sign_with: none\")" },
		{ "http", "request: {url: 'https://sms.example/', secret: x, sign_with: MD5}\n", "\"sign_over\" must hold {secret}: a hash without one proves nothing" },
		{ "http", HTTP "  headers: [nonsense]\n", "a header is written as \"Name: value\"" },
	};
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(1 << 20);

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		ck_assert_str_eq(variant_problem(CONFIG_SMS_GATEWAYS, rows[i].gateway, rows[i].yaml, arena), rows[i].problem);
}
END_TEST

START_TEST(pieces_of_a_text)
{
	char text[3 * 140 + 1];

	for (size_t i = 0; i < 140; i++)
		memcpy(text + 3 * i, "门", 3);
	ROW_INT("70 are one", sms_pieces((struct span){ text, 3 * 70 }), 1);
	ROW_INT("71 are two", sms_pieces((struct span){ text, 3 * 71 }), 2);
	ROW_INT("134 are two", sms_pieces((struct span){ text, 3 * 134 }), 2);
	ROW_INT("135 are three", sms_pieces((struct span){ text, 3 * 135 }), 3);
	ROW_INT("nothing is one", sms_pieces(SPAN("")), 1);
}
END_TEST

int main(void)
{
	return suite_run("providers/sms", (struct suite_test[]){ SUITE_ONCE(aliyun_v1), SUITE_ONCE(aliyun_v3), SUITE_ONCE(tencent_tc3), SUITE_ONCE(tencent_halves),
								 SUITE_LOOP(what_is_sent, SENT), SUITE_ONCE(headers_by_configuration), SUITE_ONCE(without_a_template),
								 SUITE_LOOP(what_a_reply_means, ARRAY_LEN(replies)), SUITE_ONCE(receipts_are_read),
								 SUITE_ONCE(options_that_cannot_be), SUITE_ONCE(pieces_of_a_text), SUITE_END });
}
