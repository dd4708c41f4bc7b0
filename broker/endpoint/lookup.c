/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lookup - the page 账号检索 (M11-M21): a credit code or a phone, a captcha, and what became of the old account.
 *
 * /lookup is a page of an interaction like any other, so that what it answers leads on: to the login with the name filled in, to recovery,
 * appeal or registration, and at the end to the business system that the person came from. /lookup/window is the same page for a small window that
 * a portal opens; nobody may frame it, and its links open in a window of their own.
 */
#include "broker/endpoint/appeal.h"
#include "broker/endpoint/captcha_check.h"
#include "broker/endpoint/endpoint.h"
#include "broker/endpoint/legacy_lookup.h"
#include "broker/endpoint/page.h"
#include "broker/endpoint/recover.h"
#include "broker/endpoint/register.h"
#include "broker/http/reply.h"
#include "conf/config.h"

struct asking {
	struct request *rq;
	struct interaction interaction;
	struct visitor visitor;
	struct legacy_lookup lookup;
	struct span kind;
	struct id captcha;
	bool is_answered;
	unsigned wait;
};

/* Where each case leads: ways of the answer. */
enum way { WAY_LOGIN = 1, WAY_RECOVER = 2, WAY_APPEAL = 4, WAY_REGISTER = 8 };
static const unsigned ways[] = {
	[MIGRATE_CASE_E0a] = WAY_REGISTER, [MIGRATE_CASE_E0b] = WAY_LOGIN | WAY_RECOVER,
	[MIGRATE_CASE_E1] = WAY_LOGIN | WAY_RECOVER, [MIGRATE_CASE_E2] = WAY_LOGIN | WAY_RECOVER,
	[MIGRATE_CASE_E3] = WAY_LOGIN | WAY_RECOVER, [MIGRATE_CASE_E4] = WAY_LOGIN | WAY_RECOVER,
	[MIGRATE_CASE_P0] = WAY_REGISTER, [MIGRATE_CASE_P1] = WAY_LOGIN | WAY_RECOVER,
	[MIGRATE_CASE_P2] = WAY_LOGIN | WAY_RECOVER, [MIGRATE_CASE_P3] = WAY_LOGIN | WAY_RECOVER,
	[MIGRATE_CASE_P4] = WAY_APPEAL, [MIGRATE_CASE_not_migrated] = 0,
};

static int add_way(struct asking *q, const char *path, struct span tab, const char *member, json_t *data)
{
	struct span url;

	TRY(interaction_tab_url(q->rq, path, &q->interaction, tab, &url));
	page_set(data, member, url);
	return 0;
}

static bool registers(const struct config *config, bool is_legal)
{
	return is_legal ? config->registration.legal.open : config->registration.natural.open;
}

static int add_ways(struct asking *q, json_t *data)
{
	const struct migrate_answer *answer = &q->lookup.answer;
	const struct config *config = app_of(q->rq)->config;
	bool is_legal = answer->window == MIGRATE_LEGAL;
	struct span window = is_legal ? SPAN("legal") : SPAN("natural");
	unsigned open = q->lookup.state == LEGACY_LOOKUP_MOVED ? WAY_LOGIN | WAY_APPEAL : ways[answer->which];

	if (open & WAY_LOGIN)
		TRY(add_way(q, "/login", window, "login_url", data));
	if (open & WAY_RECOVER && recover_is_open(q->rq))
		TRY(add_way(q, "/recover", window, "recover_url", data));
	if (open & WAY_APPEAL && appeal_is_open(q->rq, is_legal))
		TRY(add_way(q, is_legal ? "/appeal/legal" : "/appeal/natural", SPAN(""), "appeal_url", data));
	if (open & WAY_REGISTER && registers(config, is_legal))
		TRY(add_way(q, is_legal ? "/register/legal" : "/register/natural", SPAN(""), "register_url", data));
	if (answer->window != MIGRATE_NONE)
		page_set(data, "window", window);
	return 0;
}

static int add_answer(struct asking *q, json_t *data)
{
	const struct legacy_lookup *lookup = &q->lookup;
	struct span subsystems;

	page_set(data, "case", span_of(migrate_case_name(lookup->answer.which)));
	page_set(data, "state", span_of(legacy_lookup_state_name(lookup->state)));
	if (lookup->state == LEGACY_LOOKUP_ORIGINAL)
		page_set_true(data, "as_imported");
	page_set(data, "asked", request_param(q->rq, "key"));
	page_set(data, "login_name", lookup->login_name);
	page_set(data, "contact_name", lookup->contact_name);
	page_set(data, "contact_phone", lookup->contact_phone);
	TRY(legacy_lookup_subsystems(q->rq, lookup, &subsystems));
	page_set(data, "subsystems", subsystems);
	return add_ways(q, data);
}

static bool is_window(const struct request *rq)
{
	return span_is(rq->path, "/lookup/window");
}

static int page(struct asking *q, int error, const char *field)
{
	struct request *rq = q->rq;
	const struct config_legacy_source *only = legacy_lookup_only_source(app_of(rq)->config);
	JSON *data = page_new(rq, &q->interaction);

	if (!data)
		return FAULT_MEMORY;
	TRY(add_way(q, is_window(rq) ? "/lookup/window" : "/lookup", q->kind, "again_url", data));
	TRY(recover_lang(rq, &q->interaction, q->kind, data));
	TRY(add_way(q, "/login", SPAN(""), "back_url", data));
	if (is_window(rq))
		page_set_true(data, "compact");
	if (only)
		page_set(data, "source_name", page_text(rq, &only->name).n ? page_text(rq, &only->name) : only->id);
	page_set(data, "kind", q->kind);
	if (error) {
		page_set_error(data, error, q->wait);
		if (field)
			page_set_field_error(data, field, error);
	}
	if (q->is_answered) {
		TRY(add_answer(q, data));
	} else {
		page_set_value(data, "key", span_trim(request_param(rq, "key")));
		TRY(captcha_check_show(rq, &q->interaction, data));
	}
	return reply_page(rq, page_status(error), "lookup", data);
}

static int find(struct txn *txn, void *arg)
{
	struct asking *q = arg;

	TRY(interaction_load(txn, q->rq, &q->interaction));
	TRY(captcha_check_use(txn, q->captcha));
	TRY(legacy_lookup_find(txn, q->rq, NULL, SPAN(""), &q->lookup, &q->wait));
	if (!q->lookup.login_name.n)
		return 0;
	q->interaction.login_hint = q->lookup.login_name; /* login and recovery begin with it */
	return record_put(txn, &KIND_INTERACTION, &q->interaction);
}

static int answer(struct asking *q)
{
	struct request *rq = q->rq;
	int result = legacy_lookup_read(rq, request_param(rq, "kind"), request_param(rq, "key"), &q->lookup);

	if (result)
		return result < 0 ? result : page(q, result, "key");
	if (!request_param(rq, "captcha").n)
		return page(q, ERR_FIELD_EMPTY, "captcha");
	result = captcha_check(rq, &q->interaction, &q->captcha);
	if (!result)
		result = store_update(app_of(rq)->app->store, find, q);
	if (result == ERR_CAPTCHA || result == ERR_TOO_MANY)
		return page(q, result, result == ERR_CAPTCHA ? "captcha" : NULL);
	TRY(result);
	q->is_answered = true;
	return page(q, 0, NULL);
}

int endpoint_lookup(struct request *rq)
{
	struct asking q = { .rq = rq };
	struct span kind = rq->method == METHOD_GET ? request_param(rq, "tab") : request_param(rq, "kind");

	if (!legacy_lookup_is_open(app_of(rq)->config))
		return ERR_CLOSED;
	q.kind = span_is(kind, "individual") ? SPAN("individual") : SPAN("enterprise");
	if (rq->method == METHOD_GET && !request_param(rq, "interaction").n)
		return interaction_here(rq, q.kind);
	TRY(interaction_open(rq, &q.interaction, &q.visitor));
	return rq->method == METHOD_GET ? page(&q, 0, NULL) : answer(&q);
}
