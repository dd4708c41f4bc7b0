/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/recover.h"

#include "broker/endpoint/appeal.h"
#include "broker/endpoint/captcha_check.h"
#include "broker/endpoint/endpoint.h"
#include "broker/endpoint/page.h"
#include "broker/http/reply.h"
#include "broker/identity/identifier.h"
#include "broker/identity/normal.h"
#include "conf/config.h"

#define BY_PHONE SPAN("phone")

bool recover_has(const struct request *rq, enum config_recovery_method method)
{
	return app_of(rq)->config->recovery.methods & 1u << method;
}

bool recover_is_open(const struct request *rq)
{
	return app_of(rq)->config->recovery.methods != 0;
}

int recover_lang(struct request *rq, const struct interaction *interaction, struct span tab, json_t *data)
{
	char *path = arena_cstr(rq->arena, rq->path);
	struct span url;

	if (!path)
		return FAULT_MEMORY;
	TRY(interaction_tab_url(rq, path, interaction, tab, &url));
	char *text = arena_printf(rq->arena, SPAN_FMT "&lang=%s", SPAN_ARG(url), request_language(rq) == LANGUAGE_EN ? "zh-CN" : "en");
	page_set(data, "lang_url", span_of(text));
	return text ? 0 : FAULT_MEMORY;
}

struct span recover_tab(struct request *rq)
{
	struct span asked = request_param(rq, "tab");

	if (!asked.n)
		asked = request_param(rq, "namespace");
	return span_is(asked, "legal") ? SPAN("legal") : SPAN("natural");
}

int recover_count(struct txn *txn, struct request *rq, struct span namespace_, struct span name, unsigned *ret_wait)
{
	const struct config_recovery *config = &app_of(rq)->config->recovery;
	const struct throttle address = { "recover.address", MS_HOUR, config->per_address_hour };
	const struct throttle pair = { "recover.pair", MS_HOUR, config->per_name_hour };
	struct identifier candidates[IDENTIFIER_KINDS];
	char text[CLIENT_ADDRESS_TEXT];
	size_t n;

	TRY(identifier_candidates(name, rq->arena, candidates, &n)); /* one count for all spellings */
	if (n)
		name = candidates[0].value;
	client_address_text(&rq->client, text);
	char *what = arena_printf(rq->arena, SPAN_FMT "|" SPAN_FMT "|%s", SPAN_ARG(namespace_), SPAN_ARG(name), text);
	if (!what)
		return FAULT_MEMORY;
	*ret_wait = throttle_wait(&pair, rq->now);
	TRY(throttle_add(txn, &address, span_of(text), rq->now));
	TRY(throttle_add(txn, &pair, span_of(what), rq->now));
	*ret_wait = 0;
	return 0;
}

int recover_about_read(struct request *rq, const struct interaction *interaction, struct recover_about *ret_about)
{
	struct recover_about about = { 0 };

	if (!interaction->draft.n || json_read_object(interaction->draft, &about.draft))
		return ERR_INTERACTION_EXPIRED;
	about.by_phone = json_get_bool(about.draft, "by_phone", false);
	about.namespace_ = json_get_span(about.draft, "namespace");
	about.name = json_get_span(about.draft, "login_name");
	about.is_legal = span_is(about.namespace_, "legal");
	about.is_possible = about.is_legal || span_is(about.namespace_, "natural");
	*ret_about = about;
	return 0;
}

/* ---- the first page */

struct search {
	struct request *rq;
	struct interaction interaction;
	struct visitor visitor;
	bool by_phone;
	struct span namespace_, name, draft;
	struct id captcha;
	unsigned wait;
};

static int add_ways(struct search *s, struct span tab, json_t *data)
{
	struct request *rq = s->rq;
	struct span url, other = span_is(tab, "legal") ? SPAN("natural") : SPAN("legal");

	TRY(interaction_tab_url(rq, "/recover", &s->interaction, tab, &url));
	page_set(data, "self_url", url);
	if (s->by_phone && recover_has(rq, CONFIG_RECOVERY_LOGIN_NAME))
		page_set(data, "login_name_url", url);
	char *phone = arena_printf(rq->arena, SPAN_FMT "&way=phone", SPAN_ARG(url));
	if (!s->by_phone && recover_has(rq, CONFIG_RECOVERY_PHONE))
		page_set(data, "phone_url", span_of(phone));
	TRY(interaction_tab_url(rq, "/recover", &s->interaction, other, &url));
	char *tab_url = arena_printf(rq->arena, SPAN_FMT "%s", SPAN_ARG(url), s->by_phone ? "&way=phone" : "");
	page_set(data, "tab_url", span_of(tab_url));
	if (appeal_is_open(rq, span_is(tab, "legal"))) {
		TRY(interaction_url(rq, span_is(tab, "legal") ? "/appeal/legal" : "/appeal/natural", &s->interaction, &url));
		page_set(data, "appeal_url", url);
	}
	if (recover_has(rq, CONFIG_RECOVERY_APPEAL)) {
		TRY(interaction_url(rq, "/appeal/state", &s->interaction, &url));
		page_set(data, "state_url", url);
	}
	TRY(interaction_tab_url(rq, "/login", &s->interaction, tab, &url));
	page_set(data, "login_url", url);
	return phone && tab_url ? 0 : FAULT_MEMORY;
}

static int page(struct search *s, int error, const char *field)
{
	struct request *rq = s->rq;
	struct span tab = recover_tab(rq), lang_tab = tab;
	bool is_offered = recover_has(rq, s->by_phone ? CONFIG_RECOVERY_PHONE : CONFIG_RECOVERY_LOGIN_NAME);
	JSON *data = page_new(rq, &s->interaction);

	if (!data)
		return FAULT_MEMORY;
	page_set(data, "tab", tab);
	page_set(data, "namespace", s->namespace_.n ? s->namespace_ : tab);
	page_set(data, "way", is_offered ? s->by_phone ? SPAN("phone") : SPAN("login_name") : SPAN("appeal"));
	page_set_value(data, s->by_phone ? "phone" : "login_name", s->name);
	TRY(add_ways(s, tab, data));
	if (s->by_phone)
		lang_tab = span_is(tab, "legal") ? SPAN("legal&way=phone") : SPAN("natural&way=phone");
	TRY(recover_lang(rq, &s->interaction, lang_tab, data));
	if (error)
		page_set_error(data, error, s->wait);
	if (error && field)
		page_set_field_error(data, field, error);
	if (is_offered) {
		page_set_true(data, "offered");
		TRY(captcha_check_show(rq, &s->interaction, data));
	}
	return reply_page(rq, page_status(error), "recover", data);
}

/* The name is written down, and nothing else happens: whether there is such an account is not even looked at. */
static int keep(struct txn *txn, void *arg)
{
	struct search *s = arg;

	TRY(interaction_load(txn, s->rq, &s->interaction));
	TRY(captcha_check_use(txn, s->captcha));
	TRY(recover_count(txn, s->rq, s->namespace_, s->name, &s->wait));
	s->interaction.stage = RECOVER_NAMED;
	s->interaction.draft = s->draft;
	s->interaction.subject = (struct id){ { 0 } };
	return record_put(txn, &KIND_INTERACTION, &s->interaction);
}

static int write_draft(struct search *s)
{
	struct buf buf = buf_new(s->rq->arena, 256);
	struct json_writer w = json_writer(&buf);

	json_open(&w, '{');
	json_member_bool(&w, "by_phone", s->by_phone);
	json_member_str(&w, "namespace", s->namespace_);
	json_member_str(&w, s->by_phone ? "phone" : "login_name", s->name);
	json_close(&w, '}');
	return buf_done(&buf, &s->draft);
}

static int search(struct search *s)
{
	struct request *rq = s->rq;
	const char *field = s->by_phone ? "phone" : "login_name";
	struct span url;

	if (!recover_has(rq, s->by_phone ? CONFIG_RECOVERY_PHONE : CONFIG_RECOVERY_LOGIN_NAME))
		return ERR_CLOSED;
	s->namespace_ = request_param(rq, "namespace");
	s->name = span_trim(request_param(rq, field));
	if (!s->namespace_.n)
		s->namespace_ = SPAN("natural");
	if (!s->name.n)
		return page(s, ERR_FIELD_EMPTY, field);
	int result = s->by_phone ? normal_phone(s->name, rq->arena, &s->name) : 0;
	if (result)
		return result < 0 ? result : page(s, ERR_PHONE, field);
	if (!request_param(rq, "captcha").n)
		return page(s, ERR_FIELD_EMPTY, "captcha");
	result = captcha_check(rq, &s->interaction, &s->captcha);
	if (result)
		return result == ERR_CAPTCHA ? page(s, result, "captcha") : result;
	TRY(write_draft(s));
	result = store_update(app_of(rq)->app->store, keep, s);
	if (result == ERR_TOO_MANY || result == ERR_CAPTCHA)
		return page(s, result, result == ERR_CAPTCHA ? "captcha" : NULL);
	TRY(result);
	TRY(interaction_url(rq, "/recover/verify", &s->interaction, &url));
	return reply_redirect(rq, url);
}

/* It draws a captcha, and tells a demo its answer. */
enum work_class endpoint_recover_work(const struct request *rq)
{
	return WORK_SMS;
}

int endpoint_recover(struct request *rq)
{
	struct search s = { .rq = rq, .by_phone = span_eq(request_param(rq, "way"), BY_PHONE) };

	if (!recover_is_open(rq))
		return ERR_CLOSED;
	if (!recover_has(rq, CONFIG_RECOVERY_LOGIN_NAME) && recover_has(rq, CONFIG_RECOVERY_PHONE))
		s.by_phone = true;
	if (rq->method == METHOD_GET && !request_param(rq, "interaction").n)
		return interaction_here(rq, request_param(rq, "tab").n ? recover_tab(rq) : SPAN(""));
	TRY(interaction_open(rq, &s.interaction, &s.visitor));
	if (rq->method == METHOD_GET && !s.by_phone)
		s.name = s.interaction.login_hint;
	return rq->method == METHOD_GET ? page(&s, 0, NULL) : search(&s);
}
