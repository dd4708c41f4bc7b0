/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/message.h"

#include "broker/base/encode.h"
#include "broker/base/json.h"
#include "broker/endpoint/message_later.h"
#include "broker/endpoint/page.h"
#include "broker/net/mail.h"
#include "conf/config.h"

/* ---- texts */

typedef int deliver_fn(struct request *rq, struct sms_message *message);

static int deliver(struct request *rq, struct sms_message *message)
{
	struct message_report report;

	TRY(message_send_out(app_of(rq), message, NULL, instant_add(rq->deadline, -MS_SECOND), rq->arena, &report));
	return message_send_result(&report);
}

/* Signature and text together, as carriers show them; and a key of its own for each purpose, since callers name messages by what they are about. */
static int compose(struct request *rq, struct sms_message *message, struct span key)
{
	char *whole = message->signature.n ? arena_printf(rq->arena, "【" SPAN_FMT "】" SPAN_FMT, SPAN_ARG(message->signature), SPAN_ARG(message->body)) :
					     arena_cstr(rq->arena, message->body);
	char *named = arena_printf(rq->arena, SPAN_FMT ":" SPAN_FMT, SPAN_ARG(message->purpose), SPAN_ARG(key));

	if (!whole || !named)
		return FAULT_MEMORY;
	message->text = span_of(whole);
	message->key = span_of(named);
	message->now = rq->now;
	return 0;
}

static int send_code(struct request *rq, const struct message *message, deliver_fn *deliver_by)
{
	int64_t minutes = app_of(rq)->config->otp.life / MS_MINUTE;
	bool english = request_language(rq) == LANGUAGE_EN;
	struct sms_message sms = { .phone = message->phone, .purpose = message->purpose, .code = message->code, .minutes = minutes,
				   .signature = page_text(rq, &app_of(rq)->config->sms.signature), .language = english ? SPAN("en") : SPAN("zh") };
	char *text = arena_printf(rq->arena, english ? "Your code is " SPAN_FMT ", valid for %d minutes. Never tell it to anyone." :
						       "您的验证码是" SPAN_FMT "，%d分钟内有效，请勿告诉他人。", SPAN_ARG(message->code), (int)minutes);

	if (!text)
		return FAULT_MEMORY;
	sms.body = span_of(text);
	TRY(compose(rq, &sms, message->key));
	return deliver_by(rq, &sms);
}

int message_send(struct request *rq, const struct message *message)
{
	return send_code(rq, message, deliver);
}

int message_send_later(struct request *rq, const struct message *message)
{
	return send_code(rq, message, message_later);
}

static int notify(struct request *rq, struct span phone, struct span purpose, struct span text, struct span key, deliver_fn *deliver_by)
{
	const struct config *config = app_of(rq)->config;
	struct sms_message sms = { .phone = phone, .purpose = purpose, .body = text, .signature = config_text(&config->sms.signature, config->language),
				   .language = config->language == CONFIG_EN ? SPAN("en") : SPAN("zh") };

	TRY(compose(rq, &sms, key));
	return deliver_by(rq, &sms);
}

int message_notify(struct request *rq, struct span phone, struct span purpose, struct span text, struct span key)
{
	return notify(rq, phone, purpose, text, key, deliver);
}

int message_notify_later(struct request *rq, struct span phone, struct span purpose, struct span text, struct span key)
{
	return notify(rq, phone, purpose, text, key, message_later);
}

int message_notice(struct request *rq, struct span phone, struct span zh, struct span en, struct id key)
{
	char text[37];

	if (!phone.n)
		return 0;
	encode_id(text, key);
	return message_notify_later(rq, phone, SPAN("notice"), app_of(rq)->config->language == CONFIG_EN ? en : zh, span_of(text));
}

/* ---- e-mail */

bool message_has_mail(const struct config *config)
{
	return config->mail.server.n || config->mail.outbox.n;
}

static int keep_mail(struct request *rq, const struct mail *mail, struct span purpose, struct span code)
{
	struct buf line = buf_new(rq->arena, 512);
	struct json_writer w = json_writer(&line);
	struct span text;

	json_open(&w, '{');
	json_member_int(&w, "time", rq->now.ms);
	json_member_str(&w, "email", mail->to);
	json_member_str(&w, "purpose", purpose);
	json_member_str(&w, "code", code);
	json_member_str(&w, "subject", mail->subject);
	json_member_str(&w, "text", mail->text);
	json_close(&w, '}');
	buf_char(&line, '\n');
	TRY(buf_done(&line, &text));
	return message_send_append(app_of(rq)->config->mail.outbox, text);
}

int message_mail(struct request *rq, struct span to, struct span purpose, struct span code, struct span key)
{
	const struct config *config = app_of(rq)->config;
	const struct mail_server server = { config->mail.server, config->mail.user, config->mail.password.bytes, config->mail.from };
	bool english = request_language(rq) == LANGUAGE_EN;
	int minutes = (int)(config->otp.life / MS_MINUTE);
	char *text = arena_printf(rq->arena, english ? "Your code is " SPAN_FMT ", valid for %d minutes. Never tell it to anyone.\r\n" :
						       "您的验证码是" SPAN_FMT "，%d分钟内有效，请勿告诉他人。\r\n", SPAN_ARG(code), minutes);
	struct mail mail = { .to = to, .subject = english ? SPAN("Verification code") : SPAN("验证码"), .id = key };

	if (!text)
		return FAULT_MEMORY;
	mail.text = span_of(text);
	if (!message_has_mail(config))
		return ERR_MESSAGE_FAILED;
	if (config->mail.outbox.n)
		return keep_mail(rq, &mail, purpose, code);
	int result = net_mail(app_of(rq)->net, &server, &mail, rq->now, rq->arena);
	return result ? ERR_MESSAGE_FAILED : 0;
}

/* ---- demonstrations */

int message_captcha(struct request *rq, struct span answer)
{
	const struct config *config = app_of(rq)->config;
	const struct sms_message message = { .purpose = SPAN("captcha"), .code = answer, .now = rq->now, .is_captcha = true };
	struct sms_delivery delivery;

	for (size_t i = 0; config->demo && i < config->sms.routes.n; i++) {
		const struct option_variant_value *gateway = &config->sms.routes.items[i].gateway;

		if (!sms_gateway_of(gateway->variant)->is_quick)
			continue; /* nobody is sent captchas */
		TRY(sms_gateway_of(gateway->variant)->deliver(gateway->options, &message, rq->arena, &delivery));
		return delivery.type == SMS_APPEND ? message_send_append(delivery.path, delivery.line) : 0;
	}
	return 0;
}
