/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api_lookup - the look-up of old accounts (M11-M21) for portals that have a page of their own for it: the same answer as /lookup, as JSON. A form
 * body, so that phones stand in no address; no captcha, since the portal shows its own, but its own limit and the audit.
 */
#include "broker/endpoint/api.h"
#include "broker/endpoint/endpoint.h"
#include "broker/endpoint/legacy_lookup.h"
#include "broker/http/reply.h"
#include "conf/config_client.h"
#include "conf/config_legacy.h"

struct asking {
	struct api api;
	const struct config_legacy_source *source;
	struct legacy_lookup lookup;
	unsigned wait;
};

static int find(struct txn *txn, void *arg)
{
	struct asking *q = arg;

	return legacy_lookup_find(txn, q->api.rq, q->source, q->api.client->id, &q->lookup, &q->wait);
}

static void write(struct asking *q)
{
	const struct legacy_lookup *lookup = &q->lookup;
	struct json_writer *out = &q->api.out;

	api_begin(&q->api);
	json_member_str(out, "case", span_of(migrate_case_name(lookup->answer.which)));
	json_member_str(out, "state", span_of(legacy_lookup_state_name(lookup->state)));
	if (lookup->answer.window != MIGRATE_NONE)
		json_member_str(out, "window", lookup->answer.window == MIGRATE_LEGAL ? SPAN("legal") : SPAN("natural"));
	json_member_str(out, "login_name", lookup->login_name);
	json_member_str(out, "contact_name", lookup->contact_name);
	json_member_str(out, "contact_phone", lookup->contact_phone);
	if (lookup->source)
		json_member_str(out, "source", lookup->source->id);
}

int endpoint_api_lookup(struct request *rq)
{
	struct asking *q = arena_new_of(rq->arena, struct asking);
	struct span source = request_param(rq, "source");

	if (!q)
		return FAULT_MEMORY;
	TRY(api_open(rq, &q->api));
	if (!legacy_lookup_is_open(app_of(rq)->config))
		return ERR_NOT_FOUND;
	if (source.n) {
		q->source = config_legacy_source(app_of(rq)->config, source);
		if (!q->source || !legacy_lookup_may_answer(q->source))
			return ERR_NOT_FOUND;
	}
	int result = legacy_lookup_read(rq, request_param(rq, "kind"), request_param(rq, "key"), &q->lookup);
	if (result)
		return result < 0 ? result : ERR_INVALID_REQUEST;
	result = store_update(app_of(rq)->app->store, find, q);
	if (result == ERR_TOO_MANY)
		reply_retry_after(rq, q->wait);
	TRY(result);
	write(q);
	return api_reply(&q->api);
}
