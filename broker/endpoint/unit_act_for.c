/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unit_act_for - for which of their units does a person act, or for none? Asked in a login where it matters, and open at any time: switching needs no
 * new login. What was issued for another unit stays as it is.
 */
#include "broker/base/encode.h"
#include "broker/endpoint/endpoint.h"
#include "broker/endpoint/page.h"
#include "broker/endpoint/visit.h"
#include "broker/http/reply.h"
#include "broker/identity/unit_state.h"

/* Where somebody may be sent on to who came without an interaction. */
static const char *const ways_on[] = { "/account", "/members", "/unit/supplement", "/unit/legacy", "/apps", "/tasks" };

static struct span way_on(struct request *rq)
{
	for (size_t i = 0; i < ARRAY_LEN(ways_on); i++)
		if (span_is(request_param(rq, "next"), ways_on[i]))
			return span_of(ways_on[i]);
	return SPAN("/");
}

struct listing {
	struct request *rq;
	const struct visitor *visitor;
	json_t *units;
};

static int add_unit(struct txn *txn, struct listing *listing, struct id id)
{
	struct membership probe = { .account = listing->visitor->facts.account.id, .unit = id }, membership;
	struct unit unit;

	TRY(record_get(txn, &KIND_UNIT, id, listing->rq->arena, &unit));
	TRY(record_find(txn, &KIND_MEMBERSHIP, MEMBERSHIP_BY_PAIR, &probe, listing->rq->arena, &membership));
	json_t *item = json_object();
	page_set_id(item, "id", id);
	page_set(item, "name", unit.name);
	page_set(item, "uscc", unit.uscc);
	page_set(item, "role", membership.role == MEMBERSHIP_ROLE_ADMIN ? SPAN("admin") : SPAN("member"));
	json_object_set_new(item, "checked", json_boolean(id_eq(listing->visitor->session.acting_unit, id)));
	json_array_append_new(listing->units, item);
	return 0;
}

static int list_units(struct txn *txn, void *arg)
{
	struct listing *listing = arg;
	const struct facts *facts = &listing->visitor->facts;

	json_array_clear(listing->units);
	for (size_t i = 0; i < facts->n_units; i++)
		TRY(add_unit(txn, listing, facts->unit_of[i]));
	return 0;
}

static int show(struct request *rq, const struct interaction *interaction, const struct visitor *visitor, int error)
{
	JSON *units = json_array();
	struct listing listing = { rq, visitor, units };
	struct span choose;
	JSON *data = visit_page(rq, interaction, visitor);

	TRY(store_view(app_of(rq)->app->store, list_units, &listing));
	json_object_set(data, "units", units);
	page_set(data, "next", request_param(rq, "next"));
	if (!id_is_set(visitor->session.acting_unit))
		page_set_true(data, "oneself");
	if (error)
		page_set_error(data, error, 0);
	TRY(visit_url(rq, interaction, "/choose-unit", &choose));
	page_set(data, "choose_url", choose);
	return reply_page(rq, page_status(error), "act-for", data);
}

static int choose(struct request *rq, struct interaction *interaction, const struct visitor *visitor)
{
	struct span text = request_param(rq, "unit_id");
	struct id unit = { { 0 } };

	if (text.n && encode_id_decode(text, &unit))
		return ERR_INVALID_REQUEST;
	bool in_login = id_is_set(interaction->id);
	int result = interaction_act_for(rq, in_login ? interaction : NULL, in_login, visitor->session.id, unit);
	if (result == ERR_MEMBERSHIP_REQUIRED)
		return show(rq, interaction, visitor, result);
	TRY(result);
	return visit_done(rq, interaction, way_on(rq));
}

int endpoint_act_for(struct request *rq)
{
	struct interaction interaction;
	struct visitor visitor;

	TRY(visit_open(rq, &interaction, &visitor));
	if (!visitor.has_session)
		return 0;
	if (visitor.facts.account.namespace_ != NAMESPACE_NATURAL) /* a unit's account is its unit, staff has none */
		return visit_done(rq, &interaction, way_on(rq));
	return rq->method == METHOD_GET ? show(rq, &interaction, &visitor, 0) : choose(rq, &interaction, &visitor);
}
