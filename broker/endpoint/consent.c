/* SPDX-License-Identifier: Apache-2.0 */
/*
 * consent - asks the person what the client may have, and remembers the answer. OpenID Connect Core 3.1.2.4
 */
#include "broker/oauth/consent.h"

#include "broker/base/sys.h"
#include "broker/endpoint/audit.h"
#include "broker/endpoint/endpoint.h"
#include "broker/endpoint/page.h"
#include "broker/endpoint/visit.h"
#include "broker/http/reply.h"
#include "conf/config.h"

static int show(struct request *rq)
{
	struct interaction interaction;
	struct visitor visitor;

	TRY(interaction_open(rq, &interaction, &visitor));
	const struct config_client *client = config_client(app_of(rq)->config, interaction.client_id);
	if (!visitor.has_session || !client)
		return interaction_advance(rq, &interaction, true);
	JSON *data = page_new(rq, &interaction);
	JSON *scopes = json_array();
	for (size_t i = 0; i < interaction.scopes.n; i++) {
		if (span_is(interaction.scopes.items[i], "offline_access"))
			continue; /* the page says it in its own words, below */
		json_t *scope = json_object();

		page_set(scope, "name", interaction.scopes.items[i]);
		json_array_append_new(scopes, scope);
	}
	json_object_set(data, "scopes", scopes);
	visit_show(data, &visitor);
	page_set(data, "client_url", client->home);
	if (scope_has(&interaction.scopes, SPAN("offline_access"))) {
		page_set_true(data, "offline");
		page_set_int(data, "lifetime_days", app_of(rq)->config->tokens.offline_life / MS_DAY);
	}
	return reply_page(rq, 200, "consent", data);
}

struct decision {
	struct request *rq;
	struct interaction interaction;
	struct visitor visitor;
	const struct config_client *client;
};

static int keep(struct txn *txn, void *arg)
{
	struct decision *d = arg;
	struct id account = d->visitor.session.account;
	struct consent consent, probe = { .account = account, .client_id = d->client->id };

	TRY(interaction_load(txn, d->rq, &d->interaction));
	int result = record_find(txn, &KIND_CONSENT, CONSENT_BY_CLIENT, &probe, d->rq->arena, &consent);
	if (result && result != ERR_ABSENT)
		return result;
	if (result)
		consent = (struct consent){ .id = sys_new_id(d->rq->now), .account = account, .client_id = d->client->id };
	TRY(consent_remember(&d->interaction.scopes, d->rq->now, d->rq->arena, &consent));
	TRY(record_put(txn, &KIND_CONSENT, &consent));
	d->interaction.consented = true;
	TRY(record_put(txn, &KIND_INTERACTION, &d->interaction));
	return audit_write(txn, d->rq, &(struct audit_event){ .action = "consent.allow", .actor = account, .client = d->client->id });
}

static int decide(struct request *rq)
{
	struct decision d = { .rq = rq };
	struct span decision = request_param(rq, "decision");

	TRY(interaction_open(rq, &d.interaction, &d.visitor));
	d.client = config_client(app_of(rq)->config, d.interaction.client_id);
	if (!d.visitor.has_session || !d.client)
		return interaction_advance(rq, &d.interaction, true);
	if (span_is(decision, "deny"))
		return interaction_refuse(rq, &d.interaction, true, ERR_ACCESS_DENIED, "the person declined");
	if (!span_is(decision, "allow"))
		return ERR_INVALID_REQUEST;
	TRY(store_update(app_of(rq)->app->store, keep, &d));
	return interaction_advance(rq, &d.interaction, true);
}

int endpoint_consent(struct request *rq)
{
	return rq->method == METHOD_GET ? show(rq) : decide(rq);
}
