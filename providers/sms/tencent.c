/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tencent - Tencent Cloud's short message service (2021-01-11): SendSms, and the receipts that it posts. domain.md 3.6
 */
#include "broker/base/error.h"
#include "providers/sms.h"
#include "providers/tencent_sign.h"

struct tencent_options {
	struct span endpoint, key_id;
	struct secret secret;
	struct span app_id, sign_name, region;
};

static const struct option rows[] = {
	{ .key = "secret_id", .type = OPTION_STRING, .offset = offsetof(struct tencent_options, key_id), .min = 1, .max = 128, .flags = OPTION_REQUIRED,
	  .doc = "SecretId, begins with `AKID`. Console of Tencent Cloud: 访问管理, API 密钥管理 (CAM, API keys); best of a sub-user who has "
		 "`QcloudSMSFullAccess` and nothing else." },
	{ .key = "secret_key", .type = OPTION_SECRET, .offset = offsetof(struct tencent_options, secret), .min = 1, .max = 256, .flags = OPTION_REQUIRED,
	  .doc = "SecretKey, shown once when the key is made. Better as `secret_key_file`." },
	{ .key = "app_id", .type = OPTION_STRING, .offset = offsetof(struct tencent_options, app_id), .min = 1, .max = 32, .flags = OPTION_REQUIRED,
	  .doc = "SmsSdkAppId, digits that begin with 1400. Console of the service: 应用管理, 应用列表 (Applications)." },
	{ .key = "sign_name", .type = OPTION_STRING, .offset = offsetof(struct tencent_options, sign_name), .min = 1, .max = 60, .flags = OPTION_REQUIRED,
	  .doc = "The text of the signature that was approved, without 【】. Console of the service: 国内短信, 签名管理." },
	{ .key = "region", .type = OPTION_STRING, .offset = offsetof(struct tencent_options, region), .def = "ap-guangzhou", .max = 32,
	  .doc = "X-TC-Region: `ap-guangzhou`, `ap-beijing` or `ap-nanjing`." },
	{ .key = "endpoint", .type = OPTION_STRING, .offset = offsetof(struct tencent_options, endpoint), .def = "https://sms.tencentcloudapi.com", .max = 2048,
	  .doc = "Where the interface is; another one only in a private cloud." },
	{ .key = NULL },
};

static void check(const void *options, const struct yaml_node *map, struct problems *problems)
{
	tencent_sign_check(((const struct tencent_options *)options)->endpoint, map, problems);
}

/* cloud.tencent.com: error codes of SendSms */
static const struct advice codes[] = {
	{ "LimitExceeded.PhoneNumber*", SMS_LIMITED, "该号码触发频率限制（默认 30 秒 1 条、1 小时 5 条、1 天 10 条）。稍后再试，或在“发送频率限制”调整。",
	  "This number's limit (by default one in 30 seconds, 5 an hour, 10 a day). Wait, or raise it in the console." },
	{ "LimitExceeded.DeliveryFrequencyLimit", SMS_LIMITED, "触发频率限制，稍后再试。", "A limit on frequency: wait." },
	{ "LimitExceeded.AppDailyLimit", SMS_UNAVAILABLE, "应用的日发送量已用完。请在控制台提高上限。", "The application's total for the day is used up: raise it in the console." },
	{ "LimitExceeded*", SMS_UNAVAILABLE, "超出服务商的限制。", "A limit of the vendor's is exceeded." },
	{ "FailedOperation.PhoneNumberInBlacklist", SMS_REFUSED, "号码在黑名单中（用户已退订或被投诉）。请联系服务商移出。",
	  "The number is on the vendor's black list (its owner unsubscribed or complained): ask the vendor to take it off." },
	{ "InvalidParameterValue.IncorrectPhoneNumber", SMS_REFUSED, "手机号码格式不被接受。请核对号码。", "It takes this for no phone number: check the number." },
	{ "UnsupportedOperation.ContainDomesticAndInternationalPhoneNumber", SMS_REFUSED, "号码类型不受支持。", "It does not send to this kind of number." },
	{ "FailedOperation.SignatureIncorrectOrUnapproved", SMS_UNAVAILABLE, "签名不正确或未审核通过。请核对 sign_name 为签名内容（不是签名 ID）。",
	  "The signature is wrong or not approved: sign_name is its text, not its id." },
	{ "FailedOperation.TemplateIncorrectOrUnapproved", SMS_UNAVAILABLE, "模板不正确或未审核通过。请核对模板 ID 与 app_id 属于同一应用。",
	  "The template is wrong or not approved: its id and app_id must be of one application." },
	{ "FailedOperation.TemplateParamSetNotMatchApprovedTemplate", SMS_UNAVAILABLE, "模板参数个数与审核模板不一致。请核对 params 的个数和顺序。",
	  "The template has another number of parameters: compare number and order of `params`." },
	{ "FailedOperation.TemplateIdNotExist", SMS_UNAVAILABLE, "模板 ID 不存在。", "There is no such template." },
	{ "FailedOperation.InsufficientBalanceInSmsPackage", SMS_UNAVAILABLE, "套餐包余量不足，请购买。", "The package is used up: buy another." },
	{ "FailedOperation.ContainSensitiveWord", SMS_UNAVAILABLE, "内容含有敏感词。", "The text holds a forbidden word." },
	{ "FailedOperation*", SMS_UNAVAILABLE, "服务商拒绝了请求，请按错误信息处理。", "The vendor refused: its message says why." },
	{ "AuthFailure.SignatureFailure", SMS_UNAVAILABLE, "签名错误：SecretKey 不正确（检查是否多了空格或少了字符）。",
	  "The signature is wrong: so is the SecretKey (look for a space or a missing character)." },
	{ "AuthFailure.SecretIdNotFound", SMS_UNAVAILABLE, "SecretId 不存在或已删除。请核对 secret_id。", "There is no such SecretId, or it was deleted: check secret_id." },
	{ "AuthFailure.SignatureExpire", SMS_UNAVAILABLE, "本机时钟与服务商相差超过 5 分钟。请校准时间（NTP）。", "This machine's clock is off by more than 5 minutes: set it (NTP)." },
	{ "AuthFailure.UnauthorizedOperation", SMS_UNAVAILABLE, "子用户没有权限。请授予 QcloudSMSFullAccess。", "The sub-user may not do this: grant it QcloudSMSFullAccess." },
	{ "AuthFailure*", SMS_UNAVAILABLE, "身份认证失败。请核对密钥。", "Authentication failed: check the keys." },
	{ "UnauthorizedOperation.SmsSdkAppIdVerifyFail", SMS_UNAVAILABLE, "app_id 不正确。请在“应用列表”核对 SmsSdkAppId。", "app_id is wrong: compare it with SmsSdkAppId in the console." },
	{ "UnauthorizedOperation.RequestIpNotInWhitelist", SMS_UNAVAILABLE, "本服务器的 IP 不在白名单内。", "This server's address is not on the list of allowed ones." },
	{ "UnauthorizedOperation*", SMS_UNAVAILABLE, "没有权限。请检查账号实名、欠费与授权。", "Not permitted: look at the account's state and the policy." },
	{ "InternalError*", SMS_UNAVAILABLE, "服务商内部错误，稍后重试。", "An error on the vendor's side: try again." },
	{ "RequestLimitExceeded*", SMS_UNAVAILABLE, "调用过于频繁，被服务商限流。", "The vendor throttles: too many calls." },
	{ NULL },
};

/* Without spaces, in this order: what is signed is what is sent. */
static int write_body(const struct tencent_options *tencent, const struct sms_message *message, struct arena *arena, struct span *ret_body)
{
	struct buf buf = buf_new(arena, 512);
	struct json_writer w = json_writer(&buf);
	char *phone = arena_printf(arena, "+86" SPAN_FMT, SPAN_ARG(message->phone));

	if (!phone)
		return FAULT_MEMORY;
	json_open(&w, '{');
	json_key(&w, "PhoneNumberSet");
	json_open(&w, '[');
	json_str(&w, span_of(phone));
	json_close(&w, ']');
	json_member_str(&w, "SmsSdkAppId", tencent->app_id);
	json_member_str(&w, "SignName", tencent->sign_name);
	json_member_str(&w, "TemplateId", message->template_code);
	json_key(&w, "TemplateParamSet");
	json_open(&w, '[');
	for (size_t i = 0; i < message->n_params; i++)
		json_str(&w, message->params[i].value);
	json_close(&w, ']');
	json_member_str(&w, "SessionContext", message->key);
	json_close(&w, '}');
	return buf_done(&buf, ret_body);
}

static int deliver(const void *options, const struct sms_message *message, struct arena *arena, struct sms_delivery *ret_delivery)
{
	const struct tencent_options *tencent = options;
	struct tencent_call call = { .endpoint = tencent->endpoint, .key_id = tencent->key_id, .secret = tencent->secret.bytes, .service = "sms",
				     .action = "SendSms", .version = "2021-01-11", .region = tencent->region, .now = message->now };
	struct sms_delivery delivery = { .type = SMS_FETCH };

	if (!message->template_code.n) {
		*ret_delivery = (struct sms_delivery){ .type = SMS_CANNOT, .reason = "no template for this purpose and language" };
		return 0;
	}
	TRY(write_body(tencent, message, arena, &call.body));
	TRY(tencent_sign(&call, true, arena, &delivery.fetch));
	*ret_delivery = delivery;
	return 0;
}

static int read_code(const json_t *object, struct arena *arena, struct sms_result *ret_result)
{
	struct span code = arena_dup(arena, json_get_span(object, "Code")), message = arena_dup(arena, json_get_span(object, "Message"));

	if (!code.p || !message.p)
		return FAULT_MEMORY;
	if (code.n)
		*ret_result = sms_result_by_code(codes, code, message, SMS_UNAVAILABLE);
	return 0;
}

/* HTTP 200 always: an error of the call stands in Response.Error, one of the number in its row. */
static int read_reply(const void *options, const struct sms_reply *reply, struct arena *arena, struct sms_result *ret_result)
{
	JSON *json = NULL;
	int64_t fee = 0;

	*ret_result = sms_result_of(reply);
	if (reply->error || json_read_object(reply->body, &json))
		return 0;
	const json_t *response = json_object_get(json, "Response"), *error = json_object_get(response, "Error");
	if (error)
		return read_code(error, arena, ret_result);
	const json_t *row = json_array_get(json_object_get(response, "SendStatusSet"), 0);
	if (!span_is(json_get_span(row, "Code"), "Ok") || reply->status != 200)
		return read_code(row, arena, ret_result);
	*ret_result = (struct sms_result){ .outcome = SMS_ACCEPTED, .id = arena_dup(arena, json_get_span(row, "SerialNo")) };
	if (json_get_i64(row, "Fee", &fee) && fee > 0 && fee <= 100)
		ret_result->pieces = fee;
	return ret_result->id.p ? 0 : FAULT_MEMORY;
}

/* [{"mobile":"13800138000","nationcode":"86","report_status":"SUCCESS","errmsg":"DELIVRD","sid":"xxxx",…}] */
static int receipts(const void *options, struct span body, struct arena *arena, const struct sms_receipt **ret_receipts, size_t *ret_n)
{
	JSON *json = NULL;
	struct sms_receipt *list;
	size_t n;

	TRY(sms_receipts_open(body, arena, &json, &list, &n));
	for (size_t i = 0; i < n; i++) {
		const json_t *item = json_array_get(json, i);

		list[i] = (struct sms_receipt){ .id = arena_dup(arena, json_get_span(item, "sid")), .phone = arena_dup(arena, json_get_span(item, "mobile")),
						.code = arena_dup(arena, json_get_span(item, "errmsg")),
						.delivered = span_is(json_get_span(item, "report_status"), "SUCCESS") };
		if (!list[i].id.p || !list[i].phone.p || !list[i].code.p)
			return FAULT_MEMORY;
		if (!list[i].id.n)
			return ERR_INVALID;
	}
	*ret_receipts = list;
	*ret_n = n;
	return 0;
}

extern const struct sms_gateway sms_tencent;
const struct sms_gateway sms_tencent = {
	.variant = { .name = "tencent", .doc = "Tencent Cloud (腾讯云短信). Needs a template for each purpose: `templates`.", .table = rows,
		     .size = sizeof(struct tencent_options), .check = check },
	.deliver = deliver,
	.read = read_reply,
	.receipts = receipts,
	.receipts_taken = "{\"result\":0,\"errmsg\":\"OK\"}",
};
