/* SPDX-License-Identifier: Apache-2.0 */
/*
 * account_link - one more way into the account of somebody who is logged in: off to the upstream, whose answer is tied to this account (Z13).
 *
 * Both sides are proved: the account by a fresh login, the upstream's by its answer. It begins with a form of ours, so that nobody is led to tie
 * somebody else's login to their account; and it ends with one where the upstream hands no state back, so that nothing says whose answer it is.
 */
#include "broker/endpoint/endpoint.h"
#include "broker/endpoint/page.h"
#include "broker/endpoint/upstream.h"
#include "broker/endpoint/visit.h"
#include "broker/http/reply.h"
#include "conf/config_provider.h"

int endpoint_account_link_add(struct request *rq)
{
	const struct config_provider *provider = config_provider(app_of(rq)->config, request_param(rq, "provider"));
	struct interaction interaction, adding;
	struct visitor visitor;
	struct span url;

	TRY(visit_open_fresh(rq, &interaction, &visitor));
	if (!visitor.has_session)
		return 0;
	if (rq->method == METHOD_GET) /* back from a login: the button is on the account's page */
		return reply_redirect(rq, SPAN("/account/links"));
	if (visitor.facts.account.namespace_ == NAMESPACE_STAFF)
		return ERR_FORBIDDEN;
	if (!provider || !provider->enabled)
		return ERR_PROVIDER_UNKNOWN;
	char *path = arena_printf(rq->arena, "/login/" SPAN_FMT "/start", SPAN_ARG(provider->id));
	if (!path)
		return FAULT_MEMORY;
	TRY(interaction_begin(rq, NULL, &adding));
	adding.links = visitor.session.account;
	adding.return_to = SPAN("/account/links");
	TRY(interaction_keep(rq, &adding));
	TRY(interaction_url(rq, path, &adding, &url));
	return reply_redirect(rq, url);
}

struct confirming {
	struct request *rq;
	struct interaction interaction;
	struct visitor visitor;
	struct pending_link pending;
};

static int load(struct txn *txn, void *arg)
{
	struct confirming *c = arg;
	int result = record_get_live(txn, &KIND_PENDING_LINK, c->interaction.link, c->rq->now, c->rq->arena, &c->pending);

	if (result)
		return result == ERR_ABSENT ? ERR_INTERACTION_EXPIRED : result;
	return id_eq(c->pending.interaction, c->interaction.id) ? 0 : ERR_INTERACTION_EXPIRED;
}

static int show(struct confirming *c, const struct upstream_way *way)
{
	JSON *data = visit_page(c->rq, &c->interaction, &c->visitor);

	if (!data)
		return FAULT_MEMORY;
	page_set(data, "provider_name", page_text(c->rq, &way->config->title));
	page_set(data, "external_name", c->pending.display_name);
	page_set(data, "cancel_url", SPAN("/account/links"));
	return reply_page(c->rq, 200, "account-link", data);
}

int endpoint_account_link_confirm(struct request *rq)
{
	struct confirming c = { .rq = rq };
	struct upstream_way way;

	TRY(interaction_open(rq, &c.interaction, &c.visitor));
	if (!id_is_set(c.interaction.links) || !id_is_set(c.interaction.link))
		return ERR_INTERACTION_EXPIRED;
	if (!c.visitor.has_session || !id_eq(c.visitor.session.account, c.interaction.links))
		return reply_redirect(rq, SPAN("/account/links"));
	TRY(store_view(app_of(rq)->app->store, load, &c));
	TRY(upstream_pending(rq, &c.pending, &way));
	if (rq->method == METHOD_GET)
		return show(&c, &way);
	way.interaction = c.interaction;
	way.visitor = c.visitor;
	way.pending = c.pending.id;
	return upstream_add(&way);
}
