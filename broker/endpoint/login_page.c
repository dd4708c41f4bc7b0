/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/login_page.h"

#include "broker/base/encode.h"
#include "broker/endpoint/captcha_check.h"
#include "broker/endpoint/legacy_lookup.h"
#include "broker/endpoint/page.h"
#include "broker/endpoint/recover.h"
#include "broker/endpoint/register.h"
#include "broker/http/reply.h"
#include "broker/identity/mask.h"
#include "conf/config.h"

static const struct {
	const char *tab;
	int namespace_; /* enum config_namespace, -1: the phone tab */
} tabs[] = {
	{ "natural", CONFIG_NATURAL },
	{ "legal", CONFIG_LEGAL },
	{ "phone", -1 },
	{ "staff", CONFIG_STAFF },
};

static bool is_offered(const struct config *config, size_t i)
{
	return tabs[i].namespace_ < 0 ? config->login.phone_otp : config->login.namespaces & 1u << tabs[i].namespace_;
}

const char *login_page_first_tab(struct request *rq)
{
	for (size_t i = 0; i < ARRAY_LEN(tabs); i++)
		if (is_offered(app_of(rq)->config, i))
			return tabs[i].tab;
	return "natural";
}

const char *login_page_tab(struct request *rq)
{
	struct span asked = request_param(rq, "tab");

	if (!asked.n)
		asked = request_param(rq, "namespace");
	for (size_t i = 0; i < ARRAY_LEN(tabs); i++)
		if (span_is(asked, tabs[i].tab) && is_offered(app_of(rq)->config, i))
			return tabs[i].tab;
	return login_page_first_tab(rq);
}

/* Tabs that the operator has not got. */
static void hide_tabs(const struct config *config, json_t *data)
{
	char key[32];

	for (size_t i = 0; i < ARRAY_LEN(tabs); i++) {
		snprintf(key, sizeof key, "hide_%s", tabs[i].tab);
		if (!is_offered(config, i))
			page_set_true(data, key);
	}
}

/* The first character of a name, for the mark beside it. */
static struct span initial_of(struct span name)
{
	struct span rest = name;

	encode_utf8_next(&rest);
	return (struct span){ name.p, name.n - rest.n };
}

/* @tie: their answer is to prove the account to which another one's is tied. */
static int add_providers(struct request *rq, const struct interaction *interaction, bool tie, json_t *data)
{
	const struct config_providers *providers = &app_of(rq)->config->providers;
	JSON *list = json_array();

	for (size_t i = 0; i < providers->n; i++) {
		const struct config_provider *provider = &providers->items[i];
		char *path = arena_printf(rq->arena, "/login/" SPAN_FMT "/start", SPAN_ARG(provider->id));
		struct span url;

		if (!provider->enabled)
			continue;
		if (!path)
			return FAULT_MEMORY;
		TRY(interaction_url(rq, path, interaction, &url));
		if (tie && !(url = span_of(arena_printf(rq->arena, SPAN_FMT "&tie=1", SPAN_ARG(url)))).p)
			return FAULT_MEMORY;
		json_t *item = json_object();
		page_set(item, "id", provider->id);
		page_set(item, "name", page_text(rq, &provider->title));
		page_set(item, "url", url);
		page_set(item, "kind", span_of(provider->type.variant->name));
		page_set(item, "initial", initial_of(page_text(rq, &provider->title)));
		json_array_append_new(list, item);
	}
	if (json_array_size(list)) {
		page_set_true(data, "has_providers");
		json_object_set(data, "providers", list);
	}
	return 0;
}

static int add_phone(struct request *rq, const struct login_page *page, json_t *data)
{
	const struct config_otp *otp = &app_of(rq)->config->otp;
	struct span masked;

	page_set_value(data, "phone", page->phone);
	if (!page->sent)
		return 0;
	TRY(mask_phone(page->phone, rq->arena, &masked));
	page_set_true(data, "sent");
	page_set(data, "phone_masked", masked);
	page_set_int(data, "wait", page->wait ? page->wait : otp->resend_after / MS_SECOND);
	page_set_int(data, "expires_minutes", otp->life / MS_MINUTE);
	return 0;
}

static int add_lang_url(struct request *rq, const struct interaction *interaction, const struct login_page *page, const char *path, json_t *data)
{
	struct span url;

	TRY(interaction_url(rq, path, interaction, &url));
	char *text = arena_printf(rq->arena, SPAN_FMT "&tab=%s&lang=%s", SPAN_ARG(url), page->tab, request_language(rq) == LANGUAGE_EN ? "zh-CN" : "en");
	if (!text)
		return FAULT_MEMORY;
	page_set(data, "lang_url", span_of(text));
	return 0;
}

static int add_links(struct request *rq, const struct interaction *interaction, const struct login_page *page, json_t *data)
{
	struct span url;

	if (recover_is_open(rq) && strcmp(page->tab, "staff") != 0) {
		TRY(interaction_tab_url(rq, "/recover", interaction, strcmp(page->tab, "legal") == 0 ? SPAN("legal") : SPAN("natural"), &url));
		page_set(data, "link_forgot", url);
	}
	if (legacy_lookup_is_open(app_of(rq)->config) && strcmp(page->tab, "staff") != 0) {
		TRY(interaction_tab_url(rq, "/lookup", interaction, strcmp(page->tab, "legal") == 0 ? SPAN("enterprise") : SPAN("individual"), &url));
		page_set(data, "link_lookup", url);
	}
	if (!register_is_open(app_of(rq)->config))
		return 0;
	TRY(interaction_url(rq, "/register", interaction, &url));
	page_set(data, "link_register", url);
	return 0;
}

int login_page_reply(struct request *rq, const struct interaction *interaction, const struct login_page *page)
{
	const char *path = page->link ? "/link" : "/login";
	JSON *data = page_new(rq, interaction);

	if (!data)
		return FAULT_MEMORY;
	page_set(data, "action", span_of(path));
	page_set(data, "tab", span_of(page->tab));
	hide_tabs(app_of(rq)->config, data);
	if (app_of(rq)->config->login.namespaces & 1u << CONFIG_STAFF && strcmp(page->tab, "staff") != 0 && !page->link)
		page_set_true(data, "link_staff");
	page_set_value(data, "login_name", page->login_name);
	TRY(add_lang_url(rq, interaction, page, path, data));
	if (page->link) {
		page_set(data, "provider_name", page->provider_name);
		page_set(data, "external_name", page->external_name);
		page_set(data, "link_reason", page->link_reason);
		TRY(add_providers(rq, interaction, true, data));
		if (page->can_create)
			page_set_true(data, "can_create");
	} else {
		TRY(add_phone(rq, page, data));
		TRY(add_links(rq, interaction, page, data));
		TRY(add_providers(rq, interaction, false, data));
	}
	if (page->error)
		page_set_error(data, page->error, page->wait);
	if (page->error && page->field)
		page_set_field_error(data, page->field, page->error);
	if (page->captcha)
		TRY(captcha_check_show(rq, interaction, data));
	return reply_page(rq, page_status(page->error), page->link ? "link" : "login", data);
}
