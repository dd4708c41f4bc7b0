/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/session.h"

#include "broker/endpoint/account_new.h"
#include "broker/endpoint/legacy_count.h"
#include "broker/endpoint/legacy_owner.h"
#include "broker/endpoint/session_end.h"
#include "broker/http/reply.h"
#include "broker/http/server.h"
#include "broker/oauth/token.h"
#include "broker/store/handle.h"
#include "conf/config.h"

#define COOKIE "session"
#define PURPOSE "session"

static int load_person(struct txn *txn, struct request *rq, struct visitor *visitor)
{
	struct session *session = &visitor->session;
	int result = facts_load(txn, session->account, session->acting_unit, rq->arena, &visitor->facts);

	if (!result && visitor->facts.acts && !facts_may_act(&visitor->facts)) { /* no longer: the person goes on as themselves */
		session->acting_unit = (struct id){ { 0 } };
		result = facts_load(txn, session->account, session->acting_unit, rq->arena, &visitor->facts);
	}
	if (result)
		return result == ERR_ABSENT ? 0 : result;
	visitor->has_session = token_is_session_live(&visitor->session, &visitor->facts.account, app_of(rq)->config, rq->now);
	return 0;
}

int session_load(struct txn *txn, struct request *rq, struct visitor *ret_visitor)
{
	struct span cookie = request_cookie(rq, http_cookie_name(rq->server, COOKIE));
	struct handle handle;

	ret_visitor->has_session = false;
	if (!cookie.n)
		return 0;
	int result = handle_parse(cookie, rq->arena, &handle);
	if (result)
		return result > 0 ? 0 : result; /* without memory nobody is logged out */
	result = record_get_live(txn, &KIND_SESSION, handle.id, rq->now, rq->arena, &ret_visitor->session);
	if (result)
		return result == ERR_ABSENT ? 0 : result;
	if (!handle_matches(PURPOSE, &handle, ret_visitor->session.secret_hash))
		return 0;
	return load_person(txn, rq, ret_visitor);
}

int session_load_whole(struct txn *txn, struct request *rq, struct visitor *ret_visitor)
{
	TRY(session_load(txn, rq, ret_visitor));
	return ret_visitor->has_session ? facts_load_units(txn, rq->arena, &ret_visitor->facts) : 0;
}

int session_prepare(struct request *rq, const struct visitor *visitor, const struct session_proof *proof, struct session_start *ret_start)
{
	const struct config_session *config = &app_of(rq)->config->session;
	bool same = visitor->has_session && id_eq(visitor->session.account, proof->account);
	struct id id = record_expiring_id(instant_add(rq->now, config->absolute));
	struct session *session = &ret_start->session;
	unsigned char *hash = arena_alloc(rq->arena, HANDLE_HASH);
	struct span *amr = arena_array(rq->arena, struct span, ARRAY_LEN(proof->amr));
	char address[CLIENT_ADDRESS_TEXT];

	if (!hash || !amr)
		return FAULT_MEMORY;
	*session = (struct session){ .id = id, .created_at = rq->now };
	TRY(handle_new(PURPOSE, id, rq->arena, &ret_start->cookie, hash));
	session->secret_hash = (struct span){ (char *)hash, HANDLE_HASH };
	session->account = proof->account;
	session->auth_time = instant_is_set(proof->auth_time) ? proof->auth_time : rq->now;
	session->last_seen_at = rq->now;
	session->amr = (struct text_list){ amr, 0 };
	while (session->amr.n < ARRAY_LEN(proof->amr) && proof->amr[session->amr.n]) {
		amr[session->amr.n] = span_of(proof->amr[session->amr.n]);
		session->amr.n++;
	}
	session->acr = proof->acr;
	session->method = proof->method;
	session->provider = proof->upstream.provider;
	session->link = proof->upstream.link;
	session->upstream_sid = proof->upstream.sid;
	session->upstream_token = proof->upstream.token;
	session->address = arena_dup(rq->arena, span_of(client_address_text(&rq->client, address)));
	session->user_agent = request_header(rq, "User-Agent");
	if (session->user_agent.n > 256)
		session->user_agent.n = 256;
	ret_start->continues = same ? visitor->session.id : (struct id){ { 0 } };
	ret_start->ends = visitor->has_session && !same ? visitor->session.id : (struct id){ { 0 } };
	return session->address.p ? 0 : FAULT_MEMORY;
}

bool session_has_two_factors(const struct session *session)
{
	for (size_t i = 0; i < session->amr.n; i++)
		if (span_is(session->amr.items[i], "mfa"))
			return true;
	return false;
}

struct gate_facts session_gate(const struct visitor *visitor, const struct config_client *client, struct instant now)
{
	struct gate_facts gate = facts_gate(&visitor->facts, client, visitor->session.created_at, now);

	gate.two_factors = session_has_two_factors(&visitor->session);
	return gate;
}

struct touch {
	struct request *rq;
	struct id session;
};

static int touch(struct txn *txn, void *arg)
{
	struct touch *t = arg;
	struct session session;
	int result = record_get_live(txn, &KIND_SESSION, t->session, t->rq->now, t->rq->arena, &session);

	if (result || !instant_before(session.last_seen_at, t->rq->now))
		return result == ERR_ABSENT ? 0 : result; /* ended meanwhile */
	session.last_seen_at = t->rq->now;
	return record_put(txn, &KIND_SESSION, &session);
}

int session_touch(struct request *rq, const struct visitor *visitor)
{
	const struct config_session *config = &app_of(rq)->config->session;
	int64_t idle = visitor->facts.account.namespace_ == NAMESPACE_STAFF ? config->staff_idle : config->idle;
	struct touch t = { rq, visitor->session.id };

	if (!visitor->has_session || rq->now.ms - visitor->session.last_seen_at.ms < idle / 10)
		return 0;
	return store_update(app_of(rq)->app->store, touch, &t);
}

struct oldest {
	size_t n;
	struct id id, keep;
	struct instant seen;
};

static int find_oldest(const void *record, void *arg)
{
	const struct session *session = record;
	struct oldest *oldest = arg;

	if (id_eq(session->id, oldest->keep) || id_is_set(session->continued_by))
		return 0;
	oldest->n++;
	if (oldest->n == 1 || instant_before(session->last_seen_at, oldest->seen)) {
		oldest->id = session->id;
		oldest->seen = session->last_seen_at;
	}
	return 0;
}

static int make_room(struct txn *txn, struct request *rq, const struct session *session)
{
	int64_t max = app_of(rq)->config->session.max_per_account;
	struct oldest oldest = { .keep = session->id };

	if (max == 0)
		return 0;
	TRY(record_each(txn, &KIND_SESSION, SESSION_BY_ACCOUNT, session, rq->arena, find_oldest, &oldest));
	const struct unit_actor actor = unit_change_actor(rq, session->account);
	return oldest.n < (size_t)max ? 0 : session_end(txn, &actor, oldest.id);
}

/* How many earlier sessions of one series are led on: who proves himself more often within one lifetime loses the tokens of some. */
#define EARLIER_MAX 32

struct series {
	struct id last;
	struct session earlier[EARLIER_MAX];
	size_t n;
};

static int find_earlier(const void *record, void *arg)
{
	const struct session *session = record;
	struct series *series = arg;

	if (id_eq(session->continued_by, series->last))
		series->earlier[series->n++] = *session;
	return series->n < EARLIER_MAX ? 0 : TXN_STOP;
}

/* @session takes the place of the one with the id @last, as other tabs have left that one since. Signposts name the newest session, not
 * each other: a token finds its session in two steps. */
static int go_on(struct txn *txn, struct request *rq, struct id last_id, struct session *session)
{
	struct session last;
	int result = record_get_live(txn, &KIND_SESSION, last_id, rq->now, rq->arena, &last);

	if (result || id_is_set(last.continued_by))
		return result < 0 ? result : ERR_INTERACTION_EXPIRED;
	struct series *series = arena_new_of(rq->arena, struct series);
	if (!series)
		return FAULT_MEMORY;
	series->last = last.id;
	TRY(record_each(txn, &KIND_SESSION, SESSION_BY_ACCOUNT, &last, rq->arena, find_earlier, series));
	session->clients = last.clients;
	session->acting_unit = last.acting_unit;
	session->first = token_first_session(&last);
	if (!session->provider.n) { /* proved anew by other means: the upstream's session goes on, and ends with this one */
		session->provider = last.provider;
		session->link = last.link;
		session->upstream_sid = last.upstream_sid;
		session->upstream_token = last.upstream_token;
	}
	for (size_t i = 0; i < series->n; i++) {
		series->earlier[i].continued_by = session->id;
		TRY(record_put(txn, &KIND_SESSION, &series->earlier[i]));
	}
	struct session signpost = { .id = last.id, .account = last.account, .created_at = last.created_at, .continued_by = session->id, .first = last.first };
	return record_put(txn, &KIND_SESSION, &signpost);
}

/* An account that an import made has found its owner. */
static int note_claimed(struct txn *txn, const struct request *rq, struct account *account)
{
	struct span source = account_new_import(account);

	if (instant_is_set(account->claimed_at) || !source.n)
		return 0;
	account->claimed_at = rq->now;
	TRY(legacy_count_add(txn, rq->arena, rq->now, source, LEGACY_COUNT_claimed));
	return record_put(txn, &KIND_ACCOUNT, account);
}

int session_keep(struct txn *txn, struct request *rq, const struct session_start *start)
{
	struct session session = start->session; /* a copy: the transaction may run twice */
	struct facts facts;

	if (id_is_set(start->continues))
		TRY(go_on(txn, rq, start->continues, &session));
	int result = facts_load(txn, session.account, session.acting_unit, rq->arena, &facts);
	if (result)
		return result == ERR_ABSENT ? ERR_NO_ACCOUNT : result;
	struct gate_facts gate = facts_gate(&facts, NULL, (struct instant){ 0 }, rq->now);
	gate.two_factors = session_has_two_factors(&session);
	TRY(gate_check(GATE_SESSION, &gate));
	if (facts.account.realname_status == REALNAME_VERIFIED && facts.account.realname_level > session.acr)
		session.acr = facts.account.realname_level;
	if (id_is_set(start->ends)) {
		const struct unit_actor actor = unit_change_actor(rq, session.account);

		TRY(session_end(txn, &actor, start->ends));
	}
	TRY(note_claimed(txn, rq, &facts.account));
	TRY(legacy_owner_login(txn, rq, &facts));
	TRY(make_room(txn, rq, &session));
	return record_put(txn, &KIND_SESSION, &session);
}

void session_send(struct request *rq, const struct session_start *start)
{
	reply_cookie(rq, http_cookie_name(rq->server, COOKIE), start->cookie, 0, 0);
}

void session_forget(struct request *rq)
{
	reply_cookie(rq, http_cookie_name(rq->server, COOKIE), SPAN(""), -1, 0);
}
