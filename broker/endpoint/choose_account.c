/* SPDX-License-Identifier: Apache-2.0 */
/*
 * choose_account - one phone, several accounts: which of them does the code's owner mean?
 */
#include "broker/base/encode.h"
#include "broker/endpoint/endpoint.h"
#include "broker/endpoint/legacy_owner.h"
#include "broker/endpoint/page.h"
#include "broker/http/reply.h"

struct choice {
	struct request *rq;
	struct interaction interaction;
	struct visitor visitor;
	json_t *accounts;
};

static int add_account(struct txn *txn, struct choice *choice, struct id id, bool first)
{
	struct facts facts;

	int result = facts_load(txn, id, (struct id){ { 0 } }, choice->rq->arena, &facts);
	if (result)
		return result == ERR_ABSENT ? 0 : result;
	json_t *item = json_object();
	page_set_id(item, "id", id);
	page_set(item, "name", facts.has_unit ? facts.unit.name : facts_shown_name(&facts.account));
	page_set(item, "kind", facts.account.namespace_ == NAMESPACE_LEGAL ? SPAN("legal") : SPAN("natural"));
	page_set(item, "detail", facts.account.login_name);
	if (first)
		page_set_true(item, "checked");
	json_array_append_new(choice->accounts, item);
	return 0;
}

static struct id candidate(const struct interaction *interaction, size_t i)
{
	struct id id = { { 0 } };

	if (interaction->candidates.items[i].n == sizeof id.b)
		memcpy(id.b, interaction->candidates.items[i].p, sizeof id.b);
	return id;
}

static int load(struct txn *txn, void *arg)
{
	struct choice *choice = arg;

	json_array_clear(choice->accounts);
	TRY(interaction_load(txn, choice->rq, &choice->interaction));
	TRY(session_load(txn, choice->rq, &choice->visitor));
	for (size_t i = 0; i < choice->interaction.candidates.n; i++)
		TRY(add_account(txn, choice, candidate(&choice->interaction, i), i == 0));
	return 0;
}

static int show(struct request *rq)
{
	JSON *accounts = json_array();
	struct choice choice = { .rq = rq, .accounts = accounts };

	TRY(store_view(app_of(rq)->app->store, load, &choice));
	if (!choice.interaction.candidates.n)
		return interaction_advance(rq, &choice.interaction, true);
	JSON *data = page_new(rq, &choice.interaction);
	json_object_set(data, "accounts", accounts);
	return reply_page(rq, 200, "choose-account", data);
}

struct chosen {
	struct request *rq;
	struct id account;
};

/* P2, as where the code fits one account only. */
static int prove_suggestions(struct txn *txn, void *arg)
{
	struct chosen *chosen = arg;

	return legacy_owner_phone(txn, chosen->rq, chosen->account);
}

static int choose(struct request *rq)
{
	struct interaction interaction;
	struct visitor visitor;
	struct chosen chosen = { .rq = rq };

	TRY(interaction_open(rq, &interaction, &visitor));
	if (encode_id_decode(request_param(rq, "account"), &chosen.account))
		return ERR_INVALID_REQUEST;
	/* Only what the proof fitted can be chosen. */
	for (size_t i = 0; i < interaction.candidates.n; i++) {
		struct session_proof proof = { .account = chosen.account, .amr = { "otp", "sms" }, .method = interaction.method };

		if (id_eq(candidate(&interaction, i), chosen.account))
			return interaction_proved(rq, &interaction, &visitor, &proof, prove_suggestions, &chosen);
	}
	return ERR_INVALID_REQUEST;
}

int endpoint_choose_account(struct request *rq)
{
	return rq->method == METHOD_GET ? show(rq) : choose(rq);
}
