/* SPDX-License-Identifier: Apache-2.0 */
/*
 * account_lists - what the sections of the account list: sessions, consents, links, old accounts, units, and what happened.
 */
#include "broker/base/encode.h"
#include "broker/endpoint/account.h"
#include "broker/endpoint/bind.h"
#include "broker/endpoint/link_history.h"
#include "broker/endpoint/page.h"
#include "broker/identity/unit_state.h"
#include "broker/store/records_system.h"
#include "broker/store/records_upstream.h"
#include "conf/config.h"

#define TRAIL 100 /* entries of the own audit trail that are shown */

/* Every item has every member, so that none of the page's shows through (web/PAGES.md). */
static json_t *new_item(struct account_page *page, struct span title, struct id id)
{
	json_t *item = json_object();
	char text[37] = "";

	if (id_is_set(id))
		encode_id(text, id);
	json_object_set_new(item, "title", json_stringn(title.n ? title.p : "", title.n));
	json_object_set_new(item, "subject", json_string(text));
	json_object_set_new(item, "detail", json_string(""));
	json_object_set_new(item, "state", json_string(""));
	json_object_set_new(item, "since", json_string(""));
	json_object_set_new(item, "may_act", json_false());
	json_object_set_new(item, "act", json_string(""));
	if (json_array_append_new(page->items, item))
		return NULL;
	return item;
}

/* ---- sessions */

/* "Chrome" of a user agent, as far as a person cares. */
static struct span browser_of(struct span agent)
{
	static const char *const names[] = { "MicroMessenger", "AlipayClient", "Edg", "OPR", "Firefox", "Chrome", "Safari" };
	static const char *const shown[] = { "WeChat", "Alipay", "Edge", "Opera", "Firefox", "Chrome", "Safari" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (agent.n && memmem(agent.p, agent.n, names[i], strlen(names[i])))
			return span_of(shown[i]);
	return agent.n > 40 ? (struct span){ agent.p, 40 } : agent;
}

static int add_session(const void *record, void *arg)
{
	const struct session *session = record;
	struct account_page *page = arg;

	if (id_is_set(session->continued_by)) /* a signpost to the one that took its place */
		return 0;
	json_t *item = new_item(page, browser_of(session->user_agent), session->id);
	if (!item)
		return FAULT_MEMORY;
	page_set(item, "detail", session->address);
	page_set_time(item, "since", session->last_seen_at);
	if (id_eq(session->id, page->visitor.session.id))
		page_set(item, "state", SPAN("current"));
	else
		page_set_true(item, "may_act");
	return 0;
}

int account_load_sessions(struct txn *txn, struct account_page *page)
{
	struct session probe = { .account = page->visitor.facts.account.id };

	return record_each(txn, &KIND_SESSION, SESSION_BY_ACCOUNT, &probe, page->rq->arena, add_session, page);
}

/* ---- consents */

static int add_consent(const void *record, void *arg)
{
	const struct consent *consent = record;
	struct account_page *page = arg;
	const struct config_client *client = config_client(app_of(page->rq)->config, consent->client_id);
	struct buf scopes = buf_new(page->rq->arena, 64);
	struct span text;

	if (!consent->scopes.n)
		return 0; /* withdrawn */
	for (size_t i = 0; i < consent->scopes.n; i++)
		buf_printf(&scopes, "%s" SPAN_FMT, i ? " " : "", SPAN_ARG(consent->scopes.items[i]));
	TRY(buf_done(&scopes, &text));
	json_t *item = new_item(page, client ? page_text(page->rq, &client->name) : consent->client_id, consent->id);
	if (!item)
		return FAULT_MEMORY;
	page_set(item, "detail", text);
	page_set_time(item, "since", consent->granted_at);
	page_set_true(item, "may_act");
	return 0;
}

int account_load_consents(struct txn *txn, struct account_page *page)
{
	struct consent probe = { .account = page->visitor.facts.account.id };

	return record_each(txn, &KIND_CONSENT, CONSENT_BY_ACCOUNT, &probe, page->rq->arena, add_consent, page);
}

/* ---- third-party logins, and those that may be added */

static int add_link(const void *record, void *arg)
{
	const struct external_link *link = record;
	struct account_page *page = arg;
	const struct config_provider *provider = config_provider(app_of(page->rq)->config, link->provider);
	json_t *item = new_item(page, provider ? page_text(page->rq, &provider->title) : link->provider, link->id);

	if (!item)
		return FAULT_MEMORY;
	page_set(item, "detail", link->display_name);
	page_set_time(item, "since", link->last_login_at);
	page_set_true(item, "may_act");
	if (provider && provider->enabled && provider->password_url.n) { /* J8: it is changed where it belongs */
		page_set(item, "provider", provider->id);
		page_set(item, "password_url", provider->password_url);
	}
	return 0;
}

static void add_ways(struct account_page *page)
{
	const struct config_providers *providers = &app_of(page->rq)->config->providers;
	JSON *list = json_array();

	for (size_t i = 0; i < providers->n; i++) {
		if (!providers->items[i].enabled)
			continue;
		json_t *way = json_object();
		page_set(way, "id", providers->items[i].id);
		page_set(way, "name", page_text(page->rq, &providers->items[i].title));
		json_array_append_new(list, way);
	}
	if (json_array_size(list))
		json_object_set(page->data, "ways", list);
}

int account_load_links(struct txn *txn, struct account_page *page)
{
	struct external_link probe = { .account = page->visitor.facts.account.id };

	add_ways(page);
	TRY(record_each(txn, &KIND_EXTERNAL_LINK, EXTERNAL_LINK_BY_ACCOUNT, &probe, page->rq->arena, add_link, page));
	return link_history_add(txn, page->rq, probe.account, false, page->data);
}

/* ---- old accounts */

int account_load_bindings(struct txn *txn, struct account_page *page)
{
	const struct facts *facts = &page->visitor.facts;
	struct legacy legacy;

	if (bind_has_source(app_of(page->rq)->config, &facts->account))
		page_set(page->data, "bind_url", SPAN("/bind"));
	for (size_t i = 0; i < facts->n_bindings; i++) {
		const struct binding *binding = &facts->bindings[i];
		int result = record_get(txn, &KIND_LEGACY, binding->legacy, page->rq->arena, &legacy);

		if (result == ERR_ABSENT)
			continue;
		TRY(result);
		json_t *item = new_item(page, bind_source_name(page->rq, binding->source), (struct id){ { 0 } });
		if (!item)
			return FAULT_MEMORY;
		page_set(item, "detail", legacy.login_name);
		page_set(item, "state", binding->status == BINDING_BOUND ? SPAN("bound") : SPAN("suggested"));
		page_set_time(item, "since", binding->since);
	}
	return 0;
}

/* ---- units */

static int add_unit(const void *record, void *arg)
{
	const struct membership *membership = record;
	struct account_page *page = arg;
	struct unit unit;

	TRY(record_get(page->txn, &KIND_UNIT, membership->unit, page->rq->arena, &unit));
	json_t *item = new_item(page, unit.name, membership->id);
	if (!item)
		return FAULT_MEMORY;
	page_set(item, "detail", membership->reason);
	page_set(item, "state", span_of(unit_state_membership_name(membership->status)));
	page_set_time(item, "since", membership->since);
	if (membership->status == MEMBERSHIP_ACTIVE && membership->role == MEMBERSHIP_ROLE_ADMIN) {
		page_set_true(page->data, "is_unit_admin");
		if (app_of(page->rq)->config->legacy_sources.n)
			page_set_true(page->data, "has_legacy");
	}
	return 0;
}

int account_load_units(struct txn *txn, struct account_page *page)
{
	struct membership probe = { .account = page->visitor.facts.account.id };

	page_set(page->data, "choose_url", SPAN("/choose-unit"));
	return record_each(txn, &KIND_MEMBERSHIP, MEMBERSHIP_BY_ACCOUNT, &probe, page->rq->arena, add_unit, page);
}

/* ---- the own audit trail, newest first */

static int add_entry(const void *record, void *arg)
{
	const struct audit *audit = record;
	struct account_page *page = arg;

	if (json_array_size(page->items) == TRAIL)
		return TXN_STOP;
	json_t *item = new_item(page, (struct span){ NULL, 0 }, (struct id){ { 0 } });
	if (!item)
		return FAULT_MEMORY;
	page_set(item, "act", audit->action);
	page_set(item, "detail", audit->address);
	page_set(item, "state", span_is(audit->result, "ok") ? SPAN("ok") : SPAN("refused"));
	page_set_time(item, "since", audit->at);
	return 0;
}

int account_load_audit(struct txn *txn, struct account_page *page)
{
	char actor[37];

	encode_id(actor, page->visitor.facts.account.id);
	struct audit probe = { .actor = span_of(actor) };
	return record_page(txn, &KIND_AUDIT, AUDIT_BY_ACTOR, &probe, (struct record_from){ .falling = true }, page->rq->arena, add_entry, page);
}
