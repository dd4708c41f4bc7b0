/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/message.h"

#include "broker/base/encode.h"
#include "broker/base/json.h"
#include "broker/base/log.h"
#include "broker/base/sys.h"
#include "broker/endpoint/page.h"
#include "broker/http/server.h"
#include "broker/http/workers.h"
#include "broker/net/mail.h"
#include "providers/sms.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define LATER_ARENA ((size_t)256 * 1024)

/* One write of one line with O_APPEND: lines of several threads do not mix. */
static int append(struct span path, struct span line)
{
	CLOSE_FD int fd = open(path.p, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, line.p, line.n) != (ssize_t)line.n)
		return FAULT(FAULT_IO, "outbox " SPAN_FMT ": %s", SPAN_ARG(path), strerror(errno));
	return 0;
}

static int fetch(const struct settings *settings, const struct sms_gateway *gateway, const struct sms_delivery *delivery, struct arena *arena)
{
	const void *options = settings->config->sms.gateway.options;
	struct net_request request = { .method = delivery->method ? delivery->method : "POST", .url = delivery->url, .content_type = delivery->content_type,
				       .body = delivery->body, .authorization = delivery->authorization, .headers = delivery->headers,
				       .n_headers = delivery->n_headers };
	struct net_reply reply;

	if (net_fetch(settings->net, &request, sys_now(), arena, &reply))
		return ERR_PROVIDER_FAILED;
	return gateway->accepted(options, reply.status, reply.body, arena);
}

static int prepare(const struct settings *settings, const struct sms_message *message, struct arena *arena, const struct sms_gateway **ret_gateway,
		   struct sms_delivery *ret_delivery)
{
	const struct config_sms *config = &settings->config->sms;

	if (!config->gateway.variant)
		return ERR_PROVIDER_FAILED;
	*ret_gateway = sms_gateway_of(config->gateway.variant);
	return (*ret_gateway)->deliver(config->gateway.options, message, arena, ret_delivery);
}

static int deliver(struct request *rq, const struct sms_message *message)
{
	const struct sms_gateway *gateway;
	struct sms_delivery delivery;

	TRY(prepare(app_of(rq), message, rq->arena, &gateway, &delivery));
	return delivery.type == SMS_APPEND ? append(delivery.path, delivery.line) : fetch(app_of(rq), gateway, &delivery, rq->arena);
}

/* ---- after the answer */

struct later {
	struct job job;
	struct settings *settings;
	struct arena *arena;
	const struct sms_gateway *gateway;
	struct sms_delivery delivery;
	char reference[REQUEST_REFERENCE_SIZE];
};

static void end_later(struct later *later)
{
	app_settings_release(later->settings);
	arena_free(later->arena);
	free(later);
}

static void note_unsent(int error)
{
	LOG(LOG_WARN, "message.unsent", F_STR("error", error_row(error)->name));
}

static void run_later(struct job *job, bool expired)
{
	struct later *later = (struct later *)(void *)job; /* its first member */
	int result = ERR_BUSY;

	log_set_reference(later->reference);
	if (!expired)
		result = fetch(later->settings, later->gateway, &later->delivery, later->arena);
	if (result)
		note_unsent(result);
	log_set_reference("");
	end_later(later);
}

static int push_later(struct request *rq, const struct sms_message *message)
{
	struct later *later = calloc(1, sizeof *later);

	if (!later)
		return FAULT_MEMORY;
	later->settings = app_settings(app_of(rq)->app);
	later->arena = arena_new(LATER_ARENA);
	later->job.run = run_later;
	memcpy(later->reference, rq->reference, sizeof later->reference);
	int result = later->arena ? prepare(later->settings, message, later->arena, &later->gateway, &later->delivery) : FAULT_MEMORY;
	if (!result)
		result = server_later(rq->server, WORK_SMS, &later->job);
	if (result)
		end_later(later);
	return result;
}

/* A line for the outbox waits for nobody. */
static int deliver_later(struct request *rq, const struct sms_message *message)
{
	const struct sms_gateway *gateway;
	struct sms_delivery delivery;
	int result = prepare(app_of(rq), message, rq->arena, &gateway, &delivery);

	if (!result)
		result = delivery.type == SMS_APPEND ? append(delivery.path, delivery.line) : push_later(rq, message);
	if (result)
		note_unsent(result);
	return result == FAULT_MEMORY ? result : 0;
}

/* ---- texts */

typedef int deliver_fn(struct request *rq, const struct sms_message *message);

static int send_code(struct request *rq, const struct message *message, deliver_fn *deliver_by)
{
	int64_t minutes = app_of(rq)->config->otp.life / MS_MINUTE;
	struct span sign = page_text(rq, &app_of(rq)->config->sms.signature);
	char *text = request_language(rq) == LANGUAGE_EN ?
			     arena_printf(rq->arena, SPAN_FMT " Your code is " SPAN_FMT ", valid for %d minutes. Never tell it to anyone.", SPAN_ARG(sign),
					  SPAN_ARG(message->code), (int)minutes) :
			     arena_printf(rq->arena, SPAN_FMT "您的验证码是" SPAN_FMT "，%d分钟内有效，请勿告诉他人。", SPAN_ARG(sign),
					  SPAN_ARG(message->code), (int)minutes);

	if (!text)
		return FAULT_MEMORY;
	return deliver_by(rq, &(struct sms_message){ .phone = message->phone, .purpose = message->purpose, .code = message->code,
						     .text = span_of(text), .key = message->key, .now = rq->now });
}

int message_send(struct request *rq, const struct message *message)
{
	return send_code(rq, message, deliver);
}

int message_send_later(struct request *rq, const struct message *message)
{
	return send_code(rq, message, deliver_later);
}

static int notify(struct request *rq, struct span phone, struct span purpose, struct span text, struct span key, deliver_fn *deliver_by)
{
	const struct config *config = app_of(rq)->config;
	struct span sign = config_text(&config->sms.signature, config->language);
	char *whole = arena_printf(rq->arena, SPAN_FMT SPAN_FMT, SPAN_ARG(sign), SPAN_ARG(text));

	if (!whole)
		return FAULT_MEMORY;
	return deliver_by(rq, &(struct sms_message){ .phone = phone, .purpose = purpose, .text = span_of(whole), .key = key, .now = rq->now });
}

int message_notify(struct request *rq, struct span phone, struct span purpose, struct span text, struct span key)
{
	return notify(rq, phone, purpose, text, key, deliver);
}

int message_notify_later(struct request *rq, struct span phone, struct span purpose, struct span text, struct span key)
{
	return notify(rq, phone, purpose, text, key, deliver_later);
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
	return append(app_of(rq)->config->mail.outbox, text);
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
		return ERR_PROVIDER_FAILED;
	if (config->mail.outbox.n)
		return keep_mail(rq, &mail, purpose, code);
	int result = net_mail(app_of(rq)->net, &server, &mail, rq->now, rq->arena);
	return result ? ERR_PROVIDER_FAILED : 0;
}

int message_captcha(struct request *rq, struct span answer)
{
	if (!app_of(rq)->config->demo)
		return 0;
	int result = deliver(rq, &(struct sms_message){ .purpose = SPAN("captcha"), .code = answer, .now = rq->now, .is_captcha = true });
	return result == ERR_PROVIDER_FAILED ? 0 : result;
}
