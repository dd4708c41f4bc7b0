/* SPDX-License-Identifier: Apache-2.0 */
/*
 * discovery - what is the same for everyone: the metadata documents and the key set, built when they change and served as they are.
 */
#include "broker/endpoint/endpoint.h"
#include "broker/http/reply.h"

int endpoint_discovery(struct request *rq)
{
	return reply_static(rq, app_of(rq)->app->discovery);
}

int endpoint_jwks(struct request *rq)
{
	return reply_static(rq, app_of(rq)->app->jwks);
}
