/* SPDX-License-Identifier: Apache-2.0 */
/*
 * front - the front page, assets, and what a load balancer asks.
 */
#include "broker/endpoint/desk.h"
#include "broker/endpoint/endpoint.h"
#include "broker/endpoint/page.h"
#include "broker/endpoint/visit.h"
#include "broker/http/client.h"
#include "broker/http/reply.h"
#include "broker/http/server.h"
#include "conf/config.h"

struct view {
	struct request *rq;
	struct visitor visitor;
};

static int load(struct txn *txn, void *arg)
{
	struct view *view = arg;

	return session_load(txn, view->rq, &view->visitor);
}

int endpoint_index(struct request *rq)
{
	struct view view = { .rq = rq };
	JSON *data = json_object();

	TRY(store_view(app_of(rq)->app->store, load, &view));
	if (view.visitor.has_session && view.visitor.facts.account.namespace_ == NAMESPACE_STAFF) {
		struct span desk;

		TRY(desk_home(rq, &desk));
		if (desk.n)
			return reply_redirect(rq, desk);
	}
	visit_show(data, &view.visitor);
	if (!view.visitor.has_session)
		page_set(data, "login_url", SPAN("/login"));
	return reply_page(rq, 200, "index", data);
}

int endpoint_asset(struct request *rq)
{
	const struct asset *asset = asset_find(template_set_assets(app_of(rq)->templates), rq->path);

	if (!asset)
		return ERR_NOT_FOUND;
	return reply_bytes(rq, 200, asset->type, asset->bytes, "public, max-age=31536000, immutable", asset->etag);
}

/* The process answers and nothing is known to be broken: a supervisor restarts it otherwise. */
int endpoint_healthz(struct request *rq)
{
	if (store_is_broken(app_of(rq)->app->store))
		return FAULT_STORE;
	return reply_json(rq, 200, SPAN("{\"status\":\"ok\"}"));
}

static int read_nothing(struct txn *txn, void *arg)
{
	return 0;
}

/* Ready for requests: the store reads, a key signs, and nobody asked to stop. */
int endpoint_readyz(struct request *rq)
{
	struct app *app = app_of(rq)->app;
	APP_KEYS *keys = app_keys(app);

	if (app->stopping || store_is_broken(app->store))
		return ERR_BUSY;
	TRY(store_view(app->store, read_nothing, NULL));
	for (int alg = 0; alg < ALG_COUNT; alg++)
		if (keys->kid[alg][0])
			return reply_json(rq, 200, SPAN("{\"status\":\"ready\"}"));
	return FAULT_SIGNER;
}

/* Figures are for those who watch it; to anyone else there is nothing here. */
int endpoint_metrics(struct request *rq)
{
	const struct config_metrics *config = &app_of(rq)->config->metrics;

	return config->enabled && client_is_in(&rq->client, &config->allow) ? server_metrics(rq) : ERR_NOT_FOUND;
}
