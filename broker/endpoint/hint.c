/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/hint.h"

#include "keys/jws.h"

int hint_read(struct request *rq, struct span text, struct logout_hint *ret_hint)
{
	APP_KEYS *keys = app_keys(app_of(rq)->app);
	struct jws jws;
	int result = jws_verify(keys->verify, &(struct jws_expect){ .algs = ALG_ALL, .typ = "JWT" }, text, rq->arena, &jws);

	if (result)
		return result < 0 ? result : ERR_INVALID_REQUEST;
	return logout_parse_hint(app_of(rq)->config, jws.payload, rq->arena, ret_hint);
}
