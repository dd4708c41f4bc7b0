/* SPDX-License-Identifier: Apache-2.0 */
/* The verifiers of clouds and of provinces: what they are asked, and what each of their answers means. domain.md 3.7, 3.8 */
#include "broker/base/encode.h"
#include "keys/digest.h"
#include "tests/unit/providers/variant.h"

#define ALIYUN "access_key_id: testId\naccess_key_secret: testSecret\n"
#define TENCENT "secret_id: testid\nsecret_key: testsecret\n"
#define ZHEJIANG "service_code: testAK\nservice_password: testSK\n"
#define SIGNED "request: {url: 'https://x.example/p', sign_with: none}\nperson_body: '{\"n\":\"{name}\",\"i\":\"{id_number}\"}'\nreply: {path: d.r, match: ['1'], mismatch: ['2'], no_record: ['3'], reference: d.id, pseudonym: d.pid}\n"
#define FOUR SIGNED "unit_body: '{\"q\":\"{unit_name}\",\"t\":\"{uscc}\",\"f\":\"{name}\",\"z\":\"{id_number}\"}'\nunit_url: https://x.example/u\n"
/* The shape of Hunan's gateway */
#define NETWORK \
	SIGNED "network_body: '{\"orgCode\":\"O1\",\"appId\":\"A1\",\"appName\":\"一门\",\"bizSeq\":\"{nonce}\",\"authMode\":\"R03\",\"idCardAuthData\":\"{network_auth}\"," \
	       "\"certPwdData\":\"{network_pin}\",\"photoEncData\":\"{network_photo}\"}'\n"

static const struct verify_request person = { .subject = VERIFY_PERSON, .name = { "张三", 6 }, .id_type = { "111", 3 }, .id_number = { "11010519491231002X", 18 },
					      .gender = { "2", 1 }, .ethnic_code = { "01", 2 }, .nonce = { "AAAAAAAAAAAAAAAAAAAAAA", 22 }, .now = { 1704067200000 } };
static const struct verify_request passport = { .subject = VERIFY_PERSON, .name = { "ANNA", 4 }, .id_type = { "414", 3 }, .id_number = { "E1", 2 }, .now = { 1704067200000 } };
static const struct verify_request unit = { .subject = VERIFY_UNIT, .name = { "李四", 6 }, .id_type = { "111", 3 }, .id_number = { "110101197810270029", 18 },
					    .unit_name = { "某公司", 9 }, .uscc = { "91350100M000100Y43", 18 }, .nonce = { "AAAAAAAAAAAAAAAAAAAAAA", 22 },
					    .now = { 1704067200000 } };
static const struct verify_request network = { .subject = VERIFY_NETWORK, .network_auth = { "YXV0aA==", 8 }, .network_pin = { "cGlu", 4 }, .network_photo = { "cGhvdG8=", 8 },
					       .nonce = { "AAAAAAAAAAAAAAAAAAAAAA", 22 }, .now = { 1704067200000 } };

static struct verify_ask ask(const char *name, const char *yaml, const struct verify_request *request, struct arena *arena)
{
	const struct verifier *verifier = verifier_of(variant_named(CONFIG_VERIFIERS, name));
	struct verify_ask result;

	ck_assert_int_eq(verifier->ask(variant_options(CONFIG_VERIFIERS, name, yaml, arena), request, arena, &result), 0);
	return result;
}

START_TEST(what_is_asked)
{
	static const struct {
		const char *name, *verifier, *yaml;
		const struct verify_request *request;
		const char *url, *body;
	} rows[] = {
		{ "Aliyun: what is personal stands in the body", "aliyun", ALIYUN, &person, "https://cloudauth.aliyuncs.com",
		  "IdentifyNum=11010519491231002X&ParamType=normal&UserName=%E5%BC%A0%E4%B8%89" },
		{ "Tencent", "tencent", TENCENT, &person, "https://faceid.tencentcloudapi.com", "{\"IdCard\":\"11010519491231002X\",\"Name\":\"张三\"}" },
		/* md5("testAK" "testSK" "20240101080000"), domain.md 3.8 */
		{ "Zhejiang", "zhejiang", ZHEJIANG, &person, "https://appapi.zjzwfw.gov.cn/sso/servlet/simpleauth?method=valiidcard",
		  "servicecode=testAK&time=20240101080000&sign=6484b15aa33059137ec094d45a5ec466&username=%E5%BC%A0%E4%B8%89&idnum=11010519491231002X&sex=2&nation=01&datatype=json" },
		{ "a person, by configuration", "signed", SIGNED, &person, "https://x.example/p", "{\"n\":\"张三\",\"i\":\"11010519491231002X\"}" },
		{ "the four elements of a unit", "signed", FOUR, &unit, "https://x.example/u",
		  "{\"q\":\"某公司\",\"t\":\"91350100M000100Y43\",\"f\":\"李四\",\"z\":\"110101197810270029\"}" },
		{ "a network identity", "signed", NETWORK, &network, "https://x.example/p",
		  "{\"orgCode\":\"O1\",\"appId\":\"A1\",\"appName\":\"一门\",\"bizSeq\":\"AAAAAAAAAAAAAAAAAAAAAA\",\"authMode\":\"R03\",\"idCardAuthData\":\"YXV0aA==\","
		  "\"certPwdData\":\"cGlu\",\"photoEncData\":\"cGhvdG8=\"}" },
	};
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(1 << 20);

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct verify_ask got = ask(rows[i].verifier, rows[i].yaml, rows[i].request, arena);

		ROW_INT(rows[i].name, got.type, VERIFY_FETCH);
		ROW_SPAN(rows[i].name, got.fetch.url, span_of(rows[i].url));
		ROW_SPAN(rows[i].name, got.fetch.body, span_of(rows[i].body));
	}
}
END_TEST

START_TEST(what_is_not_theirs)
{
	static const struct {
		const char *verifier, *yaml;
		const struct verify_request *request;
	} rows[] = { { "aliyun", ALIYUN, &passport }, { "aliyun", ALIYUN, &unit }, { "aliyun", ALIYUN, &network }, { "tencent", TENCENT, &passport }, { "tencent", TENCENT, &unit },
		     { "zhejiang", ZHEJIANG, &passport }, { "zhejiang", ZHEJIANG, &unit },
		     { "registry_csv", "units: u.csv\npeople: p.csv\n", &network }, { "http", "url: https://x.example/v\nsecret: 0123456789abcdef\n", &network }, { "signed", SIGNED, &unit }, { "signed", SIGNED, &network } };
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(1 << 20);

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		ROW_INT(rows[i].verifier, ask(rows[i].verifier, rows[i].yaml, rows[i].request, arena).type, VERIFY_CANNOT);
}
END_TEST

/* The province's gateway, domain.md 3.8: its vector has an empty query; ours names the method, so the value is computed with Python's hmac. */
START_TEST(behind_the_gateway)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(1 << 20);
	struct verify_ask got = ask("zhejiang", ZHEJIANG "url: https://ibcdsg.zj.gov.cn:8443/restapi/prod/IC33000020220228000002/sso/servlet/simpleauth\naccess_key: testAK\nsecret_key: testSK\n",
				    &person, arena);
	unsigned char mac[DIGEST_MAX];
	struct buf text = buf_new(arena, 64);

	ck_assert_uint_eq(got.fetch.n_headers, 4);
	ROW_SPAN("date", got.fetch.headers[2].value, SPAN("Mon, 01 Jan 2024 00:00:00 GMT"));
	ROW_SPAN("signature", got.fetch.headers[3].value, SPAN("KQsHfytOiIF3Z81GzFB/RrzUqkE+lg/jZmTgOLOyDA0="));
	ck_assert_int_eq(digest_hmac(DIGEST_SHA256, SPAN("testSK"), mac,
				     SPAN("POST\n/restapi/prod/IC33000020220228000002/sso/servlet/simpleauth\n\ntestAK\nMon, 01 Jan 2024 00:00:00 GMT\n")), 0);
	encode_base64(&text, (struct span){ (char *)mac, 32 });
	ROW_SPAN("the vector", buf_span(&text), SPAN("E+KaUGk9GSMoyeKbKHNOg57WJfukU6QdLWkc4w938FE="));
}
END_TEST

static const struct {
	const char *name, *verifier, *yaml;
	int error, status;
	const char *body;
	enum verify_outcome outcome;
	const char *code, *evidence;
} answers[] = {
	{ "Aliyun: consistent", "aliyun", ALIYUN, 0, 200, "{\"Code\":\"200\",\"Message\":\"success\",\"ResultObject\":{\"BizCode\":\"1\"},\"RequestId\":\"R\"}", VERIFY_MATCH, "1", "R" },
	{ "Aliyun: inconsistent", "aliyun", ALIYUN, 0, 200, "{\"Code\":\"200\",\"ResultObject\":{\"BizCode\":\"2\"}}", VERIFY_MISMATCH, "2" },
	{ "Aliyun: no record", "aliyun", ALIYUN, 0, 200, "{\"Code\":\"200\",\"ResultObject\":{\"BizCode\":\"3\"}}", VERIFY_NOT_CHECKABLE, "3" },
	{ "Aliyun: a result that nobody knows", "aliyun", ALIYUN, 0, 200, "{\"Code\":\"200\",\"ResultObject\":{\"BizCode\":\"9\"}}", VERIFY_UNAVAILABLE, "9" },
	{ "Aliyun: no result", "aliyun", ALIYUN, 0, 200, "{\"Code\":\"200\"}", VERIFY_UNAVAILABLE, "" },
	{ "Aliyun: a parameter it does not accept is no mismatch", "aliyun", ALIYUN, 0, 200, "{\"Code\":\"401\",\"Message\":\"x\"}", VERIFY_NOT_CHECKABLE, "401" },
	{ "Aliyun: an empty parameter neither", "aliyun", ALIYUN, 0, 200, "{\"Code\":\"400\"}", VERIFY_UNAVAILABLE, "400" },
	{ "Aliyun: out of money", "aliyun", ALIYUN, 0, 200, "{\"Code\":\"412\",\"Message\":\"x\"}", VERIFY_UNAVAILABLE, "412" },
	{ "Aliyun: a wrong key", "aliyun", ALIYUN, 0, 400, "{\"Code\":\"SignatureDoesNotMatch\"}", VERIFY_UNAVAILABLE, "SignatureDoesNotMatch" },
	{ "Aliyun: a good code with a bad status", "aliyun", ALIYUN, 0, 500, "{\"Code\":\"200\",\"ResultObject\":{\"BizCode\":\"1\"}}", VERIFY_UNAVAILABLE, "200" },
	{ "Aliyun: a number instead of a text", "aliyun", ALIYUN, 0, 200, "{\"Code\":200,\"ResultObject\":{\"BizCode\":1}}", VERIFY_UNAVAILABLE, "" },
	{ "Aliyun: a page", "aliyun", ALIYUN, 0, 200, "<html>", VERIFY_UNAVAILABLE, "" },
	{ "Aliyun: nothing", "aliyun", ALIYUN, FAULT_TIMEOUT, 0, "", VERIFY_UNAVAILABLE, "" },
	{ "Tencent: consistent", "tencent", TENCENT, 0, 200, "{\"Response\":{\"Result\":\"0\",\"Description\":\"d\",\"RequestId\":\"r\"}}", VERIFY_MATCH, "0", "r" },
	{ "Tencent: inconsistent", "tencent", TENCENT, 0, 200, "{\"Response\":{\"Result\":\"-1\"}}", VERIFY_MISMATCH, "-1" },
	{ "Tencent: no number", "tencent", TENCENT, 0, 200, "{\"Response\":{\"Result\":\"-2\"}}", VERIFY_MISMATCH, "-2" },
	{ "Tencent: the register is away", "tencent", TENCENT, 0, 200, "{\"Response\":{\"Result\":\"-4\"}}", VERIFY_UNAVAILABLE, "-4" },
	{ "Tencent: no record", "tencent", TENCENT, 0, 200, "{\"Response\":{\"Result\":\"-5\"}}", VERIFY_NOT_CHECKABLE, "-5" },
	{ "Tencent: a wrong key", "tencent", TENCENT, 0, 200, "{\"Response\":{\"Error\":{\"Code\":\"AuthFailure.SignatureFailure\",\"Message\":\"m\"}}}", VERIFY_UNAVAILABLE,
	  "AuthFailure.SignatureFailure" },
	{ "Tencent: a parameter it does not accept is no mismatch", "tencent", TENCENT, 0, 200, "{\"Response\":{\"Error\":{\"Code\":\"InvalidParameter\"}}}", VERIFY_NOT_CHECKABLE,
	  "InvalidParameter" },
	{ "Tencent: nor is a wrong setting", "tencent", TENCENT, 0, 200, "{\"Response\":{\"Error\":{\"Code\":\"InvalidParameter.UnsupportEncryptField\"}}}", VERIFY_UNAVAILABLE,
	  "InvalidParameter.UnsupportEncryptField" },
	{ "Tencent: a number for a result", "tencent", TENCENT, 0, 200, "{\"Response\":{\"Result\":0}}", VERIFY_UNAVAILABLE, "" },
	{ "Tencent: a reference that could break a line of the log", "tencent", TENCENT, 0, 200, "{\"Response\":{\"Result\":\"0\",\"RequestId\":\"a\\nb\"}}", VERIFY_MATCH, "0", "" },
	{ "Tencent: an error beside a match", "tencent", TENCENT, 0, 200, "{\"Response\":{\"Result\":\"0\",\"Error\":{\"Code\":\"InternalError\"}}}", VERIFY_UNAVAILABLE, "InternalError" },
	{ "Tencent: nothing in it", "tencent", TENCENT, 0, 200, "{}", VERIFY_UNAVAILABLE, "" },
	{ "Zhejiang: they belong together", "zhejiang", ZHEJIANG, 0, 200, "{\"result\":\"0\",\"errmsg\":\"\"}", VERIFY_MATCH, "0" },
	{ "Zhejiang: as a number", "zhejiang", ZHEJIANG, 0, 200, "{\"result\":0}", VERIFY_MATCH, "0" },
	{ "Zhejiang: they do not", "zhejiang", ZHEJIANG, 0, 200, "{\"result\":\"6603\",\"errmsg\":\"x\"}", VERIFY_MISMATCH, "6603" },
	{ "Zhejiang: a code that nobody knows is no mismatch", "zhejiang", ZHEJIANG, 0, 200, "{\"result\":\"7001\"}", VERIFY_NOT_CHECKABLE, "7001" },
	{ "Zhejiang: unless the platform's document says so", "zhejiang", ZHEJIANG "mismatch: ['7*']\n", 0, 200, "{\"result\":\"7001\"}", VERIFY_MISMATCH, "7001" },
	{ "Zhejiang: faults of the question are nobody's, whatever is configured", "zhejiang", ZHEJIANG "mismatch: ['*']\n", 0, 200, "{\"result\":\"9900\"}", VERIFY_UNAVAILABLE, "9900" },
	{ "Zhejiang: another fault of the question", "zhejiang", ZHEJIANG, 0, 200, "{\"result\":\"9801\"}", VERIFY_UNAVAILABLE, "9801" },
	{ "Zhejiang: a result that is an object", "zhejiang", ZHEJIANG, 0, 200, "{\"result\":{}}", VERIFY_UNAVAILABLE, "" },
	{ "Zhejiang: a wrong password", "zhejiang", ZHEJIANG, 0, 200, "{\"result\":\"9901\",\"errmsg\":\"x\"}", VERIFY_UNAVAILABLE, "9901" },
	{ "Zhejiang: nothing in it", "zhejiang", ZHEJIANG, 0, 200, "{}", VERIFY_UNAVAILABLE, "" },
	{ "Zhejiang: a bad status", "zhejiang", ZHEJIANG, 0, 500, "{\"result\":\"0\"}", VERIFY_UNAVAILABLE, "" },
	{ "by configuration: a match", "signed", SIGNED, 0, 200, "{\"d\":{\"r\":1,\"id\":\"E7\"}}", VERIFY_MATCH, "1", "E7" },
	{ "by configuration: a mismatch", "signed", SIGNED, 0, 200, "{\"d\":{\"r\":\"2\"}}", VERIFY_MISMATCH, "2" },
	{ "by configuration: no record", "signed", SIGNED, 0, 200, "{\"d\":{\"r\":\"3\"}}", VERIFY_NOT_CHECKABLE, "3" },
	{ "by configuration: anything else", "signed", SIGNED, 0, 200, "{\"d\":{\"r\":\"01\"}}", VERIFY_UNAVAILABLE, "01" },
	{ "by configuration: a reference that could break a line of the log", "signed", SIGNED, 0, 200, "{\"d\":{\"r\":\"1\",\"id\":\"a\\nb\"}}", VERIFY_MATCH, "1", "" },
	{ "by configuration: nothing there", "signed", SIGNED, 0, 200, "[]", VERIFY_UNAVAILABLE, "" },
};

START_TEST(what_an_answer_means)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(1 << 20);
	const struct verifier *verifier = verifier_of(variant_named(CONFIG_VERIFIERS, answers[_i].verifier));
	const void *options = variant_options(CONFIG_VERIFIERS, answers[_i].verifier, answers[_i].yaml, arena);
	const struct verify_reply reply = { .error = answers[_i].error, .status = answers[_i].status, .body = span_of(answers[_i].body) };
	struct verify_answer answer;

	ck_assert_int_eq(verifier->read(options, &person, &reply, arena, &answer), 0);
	ROW_INT(answers[_i].name, answer.outcome, answers[_i].outcome);
	ROW_SPAN(answers[_i].name, answer.code, span_of(answers[_i].code));
	if (answers[_i].evidence)
		ROW_SPAN(answers[_i].name, answer.evidence, span_of(answers[_i].evidence));
	for (unsigned long k = 1; k <= 8; k++) {
		arena_fail_at(k);
		int failed = verifier->read(options, &person, &reply, arena, &answer);
		arena_fail_at(0);
		ck_assert(failed == 0 || failed == FAULT_MEMORY);
		ck_assert(failed || answer.outcome == answers[_i].outcome);
	}
}
END_TEST

/* Whoever proves themselves by the network identity is known by a pseudonym, and no number comes back. */
START_TEST(a_network_identity)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(1 << 20);
	const struct verifier *verifier = verifier_of(variant_named(CONFIG_VERIFIERS, "signed"));
	const struct verify_reply reply = { .status = 200, .body = SPAN("{\"d\":{\"r\":\"1\",\"pid\":\"PID-42\"}}") };
	struct verify_answer answer;

	ck_assert_int_eq(verifier->read(variant_options(CONFIG_VERIFIERS, "signed", NETWORK, arena), &network, &reply, arena, &answer), 0);
	ck_assert_int_eq(answer.outcome, VERIFY_MATCH);
	ROW_SPAN("pseudonym", answer.pseudonym, SPAN("PID-42"));
	ROW_SPAN("method", answer.method, SPAN("network-id"));
	ck_assert_uint_eq(answer.n_facts, 0);
	const struct verify_reply nobody = { .status = 200, .body = SPAN("{\"d\":{\"r\":\"1\"}}") };
	ck_assert_int_eq(verifier->read(variant_options(CONFIG_VERIFIERS, "signed", NETWORK, arena), &network, &nobody, arena, &answer), 0);
	ck_assert_int_eq(answer.outcome, VERIFY_UNAVAILABLE);
}
END_TEST

START_TEST(options_that_cannot_be)
{
	static const struct {
		const char *verifier, *yaml, *problem;
	} rows[] = {
		{ "aliyun", ALIYUN "endpoint: http://cloudauth.aliyuncs.com\n", "\"endpoint\" must begin with https:// (http only on loopback) and have no query" },
		{ "tencent", TENCENT "endpoint: https://x.example/p\n", "\"endpoint\" must be https://HOST (http only on loopback)" },
		{ "zhejiang", ZHEJIANG "access_key: x\n", "\"access_key\" and \"secret_key\" belong together" },
		{ "signed", "request: {url: 'https://x.example/', sign_with: none}\n", "one of \"person_body\", \"unit_body\" and \"network_body\" is needed" },
		{ "signed", SIGNED "unit_body: '{phone}'\n", "\"unit_body\": nobody knows {phone}" },
		{ "signed", SIGNED "unit_url: ftp://x\n", "\"unit_url\" must begin with https:// (http only on loopback)" },
	};
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(1 << 20);

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		ck_assert_str_eq(variant_problem(CONFIG_VERIFIERS, rows[i].verifier, rows[i].yaml, arena), rows[i].problem);
}
END_TEST

int main(void)
{
	return suite_run("providers/verifiers", (struct suite_test[]){ SUITE_ONCE(what_is_asked), SUITE_ONCE(what_is_not_theirs), SUITE_ONCE(behind_the_gateway),
								       SUITE_LOOP(what_an_answer_means, ARRAY_LEN(answers)), SUITE_ONCE(a_network_identity),
								       SUITE_ONCE(options_that_cannot_be), SUITE_END });
}
