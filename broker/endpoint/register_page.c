/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/register.h"

#include "broker/endpoint/captcha_check.h"
#include "broker/endpoint/endpoint.h"
#include "broker/endpoint/page.h"
#include "broker/endpoint/visit.h"
#include "broker/http/reply.h"
#include "conf/config.h"

static struct span text_in_language(struct request *rq, const struct config_text *text)
{
	struct span own = page_text(rq, text);

	return own.n ? own : text->zh.n ? text->zh : text->en;
}

static void add_step(json_t *list, struct span text, bool current, bool done)
{
	json_t *step = json_object();

	page_set(step, "step_text", text);
	page_set_int(step, "step_number", (int64_t)json_array_size(list) + 1);
	json_object_set_new(step, "step_current", json_boolean(current));
	json_object_set_new(step, "step_done", json_boolean(done));
	json_array_append_new(list, step);
}

enum standing { AT_FORM, AT_REALNAME, AT_END };

/* T8: legal “1 实名认证 2 注册成功”; personal “基本信息 / 实名认证 / 注册成功”. The last step is the end; verification is the one before it, which
 * may be the form's own. */
static void add_steps(struct request *rq, const struct register_way *way, enum standing standing, json_t *data)
{
	const struct config_registration_kind *rules = register_rules(app_of(rq)->config, way);
	const struct config_texts *own = &rules->steps;
	struct span texts[16];
	size_t n = 0;

	for (size_t i = 0; i < own->n && n < ARRAY_LEN(texts); i++)
		texts[n++] = text_in_language(rq, &own->items[i]);
	for (size_t i = 0; !own->n && i < ARRAY_LEN(way->steps) && way->steps[i]; i++)
		if (rules->realname || strcmp(way->steps[i], "realname") != 0)
			texts[n++] = form_page_message(rq, "register.step.%s", way->steps[i]);
	size_t at = standing == AT_FORM || n < 2 ? 0 : standing == AT_END ? n - 1 : n - 2;
	json_t *list = json_array();
	for (size_t i = 0; i < n; i++)
		add_step(list, texts[i], i == at, i < at);
	json_object_set_new(data, "steps", list);
}

static void add_notices(struct request *rq, const struct config_texts *notices, json_t *data)
{
	json_t *list = json_array();

	for (size_t i = 0; i < notices->n; i++) {
		json_t *item = json_object();

		page_set(item, "notice", text_in_language(rq, &notices->items[i]));
		json_array_append_new(list, item);
	}
	json_object_set_new(data, "notices", list);
}

static int add_form(struct registration *r, json_t *data)
{
	const struct config *config = app_of(r->rq)->config;
	bool code = register_wants_code(r), proved = code && register_has_proof(r);
	struct form_page_options options = {
		.sent = r->sent,
		.proved = proved,
		.wait = r->wait,
		.captcha = code ? !proved && phone_code_wants_captcha(&r->code) : form_row(&r->form, "captcha") != NULL,
		.agreement = config->registration.agreement.title,
		.agreement_url = config->registration.agreement.url,
		.agreement_text = text_in_language(r->rq, &config->registration.agreement.text),
	};

	if (r->error)
		page_set_error(data, r->error, r->wait);
	if (r->sent)
		TRY(phone_code_show(&r->code, data));
	if (r->sent)
		options.wait = (unsigned)json_integer_value(json_object_get(data, "wait"));
	TRY(form_page_add(r->rq, &r->form, r->values, &options, data));
	if (options.captcha)
		TRY(captcha_check_show(r->rq, &r->interaction, data));
	return 0;
}

int register_page(struct registration *r)
{
	JSON *data = page_new(r->rq, &r->interaction);
	struct span url;

	if (!data)
		return FAULT_MEMORY;
	page_set(data, "way", span_of(r->way->name));
	add_steps(r->rq, r->way, AT_FORM, data);
	add_notices(r->rq, &r->rules->notices, data);
	TRY(interaction_url(r->rq, "/login", &r->interaction, &url));
	page_set(data, "login_url", url);
	TRY(interaction_url(r->rq, "/register", &r->interaction, &url));
	page_set(data, "other_url", url);
	TRY(interaction_url(r->rq, r->way->path, &r->interaction, &url));
	char *lang = arena_printf(r->rq->arena, SPAN_FMT "&lang=%s", SPAN_ARG(url), request_language(r->rq) == LANGUAGE_EN ? "zh-CN" : "en");
	if (!lang)
		return FAULT_MEMORY;
	page_set(data, "lang_url", span_of(lang));
	if (r->error == ERR_WINDOW) {
		page_set_error(data, ERR_WINDOW, 0);
		page_set_true(data, "is_closed");
		page_set(data, "opens", app_of(r->rq)->config->registration.window.from);
		page_set(data, "closes", app_of(r->rq)->config->registration.window.to);
	} else {
		TRY(add_form(r, data));
	}
	int error = r->error ? r->error : form_page_error(&r->form, r->values);
	return reply_page(r->rq, page_status(error), r->way->page, data);
}

/* ---- registered */

static const struct register_way *way_of_account(const struct account *account)
{
	for (size_t i = 0; i < register_ways_n; i++) {
		bool is_expert = account->roles & ACCOUNT_ROLE_EXPERT;

		if (register_ways[i].namespace_ == account->namespace_ && register_ways[i].is_expert == is_expert)
			return &register_ways[i];
	}
	return NULL;
}

void register_add_steps(struct request *rq, const struct interaction *interaction, const struct account *account, json_t *data)
{
	const struct register_way *way = way_of_account(account);

	if (way && id_eq(interaction->account, account->id) && span_starts(interaction->stage, SPAN("registered")))
		add_steps(rq, way, AT_REALNAME, data);
}

int endpoint_register_done(struct request *rq)
{
	struct interaction interaction;
	struct visitor visitor;
	struct span url;

	TRY(interaction_open(rq, &interaction, &visitor));
	const struct account *account = &visitor.facts.account;
	const struct register_way *way = visitor.has_session ? way_of_account(account) : NULL;
	if (!way || !id_eq(account->id, interaction.account)) {
		TRY(interaction_url(rq, "/login", &interaction, &url));
		return reply_redirect(rq, url);
	}
	JSON *data = page_new(rq, &interaction);
	if (!data)
		return FAULT_MEMORY;
	page_set(data, "way", span_of(way->name));
	add_steps(rq, way, AT_END, data);
	visit_show(data, &visitor);
	page_set(data, "account_name", account->login_name);
	json_object_set_new(data, "is_pending", json_boolean(account->status == ACCOUNT_PENDING_REVIEW));
	json_object_set_new(data, "is_verified", json_boolean(account->realname_status == REALNAME_VERIFIED));
	TRY(interaction_url(rq, "/continue", &interaction, &url));
	page_set(data, "continue_url", url);
	return reply_page(rq, 200, "registered", data);
}
