/* SPDX-License-Identifier: Apache-2.0 */
/*
 * account_link - one more way into the account of somebody who is logged in: off to the upstream, whose answer is tied to this account (Z13).
 *
 * Both sides are proved: the account by a fresh login, the upstream's by its answer. It begins with a form of ours, so that nobody is led to tie
 * somebody else's login to their account.
 */
#include "broker/endpoint/endpoint.h"
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
