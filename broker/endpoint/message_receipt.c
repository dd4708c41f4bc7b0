/* SPDX-License-Identifier: Apache-2.0 */
/*
 * message_receipt - what carriers post about messages that they took: delivered, or not. POST /sms/receipt/ROUTE?key=SECRET
 *
 * None of them signs what it posts, so the address holds a secret; a receipt changes nothing but the state of a message of this very route, to this
 * very phone.
 */
#include "broker/base/log.h"
#include "broker/endpoint/endpoint.h"
#include "broker/endpoint/message_state.h"
#include "broker/http/reply.h"
#include "conf/config_sms.h"

struct receiving {
	struct request *rq;
	const struct config_sms_route *route;
	const struct sms_receipt *receipts;
	size_t n, delivered, undelivered, unknown;
};

/* Whose receipts these are; ERR_NOT_FOUND tells nobody which routes there are. */
static int find_route(struct request *rq, const struct config_sms_route **ret_route)
{
	const struct config_sms_route *route = config_sms_route(app_of(rq)->config, request_path_param(rq, "route"));

	if (!route || !route->receipt_secret.bytes.n || !secret_eq(route->receipt_secret.bytes, request_param(rq, "key")))
		return ERR_NOT_FOUND;
	if (!sms_gateway_of(route->gateway.variant)->receipts)
		return ERR_NOT_FOUND;
	*ret_route = route;
	return 0;
}

static int keep(struct txn *txn, void *arg)
{
	struct receiving *r = arg;

	r->delivered = r->undelivered = r->unknown = 0; /* it may run again */
	for (size_t i = 0; i < r->n; i++) {
		int result = message_state_receive(txn, r->route, &r->receipts[i], r->rq->now, r->rq->arena);

		if (result < 0)
			return result;
		if (result)
			r->unknown++;
		else
			++*(r->receipts[i].delivered ? &r->delivered : &r->undelivered);
	}
	return 0;
}

int endpoint_sms_receipt(struct request *rq)
{
	struct receiving r = { .rq = rq };
	struct outlets *outlets = app_of(rq)->app->outlets;

	TRY(find_route(rq, &r.route));
	const struct sms_gateway *gateway = sms_gateway_of(r.route->gateway.variant);
	int result = gateway->receipts(r.route->gateway.options, rq->body, rq->arena, &r.receipts, &r.n);
	if (result)
		return result < 0 ? result : ERR_INVALID_REQUEST;
	TRY(store_update(app_of(rq)->app->store, keep, &r));
	outlet_count(outlets, FIGURE_SMS_DELIVERED, (int64_t)r.delivered);
	outlet_count(outlets, FIGURE_SMS_UNDELIVERED, (int64_t)r.undelivered);
	LOG(LOG_INFO, "sms.receipts", F_SPAN("route", r.route->id), F_INT("delivered", r.delivered), F_INT("undelivered", r.undelivered), F_INT("unknown", r.unknown));
	return reply_json(rq, 200, span_of(gateway->receipts_taken));
}
