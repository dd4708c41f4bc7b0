/* SPDX-License-Identifier: Apache-2.0 */
/*
 * aliyun - Alibaba Cloud's short message service (Dysms, 2017-05-25): SendSms, and the receipts that it posts (SmsReport). domain.md 3.6
 */
#include "broker/base/error.h"
#include "providers/aliyun_sign.h"
#include "providers/sms.h"

enum { BY_V3, BY_V1 };
static const char *const signatures[] = { "v3", "v1", NULL };

struct aliyun_options {
	struct span endpoint, key_id;
	struct secret secret;
	int signature;
	struct span sign_name, region;
};

static const struct option rows[] = {
	{ .key = "access_key_id", .type = OPTION_STRING, .offset = offsetof(struct aliyun_options, key_id), .min = 1, .max = 128, .flags = OPTION_REQUIRED,
	  .doc = "AccessKey ID, begins with `LTAI`. Console of Alibaba Cloud: the picture at the top right, AccessKey; best of a RAM user who has "
		 "`AliyunDysmsFullAccess` and nothing else." },
	{ .key = "access_key_secret", .type = OPTION_SECRET, .offset = offsetof(struct aliyun_options, secret), .min = 1, .max = 256, .flags = OPTION_REQUIRED,
	  .doc = "AccessKey Secret, shown once when the key is made. Better as `access_key_secret_file`." },
	{ .key = "sign_name", .type = OPTION_STRING, .offset = offsetof(struct aliyun_options, sign_name), .min = 1, .max = 60, .flags = OPTION_REQUIRED,
	  .doc = "The signature that was approved, without 【】. Console of the service: 国内消息, 签名管理 (Go China, Signatures)." },
	{ .key = "endpoint", .type = OPTION_STRING, .offset = offsetof(struct aliyun_options, endpoint), .def = "https://dysmsapi.aliyuncs.com", .max = 2048,
	  .doc = "Where the interface is; another one only in a private cloud." },
	{ .key = "region_id", .type = OPTION_STRING, .offset = offsetof(struct aliyun_options, region), .max = 64,
	  .doc = "RegionId, where the service wants one (`cn-hangzhou`)." },
	{ .key = "signature_version", .type = OPTION_ENUM, .offset = offsetof(struct aliyun_options, signature), .def = "v3", .values = signatures,
	  .doc = "How requests are signed: `v3` (ACS3-HMAC-SHA256), or `v1` (HMAC-SHA1) for private clouds that know no other." },
	{ .key = NULL },
};

static void check(const void *options, const struct yaml_node *map, struct problems *problems)
{
	aliyun_sign_check(((const struct aliyun_options *)options)->endpoint, map, problems);
}

/* help.aliyun.com: error codes of SendSms; the common ones of all interfaces are those without "isv." */
static const struct advice codes[] = {
	{ "isv.BUSINESS_LIMIT_CONTROL", SMS_LIMITED, "该号码触发流控（默认同一签名每号码 1 条/分钟、5 条/小时、10 条/天）。稍后再试，或在控制台“系统设置”调整发送频率。",
	  "This number's limit (by default one a minute, 5 an hour, 10 a day). Wait, or raise it in the console under sending frequency." },
	{ "isv.DAY_LIMIT_CONTROL", SMS_UNAVAILABLE, "已达到控制台设置的日发送总量上限。请在“系统设置—国内消息设置”提高上限。",
	  "The day's total that was set in the console is used up: raise it there." },
	{ "isv.MONTH_LIMIT_CONTROL", SMS_UNAVAILABLE, "已达到控制台设置的月发送总量上限，请提高上限。", "The month's total that was set in the console is used up: raise it there." },
	{ "isv.MOBILE_NUMBER_ILLEGAL", SMS_REFUSED, "手机号码格式不被接受。请核对号码。", "It takes this for no phone number: check the number." },
	{ "isv.MOBILE_COUNT_OVER_LIMIT", SMS_REFUSED, "一次发送的号码过多。", "Too many numbers in one message." },
	{ "isv.BLACK_KEY_CONTROL_LIMIT", SMS_UNAVAILABLE, "内容含有被禁止的关键词，请检查模板参数。", "A parameter holds a forbidden word: look at the template's parameters." },
	{ "isv.SMS_SIGNATURE_ILLEGAL", SMS_UNAVAILABLE, "签名不存在或未审核通过。请在控制台“签名管理”核对 sign_name（不带【】）。",
	  "The signature does not exist or is not approved: compare sign_name with the console's list (without 【】)." },
	{ "isv.SMS_SIGN_ILLEGAL", SMS_UNAVAILABLE, "签名不存在或未审核通过。请核对 sign_name。", "The signature does not exist or is not approved: check sign_name." },
	{ "isv.SMS_TEMPLATE_ILLEGAL", SMS_UNAVAILABLE, "模板不存在或未审核通过。请在“模板管理”核对模板 CODE（SMS_ 开头）。",
	  "The template does not exist or is not approved: compare its code (SMS_…) with the console's list." },
	{ "isv.TEMPLATE_MISSING_PARAMETERS", SMS_UNAVAILABLE, "模板中有变量没有给出。请核对该模板的 params。", "A variable of the template was not given: compare its `params`." },
	{ "isv.TEMPLATE_PARAMS_ILLEGAL", SMS_UNAVAILABLE, "模板参数的值不符合变量的规范（长度、类型）。", "A parameter's value is not what its variable allows (length, kind)." },
	{ "isv.INVALID_PARAMETERS", SMS_UNAVAILABLE, "参数不正确。请核对模板与参数名。", "A parameter is wrong: compare template and names of parameters." },
	{ "isv.INVALID_JSON_PARAM", SMS_UNAVAILABLE, "模板参数不是合法的 JSON。", "The parameters are no JSON." },
	{ "isv.PARAM_LENGTH_LIMIT", SMS_UNAVAILABLE, "参数超出长度限制。", "A parameter is too long." },
	{ "isv.AMOUNT_NOT_ENOUGH", SMS_UNAVAILABLE, "账户余额不足，请充值。", "The account has no money left: top it up." },
	{ "isv.OUT_OF_SERVICE", SMS_UNAVAILABLE, "业务已停机（通常因欠费），请充值后恢复。", "The service is suspended, mostly for lack of money: top the account up." },
	{ "isv.PRODUCT_UN_SUBSCRIPT", SMS_UNAVAILABLE, "未开通短信服务，请先开通。", "The service was never activated: activate it in the console." },
	{ "isv.PRODUCT_UNSUBSCRIBE", SMS_UNAVAILABLE, "产品未订购或已退订。", "The product is not subscribed to." },
	{ "isv.ACCOUNT_NOT_EXISTS", SMS_UNAVAILABLE, "账户不存在。", "There is no such account." },
	{ "isv.ACCOUNT_ABNORMAL", SMS_UNAVAILABLE, "账户状态异常，请联系服务商。", "Something is wrong with the account: ask the vendor." },
	{ "isv.DENY_IP_RANGE", SMS_UNAVAILABLE, "本服务器的 IP 不在允许范围内。请在控制台核对 IP 白名单。", "This server's address is not allowed: see the list of addresses in the console." },
	{ "isp.SYSTEM_ERROR", SMS_UNAVAILABLE, "服务商系统错误，稍后重试。", "An error on the vendor's side: try again." },
	{ "isp.RAM_PERMISSION_DENY", SMS_UNAVAILABLE, "RAM 用户没有权限。请为该用户授予 AliyunDysmsFullAccess。",
	  "The RAM user may not do this: grant it AliyunDysmsFullAccess." },
	{ "SignatureDoesNotMatch", SMS_UNAVAILABLE, "签名不一致：AccessKey Secret 不正确（检查是否多了空格或少了字符），或接口地址经过改写请求的代理。",
	  "The signatures differ: the AccessKey secret is wrong (look for a space or a missing character), or a proxy changes the request." },
	{ "InvalidAccessKeyId.NotFound", SMS_UNAVAILABLE, "AccessKey ID 不存在。请核对 access_key_id，并确认未被删除。",
	  "There is no such AccessKey ID: check access_key_id, and that it was not deleted." },
	{ "InvalidAccessKeyId.Inactive", SMS_UNAVAILABLE, "AccessKey 已停用，请在控制台启用。", "The AccessKey is disabled: enable it in the console." },
	{ "InvalidTimeStamp*", SMS_UNAVAILABLE, "本机时钟与服务商相差过大（超过 15 分钟）。请校准时间（NTP）。", "This machine's clock is off by more than 15 minutes: set it (NTP)." },
	{ "SignatureNonceUsed", SMS_UNKNOWN, "相同请求已被接收过。", "This very request was received before." },
	{ "Forbidden*", SMS_UNAVAILABLE, "没有权限。请检查 RAM 授权。", "Not permitted: look at the RAM policy." },
	{ "Throttling*", SMS_UNAVAILABLE, "调用过于频繁，被服务商限流。", "The vendor throttles: too many calls." },
	{ NULL },
};

static int deliver(const void *options, const struct sms_message *message, struct arena *arena, struct sms_delivery *ret_delivery)
{
	const struct aliyun_options *aliyun = options;
	struct aliyun_param params[8] = {
		{ "PhoneNumbers", message->phone }, { "SignName", aliyun->sign_name }, { "TemplateCode", message->template_code }, { "OutId", message->key },
	};
	struct sms_delivery delivery = { .type = SMS_FETCH };
	size_t n = 4;

	if (!message->template_code.n) {
		*ret_delivery = (struct sms_delivery){ .type = SMS_CANNOT, .reason = "no template for this purpose and language" };
		return 0;
	}
	params[n].name = "TemplateParam";
	TRY(sms_params_json(message, arena, &params[n++].value));
	if (aliyun->region.n)
		params[n++] = (struct aliyun_param){ "RegionId", aliyun->region };
	const struct aliyun_call call = { .endpoint = aliyun->endpoint, .key_id = aliyun->key_id, .secret = aliyun->secret.bytes, .method = "POST",
					  .action = "SendSms", .version = "2017-05-25", .params = params, .n_params = n, .nonce = message->random,
					  .now = message->now };
	TRY(aliyun->signature == BY_V1 ? aliyun_sign_v1(&call, arena, &delivery.fetch) : aliyun_sign_v3(&call, arena, &delivery.fetch));
	*ret_delivery = delivery;
	return 0;
}

static int read_reply(const void *options, const struct sms_reply *reply, struct arena *arena, struct sms_result *ret_result)
{
	JSON *json = NULL;

	*ret_result = sms_result_of(reply);
	if (reply->error || json_read_object(reply->body, &json))
		return 0;
	struct span code = arena_dup(arena, json_get_span(json, "Code")), message = arena_dup(arena, json_get_span(json, "Message"));
	struct span id = arena_dup(arena, json_get_span(json, "BizId"));
	if (!code.p || !message.p || !id.p)
		return FAULT_MEMORY;
	if (!code.n)
		return 0;
	if (span_is(code, "OK") && reply->status == 200)
		*ret_result = (struct sms_result){ .outcome = SMS_ACCEPTED, .id = id };
	else
		*ret_result = sms_result_by_code(codes, code, message, SMS_UNAVAILABLE);
	return 0;
}

/* [{"phone_number":"13800138000","success":true,"err_code":"DELIVERED","sms_size":"1","biz_id":"9327…^0",…}] */
static int receipts(const void *options, struct span body, struct arena *arena, const struct sms_receipt **ret_receipts, size_t *ret_n)
{
	JSON *json = NULL;
	struct sms_receipt *list;
	size_t n;

	TRY(sms_receipts_open(body, arena, &json, &list, &n));
	for (size_t i = 0; i < n; i++) {
		const json_t *item = json_array_get(json, i);
		struct span size = json_get_span(item, "sms_size"), phone = json_get_span(item, "phone_number");
		uint64_t pieces = 0;

		list[i] = (struct sms_receipt){ .id = arena_dup(arena, json_get_span(item, "biz_id")), .phone = arena_dup(arena, phone),
						.key = arena_dup(arena, json_get_span(item, "out_id")),
						.code = arena_dup(arena, json_get_span(item, "err_code")), .delivered = json_get_bool(item, "success", false) };
		if (!list[i].id.p || !list[i].key.p || !list[i].phone.p || !list[i].code.p)
			return FAULT_MEMORY;
		if (!list[i].id.n)
			return ERR_INVALID;
		if (span_to_u64(size, &pieces) && pieces <= 100)
			list[i].pieces = (int64_t)pieces;
	}
	*ret_receipts = list;
	*ret_n = n;
	return 0;
}

extern const struct sms_gateway sms_aliyun;
const struct sms_gateway sms_aliyun = {
	.variant = { .name = "aliyun", .doc = "Alibaba Cloud (阿里云短信服务). Needs a template for each purpose: `templates`.", .table = rows,
		     .size = sizeof(struct aliyun_options), .check = check },
	.deliver = deliver,
	.read = read_reply,
	.receipts = receipts,
	.receipts_taken = "{\"code\":0,\"msg\":\"OK\"}",
};
