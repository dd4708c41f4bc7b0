/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/client_auth.h"

#include "broker/store/records_system.h"

#include <stdio.h>

#define JTI_NAME 160 /* an id has at most 128 bytes */

static int read_presented(const struct request *rq, struct client_presented *ret)
{
	*ret = (struct client_presented){
		.client_id = request_param(rq, "client_id"),
		.client_secret = request_param(rq, "client_secret"),
		.assertion_type = request_param(rq, "client_assertion_type"),
		.assertion = request_param(rq, "client_assertion"),
	};
	int result = request_basic_credentials(rq, &ret->basic_id, &ret->basic_secret);
	if (result == ERR_ABSENT) /* another scheme is an attempt too, and one that we do not know */
		return request_has_authorization(rq) ? ERR_INVALID_CLIENT : 0;
	ret->has_basic = result == 0;
	return result;
}

int client_auth(struct request *rq, struct client_proof *ret_proof)
{
	const struct settings *settings = app_of(rq);
	struct client_presented presented;
	struct client_claim claim;

	TRY(read_presented(rq, &presented));
	TRY(client_identify(settings->config, &presented, rq->arena, &claim));
	return client_prove(settings->config, &claim, app_client_keys(settings, claim.client), rq->now, rq->arena, ret_proof);
}

bool client_auth_commits(const struct request *rq)
{
	return request_param(rq, "client_assertion").n > 0;
}

int client_auth_use(struct txn *txn, const struct client_proof *proof)
{
	if (!proof->jti.n)
		return 0;
	/* The name holds client and jti: two clients may choose the same jti. */
	char name[JTI_NAME];
	int n = snprintf(name, sizeof name, "assertion:%.*s", SPAN_ARG(proof->client->id));
	struct mark mark = { .id = record_named_id(proof->jti_expiry, (struct span){ name, (size_t)n }, proof->jti) };
	int result = record_insert(txn, &KIND_MARK, &mark);

	return result == ERR_EXISTS ? ERR_INVALID_CLIENT : result;
}

static int use(struct txn *txn, void *arg)
{
	return client_auth_use(txn, arg);
}

int client_auth_use_alone(struct request *rq, const struct client_proof *proof)
{
	return proof->jti.n ? store_update(app_of(rq)->app->store, use, (void *)(uintptr_t)proof) : 0;
}
