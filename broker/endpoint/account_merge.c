/* SPDX-License-Identifier: Apache-2.0 */
/*
 * account_merge - /account/merge: a person with two accounts shows that both are theirs, and is one person from then on; and takes them apart again.
 *
 * Proof of both: the first one logs in anew and asks, which leaves a ticket for this browser; then the second one logs in, by whatever way it has,
 * and confirms. Who only holds a link with somebody's ticket cannot use it: it fits the browser that asked.
 */
#include "broker/base/encode.h"
#include "broker/endpoint/account.h"
#include "broker/endpoint/endpoint.h"
#include "broker/endpoint/identity_change.h"
#include "broker/endpoint/page.h"
#include "broker/endpoint/subject.h"
#include "broker/http/reply.h"
#include "broker/store/records_review.h"
#include "keys/digest.h"

#define PATH "/account/merge"
#define PURPOSE SPAN("merge")
#define LIFE (15 * MS_MINUTE)

struct merging {
	struct request *rq;
	struct interaction interaction;
	struct visitor visitor;
	struct ticket ticket; /* id zero: none was brought */
	struct account first; /* who asked */
	json_t *items;
};

/* How whoever is logged in has shown that the account is theirs. */
static struct identity_proof proof_of(const struct visitor *visitor)
{
	const struct session *session = &visitor->session;

	return (struct identity_proof){ .account = session->account, .method = session->method, .two_factors = session_has_two_factors(session),
					.level = session->acr, .at = session->auth_time };
}

/* ---- the ticket */

static int browser_hash(struct request *rq, struct id ticket, unsigned char ret_hash[DIGEST_MAX])
{
	struct span browser = request_browser(rq);

	if (!browser.p)
		return FAULT_MEMORY;
	return digest_of(DIGEST_SHA256, ret_hash, PURPOSE, ((struct span){ (const char *)ticket.b, sizeof ticket.b }), browser);
}

static int put_ticket(struct txn *txn, void *arg)
{
	return record_insert(txn, &KIND_TICKET, arg);
}

/* The other account logs in now, and comes back with the ticket. */
static int begin(struct merging *m)
{
	struct request *rq = m->rq;
	struct ticket ticket = { .id = record_expiring_id(instant_add(rq->now, LIFE)), .purpose = PURPOSE, .account = m->visitor.facts.account.id,
				 .proof = proof_of(&m->visitor) };
	unsigned char hash[DIGEST_MAX];
	char text[ENCODE_BASE64URL(sizeof ticket.id.b) + 1];
	struct interaction interaction;

	TRY(browser_hash(rq, ticket.id, hash));
	ticket.secret_hash = (struct span){ (const char *)hash, 32 };
	TRY(store_update(app_of(rq)->app->store, put_ticket, &ticket));
	encode_base64url_text(text, (struct span){ (const char *)ticket.id.b, sizeof ticket.id.b });
	char *path = arena_printf(rq->arena, PATH "?ticket=%s", text);
	if (!path)
		return FAULT_MEMORY;
	TRY(interaction_begin(rq, NULL, &interaction));
	interaction.prompt = SPAN("login");
	interaction.return_to = span_of(path);
	return interaction_advance(rq, &interaction, false);
}

/* ERR_EXPIRED: no such ticket for this browser any more, or its account may not log in by now, or its sessions were ended or its password changed since:
 * whoever asked may be why. */
static int load_ticket(struct txn *txn, struct merging *m)
{
	unsigned char hash[DIGEST_MAX];
	struct id id;

	if (encode_base64url_bytes(request_param(m->rq, "ticket"), (unsigned char *)id.b, sizeof id.b))
		return ERR_EXPIRED;
	TRY(browser_hash(m->rq, id, hash));
	int result = record_get_live(txn, &KIND_TICKET, id, m->rq->now, m->rq->arena, &m->ticket);
	if (!result && (!span_eq(m->ticket.purpose, PURPOSE) || !secret_eq(m->ticket.secret_hash, (struct span){ (const char *)hash, 32 })))
		result = ERR_ABSENT;
	if (!result)
		result = record_get(txn, &KIND_ACCOUNT, m->ticket.account, m->rq->arena, &m->first);
	struct instant asked_at = instant_add(record_expiry(id), -LIFE);
	bool is_over = !result && (m->first.status == ACCOUNT_DISABLED || m->first.status == ACCOUNT_CLOSED ||
				   instant_before(asked_at, m->first.not_before) || instant_before(asked_at, m->first.password_changed_at));
	if (is_over)
		result = ERR_ABSENT;
	if (result)
		m->ticket.id = (struct id){ { 0 } };
	return result == ERR_ABSENT ? ERR_EXPIRED : result;
}

/* ---- the page */

static int add_account(const void *record, void *arg)
{
	const struct account *account = record;
	struct merging *m = arg;
	json_t *item = json_object();

	if (!item)
		return FAULT_MEMORY;
	json_array_append_new(m->items, item);
	page_set(item, "name", facts_shown_name(account));
	page_set(item, "detail", account->name.n ? account->login_name : SPAN(""));
	page_set_time(item, "since", account->created_at);
	page_set_id(item, "subject", account->identity);
	if (id_eq(account->id, m->visitor.facts.account.id))
		page_set_true(item, "is_me");
	return 0;
}

/* Each account of the person, the whole's first. */
static int list(struct txn *txn, void *arg)
{
	struct merging *m = arg;
	struct subject_group group;

	json_array_clear(m->items);
	TRY(subject_parts(txn, m->visitor.facts.whole, m->rq->arena, &group));
	for (size_t i = 0; i < group.n; i++) {
		struct account probe = { .identity = group.part[i] };
		size_t from = json_array_size(m->items);

		TRY(record_each(txn, &KIND_ACCOUNT, ACCOUNT_BY_IDENTITY, &probe, m->rq->arena, add_account, m));
		for (size_t k = from; i > 0 && k < json_array_size(m->items); k++)
			page_set_true(json_array_get(m->items, k), "may_split");
	}
	return 0;
}

static int show(struct merging *m, int error)
{
	JSON *data = visit_page(m->rq, &m->interaction, &m->visitor);

	account_add_side(&m->interaction, &m->visitor.facts.account, data);
	m->items = json_array();
	json_object_set_new(data, "accounts", m->items);
	TRY(store_view(app_of(m->rq)->app->store, list, m));
	if (id_is_set(m->ticket.id)) {
		page_set(data, "ticket", request_param(m->rq, "ticket"));
		page_set(data, "first_name", facts_shown_name(&m->first));
		page_set(data, "second_name", facts_shown_name(&m->visitor.facts.account));
	}
	if (error)
		page_set_error(data, error, 0);
	return reply_page(m->rq, page_status(error), "account-merge", data);
}

/* ---- done */

static int load_again(struct txn *txn, struct merging *m, struct visitor *now)
{
	TRY(session_load(txn, m->rq, now));
	return now->has_session && id_eq(now->session.id, m->visitor.session.id) ? 0 : ERR_LOGIN_REQUIRED;
}

/* The older one is the whole: what most systems know stays what new ones are told. */
static int merge(struct txn *txn, void *arg)
{
	struct merging *m = arg;
	struct visitor now;

	TRY(load_again(txn, m, &now));
	TRY(load_ticket(txn, m));
	TRY(record_del(txn, &KIND_TICKET, m->ticket.id));
	struct unit_actor actor = unit_change_actor(m->rq, now.facts.account.id);
	struct identity_side asked = { &m->first, m->ticket.proof }, here = { &now.facts.account, proof_of(&now) };
	asked.proof.account = m->first.id;
	bool is_first = m->first.created_at.ms <= now.facts.account.created_at.ms;
	return identity_change_merge(txn, &actor, is_first ? &asked : &here, is_first ? &here : &asked);
}

static int split(struct txn *txn, void *arg)
{
	struct merging *m = arg;
	struct subject_group group;
	struct visitor now;
	struct id part;

	if (encode_id_decode(request_param(m->rq, "subject"), &part))
		return ERR_INVALID_REQUEST;
	TRY(load_again(txn, m, &now));
	TRY(subject_parts(txn, now.facts.whole, m->rq->arena, &group));
	for (size_t i = 1; i < group.n; i++)
		if (id_eq(group.part[i], part)) {
			struct unit_actor actor = unit_change_actor(m->rq, now.facts.account.id);

			return identity_change_split(txn, &actor, part, SPAN(""));
		}
	return 0; /* taken off already */
}

static const struct {
	const char *name;
	store_fn *act;
} acts[] = { { "merge", merge }, { "split", split } };

static int look(struct txn *txn, void *arg)
{
	struct merging *m = arg;

	TRY(load_ticket(txn, m));
	return id_eq(m->first.id, m->visitor.facts.account.id) ? ERR_MERGE_SAME : 0;
}

static bool is_told(int error)
{
	return error == ERR_EXPIRED || error == ERR_MERGE_SAME || error == ERR_MERGE_PERSONS || error == ERR_MERGE_LEGACY || error == ERR_TOO_MANY;
}

int endpoint_account_merge(struct request *rq)
{
	struct merging m = { .rq = rq };
	struct span asked = request_param(rq, "do");
	int result = 0;

	TRY(visit_open_fresh(rq, &m.interaction, &m.visitor));
	if (!m.visitor.has_session)
		return 0;
	if (m.visitor.facts.account.namespace_ != NAMESPACE_NATURAL)
		return ERR_FORBIDDEN;
	if (rq->method == METHOD_GET) {
		if (request_param(rq, "ticket").n)
			result = store_view(app_of(rq)->app->store, look, &m);
		if (result == ERR_MERGE_SAME)
			m.ticket.id = (struct id){ { 0 } };
		return result && !is_told(result) ? result : show(&m, result);
	}
	if (span_is(asked, "begin"))
		return begin(&m);
	for (size_t i = 0; i < ARRAY_LEN(acts); i++)
		if (span_is(asked, acts[i].name)) {
			result = store_update(app_of(rq)->app->store, acts[i].act, &m);
			m.ticket.id = (struct id){ { 0 } };
			return is_told(result) ? show(&m, result) : result ? result : reply_redirect(rq, SPAN(PATH));
		}
	return ERR_INVALID_REQUEST;
}
