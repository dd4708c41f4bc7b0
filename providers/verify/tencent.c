/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tencent - Tencent Cloud's check of name and ID card number (Faceid 2018-03-01, IdCardVerification). domain.md 3.7
 */
#include "broker/base/error.h"
#include "providers/tencent_sign.h"
#include "providers/verify.h"

struct tencent_options {
	struct span endpoint, key_id, region;
	struct secret secret;
};

static const struct option rows[] = {
	{ .key = "secret_id", .type = OPTION_STRING, .offset = offsetof(struct tencent_options, key_id), .min = 1, .max = 128, .flags = OPTION_REQUIRED,
	  .doc = "SecretId, begins with `AKID`. Console of Tencent Cloud: 访问管理, API 密钥管理 (CAM, API keys); best of a sub-user who has "
		 "`QcloudFaceIdFullAccess` and nothing else." },
	{ .key = "secret_key", .type = OPTION_SECRET, .offset = offsetof(struct tencent_options, secret), .min = 1, .max = 256, .flags = OPTION_REQUIRED,
	  .doc = "SecretKey, shown once when the key is made. Better as `secret_key_file`." },
	{ .key = "region", .type = OPTION_STRING, .offset = offsetof(struct tencent_options, region), .max = 32,
	  .doc = "X-TC-Region, where the service wants one (`ap-guangzhou`)." },
	{ .key = "endpoint", .type = OPTION_STRING, .offset = offsetof(struct tencent_options, endpoint), .def = "https://faceid.tencentcloudapi.com", .max = 2048,
	  .doc = "Where the interface is; another one only in a private cloud." },
	{ .key = NULL },
};

static void check(const void *options, const struct yaml_node *map, struct problems *problems)
{
	tencent_sign_check(((const struct tencent_options *)options)->endpoint, map, problems);
}

/* Response.Result; negative ones are billed partly, and partly not */
static const struct advice results[] = {
	{ "0", VERIFY_MATCH, "姓名与身份证号一致。", "Name and number belong together." },
	{ "-1", VERIFY_MISMATCH, "姓名与身份证号不一致。", "Name and number do not belong together." },
	{ "-2", VERIFY_MISMATCH, "非法身份证号（长度、校验位不正确）。", "It is no ID card number." },
	{ "-3", VERIFY_MISMATCH, "非法姓名（长度、格式不正确）。", "It is no name." },
	{ "-4", VERIFY_UNAVAILABLE, "证件库服务异常，稍后重试。", "The register does not answer: try again." },
	{ "-5", VERIFY_NOT_CHECKABLE, "证件库中无此身份证记录：转人工审核。", "The register does not know the number: a reviewer looks at it." },
	{ "-6", VERIFY_UNAVAILABLE, "权威比对系统升级中，请稍后再试。", "The register is being upgraded: try again later." },
	{ "-7", VERIFY_UNAVAILABLE, "认证次数超过当日限制，请次日重试。", "Too many checks of this number today: try again tomorrow." },
	{ NULL },
};

static const struct advice codes[] = {
	{ "AuthFailure.SignatureFailure", VERIFY_UNAVAILABLE, "签名错误：SecretKey 不正确（检查是否多了空格或少了字符）。",
	  "The signature is wrong: so is the SecretKey (look for a space or a missing character)." },
	{ "AuthFailure.SecretIdNotFound", VERIFY_UNAVAILABLE, "SecretId 不存在或已删除。", "There is no such SecretId, or it was deleted." },
	{ "AuthFailure.SignatureExpire", VERIFY_UNAVAILABLE, "本机时钟相差超过 5 分钟，请校准时间（NTP）。", "This machine's clock is off by more than 5 minutes: set it (NTP)." },
	{ "AuthFailure*", VERIFY_UNAVAILABLE, "身份认证失败，请核对密钥与授权。", "Authentication failed: check keys and policy." },
	{ "UnauthorizedOperation.Arrears", VERIFY_UNAVAILABLE, "账号欠费，请充值。", "The account has no money left: top it up." },
	{ "UnauthorizedOperation.Nonactivated", VERIFY_UNAVAILABLE, "未开通服务：请在人脸核身控制台开通。", "The service is not activated: activate it in the console of Faceid." },
	{ "UnauthorizedOperation.ChargeStatusException", VERIFY_UNAVAILABLE, "计费状态异常，请检查套餐。", "Billing is not in order: look at the package." },
	/* A person's number or name of a wrong form has results of its own, -2 and -3: nothing below is said about a person. */
	{ "InvalidParameter", VERIFY_NOT_CHECKABLE, "参数不被接受，未作比对：转人工审核。若所有人都如此，请核对接口配置。",
	  "It does not accept a parameter, and compared nothing: a reviewer looks at it. Where that happens to everybody, look at the configuration." },
	{ "InvalidParameterValue", VERIFY_NOT_CHECKABLE, "参数不被接受，未作比对：转人工审核。若所有人都如此，请核对接口配置。",
	  "It does not accept a parameter, and compared nothing: a reviewer looks at it. Where that happens to everybody, look at the configuration." },
	{ "InvalidParameter*", VERIFY_UNAVAILABLE, "请求方式不被接受（加密、区域或参数设置）：请核对配置。", "It does not accept how it is asked (encryption, region, a setting): look at the configuration." },
	{ "UnsupportedRegion", VERIFY_UNAVAILABLE, "不支持该地域：请核对 region。", "It does not know this region: check `region`." },
	{ "FailedOperation*", VERIFY_UNAVAILABLE, "服务商操作失败，稍后重试。", "It failed on the vendor's side: try again." },
	{ "RequestLimitExceeded*", VERIFY_UNAVAILABLE, "调用过于频繁。", "Too many calls." },
	{ "InternalError*", VERIFY_UNAVAILABLE, "服务商内部错误，稍后重试。", "An error on the vendor's side: try again." },
	{ NULL },
};

static int ask(const void *options, const struct verify_request *request, struct arena *arena, struct verify_ask *ret_ask)
{
	const struct tencent_options *tencent = options;
	struct tencent_call call = { .endpoint = tencent->endpoint, .key_id = tencent->key_id, .secret = tencent->secret.bytes, .service = "faceid",
				     .action = "IdCardVerification", .version = "2018-03-01", .region = tencent->region, .now = request->now };
	struct buf body = buf_new(arena, 128);
	struct json_writer w = json_writer(&body);

	*ret_ask = (struct verify_ask){ .type = VERIFY_CANNOT };
	if (request->subject != VERIFY_PERSON || !span_is(request->id_type, "111"))
		return 0;
	json_open(&w, '{');
	json_member_str(&w, "IdCard", request->id_number);
	json_member_str(&w, "Name", request->name);
	json_close(&w, '}');
	TRY(buf_done(&body, &call.body));
	ret_ask->type = VERIFY_FETCH;
	return tencent_sign(&call, true, arena, &ret_ask->fetch);
}

static int read_answer(const void *options, const struct verify_request *request, const struct verify_reply *reply, struct arena *arena,
		       struct verify_answer *ret_answer)
{
	JSON *json = NULL;

	if (reply->error)
		return verify_answer(ret_answer, VERIFY_UNAVAILABLE, "no answer");
	if (json_read_object(reply->body, &json))
		return verify_answer(ret_answer, VERIFY_UNAVAILABLE, "an answer that is no JSON object");
	const json_t *response = json_object_get(json, "Response"), *error = json_object_get(response, "Error");
	if (error || reply->status != 200)
		return verify_answer_code(ret_answer, codes, json_get_span(error, "Code"), json_get_span(error, "Message"), VERIFY_UNAVAILABLE, arena);
	TRY(verify_answer_code(ret_answer, results, json_get_span(response, "Result"), json_get_span(response, "Description"), VERIFY_UNAVAILABLE, arena));
	ret_answer->method = SPAN("population");
	ret_answer->evidence = arena_dup(arena, verify_word(json_get_span(response, "RequestId")));
	return ret_answer->evidence.p ? 0 : FAULT_MEMORY;
}

extern const struct verifier verify_tencent;
const struct verifier verify_tencent = {
	.variant = { .name = "tencent", .doc = "Tencent Cloud (腾讯云人脸核身, IdCardVerification): people with an ID card.", .table = rows,
		     .size = sizeof(struct tencent_options), .check = check },
	.ask = ask,
	.read = read_answer,
};
