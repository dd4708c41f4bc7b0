/* SPDX-License-Identifier: Apache-2.0 */
/*
 * authorize - the authorization endpoint, and /continue, where pages come back to. RFC 6749 3.1, OpenID Connect Core 3.1.2
 */
#include "broker/endpoint/endpoint.h"
#include "broker/endpoint/hint.h"
#include "broker/endpoint/interaction.h"
#include "broker/http/reply.h"

static int take_params(struct request *rq, struct authorize_params *params)
{
	const char *name;

	for (size_t i = 0; (name = authorize_param_name(i)); i++) {
		bool is_list = strcmp(name, "resource") == 0; /* RFC 8707 2: it may come several times */
		struct span one = is_list ? (struct span){ NULL, 0 } : request_param(rq, name);
		const struct span *values = &one;
		size_t n = is_list ? request_params(rq, name, &values) : 1;

		for (size_t k = 0; k < n; k++)
			if (values[k].n)
				TRY(authorize_set(params, span_of(name), values[k]));
	}
	return 0;
}

/* OpenID Connect Core 3.1.2.1: whom the client expects. A token of another client says nothing to this one. */
static int take_hint(struct request *rq, const struct authorize_request *request, struct interaction *interaction)
{
	struct logout_hint hint;

	TRY(hint_read(rq, request->id_token_hint, &hint));
	if (!span_eq(hint.client_id, request->target.client->id))
		return ERR_INVALID_REQUEST;
	interaction->hint_sub = hint.sub;
	return 0;
}

/* Before the target is trusted an error is a page; afterwards it is an answer to the client. */
int endpoint_authorize(struct request *rq)
{
	const struct config *config = app_of(rq)->config;
	struct authorize_params params = { 0 };
	struct authorize_target target;
	struct authorize_request request;
	struct interaction interaction;
	const char *reason = NULL;

	TRY(take_params(rq, &params));
	TRY(authorize_target(config, &params, &target));
	int result = authorize_check(config, &target, &params, rq->arena, &request, &reason);
	if (result < 0)
		return result;
	if (result) {
		request = (struct authorize_request){ .target = target };
		TRY(interaction_begin(rq, &request, &interaction));
		return interaction_refuse(rq, &interaction, false, result, reason);
	}
	TRY(interaction_begin(rq, &request, &interaction));
	if (request.id_token_hint.n && (result = take_hint(rq, &request, &interaction)))
		return result < 0 ? result : interaction_refuse(rq, &interaction, false, result, "id_token_hint is not an ID token of this client");
	return interaction_advance(rq, &interaction, false);
}

int endpoint_continue(struct request *rq)
{
	struct interaction interaction;
	struct visitor visitor;

	TRY(interaction_open(rq, &interaction, &visitor));
	return interaction_advance(rq, &interaction, true);
}
