/* SPDX-License-Identifier: Apache-2.0 */
/*
 * otp - logging in with a code sent to a phone (Z12). Sending costs money and annoys people: captcha, limits, then the message.
 *
 * A code is bound to phone, purpose and interaction; it is used up by success and by the last wrong try. Whether a number is known shows
 * only after its owner has proved it. domain.md 3.6 (Abuse), ASVS 6.5, 6.6
 */
#include "broker/base/encode.h"
#include "broker/base/sys.h"
#include "broker/endpoint/account_new.h"
#include "broker/endpoint/audit.h"
#include "broker/endpoint/captcha_check.h"
#include "broker/endpoint/endpoint.h"
#include "broker/endpoint/login_page.h"
#include "broker/endpoint/message.h"
#include "broker/endpoint/page.h"
#include "broker/endpoint/throttle.h"
#include "broker/http/reply.h"
#include "broker/identity/normal.h"

#define PURPOSE SPAN("login")
#define LIMITS 6

struct phone_login {
	struct request *rq;
	struct interaction interaction;
	struct visitor visitor;
	struct span phone;
	struct login_page page;
	/* sending */
	struct throttle limits[LIMITS];
	struct span counted[LIMITS];
	int64_t sent_to_address;
	struct id captcha;
	struct otp otp;
	unsigned wait;
	/* checking */
	struct span code;
	struct id accounts[2];
	size_t n_accounts;
	bool is_new;
	struct account created;
};

static int load(struct txn *txn, void *arg)
{
	struct phone_login *p = arg;

	TRY(interaction_load(txn, p->rq, &p->interaction));
	TRY(session_load(txn, p->rq, &p->visitor));
	return throttle_count(txn, &p->limits[3], p->counted[3], p->rq->now, &p->sent_to_address);
}

/* Per phone 1 a minute, 5 an hour, 10 a day (the carriers' own limits), per address, per session, in all. */
static int set_up_limits(struct phone_login *p)
{
	const struct config_otp *otp = &app_of(p->rq)->config->otp;
	char text[CLIENT_ADDRESS_TEXT];
	struct span from = arena_dup(p->rq->arena, span_of(client_address_text(&p->rq->client, text)));
	const struct throttle limits[LIMITS] = {
		{ "otp.phone.minute", MS_MINUTE, otp->per_phone_minute }, { "otp.phone.hour", MS_HOUR, otp->per_phone_hour },
		{ "otp.phone.day", MS_DAY, otp->per_phone_day },	  { "otp.address.hour", MS_HOUR, otp->per_address_hour },
		{ "otp.session", MS_HOUR, otp->per_session },		  { "otp.total.minute", MS_MINUTE, otp->total_minute },
	};
	const struct span counted[LIMITS] = { p->phone, p->phone, p->phone, from, request_param(p->rq, "interaction"), SPAN("all") };

	memcpy(p->limits, limits, sizeof limits);
	memcpy(p->counted, counted, sizeof counted);
	return from.p ? 0 : FAULT_MEMORY;
}

static bool wants_captcha(const struct phone_login *p)
{
	const struct config_captcha *captcha = &app_of(p->rq)->config->captcha;

	return captcha->sms == CONFIG_CAPTCHA_SMS_ALWAYS || p->sent_to_address >= captcha->adaptive_free;
}

static int page(struct phone_login *p, int error, const char *field)
{
	p->page.error = error;
	p->page.field = field;
	p->page.wait = p->wait;
	p->page.captcha = !p->page.sent && wants_captcha(p);
	return login_page_reply(p->rq, &p->interaction, &p->page);
}

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

/* The interaction's earlier code dies with the new one. */
static int keep_sending(struct txn *txn, void *arg)
{
	struct phone_login *p = arg;
	struct interaction interaction;

	TRY(interaction_load(txn, p->rq, &interaction));
	TRY(captcha_check_use(txn, p->captcha));
	for (size_t i = 0; i < LIMITS; i++) {
		int result = throttle_add(txn, &p->limits[i], p->counted[i], p->rq->now);

		if (result == ERR_TOO_MANY)
			p->wait = throttle_wait(&p->limits[i], p->rq->now);
		TRY(result);
	}
	if (id_is_set(interaction.otp) && !id_eq(interaction.otp, p->otp.id)) {
		int result = record_del(txn, &KIND_OTP, interaction.otp);

		if (result && result != ERR_ABSENT)
			return result;
	}
	interaction.otp = p->otp.id;
	interaction.last_phone = p->phone;
	TRY(record_put(txn, &KIND_OTP, &p->otp));
	return record_put(txn, &KIND_INTERACTION, &interaction);
}

static int begin(struct request *rq, struct phone_login *p)
{
	if (!app_of(rq)->config->login.phone_otp) /* ASVS 6.3.4: what is not offered is no way in */
		return ERR_INVALID_REQUEST;
	*p = (struct phone_login){ .rq = rq, .page = { .tab = "phone", .phone = span_trim(request_param(rq, "phone")) } };
	int result = normal_phone(p->page.phone, rq->arena, &p->phone);
	if (result < 0)
		return result;
	TRY(set_up_limits(p));
	TRY(store_view(app_of(rq)->app->store, load, p));
	if (result)
		return page(p, ERR_PHONE, "phone");
	p->page.phone = p->phone;
	return 0;
}

int endpoint_login_phone(struct request *rq)
{
	struct phone_login p = { .rq = rq, .page = { .tab = "phone" } };

	TRY(set_up_limits(&p));
	TRY(store_view(app_of(rq)->app->store, load, &p));
	p.page.phone = p.interaction.last_phone;
	return page(&p, 0, NULL);
}

int endpoint_login_send(struct request *rq)
{
	const struct config_otp *config = &app_of(rq)->config->otp;
	struct phone_login p;

	TRY(begin(rq, &p));
	if (!p.phone.n)
		return 0; /* the page with the error went out */
	int result = wants_captcha(&p) ? captcha_check(rq, &p.interaction, &p.captcha) : 0;
	if (result)
		return result < 0 ? result : page(&p, ERR_CAPTCHA, "captcha");
	p.otp = (struct otp){ .id = record_expiring_id(instant_add(rq->now, config->life)), .purpose = PURPOSE, .phone = p.phone,
			      .interaction = p.interaction.id, .tries_left = config->tries, .sent_at = rq->now };
	TRY(make_code(rq, &p.code));
	TRY(code_mac(rq, &p.otp, p.code, &p.otp.code_mac));
	result = store_update(app_of(rq)->app->store, keep_sending, &p);
	if (result == ERR_TOO_MANY)
		return page(&p, ERR_SMS_LIMIT, "phone");
	if (result == ERR_CAPTCHA)
		return page(&p, ERR_CAPTCHA, "captcha");
	TRY(result);
	char key[37];
	encode_id(key, p.otp.id);
	result = message_send(rq, &(struct message){ .phone = p.phone, .purpose = PURPOSE, .code = p.code, .key = span_of(key) });
	if (page_is_inline(result))
		return page(&p, result, "phone");
	TRY(result);
	p.page.sent = true;
	return page(&p, 0, NULL);
}

/* ---- checking */

static int find_accounts(struct txn *txn, struct phone_login *p)
{
	static const int namespaces[] = { NAMESPACE_NATURAL, NAMESPACE_LEGAL };

	p->n_accounts = 0;
	for (size_t i = 0; i < ARRAY_LEN(namespaces); i++) {
		struct account probe = { .namespace_ = namespaces[i], .phone = p->phone }, found;
		int result = record_find(txn, &KIND_ACCOUNT, ACCOUNT_BY_PHONE, &probe, p->rq->arena, &found);

		if (!result)
			p->accounts[p->n_accounts++] = found.id;
		else if (result != ERR_ABSENT)
			return result;
	}
	return 0;
}

/* One try is used up whatever comes of it; 0 also for a wrong code, so that the try is kept: *ret in p->page.error. */
static int try_code(struct txn *txn, void *arg)
{
	struct phone_login *p = arg;
	struct otp otp;
	struct span mac;

	p->page.error = 0; /* it may run again */
	p->n_accounts = 0;
	TRY(interaction_load(txn, p->rq, &p->interaction));
	int result = record_take(txn, &KIND_OTP, p->interaction.otp, p->rq->now, p->rq->arena, &otp);
	if (result == ERR_ABSENT || (!result && !span_eq(otp.phone, p->phone))) {
		p->page.error = ERR_OTP_EXPIRED;
		return result == ERR_ABSENT ? 0 : record_put(txn, &KIND_OTP, &otp);
	}
	TRY(result);
	TRY(code_mac(p->rq, &otp, p->code, &mac));
	if (secret_eq(mac, otp.code_mac) && span_eq(otp.purpose, PURPOSE) && id_eq(otp.interaction, p->interaction.id))
		return find_accounts(txn, p);
	p->page.error = ERR_OTP;
	if (--otp.tries_left > 0)
		return record_put(txn, &KIND_OTP, &otp);
	p->page.error = ERR_OTP_EXPIRED;
	return 0;
}

/* A valid code for an unknown phone leads to registration (design.md 3); where that is open, the account begins with the phone alone. */
static int create_account(struct txn *txn, void *arg)
{
	struct phone_login *p = arg;

	return account_new(txn, p->rq->now, &p->created);
}

static int offer_choice(struct phone_login *p)
{
	struct span *candidates = arena_array(p->rq->arena, struct span, p->n_accounts);

	if (!candidates)
		return FAULT_MEMORY;
	for (size_t i = 0; i < p->n_accounts; i++)
		candidates[i] = (struct span){ (const char *)p->accounts[i].b, sizeof p->accounts[i].b };
	p->interaction.candidates = (struct text_list){ candidates, p->n_accounts };
	p->interaction.method = SPAN("otp");
	return 0;
}

static int put_choice(struct txn *txn, void *arg)
{
	struct phone_login *p = arg;
	struct interaction interaction;

	TRY(interaction_load(txn, p->rq, &interaction)); /* it may have ended in another tab */
	interaction.candidates = p->interaction.candidates;
	interaction.method = p->interaction.method;
	interaction.otp = (struct id){ { 0 } };
	return record_put(txn, &KIND_INTERACTION, &interaction);
}

static int logged_in(struct phone_login *p)
{
	struct session_proof proof = { .account = p->accounts[0], .amr = { "otp", "sms" }, .method = SPAN("otp") };
	struct request *rq = p->rq;

	if (p->n_accounts > 1) {
		TRY(offer_choice(p));
		TRY(store_update(app_of(rq)->app->store, put_choice, p));
		return interaction_advance(rq, &p->interaction, true);
	}
	if (p->n_accounts == 1)
		return interaction_proved(rq, &p->interaction, &p->visitor, &proof, NULL, NULL);
	if (!app_of(rq)->config->login.register_phone)
		return page(p, ERR_NO_ACCOUNT, NULL);
	p->created = (struct account){ .id = sys_new_id(rq->now), .namespace_ = NAMESPACE_NATURAL, .status = ACCOUNT_ACTIVE, .phone = p->phone,
				       .phone_confirmed_at = rq->now, .source = SPAN("otp") };
	proof.account = p->created.id;
	return interaction_proved(rq, &p->interaction, &p->visitor, &proof, create_account, p);
}

int endpoint_login_code(struct request *rq)
{
	struct phone_login p;

	TRY(begin(rq, &p));
	if (!p.phone.n)
		return 0;
	p.page.sent = true;
	p.code = span_trim(request_param(rq, "code"));
	if (!p.code.n)
		return page(&p, ERR_FIELD_EMPTY, "code");
	TRY(store_update(app_of(rq)->app->store, try_code, &p));
	if (p.page.error) {
		p.page.sent = p.page.error != ERR_OTP_EXPIRED;
		return page(&p, p.page.error, "code");
	}
	p.interaction.otp = (struct id){ { 0 } };
	int result = logged_in(&p);
	p.page.sent = false;
	return page_is_inline(result) ? page(&p, result, NULL) : result;
}
