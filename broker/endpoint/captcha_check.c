/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/captcha_check.h"

#include "broker/base/encode.h"
#include "broker/base/sys.h"
#include "broker/endpoint/message.h"
#include "broker/endpoint/page.h"
#include "broker/http/captcha.h"
#include "broker/store/records_system.h"
#include "conf/config.h"

/* What is sealed into captcha_id. */
struct captcha_ticket {
	int64_t expires_ms;
	char picture[CAPTCHA_ANSWER_MAX], question[CAPTCHA_ANSWER_MAX];
};

static int aad_of(struct request *rq, const struct interaction *interaction, struct span *ret_aad)
{
	struct buf aad = buf_new(rq->arena, 32);

	buf_str(&aad, "captcha");
	buf_add(&aad, (struct span){ (const char *)interaction->id.b, sizeof interaction->id.b });
	return buf_done(&aad, ret_aad);
}

static int seal_ticket(struct request *rq, const struct interaction *interaction, const struct captcha_ticket *ticket, struct span *ret_text)
{
	struct buf text = buf_new(rq->arena, 128);
	struct span aad, sealed;

	TRY(aad_of(rq, interaction, &aad));
	TRY(seal_bytes(app_of(rq)->app->seal, aad, (struct span){ (const char *)ticket, sizeof *ticket }, rq->arena, &sealed));
	encode_base64url(&text, sealed);
	return buf_done(&text, ret_text);
}

static int add_picture(struct request *rq, const struct captcha_ticket *ticket, json_t *captcha)
{
	struct buf png = buf_new(rq->arena, 4096), uri = buf_new(rq->arena, 6144);
	unsigned char seed[CAPTCHA_SEED_SIZE];
	struct span text;

	if (!app_of(rq)->app->font)
		return 0; /* no font on this machine: the question alone */
	sys_random(seed, sizeof seed);
	TRY(captcha_render(app_of(rq)->app->font, span_of(ticket->picture), seed, &png));
	buf_str(&uri, "data:image/png;base64,");
	encode_base64(&uri, buf_span(&png));
	TRY(buf_done(&uri, &text));
	page_set(captcha, "image", text);
	return 0;
}

int captcha_check_show(struct request *rq, const struct interaction *interaction, json_t *data)
{
	struct captcha_ticket ticket = { .expires_ms = rq->now.ms + app_of(rq)->config->captcha.life };
	unsigned char seed[CAPTCHA_SEED_SIZE], other[CAPTCHA_SEED_SIZE];
	struct buf question = buf_new(rq->arena, 64);
	JSON *captcha = json_object();
	struct span id, text;

	sys_random(seed, sizeof seed);
	sys_random(other, sizeof other);
	captcha_make_text(seed, ticket.picture);
	captcha_make_question(other, request_language(rq), &question, ticket.question);
	TRY(buf_done(&question, &text));
	TRY(seal_ticket(rq, interaction, &ticket, &id));
	TRY(add_picture(rq, &ticket, captcha));
	page_set(captcha, "question", text);
	page_set(captcha, "id", id);
	json_object_set(data, "captcha", captcha);
	return message_captcha(rq, span_of(ticket.picture));
}

static bool fits(struct span typed, const char *answer)
{
	char normal[CAPTCHA_ANSWER_MAX];

	return captcha_normalise(typed, normal) && secret_eq(span_of(normal), span_of(answer));
}

static int use_up(struct txn *txn, void *arg)
{
	return captcha_check_use(txn, *(const struct id *)arg);
}

int captcha_check(struct request *rq, const struct interaction *interaction, struct id *ret_mark)
{
	struct span typed = request_param(rq, "captcha"), id = request_param(rq, "captcha_id"), aad, sealed, plain;
	struct captcha_ticket ticket;

	TRY(aad_of(rq, interaction, &aad));
	if (!typed.n || !id.n || encode_base64url_decode(id, rq->arena, &sealed))
		return ERR_CAPTCHA;
	if (seal_open(app_of(rq)->app->seal, aad, sealed, rq->arena, &plain) || plain.n != sizeof ticket)
		return ERR_CAPTCHA;
	memcpy(&ticket, plain.p, sizeof ticket);
	if (ticket.expires_ms <= rq->now.ms)
		return ERR_CAPTCHA;
	struct id mark = record_named_id((struct instant){ ticket.expires_ms }, SPAN("captcha"), sealed);
	if (!fits(typed, ticket.picture) && !fits(typed, ticket.question)) {
		int result = store_update(app_of(rq)->app->store, use_up, &mark);

		return result < 0 ? result : ERR_CAPTCHA;
	}
	*ret_mark = mark;
	return 0;
}

int captcha_check_use(struct txn *txn, struct id mark)
{
	if (!id_is_set(mark))
		return 0;
	int result = record_insert(txn, &KIND_MARK, &(struct mark){ .id = mark, .note = SPAN("captcha") });
	return result == ERR_EXISTS ? ERR_CAPTCHA : result;
}
