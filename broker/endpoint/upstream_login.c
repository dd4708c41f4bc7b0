/* SPDX-License-Identifier: Apache-2.0 */
/*
 * upstream_login - what an upstream's word about a person leads to: the account that it belongs to, a new one, or proof of an existing one (Z13, J1).
 *
 * Whose it is says the link and nothing else; equal names, phones, credit codes and ID numbers are no proof (security.md rule 4, domain.md 3.8).
 */
#include "broker/base/hours.h"
#include "broker/base/sys.h"
#include "broker/endpoint/account_new.h"
#include "broker/endpoint/event.h"
#include "broker/endpoint/external_link.h"
#include "broker/endpoint/page.h"
#include "broker/endpoint/upstream.h"
#include "broker/endpoint/upstream_identity.h"
#include "broker/http/reply.h"
#include "broker/identity/uscc.h"
#include "broker/identity/vouch.h"
#include "conf/config_provider.h"

static struct external_word word_of(const struct upstream_way *way)
{
	return (struct external_word){ way->config, &way->identity };
}

/* ---- too little is known there */

static int show_level(struct upstream_way *way)
{
	struct request *rq = way->rq;
	JSON *data = page_new(rq, &way->interaction);
	struct span url;

	char *start = arena_printf(rq->arena, "/login/" SPAN_FMT "/start", SPAN_ARG(way->config->id));
	if (!data || !start)
		return FAULT_MEMORY;
	page_set(data, "provider_name", page_text(rq, &way->config->title));
	page_set(data, "level_up_url", way->identity.level_up_url);
	page_set_int(data, "level", way->identity.acr);
	page_set_int(data, "min_level", way->config->min_level);
	TRY(interaction_url(rq, start, &way->interaction, &url));
	page_set(data, "again_url", url);
	TRY(interaction_url(rq, "/login", &way->interaction, &url));
	page_set(data, "login_url", id_is_set(way->interaction.links) ? SPAN("/account/links") : url);
	page_set_error(data, ERR_LEVEL_LOW, 0);
	return reply_page(rq, 403, "upstream-level", data);
}

/* ---- known */

static int find_link(struct txn *txn, void *arg)
{
	struct upstream_way *way = arg;
	struct external_word word = word_of(way);
	int result = external_link_find(txn, &word, way->rq->arena, &way->link, &way->is_earlier);

	way->has_link = result == 0;
	return result == ERR_ABSENT ? 0 : result;
}

static int touch_link(struct txn *txn, void *arg)
{
	struct upstream_way *way = arg;
	struct unit_actor actor = unit_change_actor(way->rq, way->link.account);
	struct external_word word = word_of(way);
	struct external_link link;
	bool earlier;
	int result = external_link_find(txn, &word, way->rq->arena, &link, &earlier);

	/* Unlinked, or tied to another account, while the browser was on its way. */
	if (result == ERR_ABSENT || (!result && (!id_eq(link.id, way->link.id) || !id_eq(link.account, way->link.account))))
		return ERR_INTERACTION_EXPIRED;
	TRY(result);
	return external_link_seen(txn, &actor, &word, &link);
}

static int keep_conflict(struct txn *txn, void *arg)
{
	struct upstream_way *way = arg;
	struct unit_actor actor = unit_change_actor(way->rq, way->link.account);
	struct external_word word = word_of(way);

	return external_link_conflict(txn, &actor, &word, way->link.account);
}

struct session_upstream upstream_session(const struct upstream_way *way)
{
	const struct provider_identity *identity = &way->identity;

	return (struct session_upstream){ .provider = way->config->id, .link = way->has_link ? way->link.id : way->link_id, .sid = identity->sid,
					  .token = way->config->send_logout ? identity->id_token : (struct span){ NULL, 0 } };
}

static int proof_of(const struct upstream_way *way, struct session_proof *ret_proof)
{
	char *method = arena_printf(way->rq->arena, "provider:" SPAN_FMT, SPAN_ARG(way->config->id));

	if (!method)
		return FAULT_MEMORY;
	*ret_proof = (struct session_proof){ .amr = { "ext" }, .method = span_of(method), .acr = way->identity.acr, .auth_time = way->identity.auth_time,
					     .upstream = upstream_session(way) };
	/* An upstream that only remembered its session did not see the person just now: prompt=login and max_age ask for more. */
	if (instant_before(way->rq->now, ret_proof->auth_time))
		ret_proof->auth_time = way->rq->now;
	return 0;
}

static int log_in(struct upstream_way *way)
{
	struct request *rq = way->rq;
	struct session_proof proof;

	TRY(proof_of(way, &proof));
	proof.account = way->link.account;
	if (way->state.ties) /* from the page "link": this login is the proof of the account to which another upstream's word, proved before, is tied */
		proof.ties = way->interaction.link;
	int result = interaction_proved(rq, &way->interaction, &way->visitor, &proof, touch_link, way);
	if (result == ERR_LINK_CONFLICT)
		TRY(store_update(app_of(rq)->app->store, keep_conflict, way));
	return result;
}

/* ---- new here */

static int find_unit(struct txn *txn, void *arg)
{
	struct upstream_way *way = arg;
	struct unit found;

	TRY(record_find(txn, &KIND_UNIT, UNIT_BY_USCC, &way->unit, way->rq->arena, &found));
	return found.status == UNIT_DISSOLVED ? ERR_UNIT_DISSOLVED : 0;
}

/* A legal person brings its unit (J1). Where the unit is here already, its code proves nothing: ERR_EXISTS, and its account has to be proved.
 * ERR_UNIT_DISSOLVED: there is none that could be. */
static int make_unit(struct upstream_way *way)
{
	static const int states[] = { [CONFIG_LEGAL_REGISTERED] = UNIT_REGISTERED, [CONFIG_LEGAL_NEEDS_SUPPLEMENT] = UNIT_NEEDS_SUPPLEMENT,
				      [CONFIG_LEGAL_EFFECTIVE] = UNIT_EFFECTIVE };
	const struct provider_identity *identity = &way->identity;
	struct uscc uscc;

	TRY(uscc_check(identity->uscc, way->rq->arena, &uscc));
	if (!identity->unit_name.n || uscc.problem != USCC_OK)
		return ERR_PROVIDER_REJECTED;
	way->unit = (struct unit){ .uscc = uscc.code, .name = identity->unit_name, .type = identity->unit_type, .region = identity->region,
				   .status = states[way->config->legal_state], .since = way->rq->now, .created_at = way->rq->now };
	int result = store_view(app_of(way->rq)->app->store, find_unit, way);
	if (result != ERR_ABSENT)
		return result ? result : ERR_EXISTS;
	way->unit.id = sys_new_id(way->rq->now);
	way->account.namespace_ = NAMESPACE_LEGAL;
	way->account.unit = way->unit.id;
	if (!way->account.name.n)
		way->account.name = identity->unit_name;
	return 0;
}

static int find_number(struct txn *txn, void *arg)
{
	struct upstream_way *way = arg;
	struct vouch_word word = { way->identity.real_name, way->identity.id_type, way->identity.id_number, way->identity.acr };
	struct account found;

	TRY(vouch_read(&word, date_of(way->rq->now, CHINA_MS), way->rq->arena, &word));
	struct account probe = { .namespace_ = NAMESPACE_NATURAL, .id_number = word.id_number };
	if (!word.id_number.n || !word.real_name.n || word.level < ACR_REAL_NAME || !way->config->trust_real_name)
		return ERR_ABSENT;
	return record_find(txn, &KIND_ACCOUNT, ACCOUNT_BY_ID_NUMBER, &probe, way->rq->arena, &found);
}

/* The account to be, and its unit. *@ret_reason: why there is to be none, so that an existing one has to be proved. */
static int prepare(struct upstream_way *way, const char **ret_reason)
{
	struct request *rq = way->rq;
	bool legal = way->config->legal && way->identity.is_legal;

	char *source = arena_printf(rq->arena, "provider:" SPAN_FMT, SPAN_ARG(way->config->id));
	if (!source)
		return FAULT_MEMORY;
	way->account = (struct account){ .id = sys_new_id(rq->now), .namespace_ = NAMESPACE_NATURAL, .status = ACCOUNT_ACTIVE, .name = way->identity.name,
					 .source = span_of(source) };
	way->link_id = sys_new_id(rq->now);
	/* An equal number is no proof, yet a second account could not be verified with it: the first one is to be proved. */
	int result = legal ? make_unit(way) : store_view(app_of(rq)->app->store, find_number, way);
	*ret_reason = NULL;
	if (legal && result == ERR_EXISTS)
		*ret_reason = "unit_taken";
	else if (!legal && result == 0)
		*ret_reason = "id_number_taken";
	else if (legal || result != ERR_ABSENT)
		return result;
	return 0;
}

static int create_account(struct txn *txn, void *arg)
{
	struct upstream_way *way = arg;
	struct unit_actor actor = unit_change_actor(way->rq, way->account.id);
	struct external_word word = word_of(way);
	struct account account = way->account; /* copies: the transaction may run twice */

	if (id_is_set(way->unit.id)) {
		struct unit unit = way->unit;

		TRY(unit_change_new(txn, &actor, &unit));
	}
	TRY(account_new(txn, way->rq->now, &account));
	TRY(event_write_account(txn, app_of(way->rq)->config, way->rq->now, way->rq->arena, CONFIG_EVENT_USER_CREATED, &account));
	return external_link_new(txn, &actor, &word, way->link_id, account.id, "created");
}

static int create(struct upstream_way *way, store_fn *more)
{
	struct session_proof proof;

	TRY(proof_of(way, &proof));
	proof.account = way->account.id;
	int result = interaction_proved(way->rq, &way->interaction, &way->visitor, &proof, more, way);
	/* Two tabs came back at once and the other one was first: its account is the one. */
	return result == ERR_CONFLICT || result == ERR_LINK_TAKEN ? ERR_INTERACTION_EXPIRED : result;
}

static int keep_pending(struct txn *txn, void *arg)
{
	struct upstream_way *way = arg;
	struct interaction interaction;
	struct pending_link pending = { .id = way->interaction.link, .interaction = way->interaction.id, .link = way->link_id, .provider = way->config->id,
					.issuer = way->identity.issuer, .subject = way->identity.subject, .display_name = way->identity.name,
					.acr = way->identity.acr, .reason = way->reason ? span_of(way->reason) : (struct span){ NULL, 0 } };

	TRY(upstream_identity_write(&way->identity, way->rq->arena, &pending.identity));
	/* It may have ended in another tab while the upstream was asked. */
	TRY(interaction_load_id(txn, way->rq, way->interaction.id, &interaction));
	interaction.link = pending.id;
	interaction.account = (struct id){ { 0 } }; /* a first factor that was proved before was not meant for it */
	interaction.proof_amr = (struct text_list){ NULL, 0 };
	TRY(record_insert(txn, &KIND_PENDING_LINK, &pending));
	TRY(trace_keep(txn, way->rq, &interaction, (struct id){ { 0 } }, 0));
	return record_put(txn, &KIND_INTERACTION, &interaction);
}

/* The upstream's word is kept, and the person asked what becomes of it. */
static int wait_on(struct upstream_way *way, const char *page)
{
	struct request *rq = way->rq;
	struct span url;

	way->interaction.link = record_expiring_id(record_expiry(way->interaction.id));
	TRY(store_update(app_of(rq)->app->store, keep_pending, way));
	TRY(interaction_url(rq, page, &way->interaction, &url));
	return reply_redirect(rq, url);
}

/* An account of its own where the operator allows it, else proof of an existing one. */
static int first_time(struct upstream_way *way)
{
	struct request *rq = way->rq;

	TRY(prepare(way, &way->reason));
	if (!way->reason && way->config->create_account && !way->config->ask_first) {
		trace_step(trace_of(rq), "creates");
		return create(way, create_account);
	}
	trace_step(trace_of(rq), "asks");
	if (way->reason)
		trace_str(trace_of(rq), "reason", span_of(way->reason));
	return wait_on(way, "/link");
}

/* ---- on the page "link" */

int upstream_pending(struct request *rq, const struct pending_link *pending, struct upstream_way *ret_way)
{
	const struct config_provider *config = config_provider(app_of(rq)->config, pending->provider);

	if (!config || !config->enabled)
		return ERR_PROVIDER_UNKNOWN;
	*ret_way = (struct upstream_way){ .rq = rq, .config = config, .link_id = pending->link };
	return upstream_identity_read(pending->identity, rq->arena, &ret_way->identity);
}

bool upstream_may_create(const struct upstream_way *way, const struct pending_link *pending)
{
	return way->config->create_account && way->config->ask_first && !pending->reason.n;
}

static int create_pending(struct txn *txn, void *arg)
{
	struct upstream_way *way = arg;
	struct pending_link pending;
	int result = record_take(txn, &KIND_PENDING_LINK, way->pending, way->rq->now, way->rq->arena, &pending);

	if (result)
		return result == ERR_ABSENT ? ERR_INTERACTION_EXPIRED : result;
	return create_account(txn, way);
}

int upstream_create(struct upstream_way *way, struct id pending)
{
	way->pending = pending;
	TRY(prepare(way, &way->reason));
	if (way->reason || !way->config->create_account) /* meanwhile */
		return ERR_INTERACTION_EXPIRED;
	return create(way, create_pending);
}

int upstream_tie(struct txn *txn, struct request *rq, struct id interaction, struct id id, struct id account)
{
	struct unit_actor actor = unit_change_actor(rq, account);
	struct pending_link pending;
	struct upstream_way way;
	struct facts facts;

	int result = record_take(txn, &KIND_PENDING_LINK, id, rq->now, rq->arena, &pending);
	if (result)
		return result == ERR_ABSENT ? ERR_INTERACTION_EXPIRED : result;
	if (!id_eq(pending.interaction, interaction))
		return ERR_INTERACTION_EXPIRED;
	TRY(upstream_pending(rq, &pending, &way));
	TRY(facts_load(txn, account, (struct id){ { 0 } }, rq->arena, &facts));
	struct gate_facts gate = facts_gate(&facts, NULL, (struct instant){ 0 }, rq->now);
	TRY(gate_check(GATE_BIND, &gate));
	struct external_word word = word_of(&way);
	TRY(external_link_fits(txn, &word, &facts.account, rq->arena));
	return external_link_new(txn, &actor, &word, way.link_id, account, "linked");
}

/* ---- one more way into an account that somebody is logged in to */

static int add_link(struct txn *txn, void *arg)
{
	struct upstream_way *way = arg;
	struct unit_actor actor = unit_change_actor(way->rq, way->interaction.links);
	struct external_word word = word_of(way);
	struct interaction interaction;
	struct visitor visitor;

	TRY(interaction_load_id(txn, way->rq, way->interaction.id, &interaction));
	TRY(session_load(txn, way->rq, &visitor));
	if (!visitor.has_session || !id_eq(visitor.session.account, interaction.links))
		return ERR_LOGIN_REQUIRED;
	struct gate_facts gate = facts_gate(&visitor.facts, NULL, (struct instant){ 0 }, way->rq->now);
	gate.two_factors = session_has_two_factors(&visitor.session);
	TRY(gate_check(GATE_BIND, &gate));
	if (id_is_set(way->pending))
		TRY(record_del(txn, &KIND_PENDING_LINK, way->pending));
	TRY(record_del(txn, &KIND_INTERACTION, interaction.id));
	TRY(trace_keep(txn, way->rq, &interaction, interaction.links, 0));
	TRY(external_link_fits(txn, &word, &visitor.facts.account, way->rq->arena));
	TRY(find_link(txn, way));
	if (way->has_link && !id_eq(way->link.account, interaction.links))
		return ERR_LINK_TAKEN;
	if (way->has_link)
		return external_link_seen(txn, &actor, &word, &way->link);
	return external_link_new(txn, &actor, &word, way->link_id, interaction.links, "linked");
}

int upstream_add_failed(struct upstream_way *way, int error)
{
	char *url = arena_printf(way->rq->arena, "/account/links?problem=%s", error_row(error)->code);

	return url ? reply_redirect(way->rq, span_of(url)) : FAULT_MEMORY;
}

int upstream_add(struct upstream_way *way)
{
	int result = store_update(app_of(way->rq)->app->store, add_link, way);
	if (result == ERR_LINK_CONFLICT && way->has_link)
		TRY(store_update(app_of(way->rq)->app->store, keep_conflict, way));
	if (result == ERR_LOGIN_REQUIRED)
		return interaction_login(way->rq, SPAN("/account/links"));
	if (result > 0)
		trace_keep_now(way->rq, &way->interaction, way->interaction.links, result);
	if (result > 0)
		return upstream_add_failed(way, result);
	return result ? result : reply_redirect(way->rq, SPAN("/account/links"));
}

static void note_decision(struct upstream_way *way, const char *what)
{
	trace_step(trace_of(way->rq), what);
	trace_str(trace_of(way->rq), "provider", way->config->id);
}

int upstream_identified(struct upstream_way *way)
{
	if (way->identity.acr < way->config->min_level) {
		note_decision(way, "level_low");
		trace_int(trace_of(way->rq), "acr", way->identity.acr);
		trace_int(trace_of(way->rq), "min_level", way->config->min_level);
		trace_keep_now(way->rq, &way->interaction, (struct id){ { 0 } }, ERR_LEVEL_LOW);
		return show_level(way);
	}
	if (id_is_set(way->interaction.links)) {
		note_decision(way, way->by_cookie ? "asks" : "adds");
		way->link_id = sys_new_id(way->rq->now);
		/* Nothing that came back says that it is the answer to what this browser asked: somebody else's ticket would tie their login to this account. */
		return way->by_cookie ? wait_on(way, "/account/links/confirm") : upstream_add(way);
	}
	TRY(store_view(app_of(way->rq)->app->store, find_link, way));
	note_decision(way, !way->has_link ? "no_link" : way->is_earlier ? "earlier_link" : "link");
	if (way->state.ties && !way->has_link) /* a second stranger is no proof for the first */
		return ERR_NO_ACCOUNT;
	return way->has_link ? log_in(way) : first_time(way);
}
