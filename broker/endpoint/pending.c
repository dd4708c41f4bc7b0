/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pending - logged in, but the gate holds: what is awaited, and from whom (Z8, domain.md 1.6).
 */
#include "broker/endpoint/endpoint.h"
#include "broker/endpoint/page.h"
#include "broker/http/reply.h"

int endpoint_pending(struct request *rq)
{
	struct interaction interaction;
	struct visitor visitor;

	TRY(interaction_open(rq, &interaction, &visitor));
	const struct config_client *client = config_client(app_of(rq)->config, interaction.client_id);
	if (!visitor.has_session || !client)
		return interaction_advance(rq, &interaction, true);
	struct gate_facts facts = session_gate(&visitor, client, rq->now);
	int error = gate_check(GATE_CODE, &facts);
	if (!error) /* resolved meanwhile: on without a second login */
		return interaction_advance(rq, &interaction, true);
	JSON *data = page_new(rq, &interaction);
	struct span url;
	TRY(interaction_url(rq, "/continue", &interaction, &url));
	page_set(data, "reason", span_of(error_row(error)->code));
	page_set(data, "continue_url", url);
	page_set_int(data, "reload", 20); /* it may be decided while the person looks at it */
	page_set(data, "return_url", client->home);
	return reply_page(rq, 200, "pending", data);
}
