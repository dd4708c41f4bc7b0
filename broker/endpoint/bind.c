/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bind - by a code to the old account's phone (Z3-Z6), and by the verified document with one click (T2).
 *
 * What Z5 and Z6 say tells who has an old account. They are said only to somebody who is logged in and has solved a captcha, and not often.
 */
#include "broker/endpoint/bind.h"

#include "broker/base/encode.h"
#include "broker/endpoint/captcha_check.h"
#include "broker/endpoint/endpoint.h"
#include "broker/endpoint/legacy_owner.h"
#include "broker/endpoint/page.h"
#include "broker/endpoint/phone_code.h"
#include "broker/http/reply.h"
#include "broker/identity/mask.h"
#include "conf/config_legacy.h"

#define ASKED SPAN("bind-asked") /* stage: a captcha was solved, and a row found */

/* Questions that Z5 and Z6 answer. */
static const struct throttle of_account = { "bind.account", MS_HOUR, 20 }, of_address = { "bind.address", MS_HOUR, 200 };

struct sms {
	struct bind b;
	struct phone_code code;
	struct id captcha;
	struct legacy_found found;
	struct span typed;
	int code_error;
	bool sent, is_bound;
};

/* Z3, Z5, Z6: which row is meant, and may this person have it? The answer is in b.refused. */
static int look_up(struct txn *txn, struct sms *s, const struct account *account)
{
	const struct config_legacy_source *source = s->b.source;
	struct unit_actor actor = unit_change_actor(s->b.rq, account->id);
	struct legacy_list *list = arena_new_of(s->b.rq->arena, struct legacy_list);
	struct claim_row rows[LEGACY_FIND_MAX];
	struct span type = form_text(&s->b.form, s->b.values, "user_type");
	size_t index = 0;

	if (!list)
		return FAULT_MEMORY;
	TRY(legacy_find_phone(txn, &actor, source, s->code.phone, account, list));
	for (size_t i = 0; i < list->n; i++)
		rows[i] = (struct claim_row){ legacy_find_type(source, list->items[i].row.user_type), list->items[i].state.link,
					      list->items[i].row.phone_confirmed_at };
	struct claim_sms sms = { .rows = rows, .n = list->n, .type = source->user_types.n ? legacy_find_type(source, type) : -1,
				 .held = list->n ? list->items[0].state.held : 0, .limit = source->per_identity,
				 .recent_only = source->sms_alone == CONFIG_LEGACY_SMS_RECENT, .recent = source->sms_recent, .now = s->b.rq->now };
	if (source->user_types.n && sms.type < 0)
		sms.n = 0; /* a kind of another system's */
	/* A row does not count itself: one that is this person's own says one less than the others. */
	for (size_t i = 0; i < list->n; i++)
		if (list->items[i].state.held > sms.held)
			sms.held = list->items[i].state.held;
	s->b.refused = claim_by_sms(&sms, &index);
	if (s->b.refused == ERR_LEGACY_FIRST)
		s->b.detail = list->items[index].row.user_type;
	if (!s->b.refused)
		s->found = list->items[index];
	s->is_bound = !s->b.refused && s->found.state.link == CLAIM_BOUND;
	return 0;
}

static int show(struct sms *s)
{
	struct bind *b = &s->b;
	struct form_page_options options = { .sent = s->sent, .wait = s->code.wait, .captcha = true };
	JSON *data = NULL;

	if (b->refused)
		bind_blame(b);
	TRY(bind_data(b, &options, &data));
	if (s->sent)
		TRY(phone_code_show(&s->code, data));
	if (b->source)
		TRY(captcha_check_show(b->rq, &b->interaction, data));
	return bind_reply(b, data);
}

/* ---- a code is asked for */

static int ask(struct txn *txn, void *arg)
{
	struct sms *s = arg;
	struct bind *b = &s->b;
	struct account account;
	char id[37], address[CLIENT_ADDRESS_TEXT];

	TRY(interaction_load(txn, b->rq, &b->interaction));
	TRY(captcha_check_use(txn, s->captcha));
	TRY(bind_person(txn, b, &account));
	encode_id(id, account.id);
	b->wait = throttle_wait(&of_account, b->rq->now);
	TRY(throttle_add(txn, &of_account, span_of(id), b->rq->now));
	TRY(throttle_add(txn, &of_address, span_of(client_address_text(&b->rq->client, address)), b->rq->now));
	b->wait = 0;
	TRY(look_up(txn, s, &account));
	if (b->refused)
		return 0;
	b->interaction.stage = ASKED;
	return record_put(txn, &KIND_INTERACTION, &b->interaction);
}

static int send_code(struct sms *s)
{
	struct bind *b = &s->b;
	struct form_value *code = form_value_of(&b->form, b->values, "code");
	struct span before = b->interaction.stage;

	if (code)
		code->error = 0;
	if (form_has_errors(&b->form, b->values))
		return show(s);
	int result = captcha_check(b->rq, &b->interaction, &s->captcha);
	if (!result)
		result = store_update(app_of(b->rq)->app->store, ask, s);
	if (result == ERR_CAPTCHA) {
		form_set_error(&b->form, b->values, "captcha", result, NULL);
		return show(s);
	}
	if (result == ERR_TOO_MANY) {
		b->error = result;
		return show(s);
	}
	TRY(result);
	if (b->refused)
		return show(s);
	s->code.excuse = ASKED; /* the captcha was asked before the look-up */
	s->code.then = span_eq(before, ASKED) ? SPAN("") : before;
	result = phone_code_send(&s->code, &b->interaction, (struct span){ NULL, 0 });
	if (page_is_inline(result))
		form_set_error(&b->form, b->values, "phone", result, NULL);
	else
		TRY(result);
	s->sent = !result;
	return show(s);
}

/* ---- a code was typed */

/* The try is kept whatever comes of it; who has the row already (a second click) needs no second code. */
static int keep(struct txn *txn, void *arg)
{
	struct sms *s = arg;
	struct bind *b = &s->b;
	struct legacy_proof proof = { .method = "sms" };
	struct interaction interaction;
	struct account account;
	struct span masked;

	b->refused = s->code_error = 0;
	TRY(interaction_load(txn, b->rq, &interaction));
	TRY(bind_person(txn, b, &account));
	TRY(look_up(txn, s, &account));
	if (s->is_bound)
		return 0;
	b->refused = 0; /* said only with the right code in hand */
	TRY(phone_code_try(txn, &s->code, &interaction, s->typed, &s->code_error));
	if (s->code_error)
		return 0;
	TRY(look_up(txn, s, &account));
	if (b->refused)
		return 0;
	TRY(mask_phone(s->code.phone, b->rq->arena, &masked));
	char *evidence = arena_printf(b->rq->arena, "{\"phone\":\"" SPAN_FMT "\"}", SPAN_ARG(masked));
	if (!evidence)
		return FAULT_MEMORY;
	proof.evidence = span_of(evidence);
	return bind_keep(txn, b, &account, &s->found, &proof);
}

static int take(struct sms *s)
{
	struct bind *b = &s->b;

	s->typed = span_trim(request_param(b->rq, "code"));
	s->sent = id_is_set(b->interaction.otp);
	if (s->typed.n && form_value_of(&b->form, b->values, "code"))
		form_value_of(&b->form, b->values, "code")->error = 0;
	if (!s->typed.n && form_row(&b->form, "code"))
		form_set_error(&b->form, b->values, "code", ERR_FIELD_EMPTY, NULL);
	if (form_has_errors(&b->form, b->values))
		return show(s);
	TRY(store_update(app_of(b->rq)->app->store, keep, s));
	if (s->code_error) {
		s->sent = s->code_error == ERR_OTP;
		form_set_error(&b->form, b->values, "code", s->code_error, NULL);
		return show(s);
	}
	if (!b->refused)
		return bind_done(b);
	s->sent = false;
	return show(s);
}

static int load_pending(struct txn *txn, void *arg)
{
	struct sms *s = arg;

	return phone_code_pending(txn, &s->code, &s->b.interaction, &s->sent);
}

int endpoint_bind(struct request *rq)
{
	struct sms *s = arena_new_of(rq->arena, struct sms);
	bool answered;

	if (!s)
		return FAULT_MEMORY;
	TRY(bind_open(rq, BIND_SMS, &s->b, &answered));
	if (answered)
		return 0;
	int result = bind_read(&s->b);
	if (result && result != ERR_FORM)
		return result;
	result = phone_code_begin(rq, PHONE_CODE_BIND, span_trim(request_param(rq, "phone")), &s->code);
	if (result < 0)
		return result;
	if (rq->method == METHOD_GET) {
		TRY(store_view(app_of(rq)->app->store, load_pending, s));
		struct form_value *phone = s->sent ? form_value_of(&s->b.form, s->b.values, "phone") : NULL;
		if (phone)
			phone->typed = s->code.phone;
		return show(s);
	}
	return span_is(request_param(rq, "do"), "send") ? send_code(s) : take(s);
}

/* ---- one click: the verified document is the old account's (T2) */

static int keep_document(struct txn *txn, void *arg)
{
	struct bind *b = arg;
	struct legacy_proof proof;
	struct unit_actor actor;
	struct account account;
	struct id id;

	b->refused = 0;
	TRY(bind_person(txn, b, &account));
	actor = unit_change_actor(b->rq, account.id);
	b->offers->n = 0;
	TRY(legacy_find_document(txn, &actor, &account, b->offers));
	if (encode_id_decode(request_param(b->rq, "row"), &id))
		return ERR_NOT_FOUND;
	for (size_t i = 0; i < b->offers->n; i++) {
		if (!id_eq(b->offers->items[i].row.id, id))
			continue;
		TRY(legacy_owner_proof(&actor, &account, &proof));
		b->source = config_legacy_source(app_of(b->rq)->config, b->offers->items[i].row.source);
		return bind_keep(txn, b, &account, &b->offers->items[i], &proof);
	}
	return ERR_NOT_FOUND;
}

int endpoint_bind_document(struct request *rq)
{
	struct bind b;
	bool answered;

	TRY(bind_open(rq, BIND_SMS, &b, &answered));
	if (answered)
		return 0;
	TRY(store_update(app_of(rq)->app->store, keep_document, &b));
	if (!b.refused)
		return bind_done(&b);
	struct sms *s = arena_new_of(rq->arena, struct sms);
	if (!s)
		return FAULT_MEMORY;
	int refused = b.refused;
	s->b = b;
	int result = bind_read(&s->b);
	if (result && result != ERR_FORM && result != ERR_NOT_FOUND)
		return result;
	if (s->b.source)
		form_forget_errors(&s->b.form, s->b.values, NULL);
	s->b.refused = 0;
	s->b.error = refused;
	TRY(phone_code_begin(rq, PHONE_CODE_BIND, SPAN(""), &s->code) < 0 ? FAULT_MEMORY : 0);
	return show(s);
}
