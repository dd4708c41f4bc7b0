/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/message.h"

#include "broker/base/sys.h"
#include "broker/endpoint/page.h"
#include "providers/sms.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* One write of one line with O_APPEND: lines of several threads do not mix. */
static int append(const struct sms_delivery *delivery)
{
	CLOSE_FD int fd = open(delivery->path.p, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, delivery->line.p, delivery->line.n) != (ssize_t)delivery->line.n)
		return FAULT(FAULT_IO, "outbox " SPAN_FMT ": %s", SPAN_ARG(delivery->path), strerror(errno));
	return 0;
}

static int deliver(struct request *rq, const struct sms_message *message)
{
	const struct config_sms *config = &app_of(rq)->config->sms;
	struct sms_delivery delivery;
	struct net_reply reply;

	if (!config->gateway.variant)
		return ERR_PROVIDER_FAILED;
	const struct sms_gateway *gateway = sms_gateway_of(config->gateway.variant);
	TRY(gateway->deliver(config->gateway.options, message, rq->arena, &delivery));
	if (delivery.type == SMS_APPEND)
		return append(&delivery);
	struct net_request request = { .method = "POST", .url = delivery.url, .content_type = delivery.content_type, .body = delivery.body,
				       .authorization = delivery.authorization };
	if (net_fetch(app_of(rq)->net, &request, rq->now, rq->arena, &reply))
		return ERR_PROVIDER_FAILED;
	return gateway->accepted(config->gateway.options, reply.status, reply.body, rq->arena);
}

int message_send(struct request *rq, const struct message *message)
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
	return deliver(rq, &(struct sms_message){ .phone = message->phone, .purpose = message->purpose, .code = message->code,
						  .text = span_of(text), .key = message->key, .now = rq->now });
}

int message_notify(struct request *rq, struct span phone, struct span purpose, struct span text, struct span key)
{
	const struct config *config = app_of(rq)->config;
	struct span sign = config_text(&config->sms.signature, config->language);
	char *whole = arena_printf(rq->arena, SPAN_FMT SPAN_FMT, SPAN_ARG(sign), SPAN_ARG(text));

	if (!whole)
		return FAULT_MEMORY;
	return deliver(rq, &(struct sms_message){ .phone = phone, .purpose = purpose, .text = span_of(whole), .key = key, .now = rq->now });
}

int message_captcha(struct request *rq, struct span answer)
{
	if (!app_of(rq)->config->demo)
		return 0;
	int result = deliver(rq, &(struct sms_message){ .purpose = SPAN("captcha"), .code = answer, .now = rq->now, .is_captcha = true });
	return result == ERR_PROVIDER_FAILED ? 0 : result;
}
