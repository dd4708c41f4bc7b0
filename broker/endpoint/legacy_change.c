/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/legacy_change.h"

#include "broker/base/sys.h"
#include "broker/endpoint/account_new.h"
#include "broker/endpoint/audit.h"
#include "broker/endpoint/event.h"
#include "broker/endpoint/legacy_count.h"
#include "broker/endpoint/session_end.h"
#include "broker/endpoint/subject.h"
#include "broker/identity/claim.h"
#include "broker/store/records_account.h"
#include "conf/config_legacy.h"

#define WALK_MAX 64 /* suggestions to one account, grants that move with one */
#define ABSORBED SPAN("absorbed")

/* ---- history, audit, events: one place for each */

static int write_event(struct txn *txn, const struct unit_actor *actor, struct id legacy, const char *what, const struct legacy_proof *proof,
		       struct id account, struct id identity)
{
	struct legacy_event event = { .id = sys_new_id(actor->now), .legacy = legacy, .at = actor->now, .what = span_of(what), .account = account,
				      .identity = identity, .actor = actor->account, .method = span_of(proof->method), .evidence = proof->evidence,
				      .reason = proof->reason };

	return record_insert(txn, &KIND_LEGACY_EVENT, &event);
}

static int write_audit(struct txn *txn, const struct unit_actor *actor, const char *action, const struct legacy *legacy, struct id account,
		       struct span detail)
{
	char *subject = arena_printf(actor->arena, SPAN_FMT "/" SPAN_FMT, SPAN_ARG(legacy->source), SPAN_ARG(legacy->legacy_id));
	struct audit_event event = { .action = action, .actor = actor->rq ? actor->account : account, .detail = detail };

	if (!subject)
		return FAULT_MEMORY;
	event.subject = span_of(subject);
	return actor->rq ? audit_write(txn, actor->rq, &event) : audit_write_operator(txn, actor->now, &event);
}

/* Which old account it is, business systems ask the directory: its name there may be a phone number. */
static int tell(struct txn *txn, const struct unit_actor *actor, enum config_event type, const struct binding *binding)
{
	const struct event_new event = {
		.type = type,
		.identity = binding->identity,
		.members = { { "system", .text = binding->source }, { "account_type", .text = binding->user_type }, { "method", .text = binding->method } },
	};

	return event_write(txn, actor->config, actor->now, actor->arena, &event);
}

static bool is_import(const struct legacy_proof *proof)
{
	return span_eq(span_of(proof->method), SPAN("import"));
}

/* ---- what stands between a row and a person */

static int find_binding(struct txn *txn, const struct unit_actor *actor, struct id legacy, struct binding *ret_binding)
{
	struct binding probe = { .legacy = legacy, .status = BINDING_BOUND };
	int result = record_find(txn, &KIND_BINDING, BINDING_BY_LEGACY, &probe, actor->arena, ret_binding);

	if (result == ERR_ABSENT)
		*ret_binding = (struct binding){ 0 };
	return result == ERR_ABSENT ? 0 : result;
}

struct count {
	struct id legacy; /* not counted */
	struct span source;
	int64_t n;
};

static int count_bound(const void *record, void *arg)
{
	const struct binding *binding = record;
	struct count *count = arg;

	if (binding->status == BINDING_BOUND && span_eq(binding->source, count->source) && !id_eq(binding->legacy, count->legacy))
		count->n++;
	return 0;
}

/* Made by the import for this very row, and as the import left it: no login, no password of its own, no real name. */
static int is_unused(struct txn *txn, const struct unit_actor *actor, const struct legacy *legacy, const struct binding *binding,
		     const struct account *claimant, bool *ret_unused)
{
	struct account account;

	*ret_unused = false;
	if (!id_eq(legacy->account, binding->account))
		return 0;
	int result = record_get(txn, &KIND_ACCOUNT, binding->account, actor->arena, &account);
	if (result)
		return result == ERR_ABSENT ? 0 : result;
	*ret_unused = account_new_import(&account).n && account.namespace_ == claimant->namespace_ && account.status == ACCOUNT_ACTIVE &&
		      !account.password.n && !instant_is_set(account.claimed_at) && account.realname_status == REALNAME_NONE;
	return 0;
}

int legacy_change_state(struct txn *txn, const struct unit_actor *actor, const struct legacy *legacy, const struct account *account,
			struct claim_state *ret_state, struct binding *ret_binding)
{
	const struct config_legacy_source *source = config_legacy_source(actor->config, legacy->source);
	struct claim_state state = { .link = CLAIM_FREE, .limit = source ? source->per_identity : 1 };
	struct binding probe = { 0 };
	struct count count = { .legacy = legacy->id, .source = legacy->source };
	bool unused = false;

	TRY(subject_whole_id(txn, account->identity, actor->arena, &probe.identity));
	TRY(find_binding(txn, actor, legacy->id, ret_binding));
	TRY(record_each(txn, &KIND_BINDING, BINDING_BY_IDENTITY, &probe, actor->arena, count_bound, &count));
	state.held = count.n;
	if (id_is_set(ret_binding->id)) {
		bool own = id_eq(ret_binding->identity, probe.identity);

		if (ret_binding->status == BINDING_BOUND && !own)
			TRY(is_unused(txn, actor, legacy, ret_binding, account, &unused));
		state.link = ret_binding->status == BINDING_SUGGESTED ? (own ? CLAIM_SUGGESTED : CLAIM_SUGGESTED_OTHER) :
			     own				      ? CLAIM_BOUND :
			     unused				      ? CLAIM_UNUSED :
									CLAIM_BOUND_OTHER;
	}
	*ret_state = state;
	return 0;
}

/* ---- what an import made, and a person proved to be theirs */

struct grants {
	struct grant items[WALK_MAX];
	size_t n;
};

static int gather_waiting(const void *record, void *arg)
{
	const struct grant *grant = record;
	struct grants *grants = arg;

	if (grant->status != GRANT_PRE_GRANTED || grants->n == WALK_MAX)
		return 0;
	grants->items[grants->n++] = *grant;
	return 0;
}

/* E4: what the unit's systems would let the account's owner do goes where the owner is. */
static int move_grants(struct txn *txn, const struct unit_actor *actor, struct id from, const struct account *to)
{
	struct grants *grants = arena_new_of(actor->arena, struct grants);
	struct grant probe = { .account = from };

	if (!grants)
		return FAULT_MEMORY;
	TRY(record_each(txn, &KIND_GRANT, GRANT_BY_ACCOUNT, &probe, actor->arena, gather_waiting, grants));
	for (size_t i = 0; i < grants->n; i++) {
		const struct grant *grant = &grants->items[i];
		int result = unit_change_grant(txn, actor, to->id, grant->unit, grant->subsystem, GRANT_ON_PRE_GRANT);

		if (result && result != ERR_CONFLICT) /* they have it in their own right */
			return result;
	}
	return grants->n && to->realname_status == REALNAME_VERIFIED ? unit_change_account_verified(txn, actor, to->id) : 0;
}

/* It keeps its login name and its hash, so that it can come back; phone and e-mail are free for their owner, and the row still knows them. */
static int absorb(struct txn *txn, const struct unit_actor *actor, const struct legacy *legacy, struct id id, const struct account *claimant)
{
	struct account account;

	TRY(record_get(txn, &KIND_ACCOUNT, id, actor->arena, &account));
	account.status = ACCOUNT_CLOSED;
	account.closed_at = actor->now;
	TRY(session_end_all(txn, actor, &account, actor->now));
	account.review_reason = ABSORBED;
	account.phone = account.email = (struct span){ NULL, 0 };
	TRY(record_put(txn, &KIND_ACCOUNT, &account));
	TRY(move_grants(txn, actor, id, claimant));
	TRY(write_audit(txn, actor, "legacy.absorb", legacy, id, account.login_name));
	return event_write_account(txn, actor->config, actor->now, actor->arena, CONFIG_EVENT_USER_CLOSED, &account);
}

/* The phone that the import had given it, unless somebody has it by now. */
static int give_phone_back(struct txn *txn, const struct unit_actor *actor, const struct legacy *legacy, struct account *account)
{
	struct account probe = { .namespace_ = account->namespace_, .phone = legacy->phone }, other;

	if (!legacy->phone.n || !instant_is_set(account->phone_confirmed_at))
		return 0;
	int result = record_find(txn, &KIND_ACCOUNT, ACCOUNT_BY_PHONE, &probe, actor->arena, &other);
	if (result != ERR_ABSENT)
		return result;
	account->phone = legacy->phone;
	return 0;
}

static int put_binding(struct txn *txn, const struct unit_actor *actor, const struct legacy *legacy, const struct account *account, int status,
		       const struct legacy_proof *proof)
{
	struct binding binding = { .id = sys_new_id(actor->now), .legacy = legacy->id, .account = account->id,
				   .status = status, .source = legacy->source, .method = span_of(proof->method), .since = actor->now, .level = proof->level,
				   .user_type = legacy->user_type };

	TRY(subject_whole_id(txn, account->identity, actor->arena, &binding.identity));
	TRY(record_insert(txn, &KIND_BINDING, &binding));
	if (is_import(proof))
		return 0;
	TRY(write_event(txn, actor, legacy->id, status == BINDING_BOUND ? "bound" : "suggested", proof, account->id, account->identity));
	TRY(legacy_count_add(txn, actor->arena, actor->now, legacy->source, status == BINDING_BOUND ? LEGACY_COUNT_bound : LEGACY_COUNT_suggested));
	if (status != BINDING_BOUND)
		return 0;
	TRY(write_audit(txn, actor, "legacy.bind", legacy, account->id, span_of(proof->method)));
	return tell(txn, actor, CONFIG_EVENT_LEGACY_BOUND, &binding);
}

/* The row is left alone; an account that had been absorbed for it gets it back, as it was. */
static int restore(struct txn *txn, const struct unit_actor *actor, const struct legacy *legacy)
{
	const struct legacy_proof proof = { .method = "restored", .reason = ABSORBED };
	struct account account;

	if (!id_is_set(legacy->account))
		return 0;
	int result = record_get(txn, &KIND_ACCOUNT, legacy->account, actor->arena, &account);
	if (result)
		return result == ERR_ABSENT ? 0 : result;
	if (account.status != ACCOUNT_CLOSED || !span_eq(account.review_reason, ABSORBED))
		return 0;
	account.status = ACCOUNT_ACTIVE;
	account.closed_at = (struct instant){ 0 };
	account.review_reason = (struct span){ NULL, 0 };
	TRY(give_phone_back(txn, actor, legacy, &account));
	TRY(record_put(txn, &KIND_ACCOUNT, &account));
	TRY(write_audit(txn, actor, "legacy.restore", legacy, account.id, account.login_name));
	return put_binding(txn, actor, legacy, &account, BINDING_BOUND, &proof);
}

/* ---- changes */

/* Of the import's own bindings, only one whose account somebody had logged in with was anybody's. */
static int what_ended(struct txn *txn, const struct unit_actor *actor, const struct binding *binding, bool was_bound, enum legacy_count_what *ret_what)
{
	struct account account = { 0 };

	*ret_what = was_bound ? LEGACY_COUNT_unbound : LEGACY_COUNT_suggestion_ended;
	if (!was_bound || !span_is(binding->method, "import"))
		return 0;
	int result = record_get(txn, &KIND_ACCOUNT, binding->account, actor->arena, &account);
	if (!instant_is_set(account.claimed_at))
		*ret_what = LEGACY_COUNT_made_ended;
	return result == ERR_ABSENT ? 0 : result;
}

static int end(struct txn *txn, const struct unit_actor *actor, const struct legacy *legacy, struct binding *binding, struct span reason)
{
	const struct legacy_proof proof = { .method = "", .reason = reason };
	bool was_bound = binding->status == BINDING_BOUND;
	enum legacy_count_what what;

	if (binding->status == BINDING_ENDED)
		return ERR_CONFLICT;
	binding->status = BINDING_ENDED;
	TRY(record_put(txn, &KIND_BINDING, binding));
	TRY(write_event(txn, actor, legacy->id, was_bound ? "ended" : "unsuggested", &proof, binding->account, binding->identity));
	TRY(what_ended(txn, actor, binding, was_bound, &what));
	TRY(legacy_count_add(txn, actor->arena, actor->now, legacy->source, what));
	if (!was_bound)
		return 0;
	TRY(write_audit(txn, actor, "legacy.unbind", legacy, binding->account, reason));
	return tell(txn, actor, CONFIG_EVENT_LEGACY_ENDED, binding);
}

int legacy_change_bind(struct txn *txn, const struct unit_actor *actor, const struct legacy *legacy, const struct account *account,
		       const struct legacy_proof *proof)
{
	struct claim_state state;
	struct binding binding;
	enum claim_move move;

	TRY(legacy_change_state(txn, actor, legacy, account, &state, &binding));
	TRY(claim_bind(&state, &move));
	if (move == CLAIM_KEEP)
		return 0;
	if (move == CLAIM_ABSORB)
		TRY(absorb(txn, actor, legacy, binding.account, account));
	if (move != CLAIM_NEW)
		TRY(end(txn, actor, legacy, &binding, move == CLAIM_CONFIRM ? SPAN("confirmed") : move == CLAIM_ABSORB ? ABSORBED : SPAN("proved_by_another")));
	return put_binding(txn, actor, legacy, account, BINDING_BOUND, proof);
}

int legacy_change_bind_made(struct txn *txn, const struct unit_actor *actor, const struct legacy *legacy, const struct account *account)
{
	return put_binding(txn, actor, legacy, account, BINDING_BOUND, &(struct legacy_proof){ .method = "import" });
}

int legacy_change_suggest(struct txn *txn, const struct unit_actor *actor, const struct legacy *legacy, const struct account *account)
{
	static const struct legacy_proof import = { .method = "import" };
	struct binding binding;
	struct id whole;

	TRY(subject_whole_id(txn, account->identity, actor->arena, &whole));
	TRY(find_binding(txn, actor, legacy->id, &binding));
	if (id_is_set(binding.id))
		return binding.status == BINDING_SUGGESTED && id_eq(binding.identity, whole) ? 0 : ERR_LEGACY_TAKEN;
	return put_binding(txn, actor, legacy, account, BINDING_SUGGESTED, &import);
}

int legacy_change_unbind(struct txn *txn, const struct unit_actor *actor, struct binding *binding, struct span reason)
{
	struct legacy legacy;
	bool own;

	TRY(record_get(txn, &KIND_LEGACY, binding->legacy, actor->arena, &legacy));
	own = id_eq(legacy.account, binding->account);
	TRY(end(txn, actor, &legacy, binding, reason));
	return own ? 0 : restore(txn, actor, &legacy);
}

int legacy_change_award(struct txn *txn, const struct unit_actor *actor, const struct legacy *legacy, const struct account *account,
			const struct legacy_proof *proof)
{
	struct claim_state state;
	struct binding binding;

	TRY(legacy_change_state(txn, actor, legacy, account, &state, &binding));
	if (state.link == CLAIM_BOUND_OTHER)
		TRY(end(txn, actor, legacy, &binding, proof->reason.n ? proof->reason : SPAN("disputed")));
	return legacy_change_bind(txn, actor, legacy, account, proof);
}

struct suggestions {
	struct binding items[WALK_MAX];
	size_t n;
	struct id account;
};

static int gather_suggested(const void *record, void *arg)
{
	const struct binding *binding = record;
	struct suggestions *list = arg;

	if (binding->status == BINDING_SUGGESTED && id_eq(binding->account, list->account) && list->n < WALK_MAX)
		list->items[list->n++] = *binding;
	return 0;
}

static int read_suggestion(struct txn *txn, const struct unit_actor *actor, const struct legacy *legacy, const struct account *account,
			   struct claim_suggestion *ret)
{
	struct unit unit = { 0 };

	if (account->namespace_ == NAMESPACE_LEGAL && id_is_set(account->unit)) {
		int result = record_get(txn, &KIND_UNIT, account->unit, actor->arena, &unit);

		if (result && result != ERR_ABSENT)
			return result;
	}
	*ret = (struct claim_suggestion){ .is_enterprise = span_eq(legacy->kind, SPAN("enterprise")), .phone = legacy->phone, .uscc = legacy->uscc,
					  .account_phone = instant_is_set(account->phone_confirmed_at) ? account->phone : (struct span){ NULL, 0 },
					  .unit_uscc = unit.uscc };
	return 0;
}

int legacy_change_proved(struct txn *txn, const struct unit_actor *actor, const struct account *account, const struct legacy_proof *proof)
{
	struct suggestions *list = arena_new_of(actor->arena, struct suggestions);
	struct binding probe = { .account = account->id };
	enum claim_proof kind = span_eq(span_of(proof->method), SPAN("unit")) ? CLAIM_PROOF_UNIT : CLAIM_PROOF_PHONE;

	if (!list)
		return FAULT_MEMORY;
	list->account = account->id;
	TRY(record_each(txn, &KIND_BINDING, BINDING_BY_ACCOUNT, &probe, actor->arena, gather_suggested, list));
	for (size_t i = 0; i < list->n; i++) {
		struct claim_suggestion suggestion;
		struct legacy legacy;

		TRY(record_get(txn, &KIND_LEGACY, list->items[i].legacy, actor->arena, &legacy));
		TRY(read_suggestion(txn, actor, &legacy, account, &suggestion));
		if (!claim_proof_reaches(kind, &suggestion))
			continue;
		int result = legacy_change_bind(txn, actor, &legacy, account, proof);
		if (result == ERR_LEGACY_LIMIT || result == ERR_LEGACY_TAKEN)
			result = 0; /* the suggestion stays; who logs in is not to be troubled with it */
		TRY(result);
	}
	return 0;
}

int legacy_change_note(struct txn *txn, const struct unit_actor *actor, const struct legacy *legacy, const struct account *account, const char *what,
		       const struct legacy_proof *proof)
{
	TRY(legacy_count_note(txn, actor->arena, actor->now, legacy->source, span_of(what)));
	return write_event(txn, actor, legacy->id, what, proof, account ? account->id : (struct id){ { 0 } },
			   account ? account->identity : (struct id){ { 0 } });
}
