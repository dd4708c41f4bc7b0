/* SPDX-License-Identifier: Apache-2.0 */
/*
 * apps - the catalogue of applications: the business systems by the kind of person they are for, each an entrance (domain.md M23).
 */
#include "broker/base/url.h"
#include "broker/endpoint/endpoint.h"
#include "broker/endpoint/page.h"
#include "broker/endpoint/session.h"
#include "broker/endpoint/visit.h"
#include "broker/http/reply.h"
#include "conf/config.h"

static const char *const user_types[CONFIG_USER_TYPES] = { "natural", "legal", "expert", "staff" };

struct view {
	struct request *rq;
	struct visitor visitor;
};

static int load(struct txn *txn, void *arg)
{
	struct view *view = arg;

	return session_load(txn, view->rq, &view->visitor);
}

/* Where a person enters: the client begins the login, and knows by iss with whom (OpenID Connect Core 4). */
static int entrance(struct request *rq, const struct config_client *client, struct span *ret_url)
{
	struct buf url = buf_new(rq->arena, 256);
	bool first;

	*ret_url = client->catalogue.url.n ? client->catalogue.url : client->home;
	if (client->catalogue.url.n || !client->initiate_login_uri.n)
		return 0;
	url_open_query(&url, client->initiate_login_uri, &first);
	url_add_pair(&url, &first, SPAN("iss"), app_of(rq)->config->issuer);
	return buf_done(&url, ret_url);
}

static struct span group_of(struct request *rq, const struct config_client *client)
{
	return page_text(rq, &client->catalogue.group);
}

static int add_app(struct request *rq, json_t *apps, const struct config_client *client)
{
	struct span title = page_text(rq, &client->catalogue.title), icon = client->catalogue.icon, url;
	json_t *item = json_pack("{s:s,s:s}", "app_icon", "", "app_hint", "");

	TRY(entrance(rq, client, &url));
	if (!icon.n && client->logo.n && client->logo.p[0] == '/') /* images of others are not loaded: our pages' policy */
		icon = client->logo;
	page_set(item, "app_id", client->id);
	page_set(item, "app_title", title.n ? title : page_text(rq, &client->name));
	page_set(item, "app_hint", page_text(rq, &client->catalogue.hint));
	page_set(item, "app_icon", icon);
	page_set(item, "app_url", url);
	return json_array_append_new(apps, item) ? FAULT_MEMORY : 0;
}

/* The applications of one kind of person: groups in the order in which the configuration first names them. */
static int add_section(struct request *rq, json_t *sections, enum config_user_type type, bool is_own)
{
	const struct config_clients *clients = &app_of(rq)->config->clients;
	json_t *groups = json_array();

	for (size_t i = 0; i < clients->n; i++) {
		const struct config_client *client = &clients->items[i];
		json_t *apps = NULL;

		if (!client->enabled || !(client->catalogue.user_types & 1u << type))
			continue;
		for (size_t k = 0; k < json_array_size(groups); k++)
			if (span_eq(json_get_span(json_array_get(groups, k), "group_title"), group_of(rq, client)))
				apps = json_object_get(json_array_get(groups, k), "apps");
		if (!apps) {
			struct span title = group_of(rq, client);

			apps = json_array();
			json_array_append_new(groups, json_pack("{s:s%,s:o}", "group_title", title.n ? title.p : "", title.n, "apps", apps));
		}
		TRY(add_app(rq, apps, client));
	}
	if (!json_array_size(groups)) {
		json_decref(groups);
		return 0;
	}
	json_t *section = json_pack("{s:s,s:o}", "user_type", user_types[type], "groups", groups);
	int failed = is_own ? json_array_insert_new(sections, 0, section) : json_array_append_new(sections, section);
	return failed ? FAULT_MEMORY : 0;
}

/* Which section is the visitor's own and stands first. */
static int own_type(const struct visitor *visitor)
{
	const struct account *account = &visitor->facts.account;

	if (!visitor->has_session)
		return -1;
	if (account->namespace_ == NAMESPACE_LEGAL)
		return CONFIG_USER_LEGAL;
	if (account->namespace_ == NAMESPACE_STAFF)
		return CONFIG_USER_STAFF;
	return account->roles & ACCOUNT_ROLE_EXPERT ? CONFIG_USER_EXPERT : CONFIG_USER_NATURAL;
}

int endpoint_apps(struct request *rq)
{
	struct view view = { .rq = rq };
	JSON *data = json_object();
	JSON *sections = json_array();

	TRY(store_view(app_of(rq)->app->store, load, &view));
	for (int type = 0; type < CONFIG_USER_TYPES; type++)
		TRY(add_section(rq, sections, (enum config_user_type)type, type == own_type(&view.visitor)));
	json_object_set(data, "sections", sections);
	visit_show(data, &view.visitor);
	return reply_page(rq, 200, "apps", data);
}
