/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/message_test.h"

#include "broker/base/encode.h"
#include "broker/base/sys.h"
#include "conf/config.h"

int message_test(const struct settings *settings, const struct config_sms_route *route, struct span phone, bool english, struct arena *arena,
		 struct message_report *ret_report)
{
	const struct config *config = settings->config;
	struct instant now = sys_now();
	char id[37];

	encode_id(id, sys_new_id(now));
	struct sms_message message = { .phone = phone, .purpose = SPAN("login"), .code = SPAN("123456"), .minutes = config->otp.life / MS_MINUTE, .now = now,
				       .language = english ? SPAN("en") : SPAN("zh"),
				       .body = english ? SPAN("This is a test: 123456 is no code.") : SPAN("这是一条测试短信，123456不是有效的验证码。"),
				       .signature = config_text(&config->sms.signature, english ? CONFIG_EN : CONFIG_ZH_CN) };
	char *text = arena_printf(arena, message.signature.n ? "【" SPAN_FMT "】" SPAN_FMT : SPAN_FMT SPAN_FMT, SPAN_ARG(message.signature), SPAN_ARG(message.body));
	char *key = arena_printf(arena, "test:%s", id);

	if (!text || !key)
		return FAULT_MEMORY;
	message.text = span_of(text);
	message.key = span_of(key);
	return message_send_out(settings, &message, route, instant_add(now, settings->config->net.timeout), arena, ret_report);
}

static const struct advice *advice_of(const struct message_report *report)
{
	static const struct advice accepted = { "", SMS_ACCEPTED, "网关已受理：请在手机上确认是否收到。未收到时请查看服务商控制台的发送记录。",
						"The gateway took it: see whether it arrives. If not, its console says what the carrier answered." };
	static const struct advice over = { "", SMS_LIMITED, "已达到本平台的发送限额（sms.budget）。", "A budget of this platform is used up (sms.budget)." };
	static const struct advice template = { "", SMS_UNAVAILABLE, "没有适合该用途和语言的模板：请在“短信模板”（templates）中添加服务商审核通过的模板。",
						"No template fits this purpose and language: add one to `templates`." };
	static const struct advice unknown = { "", SMS_UNAVAILABLE, "服务商返回了未收录的代码，请按其信息或向服务商查询。",
					       "The vendor answered with a code that is not in our list: its words say more, or the vendor does." };

	if (report->outcome == SMS_ACCEPTED)
		return &accepted;
	if (!report->route)
		return &over;
	if (report->result.advice)
		return report->result.advice;
	return report->reason ? &template : &unknown;
}

void message_test_write(const struct message_report *report, struct json_writer *out)
{
	const struct advice *advice = advice_of(report);

	json_member_str(out, "outcome", span_of(sms_outcome_name(report->outcome)));
	if (report->route) {
		json_member_str(out, "route", report->route->id);
		json_member_str(out, "gateway", span_of(report->route->gateway.variant->name));
	}
	json_member_str(out, "code", report->result.code);
	json_member_str(out, "message", report->result.message);
	json_member_str(out, "advice_zh", span_of(advice->zh));
	json_member_str(out, "advice_en", span_of(advice->en));
	json_member_str(out, "reason", span_of(report->reason));
	json_member_str(out, "vendor_id", report->result.id);
	json_member_int(out, "took_ms", report->took_ms);
}
