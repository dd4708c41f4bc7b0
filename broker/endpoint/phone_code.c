/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/phone_code.h"

#include "broker/base/encode.h"
#include "broker/base/sys.h"
#include "broker/endpoint/captcha_check.h"
#include "broker/endpoint/message.h"
#include "broker/endpoint/page.h"
#include "broker/identity/mask.h"
#include "broker/identity/normal.h"
#include "conf/config.h"

#define BY_ADDRESS 3 /* index of limits: what decides about the captcha */

/* Per phone 1 a minute, 5 an hour, 10 a day (the carriers' own limits), per address, per session, in all. */
static int set_up_limits(struct phone_code *code)
{
	const struct config_otp *otp = &app_of(code->rq)->config->otp;
	char text[CLIENT_ADDRESS_TEXT];
	struct span from = arena_dup(code->rq->arena, span_of(client_address_text(&code->rq->client, text)));
	const struct throttle limits[PHONE_CODE_LIMITS] = {
		{ "otp.phone.minute", MS_MINUTE, otp->per_phone_minute },
		{ "otp.phone.hour", MS_HOUR, otp->per_phone_hour },
		{ "otp.phone.day", MS_DAY, otp->per_phone_day },
		[BY_ADDRESS] = { "otp.address.hour", MS_HOUR, otp->per_address_hour },
		{ "otp.session", MS_HOUR, otp->per_session },
		{ "otp.total.minute", MS_MINUTE, otp->total_minute },
	};
	const struct span counted[PHONE_CODE_LIMITS] = { code->phone, code->phone, code->phone, from, request_param(code->rq, "interaction"), SPAN("all") };

	memcpy(code->limits, limits, sizeof limits);
	memcpy(code->counted, counted, sizeof counted);
	return from.p ? 0 : FAULT_MEMORY;
}

int phone_code_begin(struct request *rq, struct span purpose, struct span typed, struct phone_code *ret_code)
{
	*ret_code = (struct phone_code){ .rq = rq, .purpose = purpose };
	int result = normal_phone(typed, rq->arena, &ret_code->phone);
	if (result < 0)
		return result;
	TRY(set_up_limits(ret_code));
	return result ? ERR_PHONE : 0;
}

int phone_code_begin_mail(struct request *rq, struct span purpose, struct span typed, struct phone_code *ret_code)
{
	*ret_code = (struct phone_code){ .rq = rq, .purpose = purpose, .by_mail = true };
	struct span shown;
	int result = normal_email(typed, rq->arena, &shown, &ret_code->phone);
	if (result < 0)
		return result;
	TRY(set_up_limits(ret_code));
	return result ? ERR_EMAIL : 0;
}

int phone_code_load(struct txn *txn, struct phone_code *code)
{
	return throttle_count(txn, &code->limits[BY_ADDRESS], code->counted[BY_ADDRESS], code->rq->now, &code->sent_to_address);
}

int phone_code_pending(struct txn *txn, struct phone_code *code, const struct interaction *interaction, bool *ret_sent)
{
	struct otp otp;
	int result = record_get_live(txn, &KIND_OTP, interaction->otp, code->rq->now, code->rq->arena, &otp);

	*ret_sent = !result && span_eq(otp.purpose, code->purpose) && id_eq(otp.interaction, interaction->id);
	if (!*ret_sent)
		return result == ERR_ABSENT ? 0 : result;
	int64_t rest = instant_add(otp.sent_at, app_of(code->rq)->config->otp.resend_after).ms - code->rq->now.ms;
	code->phone = otp.phone;
	code->wait = rest > MS_SECOND ? (unsigned)((rest + MS_SECOND - 1) / MS_SECOND) : 1;
	return 0;
}

bool phone_code_wants_captcha(const struct phone_code *code)
{
	const struct config_captcha *captcha = &app_of(code->rq)->config->captcha;

	if (code->excuse.n)
		return false;
	return captcha->sms == CONFIG_CAPTCHA_SMS_ALWAYS || code->sent_to_address >= captcha->adaptive_free;
}

/* ---- sent */

static int code_mac(struct request *rq, const struct otp *otp, struct span code, struct span *ret_mac)
{
	struct buf input = buf_new(rq->arena, 64);
	unsigned char *mac = arena_alloc(rq->arena, SEAL_DERIVED);
	struct span text;

	if (!mac)
		return FAULT_MEMORY;
	buf_add(&input, (struct span){ (const char *)otp->id.b, sizeof otp->id.b });
	buf_printf(&input, SPAN_FMT "|" SPAN_FMT "|" SPAN_FMT, SPAN_ARG(otp->purpose), SPAN_ARG(otp->phone), SPAN_ARG(code));
	TRY(buf_done(&input, &text));
	*ret_mac = (struct span){ (char *)mac, SEAL_DERIVED };
	return seal_derive(app_of(rq)->app->seal, "otp", text, mac);
}

/* Uniform digits: values past the last whole multiple are drawn again. */
static int make_code(struct request *rq, struct span *ret_code)
{
	size_t digits = (size_t)app_of(rq)->config->otp.digits;
	char *code = arena_alloc(rq->arena, digits + 1);

	if (!code)
		return FAULT_MEMORY;
	for (size_t i = 0; i < digits;) {
		unsigned char byte;

		sys_random(&byte, 1);
		if (byte < 250)
			code[i++] = (char)('0' + byte % 10);
	}
	*ret_code = (struct span){ code, digits };
	return 0;
}

struct sending {
	struct phone_code *code;
	struct interaction *interaction;
	struct span draft;
};

/* The interaction's earlier code dies with the new one. */
static int keep_sending(struct txn *txn, void *arg)
{
	struct sending *s = arg;
	struct phone_code *code = s->code;
	struct interaction interaction;

	TRY(interaction_load_id(txn, code->rq, s->interaction->id, &interaction));
	TRY(captcha_check_use(txn, code->captcha));
	if (code->excuse.n) {
		if (!span_eq(interaction.stage, code->excuse)) /* another tab has used it */
			return ERR_CAPTCHA;
		interaction.stage = code->then;
	}
	for (size_t i = 0; i < PHONE_CODE_LIMITS; i++) {
		int result = throttle_add(txn, &code->limits[i], code->counted[i], code->rq->now);

		if (result == ERR_TOO_MANY)
			code->wait = throttle_wait(&code->limits[i], code->rq->now);
		TRY(result);
	}
	if (id_is_set(interaction.otp) && !id_eq(interaction.otp, code->otp.id)) {
		int result = record_del(txn, &KIND_OTP, interaction.otp);

		if (result && result != ERR_ABSENT)
			return result;
	}
	interaction.otp = code->otp.id;
	interaction.last_phone = code->phone;
	if (s->draft.n)
		interaction.draft = s->draft;
	TRY(record_put(txn, &KIND_OTP, &code->otp));
	TRY(record_put(txn, &KIND_INTERACTION, &interaction));
	*s->interaction = interaction;
	return 0;
}

int phone_code_send(struct phone_code *code, struct interaction *interaction, struct span draft)
{
	struct request *rq = code->rq;
	const struct config_otp *config = &app_of(rq)->config->otp;
	struct sending sending = { code, interaction, draft };
	char key[37];

	if (phone_code_wants_captcha(code))
		TRY(captcha_check(rq, interaction, &code->captcha));
	code->otp = (struct otp){ .id = record_expiring_id(instant_add(rq->now, config->life)), .purpose = code->purpose, .phone = code->phone,
				  .interaction = interaction->id, .tries_left = config->tries, .sent_at = rq->now };
	TRY(make_code(rq, &code->code));
	TRY(code_mac(rq, &code->otp, code->code, &code->otp.code_mac));
	int result = store_update(app_of(rq)->app->store, keep_sending, &sending);
	if (result == ERR_TOO_MANY)
		return ERR_SMS_LIMIT;
	TRY(result);
	if (code->pretend)
		return 0;
	encode_id(key, code->otp.id);
	if (code->by_mail)
		return message_mail(rq, code->phone, code->purpose, code->code, span_of(key));
	struct message message = { .phone = code->phone, .purpose = code->purpose, .code = code->code, .key = span_of(key) };
	return code->discreet ? message_send_later(rq, &message) : message_send(rq, &message);
}

/* ---- tried */

int phone_code_try(struct txn *txn, struct phone_code *code, const struct interaction *interaction, struct span typed, int *ret_error)
{
	struct otp otp;
	struct span mac;

	*ret_error = ERR_OTP_EXPIRED;
	int result = record_take(txn, &KIND_OTP, interaction->otp, code->rq->now, code->rq->arena, &otp);
	if (result)
		return result == ERR_ABSENT ? 0 : result;
	/* It was sent to another phone, or for another page of this interaction: it stays good for those. */
	if (!span_eq(otp.phone, code->phone) || !span_eq(otp.purpose, code->purpose))
		return record_put(txn, &KIND_OTP, &otp);
	TRY(code_mac(code->rq, &otp, typed, &mac));
	if (secret_eq(mac, otp.code_mac) && id_eq(otp.interaction, interaction->id)) {
		*ret_error = 0;
		return 0;
	}
	if (--otp.tries_left <= 0)
		return 0;
	*ret_error = ERR_OTP;
	return record_put(txn, &KIND_OTP, &otp);
}

int phone_code_show(struct phone_code *code, json_t *data)
{
	const struct config_otp *otp = &app_of(code->rq)->config->otp;
	struct span masked;

	TRY(code->by_mail ? mask_email(code->phone, code->rq->arena, &masked) : mask_phone(code->phone, code->rq->arena, &masked));
	page_set(data, "phone_masked", masked);
	page_set_int(data, "wait", code->wait ? code->wait : otp->resend_after / MS_SECOND);
	page_set_int(data, "expires_minutes", otp->life / MS_MINUTE);
	return 0;
}
