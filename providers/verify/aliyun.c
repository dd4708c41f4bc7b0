/* SPDX-License-Identifier: Apache-2.0 */
/*
 * aliyun - Alibaba Cloud's two-element check of name and ID card number (Cloudauth 2019-03-07, Id2MetaVerify). domain.md 3.7
 */
#include "broker/base/error.h"
#include "providers/aliyun_sign.h"
#include "providers/verify.h"

struct aliyun_options {
	struct span endpoint, key_id;
	struct secret secret;
};

static const struct option rows[] = {
	{ .key = "access_key_id", .type = OPTION_STRING, .offset = offsetof(struct aliyun_options, key_id), .min = 1, .max = 128, .flags = OPTION_REQUIRED,
	  .doc = "AccessKey ID, begins with `LTAI`: console of Alibaba Cloud, the picture at the top right, AccessKey; best of a RAM user who has "
		 "`AliyunYundunCloudAuthFullAccess` and nothing else." },
	{ .key = "access_key_secret", .type = OPTION_SECRET, .offset = offsetof(struct aliyun_options, secret), .min = 1, .max = 256, .flags = OPTION_REQUIRED,
	  .doc = "AccessKey Secret, shown once when the key is made. Better as `access_key_secret_file`." },
	{ .key = "endpoint", .type = OPTION_STRING, .offset = offsetof(struct aliyun_options, endpoint), .def = "https://cloudauth.aliyuncs.com", .max = 2048,
	  .doc = "Where the interface is; another one only in a private cloud." },
	{ .key = NULL },
};

static void check(const void *options, const struct yaml_node *map, struct problems *problems)
{
	aliyun_sign_check(((const struct aliyun_options *)options)->endpoint, map, problems);
}

/* ResultObject.BizCode */
static const struct advice results[] = {
	{ "1", VERIFY_MATCH, "姓名与身份证号一致。", "Name and number belong together." },
	{ "2", VERIFY_MISMATCH, "姓名与身份证号不一致。", "Name and number do not belong together." },
	{ "3", VERIFY_NOT_CHECKABLE, "库中查无此号（如现役军人、刚办理户籍变更）：转人工审核。",
	  "The register does not know the number (soldiers, people who moved of late): a reviewer looks at it." },
	{ NULL },
};

/* Code, when it is not 200 */
static const struct advice codes[] = {
	{ "400", VERIFY_UNAVAILABLE, "参数不能为空。", "A parameter is empty." },
	/* whether the person's number or our request is meant, it does not say */
	{ "401", VERIFY_NOT_CHECKABLE, "参数非法，未作比对：转人工审核。若所有人都如此，请核对接口配置。",
	  "It does not accept a parameter, and compared nothing: a reviewer looks at it. Where that happens to everybody, look at the configuration." },
	{ "402", VERIFY_UNAVAILABLE, "应用配置不存在。", "The application is not configured there." },
	{ "410", VERIFY_UNAVAILABLE, "未开通服务：请在“实人认证—信息核验”开通“身份二要素核验”。", "The service is not activated: activate the two-element check in its console." },
	{ "411", VERIFY_UNAVAILABLE, "RAM 用户无权限：请授予 AliyunYundunCloudAuthFullAccess。", "The RAM user may not do this: grant it AliyunYundunCloudAuthFullAccess." },
	{ "412", VERIFY_UNAVAILABLE, "账户欠费，请充值。", "The account has no money left: top it up." },
	{ "419", VERIFY_UNAVAILABLE, "套餐已用完。", "The package is used up." },
	{ "429", VERIFY_UNAVAILABLE, "调用过于频繁。", "Too many calls." },
	{ "500", VERIFY_UNAVAILABLE, "服务商系统错误，稍后重试。", "An error on the vendor's side: try again." },
	{ "SignatureDoesNotMatch", VERIFY_UNAVAILABLE, "签名不一致：AccessKey Secret 不正确（检查是否多了空格或少了字符）。",
	  "The signatures differ: the AccessKey secret is wrong (look for a space or a missing character)." },
	{ "InvalidAccessKeyId*", VERIFY_UNAVAILABLE, "AccessKey ID 不存在或已停用。", "There is no such AccessKey ID, or it is disabled." },
	{ "InvalidTimeStamp*", VERIFY_UNAVAILABLE, "本机时钟相差过大，请校准时间（NTP）。", "This machine's clock is off: set it (NTP)." },
	{ NULL },
};

static int ask(const void *options, const struct verify_request *request, struct arena *arena, struct verify_ask *ret_ask)
{
	const struct aliyun_options *aliyun = options;
	const struct aliyun_param params[] = { { "ParamType", SPAN("normal") }, { "UserName", request->name }, { "IdentifyNum", request->id_number } };
	const struct aliyun_call call = { .endpoint = aliyun->endpoint, .key_id = aliyun->key_id, .secret = aliyun->secret.bytes, .method = "POST",
					  .action = "Id2MetaVerify", .version = "2019-03-07", .params = params, .n_params = ARRAY_LEN(params), .in_body = true,
					  .nonce = request->nonce, .now = request->now };

	*ret_ask = (struct verify_ask){ .type = VERIFY_CANNOT };
	if (request->subject != VERIFY_PERSON || !span_is(request->id_type, "111"))
		return 0;
	ret_ask->type = VERIFY_FETCH;
	return aliyun_sign_v3(&call, arena, &ret_ask->fetch);
}

static int read_answer(const void *options, const struct verify_request *request, const struct verify_reply *reply, struct arena *arena,
		       struct verify_answer *ret_answer)
{
	JSON *json = NULL;

	if (reply->error)
		return verify_answer(ret_answer, VERIFY_UNAVAILABLE, "no answer");
	if (json_read_object(reply->body, &json))
		return verify_answer(ret_answer, VERIFY_UNAVAILABLE, "an answer that is no JSON object");
	struct span code = json_get_span(json, "Code"), message = json_get_span(json, "Message");
	if (!span_is(code, "200") || reply->status != 200)
		return verify_answer_code(ret_answer, codes, code, message, VERIFY_UNAVAILABLE, arena);
	struct span result = json_get_span(json_object_get(json, "ResultObject"), "BizCode");
	TRY(verify_answer_code(ret_answer, results, result, message, VERIFY_UNAVAILABLE, arena));
	ret_answer->method = SPAN("population");
	ret_answer->evidence = arena_dup(arena, verify_word(json_get_span(json, "RequestId")));
	return ret_answer->evidence.p ? 0 : FAULT_MEMORY;
}

extern const struct verifier verify_aliyun;
const struct verifier verify_aliyun = {
	.variant = { .name = "aliyun", .doc = "Alibaba Cloud (阿里云实人认证, Id2MetaVerify): people with an ID card.", .table = rows,
		     .size = sizeof(struct aliyun_options), .check = check },
	.ask = ask,
	.read = read_answer,
};
